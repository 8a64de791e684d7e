/**
 * Attention of weighted keys that stand for many (a coreset for softmax): out_i = sum_l A_il U_l / sum_l A_il w_l, A the softmax over
 * these keys, kept within the range of each column of V; 0 where the weights cancel.
 */

import type { Kernels } from '../../kernels/kernels.js';
import type { Values } from '../../rows/row-block.js';
import { DenseAttention } from './dense-attention.js';
import type { DenseKeys, DenseOptions, DenseScores } from './dense-scores.js';

/** Below this, relative to the largest exponential, a denominator is none. */
const LEAST = 1e-20;

/** What keys stand for. */
export interface KeyWeights {
  /** One a key; may be negative. */
  readonly weight: Float64Array;
  /** The least and the largest of each column of V. */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Attends, some queries at a time. */
export class CoresetAttention {
  readonly scores: DenseScores;
  readonly #attention: DenseAttention;
  readonly #width: number;
  readonly #bounds: Pick<KeyWeights, 'low' | 'high'>;
  readonly #output: Float64Array;

  /** @param values - count x width: what each key adds to the sum of values */
  constructor(
    kernels: Kernels,
    keys: DenseKeys,
    values: Float64Array,
    width: number,
    { weight, ...bounds }: KeyWeights,
    options: DenseOptions,
  ) {
    // The weights are one more column, so that both sums are of the same terms.
    const both = new Float64Array(weight.length * (width + 1));
    for (const [l, own] of weight.entries()) {
      both.set(values.subarray(l * width, (l + 1) * width), l * (width + 1));
      both[l * (width + 1) + width] = own;
    }
    this.#attention = new DenseAttention(kernels, keys, both, width + 1, options);
    this.scores = this.#attention.scores;
    this.#width = width;
    this.#bounds = bounds;
    this.#output = new Float64Array(this.scores.most * width);
  }

  /**
   * The outputs of some queries.
   * @returns rows x width, valid until the next call
   */
  compute(queries: Values, rows: number, row: number): Float64Array {
    const sums = this.#attention.compute(queries, rows, row);
    const width = this.#width;
    for (let i = 0; i < rows; i++) {
      weighted(sums.subarray(i * (width + 1)), this.#bounds, this.#output.subarray(i * width, (i + 1) * width));
    }
    return this.#output;
  }
}

/**
 * The output that sums stand for.
 * @param sums - width of values, then the sum of weights, of scores that sum to about 1
 */
export function weighted(
  sums: Float64Array,
  { low, high }: Pick<KeyWeights, 'low' | 'high'>,
  output: Float64Array,
): void {
  const below = sums[output.length];
  for (let c = 0; c < output.length; c++) {
    output[c] = Math.min(high[c], Math.max(low[c], below > LEAST ? sums[c] / below : 0));
  }
}
