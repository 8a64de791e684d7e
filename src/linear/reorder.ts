/** Columns of matrices in another order: column `order[j]` comes to place j. All of it happens in place. */

/** A permutation of 0 … d - 1. */
export type ColumnOrder = readonly number[];

type Numbers = Float64Array | Float32Array | Int32Array | Uint8Array;

/** Each row of a rows x d matrix; one row of d numbers where `rows` is left out. */
export function reorderColumns(values: Numbers, order: ColumnOrder, rows = 1): void {
  const { length: d } = order;
  const row = new Float64Array(d);
  for (let start = 0; start < rows * d; start += d) {
    for (let j = 0; j < d; j++) row[j] = values[start + j];
    for (let j = 0; j < d; j++) values[start + j] = row[order[j]];
  }
}

/** A symmetric d x d matrix of which the upper triangle is kept: rows and columns. */
export function reorderSymmetric(upper: Float64Array, order: ColumnOrder): void {
  const { length: d } = order;
  const before = upper.slice();
  for (let i = 0; i < d; i++) {
    for (let j = i; j < d; j++) {
      const [low, high] = order[i] < order[j] ? [order[i], order[j]] : [order[j], order[i]];
      upper[i * d + j] = before[low * d + high];
    }
  }
}
