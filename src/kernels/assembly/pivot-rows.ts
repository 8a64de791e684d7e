/**
 * The next rows of a pivoted Cholesky factor of a Gaussian kernel, for keys in strips of 16: what the kernel of a pivot with each key has
 * beyond the rows so far, and the residual that is left. Sums run as in `addStripMultiples`, e^x is that of `exponentiateRow`.
 */

import { addStrip, exp, exponentialConstantsBytes, STRIP, storeConstants } from './score-rows';

/** Bytes of a row of a strip. */
const ROW: usize = <usize>STRIP * 8;

/** Bytes of scratch that {@link addPivotRows} needs. */
export function pivotRowScratchBytes(): usize {
  return exponentialConstantsBytes() + ROW;
}

/**
 * Adds the rows `from` to `to` to the factor, and takes their squares from the residuals; what is left of one below `flat` is 0.
 *
 * @param rows - y of all pivots, d each
 * @param owns - ||y||^2 of all pivots
 * @param roots - of their residuals
 * @param pivots - their columns of the factor, signs turned: u numbers of pivot u, `pivotStride` bytes apart
 * @param columns - y of the keys, strips of d rows
 * @param squares - ||y||^2 of the keys, whole strips
 * @param factor - strips of rows, `stride` bytes apart
 * @param residual - of the keys, whole strips
 * @param strips - how many there are
 * @param scratch - pivotRowScratchBytes()
 */
export function addPivotRows(
  from: i32,
  to: i32,
  rows: usize,
  d: i32,
  owns: usize,
  roots: usize,
  pivots: usize,
  pivotStride: usize,
  columns: usize,
  squares: usize,
  factor: usize,
  stride: usize,
  residual: usize,
  flat: f64,
  strips: i32,
  scratch: usize,
): void {
  storeConstants(scratch);
  const x = scratch + exponentialConstantsBytes();
  const zero = f64x2.splat(0);
  const half = f64x2.splat(0.5);
  const least = f64x2.splat(flat);
  for (let s = 0; s < strips; s++, columns += <usize>d * ROW, factor += stride, squares += ROW, residual += ROW) {
    // All pivots for one strip after another, which stays in the cache.
    for (let u = from; u < to; u++) {
      const own = v128.load64_splat(owns + <usize>u * 8);
      const root = v128.load64_splat(roots + <usize>u * 8);
      for (let at: usize = 0; at < ROW; at += 16) v128.store(x + at, zero);
      addStrip(rows + <usize>u * <usize>d * 8, d, columns, x);
      // <y, y'> - (||y||^2 + ||y'||^2) / 2, never above 0 but for rounding.
      for (let at: usize = 0; at < ROW; at += 16) {
        const distance = f64x2.mul(f64x2.add(v128.load(squares + at), own), half);
        v128.store(x + at, exp(f64x2.min(zero, f64x2.sub(v128.load(x + at), distance)), scratch));
      }
      addStrip(pivots + <usize>u * pivotStride, u, factor, x);
      const row = factor + <usize>u * ROW;
      for (let at: usize = 0; at < ROW; at += 16) {
        const next = f64x2.div(v128.load(x + at), root);
        v128.store(row + at, next);
        const left = f64x2.sub(v128.load(residual + at), f64x2.mul(next, next));
        v128.store(residual + at, v128.andnot(left, f64x2.lt(left, least)));
      }
    }
  }
}

/** Bytes of what tells of the keys of a task: from, columns, squares, factor, residual, strips, as float64. */
export function pivotTaskBytes(): usize {
  return 48;
}

/** {@link addPivotRows} for one of several lists of keys. */
export function addPivotRowsOfTask(
  tasks: usize,
  task: i32,
  to: i32,
  rows: usize,
  d: i32,
  owns: usize,
  roots: usize,
  pivots: usize,
  pivotStride: usize,
  stride: usize,
  flat: f64,
  scratch: usize,
): void {
  const at = tasks + <usize>task * pivotTaskBytes();
  addPivotRows(
    <i32>load<f64>(at),
    to,
    rows,
    d,
    owns,
    roots,
    pivots,
    pivotStride,
    <usize>load<f64>(at, 8),
    <usize>load<f64>(at, 16),
    <usize>load<f64>(at, 24),
    stride,
    <usize>load<f64>(at, 32),
    flat,
    <i32>load<f64>(at, 40),
    scratch,
  );
}
