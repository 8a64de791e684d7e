/** The null space of a triangular factor that some columns are left out of, or the row space where that is smaller. */

import type { Kernels } from '../../kernels/kernels.js';
import type { WideAlgebra } from '../wide/wide-algebra.js';
import { rankTolerance } from './rounding.js';
import type { NullSpace } from './whitening.js';

/** Steps of power iteration: the order of magnitude is all that is asked for. */
const ITERATIONS = 8;

/**
 * With R_1 the columns that are not left out, a column c = R_1 y that is gives the null vector (-y, 1) and, for all of them, the rows
 * (1, y) of the row space. Whichever are fewer are made orthonormal in unit-diagonal coordinates: as each has an entry of 1 that no other
 * shares, no singular value of theirs is below 1.
 *
 * @param r - d x d; rows of columns that are left out hold nothing of others
 * @param inverse - of R without those rows and columns
 * @param weights - 1 / D
 * @param dependent - the columns that are left out
 */
export function dependentNullSpace(
  algebra: WideAlgebra,
  r: Float64Array,
  inverse: Float64Array,
  weights: Float64Array,
  dependent: readonly number[],
  d: number,
): NullSpace | undefined {
  if (dependent.length === 0) return undefined;
  const kept = keptColumns(dependent, d);
  const tolerance = rankTolerance(d);
  const scales = weights.map(Math.sqrt);
  const spread = tolerance * largestSingular(r, scales, kept, d);
  const y = solve(algebra.kernels, r, inverse, scales, kept, dependent, d);
  const space = rowSpace(algebra, y, kept, dependent, d) ?? nullVectors(algebra, y, kept, dependent, d);
  const { basis, size } = space;
  for (let i = 0; i < d; i++) for (let k = 0; k < size; k++) basis[i * size + k] *= scales[i];
  return { basis, size, transposed: space.ofRows ? transpose(basis, d, size) : undefined, tolerance, spread };
}

/** An orthonormal basis in unit-diagonal coordinates, d x size. */
interface Space {
  readonly basis: Float64Array;
  readonly size: number;
  /** Whether it is that of the row space. */
  readonly ofRows: boolean;
}

/**
 * The row space, by the rows (1, y); undefined where that is not the smaller space, or rows are too far from orthogonal. What a projection
 * leaves of a row is exact only as far as the basis is orthonormal: it is made so twice.
 */
function rowSpace(
  algebra: WideAlgebra,
  y: Float64Array,
  kept: readonly number[],
  dependent: readonly number[],
  d: number,
): Space | undefined {
  const { length: size } = kept;
  if (size === 0 || size >= dependent.length) return undefined;
  const rows = new Float64Array(d * size);
  for (const [k, j] of kept.entries()) rows[j * size + k] = 1;
  for (const [i, j] of dependent.entries()) {
    for (let k = 0; k < size; k++) rows[j * size + k] = y[k * dependent.length + i];
  }
  const once = orthonormal(algebra, rows, size, d);
  const twice = once && orthonormal(algebra, once.basis, size, d);
  return twice && twice.defect < 0.1 ? { basis: twice.basis, size, ofRows: true } : undefined;
}

/** The null space, by the vectors (-y, 1). */
function nullVectors(
  algebra: WideAlgebra,
  y: Float64Array,
  kept: readonly number[],
  dependent: readonly number[],
  d: number,
): Space {
  const { length: size } = dependent;
  const vectors = new Float64Array(d * size);
  for (const [k, j] of dependent.entries()) vectors[j * size + k] = 1;
  for (const [i, j] of kept.entries()) for (let k = 0; k < size; k++) vectors[j * size + k] = -y[i * size + k];
  const found = orthonormal(algebra, vectors, size, d);
  if (!found) throw new Error('null vectors of different columns are dependent');
  return { basis: found.basis, size, ofRows: false };
}

function transpose(a: Float64Array, rows: number, columns: number): Float64Array {
  const transposed = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) transposed[j * rows + i] = a[i * columns + j];
  return transposed;
}

/** The columns that are not left out, ascending. */
export function keptColumns(dependent: readonly number[], d: number): number[] {
  const isLeftOut = new Uint8Array(d);
  for (const j of dependent) isLeftOut[j] = 1;
  return Array.from({ length: d }, (_, j) => j).filter((j) => isLeftOut[j] === 0);
}

/** Y with R_1 Y = R_2, columns of unit length: kept x dependent. */
function solve(
  kernels: Kernels,
  r: Float64Array,
  inverse: Float64Array,
  scales: Float64Array,
  kept: readonly number[],
  dependent: readonly number[],
  d: number,
): Float64Array {
  const [rows, size] = [kept.length, dependent.length];
  const right = new Float64Array(rows * size);
  for (const [p, i] of kept.entries()) {
    for (const [k, j] of dependent.entries()) right[p * size + k] = r[i * d + j] * scales[j];
  }
  const y = new Float64Array(rows * size);
  kernels.multiply(inverse, rows, rows, right, size, false, y);
  for (const [p, i] of kept.entries()) for (let k = 0; k < size; k++) y[p * size + k] /= scales[i];
  return y;
}

/**
 * Orthonormal vectors that span what those given span, d x size, and how far the given ones were from orthonormal; undefined where they are
 * dependent.
 */
function orthonormal(
  algebra: WideAlgebra,
  vectors: Float64Array,
  size: number,
  d: number,
): { basis: Float64Array; defect: number } | undefined {
  const gram = new Float64Array(size * size);
  algebra.kernels.addGram(vectors, d, size, gram);
  let defect = 0;
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) defect = Math.max(defect, Math.abs(gram[i * size + j] - (i === j ? 1 : 0)));
  }
  const factor = algebra.cholesky(size, (c) => fillUpper(c, gram, size), true);
  if (!factor) return undefined;
  const inverse = new Float64Array(size * size);
  factor.takeInverse(new Float64Array(size).fill(1), inverse);
  const basis = new Float64Array(d * size);
  algebra.kernels.multiply(vectors, d, size, inverse, size, true, basis);
  return { basis, defect };
}

function fillUpper(c: Float64Array, gram: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) c.set(gram.subarray(i * size + i, (i + 1) * size), i * size + i);
}

/** About the largest singular value of R with its columns brought to unit length; rows of columns that are left out hold zeros. */
function largestSingular(r: Float64Array, scales: Float64Array, kept: readonly number[], d: number): number {
  // Most rows begin with zeros.
  const begin = kept.map((i) => {
    let j = 0;
    while (j < d && r[i * d + j] === 0) j++;
    return j;
  });
  const x = Float64Array.from({ length: d }, (_, i) => 1 + ((i * 0.618034) % 1));
  let largest = 0;
  for (let step = 0; step < ITERATIONS; step++) {
    const length = Math.hypot(...x);
    for (let j = 0; j < d; j++) x[j] /= length;
    const next = new Float64Array(d);
    let squares = 0;
    for (let k = 0; k < kept.length; k++) {
      const row = kept[k] * d;
      let image = 0;
      for (let j = begin[k]; j < d; j++) image += r[row + j] * scales[j] * x[j];
      for (let j = begin[k]; j < d; j++) next[j] += r[row + j] * scales[j] * image;
      squares += image * image;
    }
    largest = Math.sqrt(squares);
    if (largest === 0) break;
    x.set(next);
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
