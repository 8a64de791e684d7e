/** The keys that are chosen from, block by block, as often as they are asked for: those that count alone, in blocks that depend on d alone. */

import { dataError } from '../errors.js';
import type { NonFinitePolicy } from '../rows/non-finite.js';
import type { RowBlock, Values } from '../rows/row-block.js';
import type { RowBlocks } from '../rows/row-stream.js';
import { blockRowsFor } from '../sketch/sketch-options.js';

/** Some keys; `start` is the first one's place among those that count. Valid until the next block is asked for. */
export interface KeyBlock extends RowBlock {
  /** Rows of K that they are, ascending. */
  readonly index: Float64Array;
}

/** Keys in order. */
export type KeyBlocks = Iterable<KeyBlock> | AsyncIterable<KeyBlock>;

/** The keys of one head. */
export interface KeySource {
  /** Columns, >= 1. */
  readonly d: number;
  /** How many keys there are, where they are in memory. */
  readonly held?: number | undefined;
  /** Gives the keys, the same ones every time. */
  read(): KeyBlocks;
}

/** Keys in memory: all that count. */
export interface KeysInMemory {
  readonly d: number;
  readonly index: Float64Array;
  readonly values: Values;
}

/** Keys in memory as a source, which gives float64. */
export const heldKeys = ({ d, index, values }: KeysInMemory): KeySource => ({
  d,
  held: index.length,
  *read() {
    const most = blockRowsFor(d);
    const wide = new Float64Array(values instanceof Float32Array ? Math.min(index.length, most) * d : 0);
    for (let start = 0; start < index.length; start += most) {
      const end = Math.min(index.length, start + most);
      const own = values.subarray(start * d, end * d);
      if (own instanceof Float32Array) wide.set(own);
      yield {
        start,
        rows: end - start,
        d,
        values: own instanceof Float32Array ? wide.subarray(0, own.length) : own,
        index: index.subarray(start, end),
      };
    }
  },
});

/** Rows in memory as they stand in their matrix: blocks of those that follow one another. */
export function* rowsInPlace({ d, index, values }: KeysInMemory): Generator<RowBlock> {
  for (let from = 0; from < index.length; ) {
    let to = from + 1;
    while (to < index.length && index[to] === index[from] + to - from) to++;
    yield { start: index[from], rows: to - from, d, values: values.subarray(from * d, to * d) };
    from = to;
  }
}

/** How many keys there are. */
export async function countKeys(keys: KeySource): Promise<number> {
  let count = 0;
  for await (const { rows } of keys.read()) count += rows;
  return count;
}

/** Which rows of a stream count. */
export interface CountedOptions {
  /** One byte a row, 0 for padding; blocks may have masks of their own. */
  readonly mask?: Uint8Array | undefined;
  /** What happens to a row with NaN or an infinity: an error, or it does not count; default `error`. */
  readonly nonFinite?: NonFinitePolicy | undefined;
  /** Names rows in messages. */
  readonly describeRow?: ((row: number) => string) | undefined;
  /** What rows are, for messages; default `keys`. */
  readonly what?: string | undefined;
  /** Told after every block of how many rows of K have come. */
  readonly onProgress?: ((rows: number) => void) | undefined;
}

/** Keys that are read anew for every pass. */
export const streamedKeys = (d: number, rows: () => RowBlocks, options: CountedOptions = {}): KeySource => ({
  d,
  read: () => countedBlocks(d, rows(), options),
});

async function* countedBlocks(d: number, rows: RowBlocks, options: CountedOptions): AsyncGenerator<KeyBlock> {
  const { mask, onProgress } = options;
  const most = blockRowsFor(d);
  const values = new Float64Array(most * d);
  const index = new Float64Array(most);
  let [start, count] = [0, 0];
  const block = (): KeyBlock => ({ start, rows: count, d, values, index: index.subarray(0, count) });
  for await (const part of rows) {
    const finite = isFiniteUpTo(part.values, part.rows * d);
    const counts = (i: number): boolean =>
      mask?.[part.start + i] !== 0 && part.mask?.[i] !== 0 && (finite || isUsable(part, i, options));
    for (let from = 0; from < part.rows; ) {
      if (!counts(from)) {
        from++;
        continue;
      }
      // Rows that follow one another are copied together.
      const limit = Math.min(part.rows, from + most - count);
      let to = from + 1;
      while (to < limit && counts(to)) to++;
      values.set(part.values.subarray(from * d, to * d), count * d);
      for (; from < to; from++) index[count++] = part.start + from;
      if (count < most) continue;
      yield block();
      start += count;
      count = 0;
    }
    onProgress?.(part.start + part.rows);
  }
  if (count > 0) yield block();
}

/** Whether the first numbers are finite, all of them. */
function isFiniteUpTo(values: Values, length: number): boolean {
  // 0 times a number is 0, or NaN. Four sums side by side: each waits for its last addition.
  let [a, b, c, e] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    a += values[i] * 0;
    b += values[i + 1] * 0;
    c += values[i + 2] * 0;
    e += values[i + 3] * 0;
  }
  for (; i < length; i++) a += values[i] * 0;
  return a + b + c + e === 0;
}

/**
 * Whether a row of a block is finite.
 * @throws LevattnError where it is not, and such rows are not left out
 */
function isUsable({ start, d, values }: RowBlock, i: number, options: CountedOptions): boolean {
  const { nonFinite = 'error', describeRow = (row: number) => `row ${row}`, what = 'keys' } = options;
  const own = values.subarray(i * d, (i + 1) * d);
  const column = own.findIndex((value) => !Number.isFinite(value));
  if (column < 0) return true;
  if (nonFinite === 'skip') return false;
  throw dataError(
    `${describeRow(start + i)}, column ${column}: ${own[column]}; fix the data, or leave such ${what} out with --nan skip`,
  );
}
