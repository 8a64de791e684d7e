/** Which rows of K the keys that count are, where some rows do not: remembered as runs, as a pass goes by. */

import type { KeyBlock, KeySource } from './key-source.js';

/** Keys whose rows are known once they have been read. */
export class PlacedKeys implements KeySource {
  readonly d: number;
  readonly #source: KeySource;
  /** Where runs of rows that follow one another begin: places, and rows. */
  readonly #places: number[] = [];
  readonly #rows: number[] = [];
  #count = 0;
  /** Rows of `place` 0 … this are known. */
  #next = Number.NaN;

  constructor(source: KeySource) {
    this.d = source.d;
    this.#source = source;
  }

  /** How many have been read. */
  get count(): number {
    return this.#count;
  }

  async *read(): AsyncGenerator<KeyBlock> {
    for await (const block of this.#source.read()) {
      if (block.start >= this.#count) this.#remember(block);
      yield block;
    }
  }

  /** The row of K at a place that has been read. */
  rowOf(place: number): number {
    let [low, high] = [0, this.#places.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#places[middle] <= place) low = middle;
      else high = middle;
    }
    return this.#rows[low] + place - this.#places[low];
  }

  #remember({ rows, index }: KeyBlock): void {
    for (let i = 0; i < rows; i++) {
      if (index[i] !== this.#next) {
        this.#places.push(this.#count);
        this.#rows.push(index[i]);
      }
      this.#next = index[i] + 1;
      this.#count++;
    }
  }
}
