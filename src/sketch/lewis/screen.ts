/**
 * Lewis weights of a block of rows by the sums of the rows before it: what grows with n, and depends on nothing but the
 * block and those sums, so that it can be done on any thread.
 *
 * Weights may be taken from float32 products: for p > 2 any weights will do, and for p < 2 larger ones than those that fit
 * (m^2 never too small) keep the rule u m^(2 - p) <= 1.
 */

import { type Kernels, ROUGH_GRAM_ERROR } from '../../kernels/kernels.js';
import type { Values } from '../../matrix/row-block.js';
import { RowScorer, type Whitening } from '../whitening.js';
import { type LewisPower, lewisPower } from './weights.js';

/** Sums of rows of some time ago, to weigh others by; its arrays do not change. */
export interface LewisFilter {
  /** Of M. */
  readonly whitening: Whitening;
  /** S where p > 2, rounding allowed for; else 0. */
  readonly sum: number;
  /** Whether float32 products will do to weigh rows by. */
  readonly rough: boolean;
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

/** Norms of the rows of a block that somebody has already worked out: sum_i k_i^2 weights_i. */
export interface KnownNorms {
  readonly weights: Float64Array;
  readonly norms: Float64Array;
}

/** Covers the rounding of powers and sums. */
export const POWER_SLACK = 1 + 1e-9;

/** Unit roundoff of float32. */
const U32 = 2 ** -24;

/** The smallest float32 > 0. */
const LEAST32 = 2 ** -149;

/** Below this smallest eigenvalue float32 products would make weights needlessly large. */
const ROUGH_LAMBDA = 1e-4;

/** Columns of M beyond this or its inverse are left to float64. */
const ROUGH_RANGE = 2 ** 60;

/** Whether float32 products against a whitening are good enough to weigh by. */
export const isRough = ({ nullSpace, lambda, weights }: Whitening): boolean =>
  !nullSpace && lambda >= ROUGH_LAMBDA && weights.every((w) => w <= ROUGH_RANGE && w >= 1 / ROUGH_RANGE);

/** The error of a Gram matrix summed in float32, relative to its unit diagonal: the norm of a matrix of such entries. */
export const roughGramError = (d: number): number => d * ROUGH_GRAM_ERROR;

/** Float32 sums may make bounds by Lewis weights larger by this share. */
const ROUGH_SHARE = 0.02;

/** Whether float32 sums are good enough to go on with from M. */
export const allowsRoughSums = (whitening: Whitening): boolean =>
  isRough(whitening) && roughGramError(whitening.d) <= ROUGH_SHARE * whitening.lambda;

/** The |x|^p sensitivity of a row of weight w = m^p against rows whose weights sum to `sum`, itself included; at most 1. */
export const boundFrom = (p: number, weight: number, sum: number): number =>
  Math.min(1, p > 2 ? weight * sum ** (p / 2 - 1) * POWER_SLACK : weight * POWER_SLACK);

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
   * @param known - allows for float32 where the filter does
   */
  weigh(filter: LewisFilter, a: Values, rows: number, weights: Float64Array, known?: KnownNorms): WeightSums {
    const x = this.#x;
    const { whitening } = filter;
    if (filter.rough && known && a instanceof Float32Array) this.#scoreRoughly(whitening, a, rows, known);
    else this.#scorer.score(whitening, a, rows, x);
    const { squareFor, weightOf } = this.power;
    const larger = 1 + whitening.delta + 1e-12;
    let sum = 0;
    let growth = 0;
    for (let i = 0; i < rows; i++) {
      const square = squareFor(x[i] * larger);
      const weight = weightOf(square);
      weights[i] = weight;
      sum += weight;
      // u = w / m^2.
      if (weight > 0) growth += Math.min(1e9, (x[i] * weight) / square);
    }
    return { weights: sum, growth };
  }

  /** The |x|^p sensitivity of a row with this weight, against itself and the rows of the filter. */
  bound({ sum }: LewisFilter, weight: number): number {
    return boundFrom(this.power.p, weight, sum + weight);
  }

  /**
   * sum += sum_l u_l k_l k_l^T, upper triangle.
   *
   * @param a - rows x d, scaled columns
   * @param weights - rows, at most those of a block
   * @param sum - d x d
   */
  addWeighted(a: Values, rows: number, weights: Float64Array, sum: Float64Array): void {
    this.#kernels.addWeightedGram(a, rows, this.#d, this.#rootsOf(weights, rows), sum);
  }

  /**
   * The same for a sum of zeros, in float32 where the filter allows for it and no term leaves its range.
   * @returns whether it is in float32
   */
  sumWeighted(filter: LewisFilter, a: Values, rows: number, weights: Float64Array, sum: Float64Array): boolean {
    if (filter.roughSums && a instanceof Float32Array) {
      this.#kernels.addRoughGram(a, rows, this.#d, this.#rootsOf(weights, rows), sum);
      if (sum.every(Number.isFinite)) return true;
      sum.fill(0);
    }
    this.addWeighted(a, rows, weights, sum);
    return false;
  }

  #rootsOf(weights: Float64Array, rows: number): Float64Array {
    const { rootOf } = this.power;
    for (let i = 0; i < rows; i++) this.#roots[i] = rootOf(weights[i]);
    return this.#roots;
  }

  /** x[i] >= k_i^T M^-1 k_i, and not much larger, by float32 products. */
  #scoreRoughly({ d, factor, width, upper }: Whitening, a: Float32Array, rows: number, known: KnownNorms): void {
    const x = this.#x;
    this.#kernels.roughScores(a, rows, d, factor, width, upper, x);
    // || |a| |B| ||^2 <= sum_k a_k^2 weights_k times sum_kj B_kj^2 / weights_k.
    let size = 0;
    for (let k = 0; k < d; k++) {
      for (let j = 0; j < width; j++) size += factor[k * width + j] ** 2 / known.weights[k];
    }
    const absolute = (d + 4) * U32 * Math.sqrt(size);
    const underflow = d * Math.sqrt(width) * LEAST32;
    const relative = 1 + (width / 8 + 6) * U32;
    for (let i = 0; i < rows; i++) {
      const most = (Math.sqrt(x[i]) * relative + absolute * Math.sqrt(known.norms[i]) + underflow) ** 2;
      // Rows of zeros stay so; what overflowed is large.
      x[i] = known.norms[i] === 0 ? 0 : most >= 0 ? most : Number.POSITIVE_INFINITY;
    }
  }
}
