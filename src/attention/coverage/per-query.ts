/**
 * What the k keys have that a query gives most, other ones for each query: what no fixed set reaches. Scores are counted by their
 * exponents and first binary digits, and only those beside the k-th one are sorted.
 */

import type { DenseScores } from '../dense/dense-scores.js';
import type { QueryRows } from '../dense/query-tiles.js';
import type { QueryMeasure } from './query-measure.js';

/** Bins: the upper 16 bits of a float64 from 0 to 1. */
const BINS = 0x3ff0 + 1;

/** What the k largest scores of each query have, of all and of heavy ones. */
export interface PerQueryShare {
  readonly k: number;
  /** Share of all attention, on average over queries. */
  readonly mass: number;
  /** Share of the entries >= eps; NaN where there is none. */
  readonly heavyShare: number;
}

/** Sums over queries. */
export class PerQueryTally implements QueryMeasure {
  readonly #eps: number;
  readonly #sizes: readonly number[];
  readonly #mass: Float64Array;
  readonly #heavy: Float64Array;
  readonly #counts = new Int32Array(BINS);
  readonly #sums = new Float64Array(BINS);
  #queries = 0;
  #entries = 0;

  /** @param sizes - ascending */
  constructor(eps: number, sizes: readonly number[]) {
    this.#eps = eps;
    this.#sizes = sizes;
    this.#mass = new Float64Array(sizes.length);
    this.#heavy = new Float64Array(sizes.length);
  }

  add({ start, rows, bad }: QueryRows, weights: Float64Array, scores: DenseScores): void {
    for (let i = 0; i < rows; i++) {
      if (bad[i] || scores.empty[i]) continue;
      const [from, to] = scores.seen(start + i);
      this.#addQuery(weights.subarray(i * scores.size + from, i * scores.size + to));
    }
  }

  /** One for each k. */
  shares(): PerQueryShare[] {
    return this.#sizes.map((k, at) => ({
      k,
      mass: this.#mass[at] / this.#queries,
      heavyShare: this.#heavy[at] / this.#entries,
    }));
  }

  #addQuery(scores: Float64Array): void {
    const counts = this.#counts.fill(0);
    const sums = this.#sums.fill(0);
    const high = new Uint16Array(scores.buffer, scores.byteOffset, 4 * scores.length);
    let entries = 0;
    for (let j = 0; j < scores.length; j++) {
      const score = scores[j];
      const bin = Math.min(BINS - 1, high[4 * j + 3]);
      counts[bin]++;
      sums[bin] += score;
      if (score >= this.#eps) entries++;
    }
    this.#queries++;
    this.#entries += entries;
    let bin = BINS - 1;
    let [before, sum] = [0, 0];
    for (const [at, k] of this.#sizes.entries()) {
      while (bin >= 0 && before + counts[bin] <= k) {
        before += counts[bin];
        sum += sums[bin--];
      }
      this.#mass[at] += bin < 0 ? sum : sum + largestIn(scores, high, bin, k - before);
      this.#heavy[at] += Math.min(k, entries);
    }
  }
}

/** The sum of the largest scores of a bin. */
function largestIn(scores: Float64Array, high: Uint16Array, bin: number, count: number): number {
  if (count === 0) return 0;
  const own = scores.filter((_, j) => Math.min(BINS - 1, high[4 * j + 3]) === bin).sort();
  return own.subarray(own.length - count).reduce((sum, score) => sum + score, 0);
}
