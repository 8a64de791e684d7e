/** Columns of K that add nothing, as its Gram matrix shows them: left out of a factor, they are its null space. */

import { rankTolerance } from './rounding.js';
import type { NullSpace } from './whitening.js';

/** A column that adds nothing: of zeros, or a bit-for-bit copy (up to sign) of an earlier one. */
export interface RemovedColumn {
  readonly column: number;
  readonly copyOf: number | undefined;
}

/**
 * Columns of K that are zero or copies of an earlier one, read off the Gram matrix: a copy has the same inner products
 * with every column, to the last bit, as the sums are formed in the same order.
 */
export function removedColumns(gram: Float64Array, d: number): RemovedColumn[] {
  const at = (i: number, j: number): number => (i <= j ? gram[i * d + j] : gram[j * d + i]);
  const squares = Float64Array.from({ length: d }, (_, i) => at(i, i));
  const removed: RemovedColumn[] = [];
  for (let column = 0; column < d; column++) {
    if (squares[column] === 0) {
      removed.push({ column, copyOf: undefined });
      continue;
    }
    for (let earlier = 0; earlier < column; earlier++) {
      if (squares[earlier] !== squares[column] || at(earlier, column) !== squares[column]) continue;
      let same = true;
      for (let k = 0; k < d && same; k++) same = at(k, earlier) === at(k, column);
      if (same) {
        removed.push({ column, copyOf: earlier });
        break;
      }
    }
  }
  return removed;
}

/**
 * The null space that removed columns span.
 * @param scales - D^-1/2, with what stands for it in a column of zeros
 */
export function removedNullSpace(
  removed: readonly RemovedColumn[],
  d: number,
  scales: Float64Array,
): NullSpace | undefined {
  const { length: size } = removed;
  if (size === 0) return undefined;
  const basis = new Float64Array(d * size);
  for (const [k, { column, copyOf }] of removed.entries()) {
    basis[column * size + k] = scales[column];
    // A copied column is null in the difference of the two, which rows of the row space meet exactly.
    if (copyOf !== undefined) basis[copyOf * size + k] = -scales[copyOf];
  }
  return { basis, size, tolerance: rankTolerance(d), spread: 0 };
}
