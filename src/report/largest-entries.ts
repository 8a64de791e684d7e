/** Of any number of entries the largest, in bounded memory. */

import type { EntryBatch } from '../entries/entry-batch.js';

interface Entry {
  readonly query: number;
  readonly key: number;
  readonly score: number;
}

/** Entries that are held before the smaller ones are let go, as a multiple of those that are wanted. */
const SLACK = 2;

/** Keeps the largest entries of those it is given; of equal ones the first. */
export class LargestEntries {
  /** All that were given. */
  count = 0;
  #held: Entry[] = [];
  /** What an entry must exceed to be among the largest. */
  #least = 0;

  constructor(readonly most: number) {}

  add({ count, query, key, score }: EntryBatch): void {
    this.count += count;
    for (let i = 0; i < count; i++) {
      if (score[i] > this.#least) this.#held.push({ query: query[i], key: key[i], score: score[i] });
      if (this.#held.length >= SLACK * this.most) this.#prune();
    }
  }

  /** The largest, from the largest on. */
  sorted(): readonly Entry[] {
    this.#prune();
    return this.#held;
  }

  #prune(): void {
    this.#held.sort((a, b) => b.score - a.score);
    if (this.#held.length <= this.most) return;
    this.#held.length = this.most;
    this.#least = this.#held[this.most - 1].score;
  }
}
