/**
 * Pivots of the softmax kernel h(j, l) = exp(s <x_j, x_l> / tau^2), x = k - mean, one after another (WildCat, arXiv:2602.10056): the
 * residual of a key after the pivots S is the Schur complement h_jj - h_jS h_SS^-1 h_Sj, and the next pivot is the key with the largest
 * one, or one drawn in proportion to it.
 *
 * Worked out on the Gaussian kernel g = D^-1 h D^-1, D = diag(e^(||y||^2 / 2)), y = x sqrt(s) / tau, so that nothing overflows: a residual
 * of h is e^(||y||^2) times one of g, whose diagonal is 1.
 */

import type { Kernels } from '../kernels/kernels.js';
import { chooseDrawn } from './drawn-pivots.js';
import { chooseLargest } from './largest-pivots.js';
import { withRest } from './order.js';
import { kernelRows, type PivotKeys, type PivotOptions } from './pivot-kernel.js';
import { PivotPanels } from './pivot-panels.js';
import type { HeldSelector } from './selector.js';

/** Pivots, and the factor that they come from. */
export interface FoundPivots {
  /** Their places, in the order in which they were chosen; fewer than wanted where all residuals are 0. */
  readonly pivots: Int32Array;
  readonly tau: number;
  /** What is known of all keys; valid until other pivots are looked for with the same kernels. */
  readonly panels: PivotPanels;
}

/** The largest residual next, as in a Cholesky factorisation with pivoting; no seed. */
export const kernelPivots: HeldSelector = {
  kind: 'held',
  name: 'kernel-pivots',
  about: 'pivots of the softmax kernel, the largest residual next',
  order: (keys, most, { scale, kernels }) => orderOf(keys, most, findPivots(keys, { scale, most }, kernels)),
};

/** A random residual next (randomly pivoted Cholesky). */
export const rpCholesky: HeldSelector = {
  kind: 'held',
  name: 'rp-cholesky',
  about: 'pivots of the softmax kernel, drawn in proportion to residuals',
  order: (keys, most, { scale, seed, kernels, threads }) =>
    orderOf(keys, most, findPivots(keys, { scale, most, seed, threads }, kernels)),
};

/** Where residuals are used up, all others follow by their places. */
function orderOf({ d, values }: PivotKeys, most: number, { pivots }: FoundPivots): Int32Array {
  const n = values.length / d;
  return pivots.length < Math.min(most, n) ? withRest(pivots, n) : pivots;
}

/** Chooses pivots: n k d + n k^2 / 2 multiplications and n (k + d) numbers at most, fewer where few keys may be chosen next. */
export function findPivots(
  keys: PivotKeys,
  { scale, most, seed, queryRadius, threads }: PivotOptions,
  kernels: Kernels,
): FoundPivots {
  const rows = kernelRows(keys, scale, queryRadius);
  const wanted = Math.min(most, rows.n);
  const panels = new PivotPanels(rows, wanted, kernels, threads);
  if (seed === undefined) chooseLargest(panels, wanted);
  else chooseDrawn(panels, wanted, seed);
  return { pivots: panels.pivots, tau: rows.tau, panels };
}
