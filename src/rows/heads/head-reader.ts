/** Some of a reader's rows as a matrix of its own. */

import { allocate, type MatrixReader } from '../row-block.js';
import { passOver, skipRows } from '../stacked-rows.js';

/** Numbers read at a time, where some of them are picked. */
const STAGED = 2 ** 18;

/** The next `rows` rows of a reader, which goes on after them. */
export function nextRows(reader: MatrixReader, rows: number | undefined, name: string): MatrixReader {
  let left = rows ?? Number.POSITIVE_INFINITY;
  return {
    ...reader,
    name,
    shape: undefined,
    rows,
    async read(into, maxRows, ids, late) {
      if (left === 0) return 0;
      const count = await reader.read(into, Math.min(maxRows, left), ids, late);
      left -= count;
      return count;
    },
    skip:
      reader.skip &&
      (async (count) => {
        const skipped = await reader.skip!(Math.min(count, left));
        left -= skipped ?? 0;
        return skipped;
      }),
  };
}

/**
 * Rows that begin after `before` others, and are followed by more; at their end the reader is read to its own end, so that
 * what follows it can be read.
 */
export function rowsWithin(reader: MatrixReader, before: number, rows: number | undefined, name: string): MatrixReader {
  const within = nextRows(reader, rows, name);
  let begun = false;
  const begin = async (): Promise<void> => {
    if (!begun) await skipRows(reader, before);
    begun = true;
  };
  return {
    ...within,
    async read(into, maxRows, ids, late) {
      await begin();
      const count = await within.read(into, maxRows, ids, late);
      if (count === 0) await passOver(reader);
      return count;
    },
    skip:
      within.skip &&
      (async (count) => {
        await begin();
        return within.skip!(count);
      }),
  };
}

/**
 * One of several heads that lie side by side.
 * @param d - columns of each; a row of the reader holds one of them, or all
 */
export function oneOfHeads(reader: MatrixReader, d: number, heads: number, head: number): MatrixReader {
  const most = Math.max(1, Math.floor(STAGED / reader.d));
  const staged = allocate(reader.dtype, most * reader.d);
  const pieces = reader.d / d;
  let available = 0;
  let taken = 0;
  /** The head that the first staged piece is of. */
  let first = 0;
  return {
    ...reader,
    d,
    rows: reader.rows === undefined ? undefined : (reader.rows * pieces) / heads,
    skip: undefined,
    async read(into, maxRows) {
      let count = 0;
      while (count === 0) {
        if (taken === available) {
          first = (first + available) % heads;
          available = pieces * (await reader.read(staged, most));
          taken = 0;
          if (available === 0) return 0;
        }
        for (; taken < available && count < maxRows; taken++) {
          if ((first + taken) % heads !== head) continue;
          into.set(staged.subarray(taken * d, (taken + 1) * d), count * d);
          count++;
        }
      }
      return count;
    },
  };
}
