/**
 * Brings queries into the coordinates of a column-scaled factor: q_j is multiplied by 2^e_j where k_j was by 2^-e_j, so
 * that every <q, k> stays what it was. A whole row may be scaled by one more power of two, as attention scores for
 * f(x) = x^2 do not depend on the length of the query.
 */

import { exponentOf, powerOfTwo } from '../sketch/factor/scale.js';

/** Rows whose largest entry lies in between are left as they are: their squares neither overflow nor vanish. */
const SMALLEST = 2 ** -300;
const LARGEST = 2 ** 300;

/** Squared norms in between are those of such rows. */
const MODERATE_LEAST = SMALLEST ** 2 * 2 ** 32;
const MODERATE_MOST = LARGEST ** 2;

/** Scales blocks of queries for one factor. */
export class QueryScale {
  readonly #factors: Float64Array;
  readonly #identity: boolean;

  /** @param exponents - d: column j of K was scaled by 2^-exponents[j] */
  constructor(readonly exponents: Int32Array) {
    this.#factors = Float64Array.from(exponents, powerOfTwo);
    this.#identity = exponents.every((exponent) => exponent === 0);
  }

  /**
   * Scales rows in place.
   *
   * @param q - rows x d, finite
   * @param squares - rows: their squared norms as far as these are float64
   * @param shifts - rows, overwritten: 2^shift times a scaled row is what has the products of the row itself
   */
  apply(q: Float64Array, rows: number, squares: Float64Array, shifts?: Int32Array): void {
    const factors = this.#factors;
    const d = factors.length;
    shifts?.fill(0, 0, rows);
    for (let i = 0; i < rows; i++) {
      // The largest entry is at most the norm, and not below it by more than a factor of sqrt(d).
      if (this.#identity && squares[i] > MODERATE_LEAST && squares[i] < MODERATE_MOST) continue;
      const from = i * d;
      let largest = 0;
      for (let j = 0; j < d; j++) {
        const size = Math.abs(q[from + j] * factors[j]);
        if (size > largest) largest = size;
      }
      if (!(largest > SMALLEST && largest < LARGEST)) {
        const shift = this.#applyByExponent(q.subarray(from, from + d));
        if (shifts) shifts[i] = shift;
      } else if (!this.#identity) for (let j = 0; j < d; j++) q[from + j] *= factors[j];
    }
  }

  /**
   * The same with the largest entry brought to about 1, through exponents, as the product itself may not be a float64.
   * @returns the exponent of what the row was divided by; 0 for a row of zeros
   */
  #applyByExponent(row: Float64Array): number {
    const d = this.exponents.length;
    let largest = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < d; j++) {
      if (row[j] !== 0) largest = Math.max(largest, exponentOf(Math.abs(row[j])) + this.exponents[j]);
    }
    if (largest === Number.NEGATIVE_INFINITY) return 0;
    for (let j = 0; j < d; j++) {
      const shift = this.exponents[j] - largest;
      const half = Math.trunc(shift / 2);
      if (row[j] !== 0) row[j] = row[j] * powerOfTwo(half) * powerOfTwo(shift - half);
    }
    return largest;
  }
}
