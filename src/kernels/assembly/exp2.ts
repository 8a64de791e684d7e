/** 2^v of four float32, to 2.5e-7 relative: a polynomial of degree 5 on [-1/2, 1/2], and an exponent put in as bits. */

import { multiplyAddSingle } from './arithmetic';

/** Adding it leaves a whole number in the low bits of a float32. */
const TO_INTEGER: f32 = 12582912;

/** Coefficients of the polynomial, the highest first; minimax in relative error: 7.5e-8. */
const C5: f32 = 0.0013276465006219135;
const C4: f32 = 0.009675541676808381;
const C3: f32 = 0.05550713299530299;
const C2: f32 = 0.2402211971832844;
const C1: f32 = 0.693146967046793;
const C0: f32 = 1.0000000716522397;

/** @param v - at most 127; below -126 it counts as -126 */
@inline
export function exp2(v: v128): v128 {
  return polynomial(
    v,
    f32x4.splat(-126),
    f32x4.splat(TO_INTEGER),
    f32x4.splat(C5),
    f32x4.splat(C4),
    f32x4.splat(C3),
    f32x4.splat(C2),
    f32x4.splat(C1),
    f32x4.splat(C0),
  );
}

/** The same with its constants, which all come from memory: Node 24 fuses those, and not vectors of constants. */
@inline
export function polynomial(
  v: v128,
  least: v128,
  toInteger: v128,
  c5: v128,
  c4: v128,
  c3: v128,
  c2: v128,
  c1: v128,
  c0: v128,
): v128 {
  const x = f32x4.pmax(v, least);
  const shifted = f32x4.add(x, toInteger);
  const f = f32x4.sub(x, f32x4.sub(shifted, toInteger));
  let y = c5;
  y = multiplyAddSingle(y, f, c4);
  y = multiplyAddSingle(y, f, c3);
  y = multiplyAddSingle(y, f, c2);
  y = multiplyAddSingle(y, f, c1);
  y = multiplyAddSingle(y, f, c0);
  return i32x4.add(y, i32x4.shl(shifted, 23));
}

/** Bytes of the constants in memory. */
export const CONSTANT_BYTES: usize = 32;

/** Puts the constants of {@link polynomial} into memory, in the order of its arguments. */
export function storeConstants(at: usize): void {
  v128.store(at, f32x4(-126, TO_INTEGER, C5, C4));
  v128.store(at, f32x4(C3, C2, C1, C0), 16);
}
