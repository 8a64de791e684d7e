/** Leverage scores of rows, by a factor of all of them. */

import { type Kernels, scaleColumns } from '../kernels/kernels.js';
import type { Values } from '../rows/row-block.js';
import { powerOfTwo } from './factor/scale.js';
import { RowScorer, type Whitening } from './factor/whitening.js';
import { Scratch } from './scratch.js';

/** What rows are scored by; can be posted to another thread. */
export interface LeverageFactor {
  readonly whitening: Whitening;
  /** By what columns are multiplied first; undefined where none is. */
  readonly factors: Float64Array | undefined;
  /** Whether what of a row lies outside the numerical row space is rounding, and counts for nothing; default: such a row has score 1. */
  readonly inside?: boolean | undefined;
}

/** Factors of columns that were scaled by powers of two. */
export const columnFactors = (exponents: ArrayLike<number>): Float64Array | undefined => {
  const all = Array.from(exponents);
  return all.some((e) => e !== 0) ? Float64Array.from(all, (e) => powerOfTwo(-e)) : undefined;
};

/** Scores rows; owns the work space for it. */
export class LeverageScorer {
  readonly #factor: LeverageFactor;
  readonly #kernels: Kernels;
  readonly #scorer: RowScorer;
  readonly #scaled: Scratch;
  readonly #x: Scratch;

  constructor(factor: LeverageFactor, kernels: Kernels) {
    this.#factor = factor;
    this.#kernels = kernels;
    this.#scorer = new RowScorer(kernels);
    this.#scaled = new Scratch(kernels);
    this.#x = new Scratch(kernels);
  }

  /**
   * @param values - rows x d, finite
   * @returns rows, 0 … 1
   */
  score(values: Values, rows: number): Float64Array {
    const { whitening, factors, inside } = this.#factor;
    const x = this.#x.take(rows + 4);
    const a = this.#scale(values, rows, factors);
    const { d, factor, width, upper } = whitening;
    if (inside) this.#kernels.rowScores(a, rows, d, factor, width, upper, x);
    else this.#scorer.score(whitening, a, rows, x);
    return Float64Array.from(x.subarray(0, rows), (one) => Math.min(1, one));
  }

  #scale(values: Values, rows: number, factors: Float64Array | undefined): Values {
    if (!factors) return values;
    const { d } = this.#factor.whitening;
    const scaled = this.#scaled.take(rows * d);
    scaleColumns(values, rows, d, factors, scaled);
    return scaled;
  }
}
