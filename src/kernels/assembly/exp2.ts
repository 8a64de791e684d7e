/** 2^v of four float32, to 2.5e-7 relative: a polynomial of degree 5 on [-1/2, 1/2], and an exponent put in as bits. */

import { multiplyAddSingle } from './arithmetic';

/** Adding it leaves a whole number in the low bits of a float32. */
const TO_INTEGER: f32 = 12582912;

/** @param v - at most 127; below -126 it counts as -126 */
@inline
export function exp2(v: v128): v128 {
  const x = f32x4.pmax(v, f32x4.splat(-126));
  const shifted = f32x4.add(x, f32x4.splat(TO_INTEGER));
  const f = f32x4.sub(x, f32x4.sub(shifted, f32x4.splat(TO_INTEGER)));
  // Minimax in relative error: 7.5e-8.
  let y = f32x4.splat(0.0013276465006219135);
  y = multiplyAddSingle(y, f, f32x4.splat(0.009675541676808381));
  y = multiplyAddSingle(y, f, f32x4.splat(0.05550713299530299));
  y = multiplyAddSingle(y, f, f32x4.splat(0.2402211971832844));
  y = multiplyAddSingle(y, f, f32x4.splat(0.693146967046793));
  y = multiplyAddSingle(y, f, f32x4.splat(1.0000000716522397));
  return i32x4.add(y, i32x4.shl(shifted, 23));
}
