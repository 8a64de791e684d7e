/**
 * Rows of plain numbers through the scanner, and between them single lines that lack a value, up to the first row that neither can read; the
 * parser reads on from there.
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

/** What is done about values that are missing between plain rows. */
export interface BesidePlain {
  /**
   * Reads a row that is not plain to `into[at]` and on from the beginning of a text.
   * @returns the bytes that it takes; 0 where the parser must read it
   */
  takeLine(text: Uint8Array, line: number, into: Values, at: number, ids?: RowIds): number;
  /** Told of each NaN, which a plain row spells, where that means a missing value. */
  readonly spelledNaN?: ((into: Values, at: number, line: number) => void) | undefined;
}

/**
 * Reads rows by the scanner as long as it can.
 *
 * @param line - the 1-based physical line of the first row, which the reader's next byte begins
 * @param beside - what is done about values that are missing
 * @param readRest - opens what reads the rows from the first one that is not plain
 */
export function readPlainRows(
  bytes: ByteReader,
  scanner: PlainScanner,
  line: number,
  { takeLine, spelledNaN }: BesidePlain,
  readRest: (start: RowsStart) => ReadRows,
): ReadRows {
  const { text, scan, d } = scanner;
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

  /** Reads one line that the scanner cannot; an error waits until the rows before it have been given. */
  const takeOne = (into: Values, at: number, ids: RowIds | undefined, mayWait: boolean): number => {
    try {
      return takeLine(text.subarray(next, whole), row, into, at, ids);
    } catch (error) {
      if (mayWait) return 0;
      throw error;
    }
  };

  /** Reads rows from what is there; 0 where the first must be left to the parser. */
  const take = (into: Values, maxRows: number, ids?: RowIds): number => {
    let done = 0;
    while (done < maxRows && next < whole) {
      const scanned = scan(next, whole, done === 0 ? into : into.subarray(done * d), maxRows - done, ids);
      if (spelledNaN) {
        for (let i = 0; i < scanned.rows * d; i++) {
          const at = done * d + i;
          if (Number.isNaN(into[at])) spelledNaN(into, at, row + Math.floor(i / d));
        }
      }
      next = scanned.next;
      row += scanned.rows;
      done += scanned.rows;
      if (done === maxRows || next === whole) break;
      const bytes = takeOne(into, done * d, ids, done > 0);
      if (bytes === 0) break;
      next += bytes;
      row++;
      done++;
    }
    return done;
  };

  return async (into: Values, maxRows: number, ids?: RowIds) => {
    if (!rest) {
      if (next < whole || (await fill())) {
        const count = take(into, maxRows, ids);
        if (count > 0) return count;
      } else if (next === end) {
        return 0;
      }
      rest = readRest({ line: row, held: text.subarray(next, end), begun: true });
    }
    return rest(into, maxRows, ids);
  };
}

/** Behind the last line break in `text[from, to)`; 0 where there is none. */
function behindLastBreak(text: Uint8Array, from: number, to: number): number {
  for (let i = to; i > from; i--) if (text[i - 1] === LF || text[i - 1] === CR) return i;
  return 0;
}
