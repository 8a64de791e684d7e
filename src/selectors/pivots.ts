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
import { withRest } from './order.js';
import type { HeldSelector } from './selector.js';

/** A residual of g below this is rounding. */
const FLAT = 1e-12;

/** 2 sqrt(1 + e^(W(2 / e^2) + 2)), of WildCat's temperature. */
const TWO_RHO = 6.383202050647408;

/** Keys in memory. */
export interface PivotKeys {
  readonly d: number;
  /** n x d, row-major. */
  readonly values: Float64Array;
}

/** How pivots are chosen. */
export interface PivotOptions {
  /** s: multiplies <q, k>, > 0. */
  readonly scale: number;
  /** Pivots at most. */
  readonly most: number;
  /** Of the draws; undefined: the largest residual is taken, of equal ones the first. */
  readonly seed?: number | undefined;
  /** The largest length of a query; default: that of a key about the mean. */
  readonly queryRadius?: number | undefined;
}

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
  order: (keys, most, { scale }) => orderOf(keys, findPivots(keys, { scale, most }), most),
};

/** A random residual next (randomly pivoted Cholesky). */
export const rpCholesky: HeldSelector = {
  kind: 'held',
  name: 'rp-cholesky',
  about: 'pivots of the softmax kernel, drawn in proportion to residuals',
  order: (keys, most, { scale, seed }) => orderOf(keys, findPivots(keys, { scale, most, seed }), most),
};

/** Where residuals are used up, all others follow by their places. */
function orderOf({ d, values }: PivotKeys, { pivots }: FoundPivots, most: number): Int32Array {
  const n = values.length / d;
  return pivots.length < Math.min(most, n) ? withRest(pivots, n) : pivots;
}

/** Chooses pivots: n k d + n k^2 / 2 multiplications, n (k + d + 4) numbers. */
export function findPivots(keys: PivotKeys, { scale, most, seed, queryRadius }: PivotOptions): FoundPivots {
  const n = keys.values.length / keys.d;
  const { columns, radius } = centredColumns(keys);
  const tau = temperature(n, scale, radius, queryRadius ?? radius);
  const unit = Math.sqrt(scale) / tau;
  const square = new Float64Array(n);
  for (const column of columns) {
    for (let j = 0; j < n; j++) {
      column[j] *= unit;
      square[j] += column[j] * column[j];
    }
  }
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

/** Columns of the keys less their mean, and the longest row. */
function centredColumns({ d, values }: PivotKeys): { readonly columns: Float64Array[]; readonly radius: number } {
  const n = values.length / d;
  const squares = new Float64Array(n);
  const columns = Array.from({ length: d }, (_, c) => {
    const column = Float64Array.from({ length: n }, (_, j) => values[j * d + c]);
    // About the first key first: a mean of equal numbers is then that number, to the last bit.
    const [shift = 0] = column;
    const mean = shift + column.reduce((sum, one) => sum + (one - shift), 0) / n;
    for (let j = 0; j < n; j++) {
      column[j] -= mean;
      squares[j] += column[j] * column[j];
    }
    return column;
  });
  return { columns, radius: Math.sqrt(squares.reduce((most, one) => Math.max(most, one), 0)) };
}

/**
 * WildCat's tau = sqrt(R_K / R_Q b / (2 W(b / (2 rho)))), b = ln n / (s R_K R_Q) + 2; 1 where a radius is 0.
 * @param keyRadius - R_K, the longest key about the mean
 * @param queryRadius - R_Q
 */
export function temperature(n: number, scale: number, keyRadius: number, queryRadius: number): number {
  if (keyRadius === 0 || queryRadius === 0) return 1;
  const b = Math.log(n) / (scale * keyRadius * queryRadius) + 2;
  return Math.sqrt(((keyRadius / queryRadius) * b) / (2 * lambertW(b / TWO_RHO)));
}

/** W with W e^W = y, y > 0, as the root of w + ln w = ln y, by Newton's method. */
function lambertW(y: number): number {
  const wanted = Math.log(y);
  let w = y < Math.E ? y / (1 + y) : wanted;
  for (let i = 0; i < 50; i++) {
    const next = (w * (1 + wanted - Math.log(w))) / (1 + w);
    if (Math.abs(next - w) <= 1e-16 * next) return next;
    w = next;
  }
  return w;
}
