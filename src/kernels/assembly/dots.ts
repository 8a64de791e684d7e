/**
 * Dot products in float64 of listed pairs of rows: column k is summed in lane k mod 4, the lanes in a fixed order.
 */

import { firstLanes64, loadFirstPair, loadSecondPair, multiplyAdd } from './arithmetic';

/**
 * out[p] = a_i . b_j for pair p = (i, j).
 *
 * @param a - rows of d float32
 * @param b - rows of d float32
 * @param pairs - `count` pairs of int32
 * @param out - count float64
 */
export function dotsF32F32(a: usize, b: usize, d: i32, pairs: usize, count: i32, out: usize): void {
  dots<f32, f32>(a, b, d, pairs, count, out);
}

/** The same with b float64. */
export function dotsF32F64(a: usize, b: usize, d: i32, pairs: usize, count: i32, out: usize): void {
  dots<f32, f64>(a, b, d, pairs, count, out);
}

/** The same with a float64. */
export function dotsF64F32(a: usize, b: usize, d: i32, pairs: usize, count: i32, out: usize): void {
  dots<f64, f32>(a, b, d, pairs, count, out);
}

/** The same with both float64. */
export function dotsF64F64(a: usize, b: usize, d: i32, pairs: usize, count: i32, out: usize): void {
  dots<f64, f64>(a, b, d, pairs, count, out);
}

@inline
function dots<A, B>(a: usize, b: usize, d: i32, pairs: usize, count: i32, out: usize): void {
  const whole = d & ~3;
  const keepFirst = firstLanes64(d - whole);
  const keepSecond = firstLanes64(d - whole - 2);
  for (const end = out + count * sizeof<f64>(); out < end; out += sizeof<f64>(), pairs += 8) {
    let p = a + <usize>load<i32>(pairs) * d * sizeof<A>();
    let q = b + <usize>load<i32>(pairs, 4) * d * sizeof<B>();
    let first = f64x2.splat(0);
    let second = first;
    for (const last = p + whole * sizeof<A>(); p < last; p += 4 * sizeof<A>(), q += 4 * sizeof<B>()) {
      first = multiplyAdd(loadFirstPair<A>(p), loadFirstPair<B>(q), first);
      second = multiplyAdd(loadSecondPair<A>(p), loadSecondPair<B>(q), second);
    }
    if (whole < d) {
      const x = v128.and(loadFirstPair<A>(p), keepFirst);
      const y = v128.and(loadSecondPair<A>(p), keepSecond);
      first = multiplyAdd(x, v128.and(loadFirstPair<B>(q), keepFirst), first);
      second = multiplyAdd(y, v128.and(loadSecondPair<B>(q), keepSecond), second);
    }
    const sum = f64x2.add(first, second);
    store<f64>(out, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
  }
}
