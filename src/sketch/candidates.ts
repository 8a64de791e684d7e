/**
 * The candidates: every row that may still belong to U, with its key as it was read and what is known of it.
 *
 * Memory grows with their number and never with the rows of the stream.
 */

import type { Values } from '../matrix/row-block.js';

/** What is known of a row when it becomes a candidate. */
export interface Mark {
  /** Its Lewis weight, 0 where there is none. */
  readonly weight: number;
  /** A bound of its |x|^b sensitivity, 0 … 1. */
  readonly power: number;
}

/** Nothing is known. */
export const UNMARKED: Mark = { weight: 0, power: 1 };

/** Rows by global index, in the order they came. */
export class Candidates {
  #size = 0;
  #index = new Float64Array(0);
  #weight = new Float64Array(0);
  #power = new Float64Array(0);
  #bound = new Float64Array(0);
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

  /** Lewis weights, size. A view, for whoever changes them. */
  get weight(): Float64Array {
    return this.#weight.subarray(0, this.#size);
  }

  /** The smallest bounds that were ever found of |x|^b sensitivities, size. A view, for whoever finds smaller ones. */
  get power(): Float64Array {
    return this.#power.subarray(0, this.#size);
  }

  /** The same of the sensitivities that decide. */
  get bound(): Float64Array {
    return this.#bound.subarray(0, this.#size);
  }

  /**
   * Adds one row.
   * @param rows - row-major values of which row `at` is added
   */
  add(index: number, rows: Values, at: number, { weight, power }: Mark): void {
    if (this.#size === this.#index.length) this.#grow();
    const size = this.#size++;
    this.#index[size] = index;
    this.#weight[size] = weight;
    this.#power[size] = power;
    this.#bound[size] = 1;
    // A loop, as setting a subarray of another type takes longer.
    for (let from = at * this.d, to = size * this.d, end = to + this.d; to < end; from++, to++)
      this.#keys[to] = rows[from];
  }

  /** Keeps the candidates for which `keep(i)` holds, in order. */
  retain(keep: (i: number) => boolean): void {
    const d = this.d;
    let kept = 0;
    for (let i = 0; i < this.#size; i++) {
      if (!keep(i)) continue;
      this.#index[kept] = this.#index[i];
      this.#weight[kept] = this.#weight[i];
      this.#power[kept] = this.#power[i];
      this.#bound[kept] = this.#bound[i];
      this.#keys.copyWithin(kept * d, i * d, (i + 1) * d);
      kept++;
    }
    this.#size = kept;
  }

  #grow(): void {
    const capacity = Math.max(64, 2 * this.#size);
    this.#index = enlarged(this.#index, capacity);
    this.#weight = enlarged(this.#weight, capacity);
    this.#power = enlarged(this.#power, capacity);
    this.#bound = enlarged(this.#bound, capacity);
    this.#keys = enlarged(this.#keys, capacity * this.d);
  }
}

function enlarged(array: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length);
  larger.set(array);
  return larger;
}
