/** Rows of float32 into rows of exponentials, and sums of these in float64. */

import { CONSTANT_BYTES, polynomial, storeConstants } from './exp2';

/** Numbers that are exponentiated before they are summed: they are still in the cache then. */
const AT_ONCE = 2048;

/**
 * The largest number of a row, but for NaN; of none -Infinity.
 * @param least - receives the least, a float32; of none Infinity
 */
export function rangeOfSingles(x: usize, count: i32, least: usize): f32 {
  let most0 = f32x4.splat(-Infinity);
  let most1 = most0;
  let least0 = f32x4.splat(Infinity);
  let least1 = least0;
  for (const end = x + (<usize>count & ~7) * 4; x < end; x += 32) {
    const low = v128.load(x);
    const high = v128.load(x, 16);
    most0 = f32x4.pmax(most0, low);
    most1 = f32x4.pmax(most1, high);
    least0 = f32x4.pmin(least0, low);
    least1 = f32x4.pmin(least1, high);
  }
  most0 = f32x4.pmax(most0, most1);
  least0 = f32x4.pmin(least0, least1);
  const a = max(f32x4.extract_lane(most0, 0), f32x4.extract_lane(most0, 1));
  const b = min(f32x4.extract_lane(least0, 0), f32x4.extract_lane(least0, 1));
  let most = max(max(f32x4.extract_lane(most0, 2), f32x4.extract_lane(most0, 3)), a);
  let smallest = min(min(f32x4.extract_lane(least0, 2), f32x4.extract_lane(least0, 3)), b);
  for (let j = count & 7; j > 0; j--, x += 4) {
    const own = load<f32>(x);
    if (own > most) most = own;
    if (own < smallest) smallest = own;
  }
  store<f32>(least, smallest);
  return most;
}

/** out[j] = x[j] - base, worked out in float64 and rounded to float32. */
export function roundDifferences(x: usize, count: i32, base: f64, out: usize): void {
  const off = f64x2.splat(base);
  for (const end = x + (<usize>count & ~3) * 8; x < end; x += 32, out += 16) {
    const low = f32x4.demote_f64x2_zero(f64x2.sub(v128.load(x), off));
    const high = f32x4.demote_f64x2_zero(f64x2.sub(v128.load(x, 16), off));
    v128.store(out, v128.shuffle<f32>(low, high, 0, 1, 4, 5));
  }
  for (let j = count & 3; j > 0; j--, x += 8, out += 4) store<f32>(out, <f32>(load<f64>(x) - base));
}

/** Bytes of scratch that {@link exponentiateSingle} needs. */
export function singleExponentialScratchBytes(): usize {
  return 32 + CONSTANT_BYTES;
}

/**
 * x = 2^(x - base) of a multiple of eight numbers. Both halves of a pair side by side, and constants from memory, so that V8 can fuse them.
 * @param base - eight times the same float32
 * @param constants - as storeConstants leaves them
 */
export function storeExponentials(x: usize, count: i32, base: usize, constants: usize): void {
  const base0 = v128.load(base);
  const base1 = v128.load(base, 16);
  const least = v128.load32_splat(constants);
  const toInteger = v128.load32_splat(constants, 4);
  const p5 = v128.load32_splat(constants, 8);
  const p4 = v128.load32_splat(constants, 12);
  const p3 = v128.load32_splat(constants, 16);
  const p2 = v128.load32_splat(constants, 20);
  const p1 = v128.load32_splat(constants, 24);
  const p0 = v128.load32_splat(constants, 28);
  for (const end = x + <usize>count * 4; x < end; x += 32) {
    const y0 = polynomial(f32x4.sub(v128.load(x), base0), least, toInteger, p5, p4, p3, p2, p1, p0);
    const y1 = polynomial(f32x4.sub(v128.load(x, 16), base1), least, toInteger, p5, p4, p3, p2, p1, p0);
    v128.store(x, y0);
    v128.store(x, y1, 16);
  }
}

/**
 * x = 2^(x - most), below 2^-126 counting as that; returns the sum, which is one in float64 of four that run side by side.
 * @param most - at least every x
 */
export function exponentiateSingle(x: usize, count: i32, most: f32, scratch: usize): f64 {
  const base = f32x4.splat(most);
  v128.store(scratch, base);
  v128.store(scratch, base, 16);
  storeConstants(scratch + 32);
  let sum0 = f64x2.splat(0);
  let sum1 = sum0;
  let left = count & ~7;
  while (left > 0) {
    const part = min(left, AT_ONCE);
    storeExponentials(x, part, scratch, scratch + 32);
    for (const end = x + <usize>part * 4; x < end; x += 16) {
      sum0 = f64x2.add(sum0, f64x2.promote_low_f32x4(v128.load64_zero(x)));
      sum1 = f64x2.add(sum1, f64x2.promote_low_f32x4(v128.load64_zero(x, 8)));
    }
    left -= part;
  }
  let sum = f64x2.extract_lane(sum0, 0) + f64x2.extract_lane(sum0, 1);
  sum += f64x2.extract_lane(sum1, 0) + f64x2.extract_lane(sum1, 1);
  const constants = scratch + 32;
  for (let j = count & 7; j > 0; j--, x += 4) {
    const y = polynomial(
      f32x4.sub(v128.load32_splat(x), base),
      v128.load32_splat(constants),
      v128.load32_splat(constants, 4),
      v128.load32_splat(constants, 8),
      v128.load32_splat(constants, 12),
      v128.load32_splat(constants, 16),
      v128.load32_splat(constants, 20),
      v128.load32_splat(constants, 24),
      v128.load32_splat(constants, 28),
    );
    v128.store32_lane(x, y, 0);
    sum += <f64>f32x4.extract_lane(y, 0);
  }
  return sum;
}

/**
 * out[j] += factors[0] x[0][j], then factors[1] x[1][j], ..., in float64.
 * @param stride - bytes from a row to the next
 */
export function addScaledRows(x: usize, rows: i32, stride: usize, count: i32, factors: usize, out: usize): void {
  for (const end = x + (<usize>count & ~7) * 4; x < end; x += 32, out += 64) {
    let a = v128.load(out);
    let b = v128.load(out, 16);
    let c = v128.load(out, 32);
    let d = v128.load(out, 48);
    let p = x;
    for (let f = factors, last = factors + <usize>rows * 8; f < last; f += 8, p += stride) {
      const factor = v128.load64_splat(f);
      a = f64x2.add(a, f64x2.mul(factor, f64x2.promote_low_f32x4(v128.load64_zero(p))));
      b = f64x2.add(b, f64x2.mul(factor, f64x2.promote_low_f32x4(v128.load64_zero(p, 8))));
      c = f64x2.add(c, f64x2.mul(factor, f64x2.promote_low_f32x4(v128.load64_zero(p, 16))));
      d = f64x2.add(d, f64x2.mul(factor, f64x2.promote_low_f32x4(v128.load64_zero(p, 24))));
    }
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
  }
  for (let j = count & 7; j > 0; j--, x += 4, out += 8) {
    let sum = load<f64>(out);
    let p = x;
    for (let i = 0; i < rows; i++, p += stride) sum += load<f64>(factors + <usize>i * 8) * <f64>load<f32>(p);
    store<f64>(out, sum);
  }
}
