/** How much smaller quadratic forms have become, as a matrix grew. */

import type { Kernels } from '../../kernels/kernels.js';
import { largestEigenvalue } from './largest-eigenvalue.js';
import type { Whitening } from './whitening.js';

/**
 * An upper bound of k^T G^+ k / k^T B^+ k over all k in the row space of B, and in that of G.
 *
 * @param root - F with F^T F = B, d x d
 * @param delta - relative error of B's quadratic forms
 * @param whitening - of G
 */
export function largestRatio(kernels: Kernels, root: Float64Array, delta: number, whitening: Whitening): number {
  const { d, factor, width, upper } = whitening;
  // k = F^T y has k^T B^+ k = |y|^2 and k^T G^+ k = |W^T F^T y|^2: the largest eigenvalue of (F W)^T (F W).
  const product = new Float64Array(d * width);
  kernels.multiply(root, d, d, factor, width, upper, product);
  const gram = new Float64Array(width * width);
  kernels.addGram(product, d, width, gram);
  return largestEigenvalue(gram, width, kernels) * (1 + 2 * (whitening.delta + delta) + 1e-9);
}
