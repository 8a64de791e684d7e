/**
 * Attention of weighted keys that stand for many (a coreset for softmax): out_i = sum_l A_il U_l / sum_l A_il w_l, A the softmax over
 * these keys, kept within the range of each column of V; 0 where the weights cancel.
 */

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

/** The least and the largest of each column of V. */
export type ValueRange = Pick<KeyWeights, 'low' | 'high'>;

/**
 * Values with the weights as one more column, so that both sums are of the same terms.
 * @param values - count x width: what each key adds to the sum of values
 * @returns count x (width + 1)
 */
export function withWeights(values: Float64Array, width: number, weight: Float64Array): Float64Array {
  const both = new Float64Array(weight.length * (width + 1));
  for (const [l, own] of weight.entries()) {
    both.set(values.subarray(l * width, (l + 1) * width), l * (width + 1));
    both[l * (width + 1) + width] = own;
  }
  return both;
}

/**
 * The output that sums stand for.
 * @param sums - width of values, then the sum of weights, of scores that sum to about 1
 */
export function weighted(sums: Float64Array, { low, high }: ValueRange, output: Float64Array): void {
  const below = sums[output.length];
  for (let c = 0; c < output.length; c++) {
    output[c] = Math.min(high[c], Math.max(low[c], below > LEAST ? sums[c] / below : 0));
  }
}
