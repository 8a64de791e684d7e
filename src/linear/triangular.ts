/**
 * Dense algebra on d x d triangular matrices, row-major float64: the few operations that every new factor needs.
 *
 * They stand here rather than in a library because they work in place on the flat arrays of the kernels; decompositions
 * that are needed rarely come from a library (`spectral.ts`).
 */

/**
 * Product of an upper triangular matrix with another matrix.
 *
 * @param u - m x m upper triangular
 * @param b - m x d
 * @returns m x d
 */
export function multiplyUpper(u: Float64Array, m: number, b: Float64Array, d: number): Float64Array {
  const out = new Float64Array(m * d);
  for (let i = 0; i < m; i++) {
    for (let k = i; k < m; k++) {
      const factor = u[i * m + k];
      if (factor === 0) continue;
      for (let j = 0; j < d; j++) out[i * d + j] += factor * b[k * d + j];
    }
  }
  return out;
}

/**
 * Householder QR update: r becomes the upper triangular factor of [r; rows], so that afterwards
 * r^T r = (r^T r before) + rows^T rows. Backward stable column by column, whatever the columns' scales.
 *
 * @param r - d x d upper triangular, changed in place
 * @param rows - count x d, destroyed
 */
export function updateQr(r: Float64Array, d: number, rows: Float64Array, count: number): void {
  const sums = new Float64Array(d);
  for (let k = 0; k < d; k++) {
    let below = 0;
    for (let i = 0; i < count; i++) below = Math.max(below, Math.abs(rows[i * d + k]));
    if (below === 0) continue;
    const top = r[k * d + k];
    // Scaled by the largest entry: a column of tiny entries must not vanish when squared.
    const scale = Math.max(below, Math.abs(top));
    let squares = (top / scale) * (top / scale);
    for (let i = 0; i < count; i++) squares += (rows[i * d + k] / scale) ** 2;
    const norm = (top > 0 ? -scale : scale) * Math.sqrt(squares);
    // The reflector is I - v v^T / beta with v = (head, rows[:, k]) and beta = -norm head.
    const head = top - norm;
    for (let j = k + 1; j < d; j++) sums[j] = (head / scale) * r[k * d + j];
    for (let i = 0; i < count; i++) {
      const v = rows[i * d + k] / scale;
      if (v === 0) continue;
      for (let j = k + 1; j < d; j++) sums[j] += v * rows[i * d + j];
    }
    const share = -(scale / norm) * (scale / head);
    for (let j = k + 1; j < d; j++) sums[j] *= share;
    r[k * d + k] = norm;
    for (let j = k + 1; j < d; j++) r[k * d + j] -= (head / scale) * sums[j];
    for (let i = 0; i < count; i++) {
      const v = rows[i * d + k] / scale;
      if (v === 0) continue;
      for (let j = k + 1; j < d; j++) rows[i * d + j] -= v * sums[j];
    }
  }
}

/** Squared column norms of an m x d matrix. */
export function columnSquares(a: Float64Array, m: number, d: number): Float64Array {
  const squares = new Float64Array(d);
  for (let i = 0; i < m; i++) for (let j = 0; j < d; j++) squares[j] += a[i * d + j] ** 2;
  return squares;
}
