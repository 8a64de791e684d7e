/**
 * Pivots of the softmax kernel h(j, l) = exp(s <x_j, x_l> / tau^2), x = k - mean, one after another (WildCat, arXiv:2602.10056): the
 * residual of a key after the pivots S is the Schur complement h_jj - h_jS h_SS^-1 h_Sj, and the next pivot is the key with the largest
 * one, or one drawn in proportion to it.
 *
 * Worked out on the Gaussian kernel g = D^-1 h D^-1, D = diag(e^(||y||^2 / 2)), y = x sqrt(s) / tau, so that nothing overflows: a residual
 * of h is e^(||y||^2) times one of g, whose diagonal is 1.
 */

import { hashUnit } from '../sketch/sample/priority-sampler.js';
import { addColumns } from './columns.js';
import { largestPivots } from './lazy-pivots.js';
import { withRest } from './order.js';
import { FLAT, kernelRows, type PivotKeys, type PivotOptions } from './pivot-kernel.js';
import type { HeldSelector } from './selector.js';

/** Pivots, and the factor that they come from. */
export interface FoundPivots {
  /** Their places, in the order in which they were chosen; fewer than wanted where all residuals are 0. */
  readonly pivots: Int32Array;
  /** Rows of L, n each: g[:, S] = L^T L[:, S]. */
  readonly factor: readonly Float64Array[];
  /** ||y||^2, n. */
  readonly square: Float64Array;
  readonly tau: number;
  /** Residuals of g, n. */
  readonly residual: Float64Array;
}

/** The largest residual next, as in a Cholesky factorisation with pivoting; no seed. */
export const kernelPivots: HeldSelector = {
  kind: 'held',
  name: 'kernel-pivots',
  about: 'pivots of the softmax kernel, the largest residual next',
  order: (keys, most, { scale }) => orderOf(keys, largestPivots(keys, { scale, most }), most),
};

/** A random residual next (randomly pivoted Cholesky). */
export const rpCholesky: HeldSelector = {
  kind: 'held',
  name: 'rp-cholesky',
  about: 'pivots of the softmax kernel, drawn in proportion to residuals',
  order: (keys, most, { scale, seed }) => orderOf(keys, findPivots(keys, { scale, most, seed }).pivots, most),
};

/** Where residuals are used up, all others follow by their places. */
function orderOf({ d, values }: PivotKeys, pivots: Int32Array, most: number): Int32Array {
  const n = values.length / d;
  return pivots.length < Math.min(most, n) ? withRest(pivots, n) : pivots;
}

/** Chooses pivots: n k d + n k^2 / 2 multiplications, n (k + d + 4) numbers. */
export function findPivots(keys: PivotKeys, { scale, most, seed, queryRadius }: PivotOptions): FoundPivots {
  const { columns, square, tau, n } = kernelRows(keys, scale, queryRadius);
  const residual = new Float64Array(n).fill(1);
  const factor: Float64Array[] = [];
  const pivots: number[] = [];
  const size = new Float64Array(n);
  while (pivots.length < Math.min(most, n)) {
    let largest = Number.NEGATIVE_INFINITY;
    let next = -1;
    for (let j = 0; j < n; j++) {
      size[j] = Math.log(residual[j]) + square[j];
      if (size[j] > largest) {
        largest = size[j];
        next = j;
      }
    }
    if (next < 0) break;
    if (seed !== undefined) next = drawn(size, largest, hashUnit(pivots.length, seed));
    const row = new Float64Array(n);
    addColumns(
      row,
      columns,
      Float64Array.from(columns, (column) => column[next]),
    );
    for (let j = 0; j < n; j++) row[j] = Math.exp(row[j] - (square[j] + square[next]) / 2);
    addColumns(
      row,
      factor,
      Float64Array.from(factor, (before) => -before[next]),
    );
    const root = Math.sqrt(residual[next]);
    for (let j = 0; j < n; j++) {
      row[j] /= root;
      const left = residual[j] - row[j] * row[j];
      residual[j] = left < FLAT ? 0 : left;
    }
    residual[next] = 0;
    factor.push(row);
    pivots.push(next);
  }
  return { pivots: Int32Array.from(pivots), factor, square, tau, residual };
}

/** The first key at which the running sum of e^(size - largest) reaches u times the total. */
function drawn(size: Float64Array, largest: number, u: number): number {
  const sums = new Float64Array(size.length);
  let sum = 0;
  for (let j = 0; j < size.length; j++) {
    sum += Math.exp(size[j] - largest);
    sums[j] = sum;
  }
  const wanted = u * sum;
  const at = sums.findIndex((one) => one >= wanted);
  return at < 0 ? size.length - 1 : at;
}
