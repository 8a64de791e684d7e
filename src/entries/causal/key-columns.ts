/** Keys as columns, a few at a time, so that products with the first of them can be worked out alone. */

import type { Kernels } from '../../kernels/kernels.js';
import { Scratch } from '../../sketch/scratch.js';
import { transpose } from '../bounded/denominator.js';

/** Keys of a portion. */
const WIDTH = 256;

/** Keys that products are worked out with, in memory that is used again. */
export class KeyColumns {
  readonly #kernels: Kernels;
  readonly #d: number;
  readonly #columns: Scratch;
  readonly #products: Scratch;
  #count = 0;

  constructor(kernels: Kernels, d: number) {
    this.#kernels = kernels;
    this.#d = d;
    this.#columns = new Scratch(kernels);
    this.#products = new Scratch(kernels);
  }

  /** How many keys there are. */
  get count(): number {
    return this.#count;
  }

  /** @param keys - count x d */
  use(keys: Float64Array, count: number): void {
    const d = this.#d;
    const columns = this.#columns.take(count * d);
    for (let from = 0; from < count; from += WIDTH) {
      const width = Math.min(WIDTH, count - from);
      transpose(keys.subarray(from * d, (from + width) * d), width, d, columns.subarray(from * d));
    }
    this.#count = count;
  }

  /**
   * Products of queries with the first keys.
   *
   * @param queries - rows x d
   * @param most - of the keys
   * @param out - rows x most, overwritten
   */
  multiply(queries: Float64Array, rows: number, most: number, out: Float64Array): void {
    const d = this.#d;
    const columns = this.#columns.take(this.#count * d);
    const products = this.#products.take(rows * WIDTH);
    for (let from = 0; from < most; from += WIDTH) {
      // A portion is a matrix of its own width, which is not cut.
      const width = Math.min(WIDTH, this.#count - from);
      const used = Math.min(width, most - from);
      const portion = columns.subarray(from * d, (from + width) * d);
      this.#kernels.multiply(queries, rows, d, portion, width, false, products);
      for (let i = 0; i < rows; i++) {
        out.set(products.subarray(i * width, i * width + used), i * most + from);
      }
    }
  }
}
