/** Rows that hold NaN or infinities: refused with their place, or read as zeros. */

import { dataError } from '../errors.js';
import type { Values } from './row-block.js';

/** What happens to a row with NaN or an infinity: an error, or the row is passed over and counted. */
export type NonFinitePolicy = 'error' | 'skip';

/**
 * Sets rows with NaN or an infinity to zeros, which add nothing to a Gram matrix and are never heavy.
 *
 * @param values - rows x d, row-major; changed in place
 * @param describeRow - names row i of `values` in the message
 * @returns how many rows were cleared
 * @throws LevattnError for the first such row, unless the policy is to skip it
 */
export function clearNonFinite(
  values: Values,
  rows: number,
  d: number,
  policy: NonFinitePolicy,
  describeRow: (i: number) => string,
): number {
  let cleared = 0;
  for (let i = 0; i < rows; i++) {
    const row = values.subarray(i * d, (i + 1) * d);
    const column = row.findIndex((value) => !Number.isFinite(value));
    if (column < 0) continue;
    if (policy === 'error') {
      throw dataError(
        `${describeRow(i)}, column ${column}: ${row[column]}; fix the data, or skip such rows with --nan skip`,
      );
    }
    row.fill(0);
    cleared++;
  }
  return cleared;
}
