/**
 * Arithmetic on typed arrays, behind one interface so that backends can be added one file at a time.
 *
 * Kernels know nothing of files or sketches. All matrices are row-major float64; a sum over rows or over columns runs in
 * index order within fixed tiles, so that one backend gives the same bits for the same input however often it is run.
 */

/** A backend: every operation the sketches and the heavy-entry search spend their time in. */
export interface Kernels {
  /** The backend's name, as `--verbose` prints it. */
  readonly name: string;

  /**
   * Looks over a block once: raises `peaks[j]` to the largest |a[i, j]| of its column.
   *
   * @param a - rows x d; not changed
   * @param peaks - d, >= 0; updated only where the return value is true
   * @returns whether every entry is finite
   */
  scan(a: Float64Array, rows: number, d: number, peaks: Float64Array): boolean;

  /**
   * out[i, j] = a[i, j] factors[j].
   *
   * @param a - rows x d
   * @param factors - d
   * @param out - rows x d, overwritten; may be `a`
   */
  scaleColumns(a: Float64Array, rows: number, d: number, factors: Float64Array, out: Float64Array): void;

  /**
   * Weighted squared row norms: out[i] = sum_j weights[j] a[i, j]^2.
   *
   * @param a - rows x d
   * @param weights - d
   * @param out - rows
   */
  rowNorms(a: Float64Array, rows: number, d: number, weights: Float64Array, out: Float64Array): void;

  /**
   * Gram update: gram += a^T a, upper triangle (j >= i); what it leaves in the strict lower triangle means nothing.
   *
   * @param a - rows x d
   * @param gram - d x d
   */
  addGram(a: Float64Array, rows: number, d: number, gram: Float64Array): void;

  /**
   * Product out = a b.
   *
   * @param a - rows x d
   * @param b - d x r
   * @param upper - whether b is upper triangular (b[k, j] = 0 for k > j), which halves the work
   * @param out - rows x r, overwritten
   */
  multiply(
    a: Float64Array,
    rows: number,
    d: number,
    b: Float64Array,
    r: number,
    upper: boolean,
    out: Float64Array,
  ): void;
}
