/**
 * Sums of squares by column and weighted squared row norms, in one look at the rows: the sums by column stay in the
 * first-level cache. 2 sums of two lanes, 4 temporaries.
 */

import { firstLanes64, loadFirstPair, loadSecondPair, multiplyAdd } from './arithmetic';

/**
 * sums[j] += sum over i of a[i][j]^2, and out[i] = sum over j of weights[j] a[i][j]^2.
 *
 * @param a - rows x d float32
 * @param weights - d float64, finite
 * @param out - rows float64
 * @param sums - d float64
 * @returns 1 if every out[i] is finite, else 0, and then the sums mean nothing
 */
export function normsAndSquaresF32(a: usize, rows: i32, d: i32, weights: usize, out: usize, sums: usize): i32 {
  return normsAndSquares<f32>(a, rows, d, weights, out, sums);
}

/** The same from float64. */
export function normsAndSquaresF64(a: usize, rows: i32, d: i32, weights: usize, out: usize, sums: usize): i32 {
  return normsAndSquares<f64>(a, rows, d, weights, out, sums);
}

/** Adds the first `count` lanes, at most two, to the numbers at `to`. */
@inline
function addLanes(x: v128, to: usize, count: i32): void {
  if (count > 0) store<f64>(to, load<f64>(to) + f64x2.extract_lane(x, 0));
  if (count > 1) store<f64>(to, load<f64>(to, 8) + f64x2.extract_lane(x, 1), 8);
}

@inline
function normsAndSquares<T>(a: usize, rows: i32, d: i32, weights: usize, out: usize, sums: usize): i32 {
  const whole = d & ~3;
  const keepFirst = firstLanes64(d - whole);
  const keepSecond = firstLanes64(d - whole - 2);
  let poison: f64 = 0;
  let p = a;
  for (let i = 0; i < rows; i++) {
    let n0 = f64x2.splat(0);
    let n1 = n0;
    let w = weights;
    let s = sums;
    for (const end = weights + whole * sizeof<f64>(); w < end; w += 32) {
      const x0 = loadFirstPair<T>(p);
      const x1 = loadSecondPair<T>(p);
      const q0 = f64x2.mul(x0, x0);
      const q1 = f64x2.mul(x1, x1);
      n0 = multiplyAdd(q0, v128.load(w), n0);
      n1 = multiplyAdd(q1, v128.load(w, 16), n1);
      v128.store(s, f64x2.add(v128.load(s), q0));
      v128.store(s, f64x2.add(v128.load(s, 16), q1), 16);
      s += 32;
      p += 4 * sizeof<T>();
    }
    if (whole < d) {
      const x0 = v128.and(loadFirstPair<T>(p), keepFirst);
      const x1 = v128.and(loadSecondPair<T>(p), keepSecond);
      const q0 = f64x2.mul(x0, x0);
      const q1 = f64x2.mul(x1, x1);
      n0 = multiplyAdd(q0, v128.and(v128.load(w), keepFirst), n0);
      n1 = multiplyAdd(q1, v128.and(v128.load(w, 16), keepSecond), n1);
      addLanes(q0, s, d - whole);
      addLanes(q1, s + 16, d - whole - 2);
      p += (d - whole) * sizeof<T>();
    }
    const n = f64x2.add(n0, n1);
    const norm = f64x2.extract_lane(n, 0) + f64x2.extract_lane(n, 1);
    poison += norm * 0;
    store<f64>(out + i * sizeof<f64>(), norm);
  }
  return i32(poison == 0);
}
