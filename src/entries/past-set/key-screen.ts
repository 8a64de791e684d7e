/**
 * Screens queries against the keys of U in float32: which products <q, k> may be large enough to be worth a float64 look.
 *
 * Invariant: no pair with a computed float64 product |<q, k>| >= least is left out, whatever the data.
 *
 * Coordinates: c_i is the largest |k_i| of any key, reach = sum_i |q_i| c_i, a_i = q_i c_i / reach and b_i = k_i / c_i. Then
 * <q, k> = reach <a, b>, sum |a_i| = 1 and |b_i| <= 1: float32 neither overflows nor loses digits to one column's units.
 *
 * Error: u = 2^-24. Rounding a and b to float32 changes each term by a factor of (1 +- u)^2, the dot product adds
 * 1.01 (d + 1) u (see {@link Kernels.screenPairs}), and sum |a_i b_i| <= 1, so for d <= 2^16 the screened product is within
 * 1.01 (d + 4) u of <a, b>. Numbers below float32's smallest normal one lose at most 4 d 2^-149 together; float64 (reach, a,
 * b, and the product itself, which is within 1.01 d 2^-53 reach) is another u at most. Hence error = 1.01 (d + 8) u, and
 * |<q, k>| >= least implies a screened product of at least least / reach - error. Squaring it and rounding the threshold
 * are (1 +- u) each, for which the threshold is lowered by 4 u.
 *
 * Where the error is not small against least / reach (tiny eps, q nearly orthogonal to all of K) more pairs pass, at worst
 * all of them: then every product of the query is worked out in float64.
 */

import type { Kernels } from '../../kernels/kernels.js';
import type { Values } from '../../rows/row-block.js';

/** Unit roundoff of float32. */
const U32 = 2 ** -24;

/** Below these a float64 reach and a float32 threshold may have lost digits: everything passes. */
const LEAST_REACH = 2 ** -900;
const LEAST_THRESHOLD = 2 ** -100;

/** The keys of U, ready to be screened against. */
export class KeyScreen {
  readonly #kernels: Kernels;
  readonly #d: number;
  readonly #count: number;
  /** c, d. */
  readonly #peaks: Float64Array;
  /** b of every key, packed. */
  readonly #keys: Values;
  readonly #error: number;
  /** a of the queries that are being screened, most x d, and their thresholds. */
  readonly #queries: Float32Array;
  readonly #thresholds: Float32Array;

  /**
   * @param keys - count x d, finite
   * @param most - queries that may be screened at a time
   */
  constructor(kernels: Kernels, keys: Float64Array, count: number, d: number, most: number) {
    this.#kernels = kernels;
    this.#d = d;
    this.#count = count;
    this.#error = 1.01 * (d + 8) * U32;
    this.#queries = kernels.allocate('float32', most * d);
    this.#thresholds = kernels.allocate('float32', most);
    const peaks = new Float64Array(d);
    kernels.scan(keys, count, d, peaks);
    const units = new Float32Array(count * d);
    for (let i = 0, at = 0; i < count; i++) {
      for (let j = 0; j < d; j++, at++) units[at] = peaks[j] === 0 ? 0 : keys[at] / peaks[j];
    }
    this.#peaks = peaks;
    this.#keys = kernels.packRows(units, count, d);
  }

  /**
   * Lists pairs (query, key), among them every one whose product as computed in float64 is at least `least` in size.
   *
   * @param queries - rows x d, finite
   * @param least - rows, > 0; Infinity for a query that has none
   * @param found - as for {@link Kernels.screenPairs}
   */
  list(queries: Float64Array, rows: number, least: Float64Array, found: (pairs: Int32Array) => void): void {
    const a = this.#queries;
    const thresholds = this.#thresholds;
    for (let i = 0; i < rows; i++) thresholds[i] = this.#prepare(queries, i, least[i], a);
    this.#kernels.screenPairs(a, rows, this.#d, this.#keys, this.#count, thresholds, found);
  }

  /** Puts query i into a; returns the threshold of its squared products. */
  #prepare(queries: Float64Array, i: number, least: number, a: Float32Array): number {
    const peaks = this.#peaks;
    const from = i * this.#d;
    const end = from + this.#d;
    let reach = 0;
    for (let at = from, j = 0; at < end; at++, j++) reach += Math.abs(queries[at]) * peaks[j];
    if (least === Number.POSITIVE_INFINITY || reach < LEAST_REACH) {
      a.fill(0, from, end);
      return least === Number.POSITIVE_INFINITY ? least : 0;
    }
    const scale = 1 / reach;
    for (let at = from, j = 0; at < end; at++, j++) a[at] = queries[at] * peaks[j] * scale;
    const product = Math.max(0, least * scale - this.#error);
    const threshold = product * product * (1 - 4 * U32);
    return threshold < LEAST_THRESHOLD ? 0 : threshold;
  }
}
