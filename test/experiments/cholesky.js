/** Cholesky factors of d x d matrices, by the textbook: what exact sensitivities rest on shares nothing with the sketches. */

/**
 * The lower factor L of a positive definite matrix.
 * @param matrix - d x d, row-major, upper triangle; overwritten
 * @throws Error where it is not positive definite
 */
export function cholesky(matrix, d) {
  const lower = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[j * d + i];
      for (let k = 0; k < j; k++) sum -= lower[i * d + k] * lower[j * d + k];
      if (i !== j) lower[i * d + j] = sum / lower[j * d + j];
      else if (sum > 0) lower[i * d + i] = Math.sqrt(sum);
      else throw new Error('K has not full column rank, or weights have no directions left');
    }
  }
  return new Lower(lower, d);
}

class Lower {
  #values;
  #d;

  constructor(values, d) {
    this.#values = values;
    this.#d = d;
  }

  /** Replaces b by L^-1 b. */
  whiten(b) {
    const d = this.#d;
    for (let i = 0; i < d; i++) {
      let sum = b[i];
      for (let k = 0; k < i; k++) sum -= this.#values[i * d + k] * b[k];
      b[i] = sum / this.#values[i * d + i];
    }
  }

  /** Replaces b by L^-T b. */
  unwhiten(b) {
    const d = this.#d;
    for (let i = d - 1; i >= 0; i--) {
      let sum = b[i];
      for (let k = i + 1; k < d; k++) sum -= this.#values[k * d + i] * b[k];
      b[i] = sum / this.#values[i * d + i];
    }
  }
}

/** The solution of L L^T x = b. */
export function solve(factor, b) {
  const x = Float64Array.from(b);
  factor.whiten(x);
  factor.unwhiten(x);
  return x;
}
