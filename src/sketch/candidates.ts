/**
 * The candidates: every row that may still belong to U, with its key as it was read.
 *
 * Memory grows with their number and never with the rows of the stream.
 */

import type { Values } from '../matrix/row-block.js';

/** Rows by global index, in the order they came. */
export class Candidates {
  #size = 0;
  #index = new Float64Array(0);
  /** size x d, row-major. */
  #keys = new Float64Array(0);

  /** @param d - columns */
  constructor(readonly d: number) {}

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** Global row indices, size, ascending where rows were added in order. A view, valid until the next change. */
  get index(): Float64Array {
    return this.#index.subarray(0, this.#size);
  }

  /** Keys, size x d, row-major, unscaled. A view, valid until the next change. */
  get keys(): Float64Array {
    return this.#keys.subarray(0, this.#size * this.d);
  }

  /**
   * Adds one row.
   * @param rows - row-major values of which row `at` is added
   */
  add(index: number, rows: Values, at: number): void {
    if (this.#size === this.#index.length) this.#grow();
    this.#index[this.#size] = index;
    this.#keys.set(rows.subarray(at * this.d, (at + 1) * this.d), this.#size * this.d);
    this.#size++;
  }

  /** Keeps the candidates for which `keep(i)` holds, in order. */
  retain(keep: (i: number) => boolean): void {
    const d = this.d;
    let kept = 0;
    for (let i = 0; i < this.#size; i++) {
      if (!keep(i)) continue;
      this.#index[kept] = this.#index[i];
      this.#keys.copyWithin(kept * d, i * d, (i + 1) * d);
      kept++;
    }
    this.#size = kept;
  }

  #grow(): void {
    const capacity = Math.max(64, 2 * this.#size);
    const index = new Float64Array(capacity);
    index.set(this.#index);
    this.#index = index;
    const keys = new Float64Array(capacity * this.d);
    keys.set(this.#keys);
    this.#keys = keys;
  }
}
