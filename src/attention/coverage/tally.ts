/**
 * What keys receive of all queries for one function: sums over queries of what each key gets, so that whatever set of keys
 * is asked for later, its part is a sum over keys. What the last keys before a query get, which are others for each query where
 * attention is causal, is summed for each k beside it.
 */

import type { Kernels } from '../../kernels/kernels.js';
import { sinksOf } from '../../selectors/order.js';
import { PADDING, type QueryRows } from '../dense/query-tiles.js';
import type { SeenRange } from '../dense/seen-keys.js';
import type { FunctionAnswer } from '../team/coverage-blocks.js';
import { windowOf } from './selections.js';

/** Sums over queries: attention mass, and of scores >= eps how many there are and what they sum to. */
export interface Sums {
  readonly mass: Float64Array;
  readonly entries: Float64Array;
  readonly entryMass: Float64Array;
}

const sumsOf = (length: number): Sums => ({
  mass: new Float64Array(length),
  entries: new Float64Array(length),
  entryMass: new Float64Array(length),
});

/** What is summed. */
export interface TallyOptions {
  readonly kernels: Kernels;
  /** Keys. */
  readonly size: number;
  readonly sizes: readonly number[];
  /** Which keys a query sees. */
  readonly seen: (row: number) => SeenRange;
  /** Whether {@link Tally.windowCurve} is asked for. */
  readonly curves: boolean;
}

/** Sums up scores. */
export class Tally {
  /** One a key. */
  readonly keys: Sums;
  /** One a size k: of the first keys that a query sees and the last, k together. */
  readonly window: Sums;
  /** Queries that give nothing to any key. */
  empty = 0;
  /** Queries counted, those included. */
  queries = 0;
  /** Queries that are padding, which are not counted. */
  padding = 0;
  readonly #options: TallyOptions;
  /** Mass of the keys behind the most sinks there are, aligned by the last key that a query sees; and of smaller windows. */
  readonly #fromEnd: Float64Array;
  readonly #small: Float64Array;
  #sinkMass = 0;

  constructor(options: TallyOptions) {
    const { size, sizes, curves } = options;
    this.keys = sumsOf(size);
    this.window = sumsOf(sizes.length);
    this.#options = options;
    this.#fromEnd = new Float64Array(curves ? size : 0);
    this.#small = new Float64Array(curves ? Math.min(size, FULL_WINDOW - 1) : 0);
  }

  /** @param scores - rows x n, of these queries; zeros where one does not count or gives nothing */
  add({ start, rows, bad }: QueryRows, { empty, heavy, windows }: FunctionAnswer, scores: Float64Array): void {
    const { kernels, size, sizes, curves, seen } = this.#options;
    const { keys, window } = this;
    for (let i = 0; i < rows; i++) {
      if (bad[i] === PADDING) this.padding++;
      if (bad[i]) continue;
      this.queries++;
      if (empty[i]) this.empty++;
      else if (curves) this.#addToCurve(scores.subarray(i * size, (i + 1) * size), seen(start + i));
    }
    kernels.addRows(scores, rows, size, size, keys.mass);
    for (let at = 0; at < windows.length; at++) window.mass[at % sizes.length] += windows[at];
    for (let at = 0; at < heavy.length; at += 2) {
      const [i, j] = [heavy[at], heavy[at + 1]];
      const score = scores[i * size + j];
      keys.entries[j]++;
      keys.entryMass[j] += score;
      this.#addToWindows(j, score, seen(start + i));
    }
  }

  /** The mass of the first keys that a query sees and the last, 1, 2, … together. */
  windowCurve(): Float64Array {
    const { size } = this.#options;
    let tail = 0;
    return Float64Array.from({ length: size }, (_, at) => {
      const k = at + 1;
      if (k < FULL_WINDOW) return this.#small[at];
      // The first of these has as many of the last keys as there are sinks.
      for (let back = k === FULL_WINDOW ? 1 : k - SINKS; back <= k - SINKS; back++) tail += this.#fromEnd[size - back];
      return this.#sinkMass + tail;
    });
  }

  #addToCurve(scores: Float64Array, [from, to]: SeenRange): void {
    const { kernels, size } = this.#options;
    const sum = (first: number, end: number): number => {
      let mass = 0;
      for (let j = first; j < end; j++) mass += scores[j];
      return mass;
    };
    for (let at = 0; at < this.#small.length; at++) {
      const [first, last] = windowOf(at + 1, from, to);
      this.#small[at] += sum(from, first) + sum(last, to);
    }
    const behind = Math.min(to, from + SINKS);
    this.#sinkMass += sum(from, behind);
    const rest = to - behind;
    if (rest > 0) kernels.addRows(scores.subarray(behind, to), 1, size, rest, this.#fromEnd.subarray(size - rest));
  }

  #addToWindows(j: number, score: number, [from, to]: SeenRange): void {
    for (const [at, k] of this.#options.sizes.entries()) {
      const [first, last] = windowOf(k, from, to);
      if (j >= first && j < last) continue;
      this.window.entries[at]++;
      this.window.entryMass[at] += score;
    }
  }
}

/** The smallest window with all sinks, and how many these are. */
const FULL_WINDOW = 8;
const SINKS = sinksOf(FULL_WINDOW);
