/** What a factorisation of a wide matrix leaves in the work space. */

/** A Cholesky factor, and perhaps its inverse, where it was worked out. */
export class WideFactor {
  readonly #size: number;
  readonly #diagonal: Float64Array;

  /**
   * @param matrix - R above the diagonal and on it, R^-T below the blocks on the diagonal
   * @param diagonal - those blocks of R^-T, one behind the other
   */
  constructor(
    readonly d: number,
    size: number,
    readonly matrix: Float64Array,
    diagonal: Float64Array,
  ) {
    this.#size = size;
    this.#diagonal = diagonal;
  }

  /**
   * R^-1, upper triangle, each row multiplied by a factor.
   * @param out - d x d of zeros
   */
  takeInverse(factors: Float64Array, out: Float64Array): void {
    const { d, matrix } = this;
    const size = this.#size;
    const some = 32;
    for (let first = 0; first < d; first += some) {
      const end = Math.min(first + some, d);
      const block = Math.floor(first / size) * size;
      const rows = Math.min(size, d - block);
      for (let i = first; i < end; i++) {
        for (let j = i; j < block + rows; j++) {
          out[i * d + j] = this.#diagonal[block * size + (j - block) * rows + i - block] * factors[i];
        }
      }
      for (let j = block + rows; j < d; j++) {
        for (let i = first; i < end; i++) out[i * d + j] = matrix[j * d + i] * factors[i];
      }
    }
  }
}
