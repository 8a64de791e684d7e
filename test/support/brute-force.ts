/** Scores by their definition, over all rows of K, and queries that put it to the test. */

import type { ScoringFunction } from '../../src/functions.js';
import { gaussianFrom, type RandomMatrix, randomFrom } from './random-matrices.js';

/** All scores of one query; NaN where there are none. */
export interface BruteScores {
  readonly scores: Float64Array;
  /** A relative error that rounding of the products may cause in any score that matters. */
  readonly error: number;
}

/** A(q, j) for every row of K, in float64; powers of |x| in the unit of the largest product. */
export function bruteForce(
  { n, d, values }: RandomMatrix,
  query: Float64Array,
  f: ScoringFunction,
  scale = 1,
): BruteScores {
  const products = new Float64Array(n);
  let largest = 0;
  let size = 0;
  for (let l = 0; l < n; l++) {
    let sum = 0;
    let sizes = 0;
    for (let i = 0; i < d; i++) {
      const term = query[i] * values[l * d + i];
      sum += term;
      sizes += Math.abs(term);
    }
    products[l] = sum * scale;
    largest = Math.max(largest, Math.abs(products[l]));
    size = Math.max(size, sizes * scale);
  }
  const { a, b } = f.growth!;
  const unit = a === b ? largest : 1;
  const terms = products.map((x) => f.evaluate(x / unit));
  const total = terms.reduce((sum, term) => sum + term, 0);
  // Products are off by d u size; small ones by all of it.
  const relative = (d * 2 ** -52 * size) / largest;
  return { scores: terms.map((term) => term / total), error: n * 2 * Math.max(relative * b, relative ** a) + 1e-12 };
}

/** Queries in the keys' own units, keys, single columns, and zeros. */
export function queriesFor({ n, d, values }: RandomMatrix, seed: number): Float64Array {
  const gaussian = gaussianFrom(randomFrom(seed));
  const peaks = Array.from({ length: d }, (_, j) => {
    let peak = 0;
    for (let i = 0; i < n; i++) peak = Math.max(peak, Math.abs(values[i * d + j]));
    return peak;
  });
  const queries: number[][] = [];
  const inUnits = (size: number) => peaks.map((peak) => (peak === 0 ? 0 : (size * gaussian()) / peak));
  for (let i = 0; i < 12; i++) queries.push(inUnits(10 ** ((i % 5) - 2)));
  for (let i = 0; i < 6; i++) {
    const key = Math.floor((i * n) / 6);
    queries.push(
      [...values.subarray(key * d, (key + 1) * d)].map((value, j) => (peaks[j] ? value / peaks[j] / peaks[j] : 0)),
    );
  }
  for (let j = 0; j < d; j++) queries.push(peaks.map((peak, k) => (k === j && peak > 0 ? 3 / peak : 0)));
  queries.push(Array<number>(d).fill(0));
  return Float64Array.from(queries.flat());
}
