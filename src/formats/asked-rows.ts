/** Rows as they are asked for, beside what a format gives: with what stands for missing values, with a column of ones. */

import { usageError } from '../errors.js';
import { checkUnits, unitsBeside } from '../rows/column-names.js';
import { unitsOf } from '../rows/column-units.js';
import { INTERCEPT, withIntercept, withoutIntercept } from '../rows/intercept.js';
import type { MatrixReader } from '../rows/row-block.js';
import type { ReadOptions } from './format.js';

/** How a format itself is to read: it knows nothing of a column of ones. */
export const formatOptions = (options: ReadOptions): ReadOptions => ({
  ...options,
  like: withoutIntercept(options.like),
});

/**
 * A reader of named columns that says what they count.
 * @throws LevattnError where columns that are expected count something else
 */
export function withUnits(reader: MatrixReader, { like }: ReadOptions): MatrixReader {
  const units = unitsOf(reader);
  if (!reader.columnNames || !units) return reader;
  const columnNames = { ...reader.columnNames, ...unitsBeside(units) };
  if (like) checkUnits(like, columnNames, reader.name);
  return { ...reader, columnNames };
}

/** A reader in which something stands for missing values, where that is asked for. */
export const withMissing = (reader: MatrixReader, { missing }: ReadOptions): MatrixReader =>
  typeof missing === 'object' ? missing.around(reader) : reader;

/**
 * A reader with a column of ones, where that is asked for, or the expected columns have one and the reader's names lack it.
 * @throws LevattnError where rows hold those of several heads
 */
export function withOnes(reader: MatrixReader, { intercept, like, heads, layout }: ReadOptions): MatrixReader {
  const expected =
    like?.names.includes(INTERCEPT) && reader.columnNames && !reader.columnNames.names.includes(INTERCEPT);
  if (!intercept && !expected) return reader;
  if (heads !== undefined || layout !== undefined) {
    throw usageError('--intercept goes with one matrix; leave out --heads and --layout, or --intercept');
  }
  return withIntercept(reader);
}
