/** What the k keys have that a query gives most, other ones for each query: what no fixed set reaches. */

import type { QueryRows } from '../dense/query-tiles.js';
import type { FunctionAnswer } from '../team/coverage-blocks.js';

/** What the k largest scores of each query have, of all and of heavy ones. */
export interface PerQueryShare {
  readonly k: number;
  /** Share of all attention, on average over queries. */
  readonly mass: number;
  /** Share of the entries >= eps; NaN where there is none. */
  readonly heavyShare: number;
}

/** Sums over queries. */
export class PerQueryTally {
  readonly #sizes: readonly number[];
  readonly #mass: Float64Array;
  readonly #heavy: Float64Array;
  #queries = 0;
  #entries = 0;

  /** @param sizes - ascending */
  constructor(sizes: readonly number[]) {
    this.#sizes = sizes;
    this.#mass = new Float64Array(sizes.length);
    this.#heavy = new Float64Array(sizes.length);
  }

  add({ rows, bad }: QueryRows, { empty, heavy, largest }: Pick<FunctionAnswer, 'empty' | 'heavy' | 'largest'>): void {
    const entries = new Int32Array(rows);
    for (let at = 0; at < heavy.length; at += 2) entries[heavy[at]]++;
    for (let i = 0; i < rows; i++) {
      if (bad[i] || empty[i]) continue;
      this.#queries++;
      this.#entries += entries[i];
      for (const [at, k] of this.#sizes.entries()) {
        this.#mass[at] += largest[i * this.#sizes.length + at];
        this.#heavy[at] += Math.min(k, entries[i]);
      }
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
}
