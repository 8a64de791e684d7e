/** Rows from columns of numbers. */

import type { Values } from '../../rows/row-block.js';
import { type ColumnValues, spaceDoubles } from './values.js';

/** Numbers that are written at a time, and the fewest rows: they stay in the processor's nearest cache. */
const NUMBERS_TAKEN = 1 << 11;
const MIN_ROWS_TAKEN = 32;

/**
 * Takes rows of columns of numbers that are at hand, a few rows at a time.
 * @param into - receives `rows` numbers of each column, row by row
 * @param at - where the first of them goes
 * @param stride - from one row to the next
 */
export function takeColumns(
  columns: readonly ColumnValues[],
  rows: number,
  into: Values,
  at: number,
  stride: number,
): void {
  const most = Math.max(MIN_ROWS_TAKEN, Math.floor(NUMBERS_TAKEN / columns.length));
  for (let from = 0; from < rows; ) {
    const run = columns.reduce((least, { inOnePiece }) => Math.min(least, inOnePiece), rows - from);
    const pieces = into instanceof Float64Array ? columns.map((column) => column.doubles(run)) : [];
    for (let done = 0; done < run; done += most) {
      const count = Math.min(most, run - done);
      takeBlock(columns, pieces, done, count, into, at + (from + done) * stride, stride);
    }
    for (const [j, column] of columns.entries()) if (pieces[j]) column.drop(run);
    from += run;
  }
}

/**
 * Writes some rows.
 * @param pieces - the next doubles of columns that are nothing else; the others are asked for theirs
 * @param from - where the rows begin in these
 */
function takeBlock(
  columns: readonly ColumnValues[],
  pieces: readonly (Float64Array | undefined)[],
  from: number,
  count: number,
  into: Values,
  at: number,
  stride: number,
): void {
  const d = columns.length;
  for (let j = 0; j < d; ) {
    // Of the last four, some may be written again.
    const first = Math.max(0, Math.min(j, d - 4));
    const [a, b, c, e] = [pieces[first], pieces[first + 1], pieces[first + 2], pieces[first + 3]];
    if (a && b && c && e) {
      spaceFour(a, b, c, e, from, count, into as Float64Array, at + first, stride);
      j = first + 4;
      continue;
    }
    const piece = pieces[j];
    if (piece) spaceDoubles(piece, from, count, into as Float64Array, at + j, stride);
    else columns[j]!.take(count, into, at + j, stride);
    j++;
  }
}

/** Four columns at a time: what is written next to each other is written together. */
function spaceFour(
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  e: Float64Array,
  from: number,
  count: number,
  into: Float64Array,
  at: number,
  stride: number,
): void {
  for (let i = from, to = at; i < from + count; i++, to += stride) {
    into[to] = a[i]!;
    into[to + 1] = b[i]!;
    into[to + 2] = c[i]!;
    into[to + 3] = e[i]!;
  }
}
