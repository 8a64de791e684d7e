/**
 * Leverage scores by the textbook: K = Q R by Householder reflections with column pivoting, and the squared lengths of the rows of
 * Q. Plain loops over whole columns; it shares nothing with the sketch, which never has Q.
 */

import type { HeldRows } from '../rows/held-rows.js';
import { Sum } from './sums.js';

/** What K's column space is, in an orthonormal basis. */
export interface Basis {
  readonly rank: number;
  /** tau_i, by position. */
  readonly leverage: Float64Array;
  /** What they may be off by themselves, relatively: 8 d u times the condition of the columns. */
  readonly error: number;
  /** Row i of Q, rank numbers. */
  rowOf(i: number): Float64Array;
  /** A query q, d numbers, with K q = Q u. */
  queryFor(u: Float64Array): Float64Array;
}

/** Unit roundoff of float64. */
const U = 2 ** -53;

/**
 * Factors the rows that are held, their columns brought to unit length first; what is left of a column counts as zero at 8 d u, as in docs/guarantees.md.
 */
export function basisOf({ d, index, values }: HeldRows): Basis {
  const n = index.length;
  const lengths = new Float64Array(d);
  const columns = Array.from({ length: d }, (_, j) => {
    const column = new Float64Array(n);
    for (let i = 0; i < n; i++) column[i] = values[i * d + j];
    lengths[j] = normalise(column);
    return column;
  });
  const order = lengths.map((_, j) => j);
  const betas: number[] = [];
  /** Columns of R, as far as the rank. */
  const upper: Float64Array[] = [];
  let rank = 0;
  for (; rank < Math.min(n, d); rank++) {
    const pivot = longest(columns, rank);
    if (!(pivot.length > 8 * d * U)) break;
    [columns[rank], columns[pivot.at]] = [columns[pivot.at], columns[rank]];
    [order[rank], order[pivot.at]] = [order[pivot.at], order[rank]];
    const column = columns[rank];
    const r = column.slice(0, rank + 1);
    r[rank] = column[rank] > 0 ? -pivot.length : pivot.length;
    upper.push(r);
    column.fill(0, 0, rank);
    column[rank] -= r[rank];
    betas.push(1 / (-r[rank] * column[rank]));
    for (let j = rank + 1; j < d; j++) reflect(column, betas[rank], columns[j], rank);
  }
  // Q, from the last reflection to the first, in the place of the reflections.
  for (let k = rank - 1; k >= 0; k--) {
    const column = columns[k];
    for (let j = k + 1; j < rank; j++) reflect(column, betas[k], columns[j], k);
    const head = -betas[k] * column[k];
    for (let i = k; i < n; i++) column[i] *= head;
    column[k] += 1;
  }
  const leverage = Float64Array.from({ length: n }, (_, i) => {
    const sum = new Sum();
    for (let k = 0; k < rank; k++) sum.add(columns[k][i] ** 2);
    return Math.min(1, sum.value);
  });
  const smallest = rank > 0 ? Math.abs(upper[rank - 1][rank - 1]) : 1;
  return {
    rank,
    leverage,
    error: (8 * d * U * Math.sqrt(d)) / smallest,
    rowOf: (i) => Float64Array.from({ length: rank }, (_, k) => columns[k][i]),
    queryFor: (u) => {
      const q = new Float64Array(d);
      const left = u.slice();
      for (let k = rank - 1; k >= 0; k--) {
        const value = left[k] / upper[k][k];
        for (let i = 0; i < k; i++) left[i] -= value * upper[k][i];
        q[order[k]] = value / lengths[order[k]];
      }
      return q;
    },
  };
}

/** Brings a column to unit length; returns what it was, 0 for zeros. */
function normalise(column: Float64Array): number {
  let peak = 0;
  for (const value of column) peak = Math.max(peak, Math.abs(value));
  if (peak === 0) return 0;
  for (let i = 0; i < column.length; i++) column[i] /= peak;
  const length = lengthFrom(column, 0);
  for (let i = 0; i < column.length; i++) column[i] /= length;
  return peak * length;
}

function lengthFrom(column: Float64Array, from: number): number {
  const sum = new Sum();
  for (let i = from; i < column.length; i++) sum.add(column[i] ** 2);
  return Math.sqrt(sum.value);
}

/** Of the columns from k on, the one of which most is left below row k. */
function longest(columns: readonly Float64Array[], k: number): { at: number; length: number } {
  let best = { at: k, length: 0 };
  for (let at = k; at < columns.length; at++) {
    const length = lengthFrom(columns[at], k);
    if (length > best.length) best = { at, length };
  }
  return best;
}

/** x -= beta v <v, x>, from row k on. */
function reflect(v: Float64Array, beta: number, x: Float64Array, k: number): void {
  let sum = 0;
  for (let i = k; i < v.length; i++) sum += v[i] * x[i];
  const factor = beta * sum;
  for (let i = k; i < v.length; i++) x[i] -= factor * v[i];
}
