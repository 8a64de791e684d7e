/** The inverse of a factor of C + lambda I. */

import { dataError } from '../errors.js';
import { inverseFactor, type TriangularKernels } from '../kernels/triangular.js';

/**
 * R^-1 of the upper triangular R with R^T R = C + lambda I, so that x^T (C + lambda I)^-1 x = ||x R^-1||^2.
 *
 * @param c - d x d symmetric positive semidefinite
 * @param lambda - > 0; 0 only where C is 0
 * @returns undefined where C and lambda are 0
 * @throws LevattnError where lambda is lost beside C
 */
export function inverseWithRidge(
  c: Float64Array,
  d: number,
  lambda: number,
  kernels: TriangularKernels,
): Float64Array | undefined {
  if (!(lambda > 0)) return undefined;
  const inverse = inverseFactor(kernels, c, d, lambda);
  if (!inverse) {
    throw dataError(`a ridge of ${lambda} is lost beside the spread of the keys in float64; give a larger one, or 0`);
  }
  return inverse;
}
