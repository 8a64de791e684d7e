/** A certified lower bound of the smallest eigenvalue of a positive definite matrix, at the price of a few Cholesky factorisations. */

import type { Kernels } from '../../kernels/kernels.js';

/** Inverse iterations: enough to find the order of magnitude, which is all that the certificate needs. */
const ITERATIONS = 12;

/**
 * A lower bound of the smallest eigenvalue, usually within a quarter of it.
 *
 * Inverse iteration guesses it from above; c - mu I having a Cholesky factor proves that mu lies below it.
 *
 * @param c - d x d symmetric positive definite, upper triangle
 * @param r - its Cholesky factor, d x d upper triangular
 * @returns a number > 0 below the smallest eigenvalue (to rounding, d u times the largest); 0 where none was found
 */
export function smallestEigenvalue(c: Float64Array, r: Float64Array, d: number, kernels: Kernels): number {
  return largestProved(guessSmallest(r, d), (mu) => kernels.choleskyUpper(c, d, -mu));
}

/** The largest of 0.8 times a guess and its halves that is proved to lie below the smallest eigenvalue; 0 where none is. */
export function largestProved(guess: number, proves: (mu: number) => boolean): number {
  for (let mu = 0.8 * guess; mu > 1e-16 * guess; mu /= 2) if (proves(mu)) return mu;
  return 0;
}

/**
 * The smallest eigenvalue of r^T r as inverse iteration has it: from above.
 * @param r - d x d, its upper triangle is read
 */
export function guessSmallest(r: Float64Array, d: number): number {
  const x = new Float64Array(d);
  // A fixed start without symmetry: no eigenvector of a structured matrix is orthogonal to it by accident.
  for (let i = 0; i < d; i++) x[i] = 1 + ((i * 0.618034) % 1);
  let guess = 0;
  for (let k = 0; k < ITERATIONS; k++) {
    const norm = Math.sqrt(squares(x));
    for (let i = 0; i < d; i++) x[i] /= norm;
    solveTransposed(r, d, x);
    // x^T c^-1 x for the unit vector before this solve: a lower bound of the largest eigenvalue of c^-1.
    guess = 1 / squares(x);
    solve(r, d, x);
  }
  return guess;
}

function squares(x: Float64Array): number {
  let sum = 0;
  for (const value of x) sum += value * value;
  return sum;
}

/** x <- r^-T x. */
function solveTransposed(r: Float64Array, d: number, x: Float64Array): void {
  for (let i = 0; i < d; i++) {
    x[i] /= r[i * d + i];
    for (let j = i + 1; j < d; j++) x[j] -= r[i * d + j] * x[i];
  }
}

/** x <- r^-1 x. */
function solve(r: Float64Array, d: number, x: Float64Array): void {
  for (let i = d - 1; i >= 0; i--) {
    let sum = x[i];
    for (let j = i + 1; j < d; j++) sum -= r[i * d + j] * x[j];
    x[i] = sum / r[i * d + i];
  }
}
