/**
 * Softmax attention of a few queries over keys that come block by block: what came of the keys so far is relative to the largest product
 * yet, and made smaller when a larger one comes. Held against it: what weighted keys make of the same queries.
 */

import type { Kernels } from '../kernels/kernels.js';
import { type ErrorSummary, summaryOf } from './coverage/output-errors.js';
import { type KeyWeights, weighted } from './dense/coreset-attention.js';
import { relativeError } from './relative-error.js';

/** Keys at a time, so that their exponentials stay small. */
const KEYS_AT_ONCE = 512;

/** Queries, and how their attention is made. */
export interface StreamedQueries {
  /** m x d, row-major, finite. */
  readonly queries: Float64Array;
  readonly d: number;
  /** Multiplies every <q, k>. */
  readonly scale: number;
  /** Columns of V; 0: there is none. */
  readonly width: number;
  readonly kernels: Kernels;
}

/** Weighted keys that stand for all. */
export interface StandingKeys extends KeyWeights {
  /** count x d. */
  readonly keys: Float64Array;
  /** count x width; undefined without V. */
  readonly values: Float64Array | undefined;
}

/** How far attention of weighted keys is from that of all. */
export interface StandingErrors {
  /** Of |sum of weighted exponentials / sum of all - 1|. */
  readonly normaliser: ErrorSummary;
  /** Of ||o_S - o|| / ||o||; undefined without V. */
  readonly error: ErrorSummary | undefined;
}

/** Running sums of each query. */
export class StreamedAttention {
  readonly #settings: StreamedQueries;
  readonly #count: number;
  /** d x m. */
  readonly #columns: Float64Array;
  /** The largest product yet; sums are relative to its exponential. */
  readonly #largest: Float64Array;
  readonly #total: Float64Array;
  readonly #sums: Float64Array;

  constructor(settings: StreamedQueries) {
    const { queries, d, width } = settings;
    this.#settings = settings;
    const m = queries.length / d;
    this.#count = m;
    this.#columns = Float64Array.from(queries, (_, at) => queries[(at % m) * d + Math.floor(at / m)]);
    this.#largest = new Float64Array(m).fill(Number.NEGATIVE_INFINITY);
    this.#total = new Float64Array(m);
    this.#sums = new Float64Array(m * width);
  }

  /** Queries. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes in some keys.
   * @param keys - rows x d
   * @param values - rows x width
   */
  add(keys: Float64Array, values: Float64Array | undefined): void {
    const { d, scale, width, kernels } = this.#settings;
    const m = this.#count;
    const all = keys.length / d;
    for (let from = 0; from < all; from += KEYS_AT_ONCE) {
      const rows = Math.min(KEYS_AT_ONCE, all - from);
      const products = new Float64Array(rows * m);
      kernels.multiply(keys.subarray(from * d, (from + rows) * d), rows, d, this.#columns, m, false, products);
      const powers = new Float64Array(m * rows);
      for (let i = 0; i < m; i++) {
        let most = this.#largest[i];
        for (let j = 0; j < rows; j++) most = Math.max(most, scale * products[j * m + i]);
        const smaller = Math.exp(this.#largest[i] - most);
        this.#largest[i] = most;
        this.#total[i] *= smaller;
        for (let c = 0; c < width; c++) this.#sums[i * width + c] *= smaller;
        for (let j = 0; j < rows; j++) {
          const power = Math.exp(scale * products[j * m + i] - most);
          powers[i * rows + j] = power;
          this.#total[i] += power;
        }
      }
      if (!values) continue;
      const added = new Float64Array(m * width);
      kernels.multiply(powers, m, rows, values.subarray(from * width, (from + rows) * width), width, false, added);
      for (let at = 0; at < added.length; at++) this.#sums[at] += added[at];
    }
  }

  /** How far weighted keys are from all that were taken in. */
  errorsOf({ keys, values, weight, low, high }: StandingKeys): StandingErrors {
    const { queries, d, scale, width } = this.#settings;
    const [normaliser, errors]: [number[], number[]] = [[], []];
    for (let i = 0; i < this.#count; i++) {
      const products = weight.map((_, l) => {
        let x = 0;
        for (let c = 0; c < d; c++) x += queries[i * d + c] * keys[l * d + c];
        return scale * x;
      });
      const most = products.reduce((largest, one) => Math.max(largest, one), Number.NEGATIVE_INFINITY);
      const sums = new Float64Array(width + 1);
      for (const [l, x] of products.entries()) {
        const power = Math.exp(x - most);
        for (let c = 0; values && c < width; c++) sums[c] += power * values[l * width + c];
        sums[width] += power * weight[l];
      }
      normaliser.push(Math.abs((sums[width] * Math.exp(most - this.#largest[i])) / this.#total[i] - 1));
      if (!values) continue;
      const output = new Float64Array(width);
      weighted(sums, { low, high }, output);
      const own = this.#sums.subarray(i * width, (i + 1) * width);
      errors.push(
        relativeError(
          output,
          own.map((one) => one / this.#total[i]),
        ),
      );
    }
    return { normaliser: summaryOf(normaliser), error: values && summaryOf(errors) };
  }
}
