/** Heads that lie side by side, all of them read in one pass: every block of tokens is handed out to readers of its heads. */

import { allocate, type MatrixReader } from '../row-block.js';
import type { HeadShape } from './layout.js';

/** Bytes of tokens handed out at a time. */
const BLOCK_BYTES = 2 ** 20;

/** A head's share of the block at hand. */
interface Share {
  taken: number;
  closed: boolean;
}

/**
 * Readers of all heads of a reader's rows. They must be read side by side: none gets further than one block beyond another, until that is
 * closed.
 *
 * @param names - of the readers, in the order of the heads; undefined: that head is not read
 */
export function demultiplex(
  reader: MatrixReader,
  { heads, n, d }: HeadShape,
  names: readonly (string | undefined)[],
): MatrixReader[] {
  const bytes = reader.dtype === 'float32' ? 4 : 8;
  const tokens = Math.max(1, Math.floor(BLOCK_BYTES / (heads * d * bytes)));
  const block = allocate(reader.dtype, tokens * heads * d);
  const rowsPerToken = (heads * d) / reader.d;
  const shares = names.map((name): Share => ({ taken: 0, closed: name === undefined }));
  let available = 0;
  let ended = false;
  let loading: Promise<void> | undefined;
  let failure: unknown;
  let waiting: (() => void)[] = [];

  /** Whole tokens, as many as fit the block, fewer at the end. */
  const load = async (): Promise<void> => {
    let rows = 0;
    while (rows < tokens * rowsPerToken) {
      const count = await reader.read(block.subarray(rows * reader.d), tokens * rowsPerToken - rows);
      if (count === 0) break;
      rows += count;
      // A pipe need not fill the block, if what it gave are whole tokens.
      if (rows % rowsPerToken === 0) break;
    }
    available = Math.floor(rows / rowsPerToken);
    ended = available === 0;
    for (const share of shares) share.taken = 0;
  };

  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };

  /** Waits until there are tokens that a head has not taken, or no more. */
  const more = async (share: Share): Promise<void> => {
    while (share.taken === available && !ended) {
      // What one of them met, all must be told.
      if (failure !== undefined) throw failure;
      if (loading || shares.some(({ taken, closed }) => !closed && taken < available)) {
        await new Promise<void>((resolve) => waiting.push(resolve));
        continue;
      }
      loading = load();
      try {
        await loading;
      } catch (error) {
        failure = error;
      }
      loading = undefined;
      wake();
    }
  };

  return names.flatMap((name, head) => {
    if (name === undefined) return [];
    const share = shares[head];
    return {
      ...reader,
      name,
      shape: undefined,
      d,
      rows: n,
      skip: undefined,
      async read(into, maxRows) {
        await more(share);
        const count = Math.min(maxRows, available - share.taken);
        for (let i = 0; i < count; i++) {
          const from = ((share.taken + i) * heads + head) * d;
          into.set(block.subarray(from, from + d), i * d);
        }
        share.taken += count;
        if (share.taken === available) wake();
        return count;
      },
      async close() {
        share.closed = true;
        wake();
        if (shares.every(({ closed }) => closed)) await reader.close();
      },
    } satisfies MatrixReader;
  });
}
