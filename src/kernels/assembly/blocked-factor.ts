/** Blocks of Cholesky factorisations and triangular solves of wide matrices, float64, rows of `stride` bytes. */

import { multiplyAdd } from './arithmetic';

/**
 * Cholesky factor of a diagonal block, in place: upper triangle; the rest of the block is left alone.
 *
 * @param a - size x size
 * @returns 1, or 0 where it is not positive definite
 */
export function factorDiagonal(a: usize, size: i32, stride: usize): i32 {
  for (let k = 0; k < size; k++) {
    const row = a + <usize>k * stride;
    const pivot = load<f64>(row + k * sizeof<f64>());
    if (!(pivot > 0)) return 0;
    const root = Math.sqrt(pivot);
    store<f64>(row + k * sizeof<f64>(), root);
    for (let j = k + 1; j < size; j++) {
      const at = row + j * sizeof<f64>();
      store<f64>(at, load<f64>(at) / root);
    }
    for (let i = k + 1; i < size; i++) {
      const factor = f64x2.splat(-load<f64>(row + i * sizeof<f64>()));
      const target = a + <usize>i * stride;
      // From the even place at or before i: what that changes below the diagonal is nobody's.
      let j = i & ~1;
      for (; j + 2 <= size; j += 2) {
        const at = j * sizeof<f64>();
        v128.store(target + at, multiplyAdd(factor, v128.load(row + at), v128.load(target + at)));
      }
      if (j < size) {
        const at = j * sizeof<f64>();
        store<f64>(target + at, load<f64>(target + at) - load<f64>(row + i * sizeof<f64>()) * load<f64>(row + at));
      }
    }
  }
  return 1;
}

/**
 * b <- r^-T b by substitution: r upper triangular, size x size.
 *
 * @param b - size x columns
 */
export function solveTransposed(r: usize, rStride: usize, size: i32, b: usize, stride: usize, columns: i32): void {
  let j = 0;
  for (; j + 8 <= columns; j += 8, b += 8 * sizeof<f64>()) {
    for (let i = 0; i < size; i++) {
      const target = b + <usize>i * stride;
      let s0 = v128.load(target);
      let s1 = v128.load(target, 16);
      let s2 = v128.load(target, 32);
      let s3 = v128.load(target, 48);
      let column = r + i * sizeof<f64>();
      let from = b;
      for (let k = 0; k < i; k++, column += rStride, from += stride) {
        const factor = f64x2.neg(v128.load64_splat(column));
        s0 = multiplyAdd(factor, v128.load(from), s0);
        s1 = multiplyAdd(factor, v128.load(from, 16), s1);
        s2 = multiplyAdd(factor, v128.load(from, 32), s2);
        s3 = multiplyAdd(factor, v128.load(from, 48), s3);
      }
      const pivot = v128.load64_splat(column);
      v128.store(target, f64x2.div(s0, pivot));
      v128.store(target, f64x2.div(s1, pivot), 16);
      v128.store(target, f64x2.div(s2, pivot), 32);
      v128.store(target, f64x2.div(s3, pivot), 48);
    }
  }
  for (; j < columns; j++, b += sizeof<f64>()) {
    for (let i = 0; i < size; i++) {
      const target = b + <usize>i * stride;
      let sum = f64x2.splat(load<f64>(target));
      let column = r + i * sizeof<f64>();
      let from = b;
      for (let k = 0; k < i; k++, column += rStride, from += stride) {
        sum = multiplyAdd(f64x2.neg(v128.load64_splat(column)), v128.load64_splat(from), sum);
      }
      store<f64>(target, f64x2.extract_lane(sum, 0) / load<f64>(column));
    }
  }
}
