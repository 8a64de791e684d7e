/** Estimates sums over the rows outside U from a priority sample of them (Duffield, Lund, Thorup 2007). */

import type { PrioritySample } from '../../sketch/bounds/certificate.js';

/** An estimate, and an estimate of its variance; NaN where there is none. */
export interface Estimate {
  readonly value: number;
  readonly variance: number;
}

/**
 * How many rows each item of a sample stands for beside itself, and what its square counts in the estimate of the variance:
 * with t the threshold and w the item's weight, t / w - 1, and t / w (t / w - 1), where w < t; else nothing.
 *
 * Both estimates are without bias over the seeds of the sample.
 */
export class RestEstimator {
  readonly #beside: Float64Array;
  readonly #varies: Float64Array;

  constructor({ weight, threshold }: PrioritySample) {
    const ratios = weight.map((w) => threshold / w);
    this.#beside = ratios.map((ratio) => Math.max(0, ratio - 1));
    this.#varies = ratios.map((ratio) => (ratio > 1 ? ratio * (ratio - 1) : 0));
  }

  /**
   * Estimates a sum over all rows.
   * @param known - over U and the sample
   * @param values - the term of every item of the sample, from `first` on
   */
  estimate(known: number, values: Float64Array, first: number): Estimate {
    let value = 0;
    let variance = 0;
    for (let i = 0; i < this.#beside.length; i++) {
      const term = values[first + i];
      value += this.#beside[i] * term;
      variance += this.#varies[i] * term * term;
    }
    return { value: known + value, variance };
  }
}
