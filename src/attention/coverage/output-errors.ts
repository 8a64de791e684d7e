/**
 * How far attention over the first k keys of a selection is from attention over all: for each query ||o - o_S|| / ||o|| with
 * o = sum_j A_j v_j over all keys it sees and o_S = sum_S A_j v_j / sum_S A_j, 0 where it sees none of S.
 */

import type { Kernels } from '../../kernels/kernels.js';
import { quantileOf } from '../quantile.js';
import { relativeError } from '../relative-error.js';
import { windowOf } from './selections.js';

/** Keys multiplied at a time: the kernels pack them for each product. */
const KEYS_AT_ONCE = 4096;

/** The rows of V that belong to the keys. */
export interface KeyValues {
  /** Columns of V. */
  readonly width: number;
  /** n x width, row-major, finite. */
  readonly rows: Float64Array;
}

/** Scores of some queries, and their outputs over all keys. */
export interface ScoredQueries {
  readonly rows: number;
  /** rows x n; those of a query sum to 1. */
  readonly weights: Float64Array;
  /** rows x width. */
  readonly output: Float64Array;
  /** Whether a query counts. */
  counts(i: number): boolean;
  /** Which keys a query sees. */
  seen(i: number): readonly [from: number, to: number];
}

/** Quantiles of the errors of queries. */
export interface ErrorSummary {
  readonly median: number;
  readonly mean: number;
  readonly p90: number;
}

/** Errors of queries for one selection, at each number of keys. */
export class ErrorLists {
  readonly #lists: number[][];

  constructor(sizes: readonly number[]) {
    this.#lists = sizes.map(() => []);
  }

  /**
   * @param at - which number of keys
   * @param sum - of A_j v_j over the keys that are kept, and `kept` the sum of A_j
   */
  add(at: number, sum: Float64Array, kept: number, output: Float64Array): void {
    this.#lists[at].push(relativeError(sum, output, kept === 0 ? 0 : 1 / kept));
  }

  /** One for each number of keys; NaN where no query counts. */
  summaries(): ErrorSummary[] {
    return this.#lists.map(summaryOf);
  }
}

/** Quantiles of errors; NaN where there are none. */
export function summaryOf(errors: readonly number[]): ErrorSummary {
  const sorted = Float64Array.from(errors).sort();
  if (sorted.length === 0) return { median: Number.NaN, mean: Number.NaN, p90: Number.NaN };
  const mean = sorted.reduce((sum, error) => sum + error, 0) / sorted.length;
  return { median: quantileOf(sorted, 0.5), mean, p90: quantileOf(sorted, 0.9) };
}

/** Sums A_j v_j over keys in an order, some queries at a time. */
export class OrderedOutputs {
  readonly #kernels: Kernels;
  readonly #values: KeyValues;
  readonly #part: Float64Array;
  readonly #gathered: Float64Array;
  readonly #product: Float64Array;
  readonly #sum: Float64Array;
  readonly #kept: Float64Array;

  /** @param most - queries at a time, at most */
  constructor(kernels: Kernels, values: KeyValues, most: number) {
    const { width, rows } = values;
    const keys = Math.min(KEYS_AT_ONCE, rows.length / width);
    this.#kernels = kernels;
    this.#values = values;
    this.#part = new Float64Array(most * keys);
    this.#gathered = new Float64Array(keys * width);
    this.#product = new Float64Array(most * width);
    this.#sum = new Float64Array(most * width);
    this.#kept = new Float64Array(most);
  }

  /**
   * Sums for the first k keys of an order.
   *
   * @param sizes - ascending
   * @param found - is told, for each k in turn, of rows x width sums of A_j v_j and of the queries' sums of A_j
   */
  sums(
    { weights, rows }: Pick<ScoredQueries, 'weights' | 'rows'>,
    order: Int32Array,
    sizes: readonly number[],
    found: (at: number, sum: Float64Array, kept: Float64Array) => void,
  ): void {
    const { width } = this.#values;
    const sum = this.#sum.fill(0);
    const kept = this.#kept.fill(0);
    let from = 0;
    for (const [at, k] of sizes.entries()) {
      while (from < k) {
        const keys = order.subarray(from, Math.min(k, from + KEYS_AT_ONCE));
        this.#gather(weights, rows, keys);
        this.#kernels.multiply(this.#part, rows, keys.length, this.#gathered, width, false, this.#product);
        for (let i = 0; i < rows * width; i++) sum[i] += this.#product[i];
        from += keys.length;
      }
      found(at, sum, kept);
    }
  }

  #gather(weights: Float64Array, rows: number, keys: Int32Array): void {
    const { width, rows: values } = this.#values;
    const n = values.length / width;
    for (const [at, j] of keys.entries()) this.#gathered.set(values.subarray(j * width, (j + 1) * width), at * width);
    for (let i = 0; i < rows; i++) {
      const place = i * keys.length;
      for (let at = 0; at < keys.length; at++) {
        const weight = weights[i * n + keys[at]];
        this.#part[place + at] = weight;
        this.#kept[i] += weight;
      }
    }
  }
}

/** Adds the errors of some queries where the same k keys are kept for all. */
export function addErrors(
  lists: ErrorLists,
  queries: ScoredQueries,
  order: Int32Array,
  sizes: readonly number[],
  outputs: OrderedOutputs,
): void {
  const width = queries.output.length / queries.rows;
  outputs.sums(queries, order, sizes, (at, sum, kept) => {
    for (let i = 0; i < queries.rows; i++) {
      if (!queries.counts(i)) continue;
      const [from, to] = [i * width, (i + 1) * width];
      lists.add(at, sum.subarray(from, to), kept[i], queries.output.subarray(from, to));
    }
  });
}

/** The same where each query keeps the first and the last keys that it sees. */
export function addWindowErrors(
  lists: ErrorLists,
  queries: ScoredQueries,
  sizes: readonly number[],
  { width, rows: values }: KeyValues,
): void {
  const n = values.length / width;
  const sum = new Float64Array(width);
  for (let i = 0; i < queries.rows; i++) {
    if (!queries.counts(i)) continue;
    const output = queries.output.subarray(i * width, (i + 1) * width);
    let kept = 0;
    const keep = (from: number, to: number): void => {
      for (let j = from; j < to; j++) {
        const weight = queries.weights[i * n + j];
        kept += weight;
        for (let c = 0, at = j * width; c < width; c++, at++) sum[c] += weight * values[at];
      }
    };
    sum.fill(0);
    const [from, to] = queries.seen(i);
    let [first, last] = [from, to];
    for (const [at, k] of sizes.entries()) {
      const [begin, end] = windowOf(k, from, to);
      // What is between `first` and `last` is not kept yet: there may be nothing, where a query sees few keys.
      const [before, behind] = [Math.min(begin, last), Math.min(end, last)];
      keep(first, before);
      keep(behind, last);
      [first, last] = [before, behind];
      lists.add(at, sum, kept, output);
    }
  }
}
