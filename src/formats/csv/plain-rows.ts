/**
 * Rows of plain numbers through the scanner, up to the first row that it cannot read; the parser reads on from there.
 *
 * Invariant: `text[next, whole)` are rows that a line break ends, `text[whole, end)` is the beginning of another.
 */

import type { Values } from '../../rows/row-block.js';
import type { RowIds } from '../../rows/row-ids.js';
import type { ByteReader } from '../bytes/reader.js';
import type { PlainScanner } from './plain-scanner.js';
import type { ReadRows } from './read-rows.js';
import type { RowsStart } from './row-source.js';

const LF = 0x0a;
const CR = 0x0d;

/**
 * Reads rows by the scanner as long as it can.
 *
 * @param line - the 1-based physical line of the first row, which the reader's next byte begins
 * @param readRest - opens what reads the rows from the first one that is not plain
 */
export function readPlainRows(
  bytes: ByteReader,
  scanner: PlainScanner,
  line: number,
  readRest: (start: RowsStart) => ReadRows,
): ReadRows {
  const { text, scan } = scanner;
  let next = 0;
  let whole = 0;
  let end = 0;
  let row = line;
  let rest: ReadRows | undefined;

  /** Takes more bytes until a row is whole; false at the end, or where the scanner has no room for the row. */
  const fill = async (): Promise<boolean> => {
    while (next === whole && end - whole < text.length) {
      const afterCr = end > 0 && whole === end && text[end - 1] === CR;
      text.copyWithin(0, whole, end);
      const held = end - whole;
      next = 0;
      whole = 0;
      end = held;
      const count = await bytes.readSome(text.subarray(held));
      if (count === 0) return false;
      end += count;
      // The other half of the line break that ended the last row.
      if (afterCr && text[0] === LF) next = 1;
      whole = Math.max(next, behindLastBreak(text, held, end));
    }
    return next < whole;
  };

  return async (into: Values, maxRows: number, ids?: RowIds) => {
    if (!rest) {
      if (next < whole || (await fill())) {
        const scanned = scan(next, whole, into, maxRows, ids);
        next = scanned.next;
        row += scanned.rows;
        if (scanned.rows > 0) return scanned.rows;
      } else if (next === end) {
        return 0;
      }
      rest = readRest({ line: row, held: text.subarray(next, end) });
    }
    return rest(into, maxRows, ids);
  };
}

/** Behind the last line break in `text[from, to)`; 0 where there is none. */
function behindLastBreak(text: Uint8Array, from: number, to: number): number {
  for (let i = to; i > from; i--) if (text[i - 1] === LF || text[i - 1] === CR) return i;
  return 0;
}
