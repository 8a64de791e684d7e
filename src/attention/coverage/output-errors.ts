/**
 * How far attention over the first k keys of a selection is from attention over all: for each query ||o - o_S|| / ||o|| with
 * o = sum_j A_j v_j over all keys it sees and o_S = sum_S A_j v_j / sum_S A_j, 0 where it sees none of S.
 */

import type { Kernels } from '../../kernels/kernels.js';
import { type KeptKeys, SINKS } from '../../selectors/order.js';
import type { SeenRange } from '../dense/seen-keys.js';
import type { WorkSpace } from '../dense/work-space.js';
import { quantileOf } from '../quantile.js';
import { lengthOf } from '../relative-error.js';
import { keptWindow } from './selections.js';

/** Keys multiplied at a time: the kernels pack them for each product. */
const KEYS_AT_ONCE = 4096;

/** The rows of V that belong to the keys. */
export interface KeyValues {
  /** Columns of V. */
  readonly width: number;
  /** n x width, row-major, finite. */
  readonly rows: Float64Array;
}

/** An order of keys whose first ones are kept; undefined: the first keys that a query sees and the last. */
export interface SelectionOrder {
  readonly selection: string;
  readonly order: Int32Array | undefined;
  /** Where each query keeps last keys of its own before those of the order. */
  readonly keep?: KeptKeys | undefined;
}

/** Scores of some queries. */
export interface ScoredQueries {
  readonly rows: number;
  /** rows x n; those of a query sum to 1. */
  readonly weights: Float64Array;
  /** Which keys each query sees. */
  readonly seen: readonly SeenRange[];
  /** Whether a query counts. */
  counts(i: number): boolean;
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

  /** @param at - which number of keys */
  add(at: number, error: number): void {
    this.#lists[at].push(error);
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

/** Measures output errors, some queries at a time. */
export class SelectionErrors {
  readonly #kernels: Kernels;
  readonly #places: WorkSpace;
  readonly #values: KeyValues;
  readonly #sizes: readonly number[];
  readonly #everyKey: Int32Array;

  /** @param sizes - ascending numbers of keys */
  constructor(kernels: Kernels, places: WorkSpace, values: KeyValues, sizes: readonly number[]) {
    this.#kernels = kernels;
    this.#places = places;
    this.#values = values;
    this.#sizes = sizes;
    this.#everyKey = Int32Array.from({ length: values.rows.length / values.width }, (_, j) => j);
  }

  /** For each selection, sizes x rows; of queries that do not count it means nothing. */
  measure(queries: ScoredQueries, orders: readonly SelectionOrder[]): Float64Array[] {
    if (orders.length === 0) return [];
    const { width } = this.#values;
    let output = new Float64Array();
    this.#sums(queries, this.#everyKey, [this.#everyKey.length], (_, sum) => {
      output = sum.slice(0, queries.rows * width);
    });
    const lengths = Float64Array.from({ length: queries.rows }, (_, i) => lengthOf(output, i * width, width));
    const difference = new Float64Array(width);
    return orders.map(({ order, keep }) => {
      const errors = new Float64Array(this.#sizes.length * queries.rows);
      const note = (at: number, i: number, sum: Float64Array, from: number, kept: number): void => {
        if (!queries.counts(i)) return;
        const factor = kept === 0 ? 0 : 1 / kept;
        for (let c = 0; c < width; c++) difference[c] = factor * sum[from + c] - output[i * width + c];
        const apart = lengthOf(difference, 0, width);
        errors[at * queries.rows + i] = apart === 0 ? 0 : apart / lengths[i];
      };
      if (order === undefined) this.#windows(queries, WINDOW_ALONE, note);
      else if (keep) this.#windows(queries, { order, keep }, note);
      else {
        this.#sums(queries, order, this.#sizes, (at, sum, kept) => {
          for (let i = 0; i < queries.rows; i++) note(at, i, sum, i * width, kept[i]);
        });
      }
      return errors;
    });
  }

  /**
   * Sums for the first k keys of an order.
   *
   * @param sizes - ascending
   * @param found - is told, for each k in turn, of rows x width sums of A_j v_j and of the queries' sums of A_j
   */
  #sums(
    { weights, rows }: Pick<ScoredQueries, 'weights' | 'rows'>,
    order: Int32Array,
    sizes: readonly number[],
    found: (at: number, sum: Float64Array, kept: Float64Array) => void,
  ): void {
    const { width } = this.#values;
    const most = Math.min(KEYS_AT_ONCE, order.length);
    const [part, gathered] = [this.#places.take('part', rows * most), this.#places.take('gathered', most * width)];
    const product = this.#places.take('product', rows * width);
    const sum = this.#places.take('sum', rows * width).fill(0);
    const kept = new Float64Array(rows);
    let from = 0;
    for (const [at, k] of sizes.entries()) {
      while (from < k) {
        const keys = order.subarray(from, Math.min(k, from + KEYS_AT_ONCE));
        this.#gather(weights, rows, keys, part, gathered, kept);
        this.#kernels.multiply(part, rows, keys.length, gathered, width, false, product);
        for (let i = 0; i < rows * width; i++) sum[i] += product[i];
        from += keys.length;
      }
      found(at, sum, kept);
    }
  }

  #gather(
    weights: Float64Array,
    rows: number,
    keys: Int32Array,
    part: Float64Array,
    gathered: Float64Array,
    kept: Float64Array,
  ): void {
    const { width, rows: values } = this.#values;
    const n = values.length / width;
    const { length } = keys;
    for (let at = 0, to = 0; at < length; at++) {
      for (let from = keys[at] * width, end = from + width; from < end; from++, to++) gathered[to] = values[from];
    }
    for (let i = 0, place = 0; i < rows; i++) {
      let sum = kept[i];
      for (let at = 0, row = i * n; at < length; at++, place++) {
        const weight = weights[row + keys[at]];
        part[place] = weight;
        sum += weight;
      }
      kept[i] = sum;
    }
  }

  /** The same where each query keeps the first and the last keys that it sees, and of the rest those that an order takes first. */
  #windows(
    { weights, rows, seen, counts }: ScoredQueries,
    { order, keep }: { readonly order: Int32Array; readonly keep: KeptKeys },
    note: (at: number, i: number, sum: Float64Array, from: number, kept: number) => void,
  ): void {
    const { width, rows: values } = this.#values;
    const n = values.length / width;
    const sum = new Float64Array(width);
    for (let i = 0; i < rows; i++) {
      if (!counts(i)) continue;
      let kept = 0;
      const add = (from: number, to: number): void => {
        const own = weights.subarray(i * n + from, i * n + to);
        for (let j = 0; j < own.length; j++) kept += own[j];
        this.#kernels.addMultiples(own, values.subarray(from * width, to * width), width, sum);
      };
      sum.fill(0);
      const [from, to] = seen[i];
      let [first, last] = [from, to];
      let [taken, next] = [0, 0];
      for (const [at, k] of this.#sizes.entries()) {
        const [begin, end] = keptWindow(k, from, to, keep);
        // What is between `first` and `last` is not kept yet: there may be nothing, where a query sees few keys.
        const [before, behind] = [Math.min(begin, last), Math.min(end, last)];
        add(first, before);
        add(behind, last);
        [first, last] = [before, behind];
        for (; taken < k - keep.first - keep.last && next < order.length; next++) {
          const j = order[next];
          // The first keys are kept anyway, and count once; the last ones of this query may be keys that the order takes.
          if (j < keep.first) continue;
          taken++;
          if (j >= begin && j < end) add(j, j + 1);
        }
        note(at, i, sum, 0, kept);
      }
    }
  }
}

/** Nothing but the first and the last keys, however many. */
const WINDOW_ALONE = { order: new Int32Array(), keep: { first: SINKS, last: Number.POSITIVE_INFINITY } };
