/**
 * Numbers from text, bit for bit as JavaScript's Number() has them.
 *
 * Up to 19 digits that count fit a u64, w, and the number is w 10^q: exactly one rounding where both are small (Clinger),
 * else by `rounding.ts`. What that leaves open, the importer's Number() decides.
 */

import { roundDecimal } from './rounding';

/** Constants that JavaScript lays out: float64 powers of ten 0 to 22, u64 powers of ten 0 to 16, powers of five. */
export const WHOLE_POWERS: usize = 23 * 8;
export const FIVE_POWERS: usize = WHOLE_POWERS + 17 * 8;

/** The most digits of which any fit a u64. */
const MOST_DIGITS: usize = 19;

/** An exponent that no number of digits in a text makes up for; larger ones need not be told apart. */
const MOST_EXPONENT: i32 = 100000000;

/** The number that the ASCII text [from, to), a plain decimal with a point or a comma, stands for. */
@external("env", "numberFromText")
declare function numberFromText(from: usize, to: usize): f64;

/** A digit's value; above 9 where the byte is none. */
@inline
function digitAt(p: usize): u32 {
  return <u32>load<u8>(p) - 0x30;
}

/**
 * Reads a plain decimal, nan, inf or infinity.
 *
 * @param start - where it begins; up to 16 bytes behind the text may be read
 * @param constants - see WHOLE_POWERS
 * @param out - receives the float64
 * @param mark - the decimal sign; -1: numbers have none
 * @returns where it ends; 0 where there is no number
 */
export function readDecimal(start: usize, constants: usize, out: usize, mark: i32): usize {
  let p = start;
  const sign = load<u8>(p);
  const negative = <u32>(sign == 0x2d);
  // Signs come in no order that a branch could foresee.
  p += negative | <u32>(sign == 0x2b);
  const first = p;
  let w: u64 = 0;
  for (let digit = digitAt(p); digit < 10; digit = digitAt(++p)) w = w * 10 + digit;
  let digits = p - first;
  let exponent: i32 = 0;
  if (<i32>load<u8>(p) == mark) {
    const point = ++p;
    const text = i8x16.sub(v128.load(p), i8x16.splat(0x30));
    const run = ctz(~i8x16.bitmask(i8x16.lt_u(text, i8x16.splat(10))));
    w = w * load<u64>(constants + WHOLE_POWERS + (<usize>run << 3)) + wholeFromDigits(text, run);
    p += run;
    if (run == 16) for (let digit = digitAt(p); digit < 10; digit = digitAt(++p)) w = w * 10 + digit;
    exponent = <i32>(point - p);
    digits += p - point;
  }
  if (digits == 0) return readWord(first, negative, out);
  const letter = load<u8>(p) | 0x20;
  if (letter == 0x65) {
    let ten: i32 = 0;
    const down = load<u8>(++p) == 0x2d;
    if (down || load<u8>(p) == 0x2b) p++;
    let digit = digitAt(p);
    if (digit >= 10) return 0;
    for (; digit < 10; digit = digitAt(++p)) if (ten < MOST_EXPONENT) ten = ten * 10 + digit;
    exponent += down ? -ten : ten;
  }
  store<f64>(out, digits <= MOST_DIGITS || significant(first, digits, mark) <= MOST_DIGITS
    ? signed(magnitude(w, exponent, constants), negative, start, p)
    : numberFromText(start, p));
  return p;
}

/** The whole number that the first `run` <= 16 of these digits make. */
@inline
function wholeFromDigits(digits: v128, run: i32): u64 {
  const lanes = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  // Moved to the right end, zeros before them: indices below zero select nothing.
  const right = i8x16.swizzle(digits, i8x16.add(lanes, i8x16.splat(<i8>(run - 16))));
  const tens = i16x8.add(
    i16x8.mul(v128.and(right, i16x8.splat(0xff)), i16x8.splat(10)),
    i16x8.shr_u(right, 8),
  );
  const hundreds = i32x4.dot_i16x8_s(tens, i16x8(100, 1, 100, 1, 100, 1, 100, 1));
  const narrow = i16x8.narrow_i32x4_u(hundreds, hundreds);
  const halves = i32x4.dot_i16x8_s(narrow, i16x8(10000, 1, 10000, 1, 10000, 1, 10000, 1));
  return <u64>(<u32>i32x4.extract_lane(halves, 0)) * 100000000 + <u64>(<u32>i32x4.extract_lane(halves, 1));
}

/** w 10^q to nearest; NaN where that is left open. */
@inline
function magnitude(w: u64, q: i32, constants: usize): f64 {
  if (w >> 49 == 0 && q >= -22 && q <= 22) {
    return q < 0
      ? <f64>w / load<f64>(constants + (<usize>-q << 3))
      : <f64>w * load<f64>(constants + (<usize>q << 3));
  }
  return w == 0 ? 0 : roundDecimal(w, q, constants + FIVE_POWERS);
}

@inline
function signed(size: f64, negative: u32, start: usize, end: usize): f64 {
  if (size != size) return numberFromText(start, end);
  return reinterpret<f64>(reinterpret<u64>(size) | (<u64>negative << 63));
}

/** Digits that count: all of `digits` from `first` on, a point among them or not, without the zeros that lead. */
function significant(first: usize, digits: usize, mark: i32): usize {
  let p = first;
  for (; digits > 0; p++) {
    const byte = load<u8>(p);
    if (<i32>byte == mark) continue;
    if (byte != 0x30) break;
    digits--;
  }
  return digits;
}

/** nan, inf, infinity, in any case. */
function readWord(p: usize, negative: u32, out: usize): usize {
  const three = load<u32>(p) & 0x00ffffff | 0x00202020;
  if (three == 0x6e616e) {
    store<f64>(out, NaN);
    return p + 3;
  }
  if (three != 0x666e69) return 0;
  store<f64>(out, negative ? -Infinity : Infinity);
  const five = (load<u64>(p, 3) & 0xffffffffff) | 0x2020202020;
  return five == 0x7974696e69 ? p + 8 : p + 3;
}
