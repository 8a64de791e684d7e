/** Attention scores by their definition: every product, every f, one sum. */

import type { ScoringFunction } from '../functions.js';
import type { QueryProducts } from './products.js';
import { Sum } from './sums.js';

/** Scores of one query. */
export interface Scores {
  /** A(q, j) by position of the key; all 0 where the query sees nothing. */
  readonly score: Float64Array;
  /**
   * The relative error that the rounding of <q, k_j> in float64 may cause in score j: of any program that sums its terms one
   * after another, and of nobody's fault.
   */
  noiseOf(j: number): number;
  /** False where f leaves the range of float64, so that there is no telling. */
  readonly told: boolean;
}

/** Errors of a sum of d products, in units of u times the sum of their sizes. */
const ROUNDINGS = 16;
const U = 2 ** -53;

/** Scores of a query against every key, from its products with d columns of each. */
export function scoresOf({ x, size }: QueryProducts, d: number, f: ScoringFunction): Scores {
  let largest = Number.NEGATIVE_INFINITY;
  let longest = 0;
  for (const one of x) {
    largest = Math.max(largest, one);
    longest = Math.max(longest, Math.abs(one));
  }
  const image = imageFrom(f, largest, longest);
  const total = new Sum();
  const score = x.map(image);
  for (const value of score) total.add(value);
  const sum = total.value;
  const told = Number.isFinite(sum);
  for (let j = 0; j < score.length; j++) score[j] = told && sum > 0 ? score[j] / sum : 0;
  return {
    score,
    told,
    noiseOf: (j) => {
      const error = ROUNDINGS * d * U * size[j];
      const own = image(x[j]);
      const change = Math.max(Math.abs(image(x[j] + error) - own), Math.abs(image(x[j] - error) - own));
      // As much again for the sum.
      return own > 0 ? (2 * change) / own : 0;
    },
  };
}

/** f, in a unit in which nothing overflows where its shape allows for one. */
function imageFrom(f: ScoringFunction, largest: number, longest: number): (x: number) => number {
  if (f.exponential) return (x) => Math.exp(x - largest);
  if (f.homogeneous && longest > 0) return (x) => f.evaluate(x / longest);
  return f.evaluate;
}
