/** What a pilot makes of rows: their weights, and how much those of two pilots may differ. */

import type { Kernels } from '../../kernels/kernels.js';
import { multiplyUpper } from '../../linear/triangular.js';
import { largestEigenvalue } from '../factor/largest-eigenvalue.js';

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
  const m = multiplyUpper(inverse, d, scaled, d);
  const squares = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = i; j < d; j++) {
      let sum = 0;
      for (let k = j; k < d; k++) sum += m[i * d + k] * m[j * d + k];
      squares[i * d + j] = sum;
    }
  }
  if (!squares.every(Number.isFinite)) return Number.POSITIVE_INFINITY;
  return 2 ** Math.max(0, Math.ceil(Math.log2(largestEigenvalue(squares, d, kernels) * ROUNDING)));
}
