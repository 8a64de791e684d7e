/** What keys can be chosen by before any query is seen: leverage scores, Lewis weights, lengths. */

import type { Kernels } from '../../kernels/kernels.js';
import { factorGram } from '../../sketch/gram-factor.js';
import { gramError } from '../../sketch/rounding.js';
import { exponentOf, powerOfTwo } from '../../sketch/scale.js';
import { selectKeys } from '../../sketch/select-keys.js';
import type { DenseKeys } from '../dense/dense-scores.js';

/** Rows whose Gram matrix is summed at a time, as the error of the whole depends on it. */
const BLOCK_ROWS = 4096;

/** Changes of log w below this are none. */
const STEP = 1e-6;
const MOST_STEPS = 60;

/** Leverage scores of all keys. */
export interface LeverageScores {
  /** One a key, 0 … 1. */
  readonly scores: Float64Array;
  readonly rank: number;
  /** Keys with a score of at least eps, as far as rounding lets one tell: |U|. */
  readonly universal: number;
}

/** tau_j = k_j^T (K^T K)^+ k_j of every key, as `selectKeys` finds them. */
export async function leverageScores(
  { d, index, values }: DenseKeys,
  eps: number,
  kernels: Kernels,
): Promise<LeverageScores> {
  const rows = index.length;
  // Asked for as many keys as there are, it keeps all but zeros.
  const set = await selectKeys([{ start: 0, rows, d, values }], { eps: Number.MIN_VALUE, top: rows, kernels });
  const scores = new Float64Array(rows);
  for (const [i, row] of set.index.entries()) scores[row] = set.score[i];
  return { scores, rank: set.rank, universal: scores.filter((score) => score * (1 + set.delta) >= eps).length };
}

/** ||k_j||^2 of every key. */
export function squaredNorms({ d, index, values }: DenseKeys, kernels: Kernels): Float64Array {
  const norms = new Float64Array(index.length);
  kernels.rowNorms(values, index.length, d, new Float64Array(d).fill(1), norms);
  return norms;
}

/**
 * Lewis weights for |x|^p: w_j = tau_j(W^(1/2 - 1/p) K), which sum to the rank of K. By fixed-point steps: for p < 4 those of
 * Cohen and Peng (l_p row sampling by Lewis weights, 2015), w <- (k^T M^+ k)^(p/2) with M = sum u k k^T and u = w^(1 - 2/p); for larger p
 * w <- u k^T M^+ k, whose error shrinks by 1 - 2/p each time.
 *
 * @returns one a key, to about 1e-6; 0 for a key of zeros
 */
export function lewisWeights({ d, index, values }: DenseKeys, p: number, kernels: Kernels): Float64Array {
  const rows = index.length;
  const scaled = scaledColumns(values, rows, d, kernels);
  const [weights, roots, x] = [new Float64Array(rows).fill(d / rows), new Float64Array(rows), new Float64Array(rows)];
  for (let i = 0; i < rows; i++) if (scaled.subarray(i * d, (i + 1) * d).every((value) => value === 0)) weights[i] = 0;
  for (let step = 0, change = Number.POSITIVE_INFINITY; step < MOST_STEPS && change > STEP; step++) {
    for (let i = 0; i < rows; i++) roots[i] = weights[i] === 0 ? 0 : weights[i] ** (1 / 2 - 1 / p);
    const gram = new Float64Array(d * d);
    for (let from = 0; from < rows; from += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, rows - from);
      kernels.addWeightedGram(scaled.subarray(from * d), count, d, roots.subarray(from, from + count), gram);
    }
    const { factor, width, upper } = factorGram(gram, d, gramError(d, BLOCK_ROWS, Math.ceil(rows / BLOCK_ROWS)));
    kernels.rowScores(scaled, rows, d, factor, width, upper, x);
    change = 0;
    for (let i = 0; i < rows; i++) {
      if (weights[i] === 0) continue;
      // A row alone in its direction has weight 1: u k^T M^+ k never exceeds it.
      const leverage = Math.min(1, roots[i] ** 2 * x[i]);
      const next = p < 4 ? (leverage / roots[i] ** 2) ** (p / 2) : leverage;
      change = Math.max(change, Math.abs(Math.log(next / weights[i])));
      weights[i] = next;
    }
  }
  return weights;
}

/** Columns brought to entries of at most about 1, which changes no weight. */
function scaledColumns(values: Float64Array, rows: number, d: number, kernels: Kernels): Float64Array {
  const peaks = new Float64Array(d);
  kernels.scan(values, rows, d, peaks);
  const factors = peaks.map((peak) => (peak === 0 ? 1 : powerOfTwo(-exponentOf(peak))));
  return values.map((value, at) => value * factors[at % d]);
}
