/** The rows that a sampler holds: each one's index, weight, priority and key, in arrays with room for a fixed number of rows. */

import { type ColumnOrder, reorderColumns } from '../../linear/reorder.js';
import type { Values } from '../../rows/row-block.js';

/** Keys of this many numbers have room at first. */
const FIRST_NUMBERS = 2 ** 23;

/** Rows in no particular order; entries of the arrays from `count` on are not in use. */
export class DrawnRows {
  readonly index: Float64Array;
  readonly weight: Float64Array;
  readonly priority: Float64Array;
  readonly #d: number;
  #keys: Float64Array;
  #count = 0;

  /** @param capacity - the most rows of d columns */
  constructor(d: number, capacity: number) {
    this.#d = d;
    this.index = new Float64Array(capacity);
    this.weight = new Float64Array(capacity);
    this.priority = new Float64Array(capacity);
    // Pages that are never written to take no memory.
    this.#keys = new Float64Array(Math.min(capacity * d, FIRST_NUMBERS));
  }

  get count(): number {
    return this.#count;
  }

  get capacity(): number {
    return this.index.length;
  }

  /** The priorities of the rows held: a view, valid until rows are added or removed. */
  get priorities(): Float64Array {
    return this.priority.subarray(0, this.#count);
  }

  /** The keys of all rows, count x d: a view, valid until rows are added or removed. */
  get keys(): Float64Array {
    return this.#keys.subarray(0, this.#count * this.#d);
  }

  /** The key of row i: a view, valid until rows are added or removed. */
  key(i: number): Float64Array {
    return this.#keys.subarray(i * this.#d, (i + 1) * this.#d);
  }

  /** Adds a row; fewer than `capacity` are held. */
  add(index: number, weight: number, priority: number, key: Values): void {
    const d = this.#d;
    const at = this.#count++;
    if ((at + 1) * d > this.#keys.length) {
      const larger = new Float64Array(Math.min(2 * (at + 1), this.capacity) * d);
      larger.set(this.#keys);
      this.#keys = larger;
    }
    this.index[at] = index;
    this.weight[at] = weight;
    this.priority[at] = priority;
    this.#keys.set(key, at * d);
  }

  /** Keeps some of the rows, in the order that they have. */
  keep(stays: (i: number) => boolean): void {
    const d = this.#d;
    let to = 0;
    for (let from = 0; from < this.#count; from++) {
      if (!stays(from)) continue;
      this.index[to] = this.index[from];
      this.weight[to] = this.weight[from];
      this.priority[to] = this.priority[from];
      this.#keys.copyWithin(to * d, from * d, (from + 1) * d);
      to++;
    }
    this.#count = to;
  }

  /**
   * Keeps the rows of the largest priorities; of equal priorities, the first rows by index.
   * @param most - how many are kept, 1 … count
   * @returns the smallest priority kept
   */
  keepLargest(most: number): number {
    const { priorities } = this;
    const rising = priorities.slice().sort();
    const least = rising[this.#count - most];
    const larger = priorities.reduce((sum, priority) => sum + (priority > least ? 1 : 0), 0);
    const equal = Array.from(priorities.keys()).filter((i) => priorities[i] === least);
    equal.sort((i, j) => this.index[i] - this.index[j]);
    const keptEqual = new Set(equal.slice(0, most - larger));
    this.keep((i) => priorities[i] > least || keptEqual.has(i));
    return least;
  }

  /** Places of the rows by falling priority; of equal priorities, by index. */
  order(): number[] {
    const order = Array.from({ length: this.#count }, (_, i) => i);
    return order.sort((a, b) => this.priority[b] - this.priority[a] || this.index[a] - this.index[b]);
  }

  /** Puts the columns of the keys in another order. */
  reorder(order: ColumnOrder): void {
    reorderColumns(this.#keys, order, this.#count);
  }

  /** Gives the rows other indices. */
  renumber(indexOf: (index: number) => number): void {
    for (let i = 0; i < this.#count; i++) this.index[i] = indexOf(this.index[i]);
  }
}
