/**
 * Element conversions: 16-bit floats to float32, exactly, and byte order. Whole vectors, then what is left through the
 * same vector code; nothing beyond the last element is written.
 */

/** The f32 exponent offset of a float16: 112 in the exponent field. */
const REBIAS = 112 << 23;

/**
 * out[i] = the float16 values[i] as float32; infinities, NaN and subnormals included.
 *
 * @param values - count uint16
 * @param out - count float32; must not overlap values
 */
export function widenF16(values: usize, count: i32, out: usize): void {
  const whole = count & ~3;
  for (const end = out + whole * sizeof<f32>(); out < end; values += 8, out += 16) {
    v128.store(out, widenHalves(v128.load(values, 0)));
  }
  storeFirst(out, widenHalves(v128.load(values)), count - whole);
}

/** The same for bfloat16. */
export function widenBf16(values: usize, count: i32, out: usize): void {
  const whole = count & ~3;
  for (const end = out + whole * sizeof<f32>(); out < end; values += 8, out += 16) {
    v128.store(out, i32x4.shl(i32x4.extend_low_i16x8_u(v128.load(values)), 16));
  }
  storeFirst(out, i32x4.shl(i32x4.extend_low_i16x8_u(v128.load(values)), 16), count - whole);
}

/** The low four of eight float16 as float32, by integer arithmetic, so that signalling NaN and subnormals are safe. */
@inline
function widenHalves(halves: v128): v128 {
  const bits = i32x4.extend_low_i16x8_u(halves);
  const size = v128.and(bits, i32x4.splat(0x7fff));
  const shifted = i32x4.shl(size, 13);
  const special = v128.and(i32x4.gt_s(size, i32x4.splat(0x7bff)), i32x4.splat(REBIAS));
  const normal = i32x4.add(i32x4.add(shifted, i32x4.splat(REBIAS)), special);
  // A subnormal m 2^-24: written as the fraction of 2^-14, and 2^-14 taken off, which is exact.
  const base = i32x4.splat(113 << 23);
  const subnormal = f32x4.sub(v128.or(shifted, base), base);
  const absolute = v128.bitselect(subnormal, normal, i32x4.lt_s(size, i32x4.splat(0x0400)));
  return v128.or(absolute, i32x4.shl(v128.xor(bits, size), 16));
}

@inline
function storeFirst(out: usize, x: v128, count: i32): void {
  if (count > 0) store<i32>(out, i32x4.extract_lane(x, 0));
  if (count > 1) store<i32>(out, i32x4.extract_lane(x, 1), 4);
  if (count > 2) store<i32>(out, i32x4.extract_lane(x, 2), 8);
}

/**
 * Reverses the bytes of each element in place.
 *
 * @param values - `bytes` bytes, a multiple of 2
 */
export function swapBytes2(values: usize, bytes: usize): void {
  const end = values + bytes;
  for (const last = end - (bytes & 15); values < last; values += 16) {
    v128.store(values, i8x16.shuffle(v128.load(values), i8x16.splat(0), 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
  }
  for (; values < end; values += 2) store<u16>(values, bswap(load<u16>(values)));
}

/** The same for elements of 4 bytes. */
export function swapBytes4(values: usize, bytes: usize): void {
  const end = values + bytes;
  for (const last = end - (bytes & 15); values < last; values += 16) {
    v128.store(values, i8x16.shuffle(v128.load(values), i8x16.splat(0), 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
  }
  for (; values < end; values += 4) store<u32>(values, bswap(load<u32>(values)));
}

/** The same for elements of 8 bytes. */
export function swapBytes8(values: usize, bytes: usize): void {
  const end = values + bytes;
  for (const last = end - (bytes & 15); values < last; values += 16) {
    v128.store(values, i8x16.shuffle(v128.load(values), i8x16.splat(0), 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8));
  }
  for (; values < end; values += 8) store<u64>(values, bswap(load<u64>(values)));
}
