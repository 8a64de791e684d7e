/**
 * Lewis weights of a block of rows by the sums of the rows before it: what grows with n, and depends on nothing but the
 * block and those sums, so that it can be done on any thread.
 *
 * Weights may be taken from float32 products: for p > 2 any weights will do, and for p < 2 larger ones than those that fit
 * (m^2 never too small) keep the rule u m^(2 - p) <= 1.
 */

import { type Kernels, ROUGH_GRAM_ERROR } from '../../../kernels/kernels.js';
import type { Values } from '../../../rows/row-block.js';
import { isRough, type KnownNorms, RowScorer, type Whitening } from '../../factor/whitening.js';
import { sumOf, takeRoots, weighRows } from './row-weights.js';
import { type LewisPower, lewisPower } from './weights.js';

/** Sums of rows of some time ago, to weigh others by; its arrays do not change. */
export interface LewisFilter {
  /** Of M. */
  readonly whitening: Whitening;
  /** S where p > 2, rounding allowed for; else 0. */
  readonly sum: number;
  /** Whether float32 sums will do to be added to M. */
  readonly roughSums: boolean;
}

/** Sums of a block's weights. */
export interface WeightSums {
  /** sum_l w_l. */
  readonly weights: number;
  /** sum_l u_l k_l^T M^+ k_l: by how much the block lets M grow, in units of M; finite. */
  readonly growth: number;
}

/** Sums of a block's weights, and how its weighted Gram matrix was formed. */
export interface BlockSums extends WeightSums {
  /** Whether in float32. */
  readonly rough: boolean;
}

/** Covers the rounding of powers and sums. */
export const POWER_SLACK = 1 + 1e-9;

/** The error of a Gram matrix summed in float32, relative to its unit diagonal: the norm of a matrix of such entries. */
export const roughGramError = (d: number): number => d * ROUGH_GRAM_ERROR;

/** Float32 sums may make bounds by Lewis weights larger by this share. */
const ROUGH_SHARE = 0.02;

/** Whether float32 sums are good enough to go on with from M. */
export const allowsRoughSums = (whitening: Whitening): boolean =>
  isRough(whitening) && roughGramError(whitening.d) <= ROUGH_SHARE * whitening.lambda;

/** The |x|^p sensitivity of a row of weight w = m^p against rows whose weights sum to `sum`, itself included; at most 1. */
const boundFrom = (p: number, weight: number, sum: number): number => boundBy(weight, sumFactor(p, sum));

/** The same by what the sum contributes, S^(p/2 - 1). */
export const boundBy = (weight: number, factor: number): number => Math.min(1, weight * factor * POWER_SLACK);

/** S^(p/2 - 1) for p > 2, else 1. */
export const sumFactor = (p: number, sum: number): number => (p > 2 ? sum ** (p / 2 - 1) : 1);

/** Weighs blocks; owns the work space for it. */
export class LewisScreen {
  readonly power: LewisPower;
  readonly #kernels: Kernels;
  readonly #d: number;
  readonly #scorer: RowScorer;
  readonly #x: Float64Array;
  readonly #roots: Float64Array;

  /** @param blockRows - the most rows of a block */
  constructor(kernels: Kernels, d: number, blockRows: number, p: number) {
    this.power = lewisPower(p);
    this.#kernels = kernels;
    this.#d = d;
    this.#scorer = new RowScorer(kernels);
    this.#x = kernels.allocate('float64', blockRows + 4);
    this.#roots = kernels.allocate('float64', blockRows);
  }

  /**
   * The weights that rows have, each as if it came next after the rows of the filter.
   *
   * @param a - rows x d, scaled columns
   * @param weights - rows, overwritten: 0 … 1
   * @param known - allows for float32 where the whitening does
   */
  weigh(filter: LewisFilter, a: Values, rows: number, weights: Float64Array, known?: KnownNorms): WeightSums {
    const x = this.#x;
    const larger = this.#scorer.bound(filter.whitening, a, rows, x, known) + 1e-12;
    weighRows(this.power, larger, rows, x, weights, this.#roots);
    return { weights: sumOf(weights, rows), growth: sumOf(x, rows) };
  }

  /** The |x|^p sensitivities of rows with these weights, each against itself and the rows of the filter. */
  bounds({ sum }: LewisFilter, weights: Float64Array): Float64Array {
    return boundsFrom(this.power.p, weights, sum);
  }

  /**
   * sum += sum_l u_l k_l k_l^T, upper triangle.
   *
   * @param a - rows x d, scaled columns
   * @param weights - rows, at most those of a block
   * @param sum - d x d
   */
  addWeighted(a: Values, rows: number, weights: Float64Array, sum: Float64Array): void {
    takeRoots(this.power, rows, weights, this.#roots);
    this.#kernels.addWeightedGram(a, rows, this.#d, this.#roots, sum);
  }

  /**
   * The same for a sum of zeros and the rows that were weighed last, in float32 where the filter allows for it and no term
   * leaves its range.
   * @returns whether it is in float32
   */
  sumWeighed(filter: LewisFilter, a: Values, rows: number, sum: Float64Array): boolean {
    return this.sumRows(filter, a, rows, this.#roots, sum);
  }

  /** The same by the square roots of u. */
  sumRows(filter: LewisFilter | undefined, a: Values, rows: number, roots: Float64Array, sum: Float64Array): boolean {
    if (filter?.roughSums && a instanceof Float32Array) {
      this.#kernels.addRoughGram(a, rows, this.#d, roots, sum);
      if (timesZero(sum) === 0) return true;
      sum.fill(0);
    }
    this.#kernels.addWeightedGram(a, rows, this.#d, roots, sum);
    return false;
  }
}

function boundsFrom(p: number, weights: Float64Array, sum: number): Float64Array {
  const bounds = new Float64Array(weights.length);
  for (let i = 0; i < bounds.length; i++) bounds[i] = boundFrom(p, weights[i], sum + weights[i]);
  return bounds;
}

/** The sum of some numbers times 0: 0 where all are finite, else NaN. */
function timesZero(x: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < x.length; at++) sum += x[at] * 0;
  return sum;
}
