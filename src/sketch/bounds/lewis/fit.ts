/**
 * l_p Lewis weights of all rows (Lewis 1978; Cohen and Peng, arXiv:1412.0588): the w with w_i = tau_i(W^(1/2 - 1/p) K), found
 * by passes over K that each need one d x d matrix.
 *
 * Rows come whitened, v = k W, which changes no Lewis weight. With y_i = v_i^T M^-1 v_i and T(M) = sum_i y_i^(p/2 - 1) v_i v_i^T
 * the weights are w_i = y_i^(p/2) for the one M with T(M) = M. A round sums T(M), scales M so that the weights sum to the
 * rank, and steps from M towards T(M): all the way for p < 2, where T is a contraction by 1 - p/2. For p > 2 M^-1 minimises
 * 2/p sum_i y_i^(p/2) - log det M^-1, whose curvature lies between 1 and p/2 near the minimum: a step of 4 / (p + 2) is safe, and
 * one over the curvature that the last step met (Barzilai, Borwein, 1988) faster.
 *
 * Certificate, with r the Frobenius norm of M^-1/2 T(M) M^-1/2 - 1: for p < 2 the contraction puts every weight within a factor
 * 1 / (1 - r) of the true one; for p > 2 the minimum lies within delta = r / (1 - r) of M^-1 in its own norm, as -log det
 * alone is that convex, so every weight is within a factor (1 - delta)^(-p/2).
 */

import type { Kernels } from '../../../kernels/kernels.js';
import { inverseFactor } from '../../../kernels/triangular.js';
import { Scratch } from '../../scratch.js';
import { powerFunction } from './weights.js';

/** A residual below which the minimum is near enough for steps that go by the curvature. */
const NEAR = 0.3;

/** Finds the weights of one matrix for one p. */
export class LewisFit {
  readonly #rank: number;
  readonly #p: number;
  readonly #kernels: Kernels;
  readonly #y: Scratch;
  readonly #roots: Scratch;
  /** M, rank x rank, upper triangle. */
  #form: Float64Array;
  /** F, upper triangular, with F^T M F = 1. */
  #factor: Float64Array;
  /** T(M) so far, upper triangle. */
  readonly #image: Float64Array;
  #sum = 0;
  /** Of the last round. */
  #residual = Number.POSITIVE_INFINITY;
  /** M and M - T(M) before the last step. */
  #before: { readonly form: Float64Array; readonly gradient: Float64Array } | undefined;

  /**
   * @param rank - of K, >= 1: columns of whitened rows
   * @param p - > 0, other than 2
   */
  constructor(rank: number, p: number, kernels: Kernels) {
    this.#rank = rank;
    this.#p = p;
    this.#kernels = kernels;
    this.#y = new Scratch(kernels);
    this.#roots = new Scratch(kernels);
    this.#form = identity(rank);
    this.#factor = identity(rank);
    this.#image = kernels.allocate('float64', rank * rank);
  }

  /** Begins a round. */
  begin(): void {
    this.#image.fill(0);
    this.#sum = 0;
  }

  /**
   * Takes in rows of the round.
   * @param v - rows x rank, whitened
   */
  take(v: Float64Array, rows: number): void {
    const y = this.#squares(v, rows);
    const roots = this.#roots.take(rows);
    const weight = powerFunction(this.#p / 2);
    const root = powerFunction((this.#p - 2) / 4);
    let sum = 0;
    for (let i = 0; i < rows; i++) {
      sum += weight(y[i]);
      roots[i] = y[i] === 0 ? 0 : root(y[i]);
    }
    this.#sum += sum;
    this.#kernels.addWeightedGram(v, rows, this.#rank, roots, this.#image);
  }

  /**
   * Ends the round: scales M to the weights' sum.
   * @returns a bound on the relative error of every weight, Infinity where nothing can be said yet
   */
  end(): number {
    const p = this.#p;
    const scale = (this.#sum / this.#rank) ** (2 / p);
    multiply(this.#form, scale);
    multiply(this.#factor, 1 / Math.sqrt(scale));
    multiply(this.#image, powerFunction(1 - p / 2)(scale));
    const rest = this.#whitened(this.#image);
    for (let i = 0; i < this.#rank; i++) rest[i * (this.#rank + 1)] -= 1;
    this.#residual = Math.sqrt(inner(rest, rest));
    return errorFrom(p, this.#residual);
  }

  /** Steps from M towards T(M). */
  step(): void {
    const form = this.#form;
    const gradient = form.map((value, at) => value - this.#image[at]);
    const share = this.#share(gradient);
    this.#before = { form, gradient };
    this.#form = form.map((value, at) => value - share * gradient[at]);
    const factor = inverseFactor(this.#kernels, this.#form, this.#rank);
    if (!factor) throw new Error('a sum of whitened rows with Lewis weights is not positive definite');
    this.#factor = factor;
  }

  /** How far to go, at most 1, so that M stays positive definite. */
  #share(gradient: Float64Array): number {
    const p = this.#p;
    if (p < 2) return 1;
    const safe = 4 / (p + 2);
    if (!this.#before || this.#residual > NEAR) return safe;
    const { form, gradient: last } = this.#before;
    const moved = this.#whitened(this.#form.map((value, at) => value - form[at]));
    const curved = this.#whitened(gradient.map((value, at) => value - last[at]));
    const share = inner(moved, moved) / inner(moved, curved);
    return share > 0 ? Math.min(1, Math.max(2 / p, share)) : safe;
  }

  /**
   * The weights of rows by M as it is.
   *
   * @param v - rows x rank, whitened
   * @param weights - rows, overwritten
   */
  weigh(v: Float64Array, rows: number, weights: Float64Array): void {
    const y = this.#squares(v, rows);
    const weight = powerFunction(this.#p / 2);
    for (let i = 0; i < rows; i++) weights[i] = Math.min(1, weight(y[i]));
  }

  /** y, rows; valid until the next call. */
  #squares(v: Float64Array, rows: number): Float64Array {
    const y = this.#y.take(rows + 4);
    this.#kernels.rowScores(v, rows, this.#rank, this.#factor, this.#rank, true, y);
    return y;
  }

  /** F^T A F of a symmetric A, whose upper triangle is read. */
  #whitened(upper: Float64Array): Float64Array {
    const r = this.#rank;
    const full = new Float64Array(r * r);
    const transposed = new Float64Array(r * r);
    for (let i = 0; i < r; i++) {
      for (let j = i; j < r; j++) {
        full[i * r + j] = full[j * r + i] = upper[i * r + j];
        transposed[j * r + i] = this.#factor[i * r + j];
      }
    }
    const half = new Float64Array(r * r);
    const whole = new Float64Array(r * r);
    this.#kernels.multiply(full, r, r, this.#factor, r, true, half);
    this.#kernels.multiply(transposed, r, r, half, r, false, whole);
    return whole;
  }
}

/** The largest relative error of a weight that a residual leaves room for. */
function errorFrom(p: number, residual: number): number {
  if (p < 2) return residual < 1 ? residual / (1 - residual) : Number.POSITIVE_INFINITY;
  return residual < 0.5 ? ((1 - residual) / (1 - 2 * residual)) ** (p / 2) - 1 : Number.POSITIVE_INFINITY;
}

function identity(r: number): Float64Array {
  const one = new Float64Array(r * r);
  for (let i = 0; i < r; i++) one[i * (r + 1)] = 1;
  return one;
}

function multiply(a: Float64Array, factor: number): void {
  for (let at = 0; at < a.length; at++) a[at] *= factor;
}

/** The trace of A^T B. */
const inner = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, at) => sum + value * b[at], 0);
