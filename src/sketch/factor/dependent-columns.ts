/** The null space of a triangular factor that some columns are left out of. */

import type { WideAlgebra } from '../wide/wide-algebra.js';
import { rankTolerance } from './rounding.js';
import type { NullSpace } from './whitening.js';

/** Steps of power iteration: the order of magnitude is all that is asked for. */
const ITERATIONS = 8;

/**
 * With R_1 the columns that are not left out, a column c = R_1 y that is gives the null vector (-y, 1): these are brought to unit-diagonal
 * coordinates and made orthonormal there.
 *
 * @param r - d x d; rows of columns that are left out hold nothing of others
 * @param factor - d x d, the inverse of R without those columns, zeros in their rows and columns
 * @param weights - 1 / D
 * @param dependent - the columns that are left out
 */
export function dependentNullSpace(
  algebra: WideAlgebra,
  r: Float64Array,
  factor: Float64Array,
  weights: Float64Array,
  dependent: readonly number[],
  d: number,
): NullSpace | undefined {
  const { length: size } = dependent;
  if (size === 0) return undefined;
  const { kernels } = algebra;
  const scales = weights.map(Math.sqrt);
  const right = new Float64Array(d * size);
  const isDependent = new Uint8Array(d);
  for (const j of dependent) isDependent[j] = 1;
  for (let i = 0; i < d; i++) {
    if (isDependent[i] === 1) continue;
    for (let k = 0; k < size; k++) right[i * size + k] = r[i * d + dependent[k]] * scales[dependent[k]];
  }
  const vectors = new Float64Array(d * size);
  kernels.multiply(factor, d, d, right, size, false, vectors);
  for (let i = 0; i < d; i++) for (let k = 0; k < size; k++) vectors[i * size + k] /= -scales[i];
  for (let k = 0; k < size; k++) vectors[dependent[k] * size + k] = 1;
  const gram = new Float64Array(size * size);
  kernels.addGram(vectors, d, size, gram);
  // At least the unit matrix, as every vector has an entry of 1 that no other shares.
  const orthonormal = algebra.cholesky(size, (c) => fillUpper(c, gram, size), true);
  if (!orthonormal) throw new Error('null vectors of different columns are dependent');
  const inverse = new Float64Array(size * size);
  orthonormal.takeInverse(new Float64Array(size).fill(1), inverse);
  const basis = new Float64Array(d * size);
  kernels.multiply(vectors, d, size, inverse, size, true, basis);
  for (let i = 0; i < d; i++) for (let k = 0; k < size; k++) basis[i * size + k] *= scales[i];
  const tolerance = rankTolerance(d);
  return { basis, size, tolerance, spread: tolerance * largestSingular(r, scales, d) };
}

function fillUpper(c: Float64Array, gram: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) c.set(gram.subarray(i * size + i, (i + 1) * size), i * size + i);
}

/** About the largest singular value of R with its columns brought to unit length. */
function largestSingular(r: Float64Array, scales: Float64Array, d: number): number {
  let x = Float64Array.from({ length: d }, (_, i) => 1 + ((i * 0.618034) % 1));
  let largest = 0;
  for (let step = 0; step < ITERATIONS; step++) {
    const length = Math.hypot(...x);
    const image = new Float64Array(d);
    const next = new Float64Array(d);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) image[i] += r[i * d + j] * scales[j] * (x[j] / length);
      for (let j = 0; j < d; j++) next[j] += r[i * d + j] * scales[j] * image[i];
    }
    largest = Math.sqrt(image.reduce((sum, value) => sum + value * value, 0));
    if (largest === 0) break;
    x = next;
  }
  return largest;
}

/**
 * The column that has the largest part in the right singular vector of the smallest singular value, columns being of unit length.
 *
 * @param factor - d x d upper triangular, the inverse of R
 * @param lengths - of the columns of R
 */
export function mostDependent(factor: Float64Array, lengths: Float64Array): number {
  const { length: d } = lengths;
  let x = Float64Array.from({ length: d }, (_, i) => 1 + ((i * 0.618034) % 1));
  for (let step = 0; step < ITERATIONS; step++) {
    const image = new Float64Array(d);
    const next = new Float64Array(d);
    for (let i = 0; i < d; i++) for (let j = i; j < d; j++) image[j] += factor[i * d + j] * lengths[i] * x[i];
    const most = image.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    for (let i = 0; i < d; i++) {
      for (let j = i; j < d; j++) next[i] += factor[i * d + j] * lengths[i] * (image[j] / most);
    }
    const largest = next.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
    x = next.map((value) => value / largest);
  }
  return x.reduce((best, value, j) => (Math.abs(value) > Math.abs(x[best]) ? j : best), 0);
}
