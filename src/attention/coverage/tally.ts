/**
 * What keys receive of all queries for one function: sums over queries of what each key gets, so that whatever set of keys
 * is asked for later, its part is a sum over keys. What the last keys before a query get, which are others for each query where
 * attention is causal, is summed for each k beside it.
 */

import type { DenseScores } from '../dense/dense-scores.js';
import { PADDING, type QueryRows } from '../dense/query-tiles.js';
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

/** Sums up scores. */
export class Tally {
  /** One a key. */
  readonly keys: Sums;
  /** One a size k: of the first keys that a query sees and the last, k together. */
  readonly window: Sums;
  /** The mass of the first keys that a query sees and the last, 1, 2, … together. */
  readonly windowCurve: Float64Array;
  /** Queries that give nothing to any key. */
  empty = 0;
  /** Queries counted, those included. */
  queries = 0;
  /** Queries that are padding, which are not counted. */
  padding = 0;
  readonly #scores: DenseScores;
  readonly #eps: number;
  readonly #sizes: readonly number[];
  /** Mass of the keys before each. */
  readonly #before: Float64Array;

  constructor(scores: DenseScores, eps: number, sizes: readonly number[]) {
    this.keys = sumsOf(scores.size);
    this.window = sumsOf(sizes.length);
    this.windowCurve = new Float64Array(scores.size);
    this.#scores = scores;
    this.#eps = eps;
    this.#sizes = sizes;
    this.#before = new Float64Array(scores.size + 1);
  }

  /** @param scores - rows x n, of these queries */
  add({ start, rows, bad }: QueryRows, scores: Float64Array): void {
    const { size, empty } = this.#scores;
    for (let i = 0; i < rows; i++) {
      if (bad[i] === PADDING) this.padding++;
      if (bad[i]) continue;
      this.queries++;
      if (empty[i]) this.empty++;
      else this.#addQuery(scores.subarray(i * size, (i + 1) * size), this.#scores.seen(start + i));
    }
  }

  #addQuery(scores: Float64Array, [from, to]: readonly [number, number]): void {
    const { keys, window } = this;
    const before = this.#before;
    before[from] = 0;
    for (let j = from; j < to; j++) {
      const score = scores[j];
      keys.mass[j] += score;
      before[j + 1] = before[j] + score;
      if (score < this.#eps) continue;
      keys.entries[j]++;
      keys.entryMass[j] += score;
      this.#addToWindows(j, score, from, to);
    }
    for (const [at, k] of this.#sizes.entries()) window.mass[at] += this.#windowMass(k, from, to);
    for (let k = 1; k <= this.windowCurve.length; k++) this.windowCurve[k - 1] += this.#windowMass(k, from, to);
  }

  #windowMass(k: number, from: number, to: number): number {
    const before = this.#before;
    const [first, last] = windowOf(k, from, to);
    return before[first] + before[to] - before[last];
  }

  #addToWindows(j: number, score: number, from: number, to: number): void {
    for (const [at, k] of this.#sizes.entries()) {
      const [first, last] = windowOf(k, from, to);
      if (j >= first && j < last) continue;
      this.window.entries[at]++;
      this.window.entryMass[at] += score;
    }
  }
}
