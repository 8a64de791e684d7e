/**
 * Lewis weights of a block of rows by the sums of the rows before it: what grows with n, and depends on nothing but the
 * block and those sums, so that it can be done on any thread.
 */

import type { Kernels } from '../../kernels/kernels.js';
import type { Values } from '../../matrix/row-block.js';
import { Scratch } from '../scratch.js';
import { RowScorer, type Whitening } from '../whitening.js';
import { type LewisPower, lewisPower } from './weights.js';

/** Sums of rows of some time ago, to weigh others by; its arrays do not change. */
export interface LewisFilter {
  /** Of M. */
  readonly whitening: Whitening;
  /** S where p > 2, rounding allowed for; else 0. */
  readonly sum: number;
}

/** Sums of a block's weights. */
export interface WeightSums {
  /** sum_l w_l. */
  readonly weights: number;
  /** sum_l u_l k_l^T M^+ k_l: by how much the block lets M grow, in units of M; finite. */
  readonly growth: number;
}

/** Covers the rounding of powers and sums. */
export const POWER_SLACK = 1 + 1e-9;

/** The |x|^p sensitivity of a row with m^2 = (w^(1/p))^2 against rows whose weights sum to `sum`, itself included; at most 1. */
export const boundFrom = (p: number, weight: number, sum: number): number =>
  Math.min(1, p > 2 ? weight * sum ** (p / 2 - 1) * POWER_SLACK : weight * POWER_SLACK);

/** Weighs blocks; owns the work space for it. */
export class LewisScreen {
  readonly power: LewisPower;
  readonly #kernels: Kernels;
  readonly #d: number;
  readonly #scorer: RowScorer;
  readonly #x: Float64Array;
  readonly #weighted: Scratch;

  /** @param blockRows - the most rows of a block */
  constructor(kernels: Kernels, d: number, blockRows: number, p: number) {
    this.power = lewisPower(p);
    this.#kernels = kernels;
    this.#d = d;
    this.#scorer = new RowScorer(kernels);
    this.#x = kernels.allocate('float64', blockRows + 4);
    this.#weighted = new Scratch(kernels);
  }

  /**
   * The weights that rows have, each as if it came next after the rows of the filter.
   *
   * @param a - rows x d, scaled columns
   * @param weights - rows, overwritten: 0 … 1
   */
  weigh({ whitening }: LewisFilter, a: Values, rows: number, weights: Float64Array): WeightSums {
    const x = this.#x;
    this.#scorer.score(whitening, a, rows, x);
    const { weightFor, rootOf } = this.power;
    const larger = 1 + whitening.delta + 1e-12;
    let sum = 0;
    let growth = 0;
    for (let i = 0; i < rows; i++) {
      const square = x[i] * larger;
      const weight = weightFor(square);
      weights[i] = weight;
      sum += weight;
      growth += Math.min(1e9, square * rootOf(weight) ** 2);
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
   * @param weights - rows
   * @param sum - d x d
   */
  addWeighted(a: Values, rows: number, weights: Float64Array, sum: Float64Array): void {
    const d = this.#d;
    const { rootOf } = this.power;
    const weighted = this.#weighted.take(rows * d);
    for (let i = 0, at = 0; i < rows; i++) {
      const root = rootOf(weights[i]);
      for (const end = at + d; at < end; at++) weighted[at] = a[at] * root;
    }
    this.#kernels.addGram(weighted, rows, d, sum);
  }
}
