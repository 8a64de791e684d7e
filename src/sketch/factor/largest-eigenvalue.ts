/** An upper bound of the largest eigenvalue of a positive semidefinite matrix, proved by a Cholesky factorisation. */

import type { Kernels } from '../../kernels/kernels.js';

const ITERATIONS = 12;

/**
 * An upper bound of the largest eigenvalue, usually within a tenth of it.
 *
 * Power iteration guesses it from below; mu I - a having a Cholesky factor proves that mu lies above it.
 *
 * @param a - d x d symmetric positive semidefinite, upper triangle read
 */
export function largestEigenvalue(a: Float64Array, d: number, kernels: Kernels): number {
  let trace = 0;
  for (let i = 0; i < d; i++) trace += a[i * d + i];
  if (trace === 0) return 0;
  let x: Float64Array = new Float64Array(d);
  for (let i = 0; i < d; i++) x[i] = 1 + ((i * 0.618034) % 1);
  let guess = 0;
  for (let k = 0; k < ITERATIONS; k++) {
    const image = new Float64Array(d);
    let length = 0;
    let along = 0;
    addImage(a, d, x, image);
    for (let i = 0; i < d; i++) {
      along += image[i] * x[i];
      length += x[i] * x[i];
    }
    if (!(along > 0)) break;
    guess = along / length;
    const scale = 1 / Math.sqrt(image.reduce((sum, value) => sum + value * value, 0));
    x = image.map((value) => value * scale);
  }
  const negative = a.map((value) => -value);
  for (let mu = Math.max(guess, trace / d) * 1.05; mu < trace; mu *= 1.2) {
    if (kernels.choleskyUpper(negative, d, mu)) return mu;
  }
  return trace;
}

/** image += a x. */
function addImage(a: Float64Array, d: number, x: Float64Array, image: Float64Array): void {
  for (let i = 0; i < d; i++) {
    image[i] += a[i * d + i] * x[i];
    for (let j = i + 1; j < d; j++) {
      image[i] += a[i * d + j] * x[j];
      image[j] += a[i * d + j] * x[i];
    }
  }
}
