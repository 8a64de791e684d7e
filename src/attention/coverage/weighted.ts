/** How well weighted keys stand for all: the error of softmax's denominator, and with V that of the output. */

import type { Kernels } from '../../kernels/kernels.js';
import { weighted } from '../dense/coreset-attention.js';
import type { QueryRows } from '../dense/query-tiles.js';
import { relativeError } from '../relative-error.js';
import { type ErrorSummary, type KeyValues, summaryOf } from './output-errors.js';
import type { QueryMeasure, ShownScores } from './query-measure.js';

/** Weighted keys that somebody made. */
export interface WeightedList {
  /** What the selection is called. */
  readonly name: string;
  /** Rows of K. */
  readonly rows: ArrayLike<number>;
  /** One a row. */
  readonly weight: Float64Array;
  /** What each adds to the sum of values, rows x width, and the range of each column of V. */
  readonly values?:
    | { readonly rows: Float64Array; readonly low: Float64Array; readonly high: Float64Array }
    | undefined;
}

/** The errors of one list, over queries. */
export class WeightedMeasure implements QueryMeasure {
  readonly name: string;
  readonly #list: WeightedList;
  readonly #places: Int32Array;
  readonly #kernels: Kernels;
  readonly #values: KeyValues | undefined;
  readonly #normaliser: number[] = [];
  readonly #errors: number[] = [];

  /**
   * @param places - of its rows among the keys
   * @param values - V, for the outputs that are compared with
   */
  constructor(list: WeightedList, places: Int32Array, values: KeyValues | undefined, kernels: Kernels) {
    this.name = list.name;
    this.#list = list;
    this.#places = places;
    this.#kernels = kernels;
    this.#values = list.values && values;
  }

  add({ rows, bad }: QueryRows, scores: Float64Array, { size, empty }: ShownScores): void {
    const { weight } = this.#list;
    const outputs = this.#outputs(rows, scores, size);
    for (let i = 0; i < rows; i++) {
      if (bad[i] || empty[i]) continue;
      const own = scores.subarray(i * size, (i + 1) * size);
      let below = 0;
      for (const [l, place] of this.#places.entries()) below += own[place] * weight[l];
      this.#normaliser.push(Math.abs(below - 1));
      if (outputs) this.#errors.push(this.#errorOf(own, below, outputs, i));
    }
  }

  /** Of |sum_l w_l e^x_l / sum e^x - 1|. */
  get normaliser(): ErrorSummary {
    return summaryOf(this.#normaliser);
  }

  /** Of ||o_S - o|| / ||o||; undefined without V. */
  get error(): ErrorSummary | undefined {
    return this.#values && summaryOf(this.#errors);
  }

  #outputs(rows: number, scores: Float64Array, size: number): Float64Array | undefined {
    if (!this.#values) return undefined;
    const { width, rows: values } = this.#values;
    const outputs = new Float64Array(rows * width);
    this.#kernels.multiply(scores, rows, size, values, width, false, outputs);
    return outputs;
  }

  #errorOf(own: Float64Array, below: number, outputs: Float64Array, i: number): number {
    const { width } = this.#values!;
    const { rows, low, high } = this.#list.values!;
    const sums = new Float64Array(width + 1);
    let largest = 0;
    for (const [l, place] of this.#places.entries()) {
      const score = own[place];
      largest = Math.max(largest, score);
      for (let c = 0; c < width; c++) sums[c] += score * rows[l * width + c];
    }
    sums[width] = below;
    const output = new Float64Array(width);
    // Relative to the largest of these keys, as where there are no others.
    weighted(largest > 0 ? sums.map((one) => one / largest) : sums, { low, high }, output);
    return relativeError(output, outputs.subarray(i * width, (i + 1) * width));
  }
}
