/** The squared length of a row of float32, as far as a bound needs it. */

import { multiplyAddSingle } from './arithmetic';

/** Numbers that are summed in float32 before float64 takes over: of eight sums each adds 128. */
const AT_ONCE: i32 = 1024;

/** The sum of squares, of numbers from 0 to 1, each and every sum rounded to float32 130 times at most; squares below 2^-126 may be lost. */
export function singleSquares(x: usize, count: i32): f64 {
  let sum: f64 = 0;
  for (let left = count & ~7; left > 0; left -= AT_ONCE) {
    let a = f32x4.splat(0);
    let b = a;
    for (const end = x + <usize>min(left, AT_ONCE) * 4; x < end; x += 32) {
      const low = v128.load(x);
      const high = v128.load(x, 16);
      a = multiplyAddSingle(low, low, a);
      b = multiplyAddSingle(high, high, b);
    }
    a = f32x4.add(a, b);
    sum += <f64>f32x4.extract_lane(a, 0) + <f64>f32x4.extract_lane(a, 1);
    sum += <f64>f32x4.extract_lane(a, 2) + <f64>f32x4.extract_lane(a, 3);
  }
  for (let j = count & 7; j > 0; j--, x += 4) {
    const own = <f64>load<f32>(x);
    sum += own * own;
  }
  return sum;
}
