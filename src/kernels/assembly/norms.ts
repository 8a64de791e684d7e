/**
 * Weighted squared row norms, two rows at a time: 4 sums of two lanes, 2 vectors of weights, 2 temporaries.
 * Column j is summed in lane j mod 4, and the four lanes in a fixed order, wherever the row lies in memory.
 */

import { firstLanes64, highs, loadFirstPair, loadSecondPair, lows, multiplyAdd } from './arithmetic';

/**
 * out[i] = sum over j of weights[j] a[i][j]^2.
 *
 * @param a - rows x d float32
 * @param weights - d float64, finite
 * @param out - rows float64
 * @returns 1 if every out[i] is finite, which for float32 and weights below 1e200 means every entry is; else 0
 */
export function rowNormsF32(a: usize, rows: i32, d: i32, weights: usize, out: usize): i32 {
  return rowNorms<f32>(a, rows, d, weights, out);
}

/** The same from float64. */
export function rowNormsF64(a: usize, rows: i32, d: i32, weights: usize, out: usize): i32 {
  return rowNorms<f64>(a, rows, d, weights, out);
}

@inline
function rowNorms<T>(a: usize, rows: i32, d: i32, weights: usize, out: usize): i32 {
  const rowBytes = <usize>d * sizeof<T>();
  const whole = d & ~3;
  const keepFirst = firstLanes64(d - whole);
  const keepSecond = firstLanes64(d - whole - 2);
  // 0 times a finite number is 0, and NaN times anything else: one sum finds them all.
  let poison = f64x2.splat(0);
  for (let i = 0; i < rows; i += 2) {
    let p = a + i * rowBytes;
    let q = i + 1 < rows ? p + rowBytes : p;
    let w = weights;
    let p0 = f64x2.splat(0);
    let p1 = p0;
    let q0 = p0;
    let q1 = p0;
    for (const end = weights + whole * sizeof<f64>(); w < end; w += 32) {
      const u = v128.load(w);
      const v = v128.load(w, 16);
      p0 = addSquare(loadFirstPair<T>(p), u, p0);
      p1 = addSquare(loadSecondPair<T>(p), v, p1);
      q0 = addSquare(loadFirstPair<T>(q), u, q0);
      q1 = addSquare(loadSecondPair<T>(q), v, q1);
      p += 4 * sizeof<T>();
      q += 4 * sizeof<T>();
    }
    if (whole < d) {
      const u = v128.and(v128.load(w), keepFirst);
      const v = v128.and(v128.load(w, 16), keepSecond);
      p0 = addSquare(v128.and(loadFirstPair<T>(p), keepFirst), u, p0);
      p1 = addSquare(v128.and(loadSecondPair<T>(p), keepSecond), v, p1);
      q0 = addSquare(v128.and(loadFirstPair<T>(q), keepFirst), u, q0);
      q1 = addSquare(v128.and(loadSecondPair<T>(q), keepSecond), v, q1);
    }
    p0 = f64x2.add(p0, p1);
    q0 = f64x2.add(q0, q1);
    const both = f64x2.add(lows(p0, q0), highs(p0, q0));
    poison = f64x2.add(poison, f64x2.mul(both, f64x2.splat(0)));
    if (i + 1 < rows) v128.store(out + i * sizeof<f64>(), both);
    else store<f64>(out + i * sizeof<f64>(), f64x2.extract_lane(both, 0));
  }
  return i32(f64x2.extract_lane(poison, 0) + f64x2.extract_lane(poison, 1) == 0);
}

/** weight x^2 + sum; the weight first, for x^2 may overflow where the product does not. */
@inline
export function addSquare(x: v128, weight: v128, sum: v128): v128 {
  return multiplyAdd(f64x2.mul(weight, x), x, sum);
}
