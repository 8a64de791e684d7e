/** Estimates q^T G q from a sample of the rows: exact over U, RATE times the hashed share for all other rows. */

import type { Kernels } from '../../kernels/kernels.js';
import { isSampled, type Sampling } from '../../sketch/sample/subsample.js';
import type { UniversalSet } from '../../sketch/universal-set.js';

/** The estimate for one universal set. */
export class ShareEstimate {
  readonly #rate: number;
  readonly #kernels: Kernels;
  /** By how much the square of each key's product counts beside RATE q^T G_H q: 1, or 1 - RATE if it is in the share. */
  readonly #weights: Float64Array;
  /** The whole Gram matrix of the share, d x d. */
  readonly #gram: Float64Array;
  readonly #image: Float64Array;

  constructor({ d, index }: UniversalSet, { rate, gram }: Sampling, kernels: Kernels) {
    this.#rate = rate;
    this.#kernels = kernels;
    this.#weights = index.map((row) => (isSampled(row, rate) ? 1 - rate : 1));
    this.#gram = kernels.allocate('float64', d * d);
    this.#image = kernels.allocate('float64', d);
    for (let i = 0; i < d; i++) {
      for (let j = i; j < d; j++) {
        this.#gram[i * d + j] = gram[i * d + j];
        this.#gram[j * d + i] = gram[i * d + j];
      }
    }
  }

  /**
   * The estimate for one query; unbiased over the choice of the share, were U given.
   *
   * @param query - d, scaled
   * @param squares - (<q, k> / unit)^2 for every key of U
   */
  of(query: Float64Array, squares: Float64Array, unit: number): number {
    const d = query.length;
    let sum = 0;
    for (let i = 0; i < this.#weights.length; i++) sum += this.#weights[i] * squares[i];
    this.#kernels.multiply(query, 1, d, this.#gram, d, false, this.#image);
    let share = 0;
    for (let i = 0; i < d; i++) share += (query[i] / unit) * (this.#image[i] / unit);
    return sum + this.#rate * share;
  }
}
