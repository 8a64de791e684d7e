/**
 * Cholesky factors and inverses of upper triangular matrices, d x d, row-major float64, of which the upper triangle is read. Each entry is worked out by the same
 * operations in the same order on every backend, each rounded: the same bytes, where no number overflows.
 */
export interface TriangularKernels {
  /**
   * Cholesky factor: the upper triangular r with r^T r = g + shift I.
   *
   * @param g - d x d symmetric
   * @param r - d x d, overwritten, zeros below the diagonal; may be g. Left out: only whether there is a factor is of interest
   * @returns whether g + shift I is positive definite in float64; if not, r means nothing
   */
  choleskyUpper(g: Float64Array, d: number, shift: number, r?: Float64Array): boolean;

  /**
   * Inverse of an upper triangular matrix with a nonzero diagonal.
   *
   * @param r - d x d
   * @param inverse - d x d, overwritten, zeros below the diagonal; not r
   */
  invertUpper(r: Float64Array, d: number, inverse: Float64Array): void;

  /**
   * sum += part, upper triangles; what lies below them is left alone.
   *
   * @param part - d x d
   * @param sum - d x d
   */
  addUpper(part: Float64Array, d: number, sum: Float64Array): void;

  /**
   * out[i, j] = a[i, j] rows[i] columns[j] for j >= i, multiplied in this order, and zeros below.
   *
   * @param a - d x d
   * @param rows - d
   * @param columns - d
   * @param out - d x d, overwritten; may be a
   */
  scaleUpper(a: Float64Array, d: number, rows: Float64Array, columns: Float64Array, out: Float64Array): void;
}

/**
 * R^-1 of the upper triangular R with R^T R = g + shift I, d x d.
 *
 * @param g - d x d symmetric, upper triangle read
 * @returns undefined where g + shift I is not positive definite in float64
 */
export function inverseFactor(
  kernels: TriangularKernels,
  g: Float64Array,
  d: number,
  shift = 0,
): Float64Array | undefined {
  const r = new Float64Array(d * d);
  if (!kernels.choleskyUpper(g, d, shift, r)) return undefined;
  const inverse = new Float64Array(d * d);
  kernels.invertUpper(r, d, inverse);
  return inverse;
}
