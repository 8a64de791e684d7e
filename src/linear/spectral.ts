/**
 * Singular values and eigenvectors of small dense matrices, from ml-matrix: needed only where a matrix turns out to be
 * rank-deficient, and once at the end of a run.
 */

import { createRequire } from 'node:module';
import type { Matrix } from 'ml-matrix';
import { dataError } from '../errors.js';

/** The most columns: the work grows with their cube, and takes minutes here. */
const MOST_COLUMNS = 2048;

/** Refuses what would keep the program busy, and deaf to signals, for longer than anybody waits. */
function refuseLarge(d: number, what: string): void {
  if (d <= MOST_COLUMNS) return;
  throw dataError(`K has ${d} columns${what} worked out for at most ${MOST_COLUMNS}; leave columns out`);
}

const DEPENDENT = ' that are not independent (or fewer rows than columns), which is';

/** Loaded when first needed, and synchronously: it takes longer to load than many a K to read. */
const loadLibrary = (): typeof import('ml-matrix') => createRequire(import.meta.url)('ml-matrix');

/** A decomposition with `values[i]` belonging to column i of `vectors` (d x d, row-major), largest value first. */
export interface Spectrum {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/**
 * Singular values and right singular vectors of a square matrix.
 * @param a - d x d
 * @throws LevattnError where d is too large
 */
export function rightSingular(a: Float64Array, d: number): Spectrum {
  refuseLarge(d, DEPENDENT);
  const { Matrix, SingularValueDecomposition } = loadLibrary();
  const svd = new SingularValueDecomposition(Matrix.from1DArray(d, d, a), {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: true,
  });
  return sorted(svd.diagonal, svd.rightSingularVectors, d);
}

/**
 * Singular values of a square matrix, falling; each is good to a few d u of the largest.
 * @param a - d x d
 * @throws LevattnError where d is too large
 */
export function singularValues(a: Float64Array, d: number): Float64Array {
  refuseLarge(d, '; singular values are');
  const { Matrix, SingularValueDecomposition } = loadLibrary();
  const { diagonal } = new SingularValueDecomposition(Matrix.from1DArray(d, d, a), {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
  });
  return Float64Array.from(diagonal).sort().reverse();
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix.
 * @param c - d x d, upper triangle read
 * @throws LevattnError where d is too large
 */
export function symmetricEigen(c: Float64Array, d: number): Spectrum {
  refuseLarge(d, DEPENDENT);
  const { EigenvalueDecomposition, Matrix } = loadLibrary();
  const full = Matrix.zeros(d, d);
  for (let i = 0; i < d; i++) {
    for (let j = i; j < d; j++) {
      full.set(i, j, c[i * d + j]);
      full.set(j, i, c[i * d + j]);
    }
  }
  const evd = new EigenvalueDecomposition(full, { assumeSymmetric: true });
  return sorted(evd.realEigenvalues, evd.eigenvectorMatrix, d);
}

function sorted(values: ArrayLike<number>, vectors: Matrix, d: number): Spectrum {
  const order = Array.from({ length: d }, (_, i) => i).sort((i, j) => values[j] - values[i]);
  const columns = new Float64Array(d * d);
  for (let j = 0; j < d; j++) for (let i = 0; i < d; i++) columns[i * d + j] = vectors.get(i, order[j]);
  return { values: Float64Array.from(order, (i) => values[i]), vectors: columns };
}
