/**
 * Leverage scores of the keys of one head: k^T (K^T K)^+ k, in float64 from float32 keys.
 *
 * The Gram matrix is factored column by column. A column of which next to nothing is left, once the ones before it are taken
 * out, depends on them and is left out: a leverage score depends on the space alone that the columns span.
 */

import { gramF32, gramScratchBytes } from './gram';
import { copyRow } from './head-rows';
import { factorBytes, packFactor, productScratchBytes, rowScoresF32 } from './product';

/** What must be left of a column's square: 1e-5 of its length. */
const DEPENDENT: f64 = 1e-10;

/** Bytes of scratch. */
export function headScoresScratchBytes(n: i32, d: i32): usize {
  const square = <usize>(d * d) * 8;
  return <usize>n * d * 4 + 64 + 2 * square + factorBytes(d, d) + max(gramScratchBytes(d), productScratchBytes(d));
}

/**
 * @param keys - n rows of d float32, `stride` bytes apart
 * @param scores - n float64; up to 3 more are overwritten; NaN or 0 where entries of K are not finite, and then at least one is NaN
 */
export function headScores(keys: usize, stride: usize, n: i32, d: i32, scores: usize, scratch: usize): void {
  const square = <usize>(d * d) * 8;
  const gram = scratch;
  const inverse = gram + square;
  const factor = inverse + square;
  const rows = factor + factorBytes(d, d);
  const rest = rows + <usize>n * d * 4 + 64;
  for (let i = 0; i < n; i++) copyRow(keys + i * stride, d, rows + <usize>(i * d) * 4);
  memory.fill(gram, 0, square);
  gramF32(rows, n, d, gram, rest);
  factorIndependent(gram, d);
  invertIndependent(gram, d, inverse);
  packFactor(inverse, d, d, factor);
  rowScoresF32(rows, n, d, factor, d, 1, scores, rest);
}

@inline
function at(matrix: usize, d: i32, i: i32, j: i32): usize {
  return matrix + <usize>(i * d + j) * 8;
}

/** to[j] += factor from[j]. */
@inline
function addRow(from: usize, factor: f64, count: i32, to: usize): void {
  const factors = f64x2.splat(factor);
  let j = 0;
  for (; j < count - 1; j += 2, from += 16, to += 16) {
    v128.store(to, f64x2.add(v128.load(to), f64x2.mul(factors, v128.load(from))));
  }
  if (j < count) store<f64>(to, load<f64>(to) + factor * load<f64>(from));
}

/** The upper triangle of r becomes R with R^T R = r but for dependent columns, whose rows become zero. */
function factorIndependent(r: usize, d: i32): void {
  for (let k = 0; k < d; k++) {
    const row = at(r, d, k, k);
    // The square of column k is what was taken out of it, and what is left.
    let square = load<f64>(row);
    const left = square;
    for (let i = 0; i < k; i++) {
      const part = load<f64>(at(r, d, i, k));
      square += part * part;
    }
    const count = d - k;
    const factor: f64 = left > DEPENDENT * square ? 1 / Math.sqrt(left) : 0;
    for (let j = 0; j < count; j++) store<f64>(row + <usize>j * 8, factor == 0 ? 0 : load<f64>(row + <usize>j * 8) * factor);
    if (factor == 0) continue;
    for (let i = 1; i < count; i++) {
      const to = at(r, d, k + i, k + i);
      addRow(row + <usize>i * 8, -load<f64>(row + <usize>i * 8), count - i, to);
    }
  }
}

/** The inverse of R within its independent rows and columns; zeros elsewhere. */
function invertIndependent(r: usize, d: i32, inverse: usize): void {
  memory.fill(inverse, 0, <usize>(d * d) * 8);
  for (let i = d - 1; i >= 0; i--) {
    const diagonal = load<f64>(at(r, d, i, i));
    if (diagonal == 0) continue;
    const pivot = 1 / diagonal;
    store<f64>(at(inverse, d, i, i), pivot);
    for (let k = i + 1; k < d; k++) {
      addRow(at(inverse, d, k, k), -pivot * load<f64>(at(r, d, i, k)), d - k, at(inverse, d, i, k));
    }
  }
}
