/** Attention by its definition, and queries that come close to giving a key all it can get: what certificates are held to. */

import type { ScoringFunction } from '../../src/functions.js';
import { exponentOf } from '../../src/sketch/factor/scale.js';
import { gaussianFrom, type RandomMatrix, randomFrom } from './random-matrices.js';

/** A matrix whose column j was multiplied by 2^-exponents[j]. */
export interface ModerateMatrix extends RandomMatrix {
  readonly exponents: Float64Array;
}

/** The matrix with every column divided by a power of two near its largest entry, so that plain arithmetic does. */
export function withModerateColumns({ kind, n, d, values }: RandomMatrix): ModerateMatrix {
  const peaks = new Float64Array(d);
  for (const [at, value] of values.entries()) peaks[at % d] = Math.max(peaks[at % d], Math.abs(value));
  const exponents = peaks.map((peak) => (peak === 0 ? 0 : exponentOf(peak)));
  return { kind, n, d, exponents, values: values.map((value, at) => value * 2 ** -exponents[at % d]) };
}

/** <q, k_l> for every row. */
export function productsWith({ n, d, values }: RandomMatrix, q: Float64Array): Float64Array {
  const products = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) products[i] += values[i * d + j] * q[j];
  }
  return products;
}

/** f(x_l) / sum_l f(x_l); all 0 where the sum is. */
export function attentionOf(products: Float64Array, f: ScoringFunction): Float64Array {
  const images = products.map((x) => f.evaluate(x));
  const total = images.reduce((sum, value) => sum + value, 0);
  return total > 0 ? images.map((value) => value / total) : images.fill(0);
}

/** Solves (sum_l w_l k_l k_l^T + a little) q = k by elimination. */
function solveWeighted({ n, d, values }: RandomMatrix, weights: Float64Array, k: Float64Array): Float64Array {
  const a = Array.from({ length: d }, (_, i) => {
    const row = new Float64Array(d + 1);
    row[d] = k[i];
    return row;
  });
  for (let l = 0; l < n; l++) {
    for (let i = 0; i < d; i++) {
      const value = weights[l] * values[l * d + i];
      for (let j = 0; j < d; j++) a[i][j] += value * values[l * d + j];
    }
  }
  const trace = a.reduce((sum, row, i) => sum + row[i], 0);
  for (let i = 0; i < d; i++) a[i][i] += 1e-13 * trace + 1e-300;
  for (let i = 0; i < d; i++) {
    const pivot = a.slice(i).reduce((best, row, r) => (Math.abs(row[i]) > Math.abs(a[best][i]) ? i + r : best), i);
    [a[i], a[pivot]] = [a[pivot], a[i]];
    for (let r = 0; r < d; r++) {
      if (r === i) continue;
      const factor = a[r][i] / a[i][i];
      for (let j = i; j <= d; j++) a[r][j] -= factor * a[i][j];
    }
  }
  return Float64Array.from({ length: d }, (_, i) => a[i][d] / a[i][i]);
}

/**
 * Queries that favour a row: the row itself, then reweighted least squares towards the largest |x_j|^p / sum_l |x_l|^p.
 * @param matrix - of moderate columns
 */
export function* queriesFor(matrix: RandomMatrix, row: number, p: number): Generator<Float64Array> {
  const { n, d, values } = matrix;
  const key = values.slice(row * d, (row + 1) * d);
  yield key;
  let weights = new Float64Array(n).fill(1);
  for (let step = 0; step < 6; step++) {
    const q = solveWeighted(matrix, weights, key);
    if (!q.every(Number.isFinite)) return;
    yield q;
    const products = productsWith(matrix, q);
    const own = Math.abs(products[row]);
    if (!(own > 0)) return;
    // Half a step in the logarithm of the weights, so that large p do not swing.
    weights = weights.map((weight, l) => {
      const target = Math.max(1e-4, Math.abs(products[l]) / own) ** (p - 2);
      return Math.sqrt(weight * Math.min(1e12, target));
    });
  }
}

/** Random queries. */
export function* randomQueries(d: number, count: number, seed: number): Generator<Float64Array> {
  const gaussian = gaussianFrom(randomFrom(seed));
  for (let i = 0; i < count; i++) yield Float64Array.from({ length: d }, gaussian);
}

/** Lengths at which a query is tried, against functions that are not the same at all of them. */
export const lengthsFor = ({ growth }: ScoringFunction): readonly number[] =>
  growth && growth.a !== growth.b ? [1e-3, 0.3, 1, 10, 1e4] : [1];
