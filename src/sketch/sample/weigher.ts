/** What a pilot makes of rows: their weights, and how much those of two pilots may differ. */

import type { Kernels } from '../../kernels/kernels.js';
import { inverseFactor } from '../../kernels/triangular.js';
import { type ColumnOrder, reorderColumns, reorderSymmetric } from '../../linear/reorder.js';
import type { Values } from '../../rows/row-block.js';
import { largestEigenvalue } from '../factor/largest-eigenvalue.js';
import type { StateReader } from '../state-reader.js';
import { smallestEigenvalue } from './smallest-eigenvalue.js';

/** Weighs rows by a pilot. */
export interface Weigher {
  /** D^-1/2, d. */
  readonly scales: Float64Array;
  /** d x d, upper triangular: the weight of a row k is ||(k D^-1/2) factor||^2. */
  readonly factor: Float64Array;
  /** sum_j k_j^2 bounds_j bounds the weight of a row; d. */
  readonly bounds: Float64Array;
}

/** The error of a factor that is made anew of the same rows, their columns being in another order. */
const FACTOR_ERROR = 1e-9;

/** Above the rounding errors of weights, and of the bound of their ratio. */
const ROUNDING = 1 + 1e-6;

/**
 * Weighs by a pilot of rows x d, as they were read.
 * @param ridge - what is added to its unit-diagonal Gram matrix, > 0
 */
export function weigherOf(kernels: Kernels, values: Values, rows: number, d: number, ridge: number): Weigher {
  const peaks = new Float64Array(d);
  kernels.scan(values, rows, d, peaks);
  // Powers of two near each column's largest entry: the Gram matrix of the scaled rows neither overflows nor vanishes.
  const units = peaks.map((peak) =>
    peak > 0 ? 2 ** -Math.min(1000, Math.max(-1000, Math.floor(Math.log2(peak)))) : 0,
  );
  const scaled = new Float64Array(rows * d);
  for (let at = 0; at < rows * d; at++) scaled[at] = values[at] * units[at % d];
  const gram = new Float64Array(d * d);
  kernels.addGram(scaled, rows, d, gram);
  const used = Array.from(units).flatMap((unit, j) => (unit > 0 ? [Math.sqrt(gram[j * d + j]) / unit] : []));
  // A column that the pilot does not know is taken to be as long as the others are on average.
  const typical = used.length > 0 ? Math.exp(used.reduce((sum, length) => sum + Math.log(length), 0) / used.length) : 1;
  const scales = units.map((unit, j) => (unit > 0 ? unit / Math.sqrt(gram[j * d + j]) : 1 / typical));
  const c = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = i + 1; j < d; j++) {
      const lengths = Math.sqrt(gram[i * d + i]) * Math.sqrt(gram[j * d + j]);
      c[i * d + j] = lengths > 0 ? gram[i * d + j] / lengths : 0;
    }
    c[i * d + i] = 1 + ridge;
  }
  const r = new Float64Array(d * d);
  if (!kernels.choleskyUpper(c, d, 0, r)) throw new Error('the pilot has no Cholesky factor');
  const lambda = smallestEigenvalue(c, r, d, kernels);
  const factor = new Float64Array(d * d);
  kernels.invertUpper(r, d, factor);
  // A little more than it must be: it decides what is not looked at.
  const bounds = scales.map((scale) => ((scale * scale) / lambda) * (1 + 1e-9));
  return { scales, factor, bounds };
}

/** One that was saved, for d columns. */
export const restoreWeigher = (state: StateReader, d: number): Weigher => ({
  scales: state.float64('scales', d),
  factor: state.float64('factor', d * d),
  bounds: state.float64('bounds', d),
});

/** The same for columns in another order; `scales` and `bounds` are changed in place. */
export function reorderWeigher(
  kernels: Kernels,
  { scales, factor, bounds }: Weigher,
  d: number,
  order: ColumnOrder,
): Weigher {
  const r = new Float64Array(d * d);
  kernels.invertUpper(factor, d, r);
  const c = new Float64Array(d * d);
  kernels.addGram(r, d, d, c);
  reorderSymmetric(c, order);
  for (const values of [scales, bounds]) reorderColumns(values, order);
  return { scales, bounds, factor: inverseFactor(kernels, c, d)! };
}

/** Whether two pilots are made of the same rows. */
export function areLike(one: Weigher, two: Weigher): boolean {
  const largest = one.factor.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const agree = (a: number, b: number, size: number): boolean => Math.abs(a - b) <= FACTOR_ERROR * size;
  return (
    one.scales.every((scale, i) => agree(scale, two.scales[i], scale)) &&
    one.factor.every((value, i) => agree(value, two.factor[i], largest))
  );
}

/**
 * What the weight of a row, rounded down to a power of two, grows by at most from one pilot to another: 1 or a larger power of two.
 *
 * With y = (k D^-1/2) factor of the one, the weight by the other is ||y M||^2, and at most ||y||^2 times the largest eigenvalue of M M^T.
 *
 * @returns Infinity where columns are too different for float64
 */
export function growthOf(to: Weigher, from: Weigher, d: number, kernels: Kernels): number {
  const scaled = to.factor.slice();
  for (let i = 0; i < d; i++) for (let j = i; j < d; j++) scaled[i * d + j] *= to.scales[i] / from.scales[i];
  const inverse = new Float64Array(d * d);
  kernels.invertUpper(from.factor, d, inverse);
  const m = new Float64Array(d * d);
  kernels.multiply(inverse, d, d, scaled, d, true, m);
  // M M^T is the Gram matrix of M^T.
  const transposed = new Float64Array(d * d);
  for (let i = 0; i < d; i++) for (let j = i; j < d; j++) transposed[j * d + i] = m[i * d + j];
  const squares = new Float64Array(d * d);
  kernels.addGram(transposed, d, d, squares);
  if (!squares.every(Number.isFinite)) return Number.POSITIVE_INFINITY;
  return 2 ** Math.max(0, Math.ceil(Math.log2(largestEigenvalue(squares, d, kernels) * ROUNDING)));
}
