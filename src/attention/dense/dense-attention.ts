/** What attention over keys in memory gives: out_i = sum_j A(q_i, j) v_j, in float64. */

import type { Kernels } from '../../kernels/kernels.js';
import type { Values } from '../../rows/row-block.js';
import { type DenseKeys, type DenseOptions, DenseScores } from './dense-scores.js';

/** Rows of V multiplied at a time: the kernels pack them for each product. */
const ROWS_AT_ONCE = 4096;

/** Attends, some queries at a time. */
export class DenseAttention {
  readonly scores: DenseScores;
  readonly #kernels: Kernels;
  readonly #values: Float64Array;
  readonly #width: number;
  readonly #part: Float64Array;
  readonly #product: Float64Array;
  readonly #output: Float64Array;

  /**
   * @param values - rows of V, one a key, of `width` columns each
   */
  constructor(kernels: Kernels, keys: DenseKeys, values: Float64Array, width: number, options: DenseOptions) {
    this.scores = new DenseScores(kernels, keys, options);
    this.#kernels = kernels;
    this.#values = values;
    this.#width = width;
    const { most, size } = this.scores;
    this.#part = new Float64Array(most * Math.min(size, ROWS_AT_ONCE));
    this.#product = new Float64Array(most * width);
    this.#output = new Float64Array(most * width);
  }

  /**
   * The outputs of some queries.
   *
   * @param queries - rows x d, finite; at most `scores.most` rows
   * @param row - global index of the first
   * @returns rows x width, valid until the next call; zeros where a query is empty
   */
  compute(queries: Values, rows: number, row: number): Float64Array {
    const { size } = this.scores;
    const width = this.#width;
    const weights = this.scores.compute(queries, rows, row);
    const output = this.#output.fill(0);
    for (let from = 0; from < size; from += ROWS_AT_ONCE) {
      const count = Math.min(ROWS_AT_ONCE, size - from);
      for (let i = 0; i < rows; i++) {
        this.#part.set(weights.subarray(i * size + from, i * size + from + count), i * count);
      }
      const values = this.#values.subarray(from * width, (from + count) * width);
      this.#kernels.multiply(this.#part, rows, count, values, width, false, this.#product);
      for (let at = 0; at < rows * width; at++) output[at] += this.#product[at];
    }
    return output;
  }
}
