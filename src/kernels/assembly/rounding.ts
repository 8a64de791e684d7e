/**
 * The float64 nearest to w 10^q for a whole number w, by the method of Eisel and Lemire (Lemire, Number Parsing at a
 * Gigabyte per Second, arXiv:2101.11408; Mushtak and Lemire, arXiv:2212.06644).
 *
 * w, shifted to 64 bits, times the first 128 bits of 5^q gives the leading bits of the result. Where they cannot tell
 * which float64 is nearest, and where the result is not a normal number, the answer is NaN and somebody else must find it.
 */

/** The powers there are: below and above them no 64-bit w gives a normal number. */
const LEAST_POWER: i32 = -327;
const MOST_POWER: i32 = 308;

/** Bits behind the 53 of a float64 and the one that rounds it. */
const SPARE_BITS: u64 = 9;

/**
 * Rounds w 10^q to nearest, ties to even.
 *
 * @param w - not zero
 * @param powers - two u64 for each power of five from LEAST_POWER on: high, low
 * @returns NaN where this method does not tell
 */
export function roundDecimal(w: u64, q: i32, powers: usize): f64 {
  if (q < LEAST_POWER || q > MOST_POWER) return NaN;
  const shift = clz(w);
  const scaled = w << shift;
  const power = powers + ((<usize>(q - LEAST_POWER)) << 4);
  const five = load<u64>(power);
  let high = mulHigh(scaled, five);
  let low = scaled * five;
  if ((high & ((1 << SPARE_BITS) - 1)) == (1 << SPARE_BITS) - 1) {
    // The rest of the power may carry into the bits that count.
    const more = mulHigh(scaled, load<u64>(power, 8));
    low += more;
    if (low < more) high++;
    if (low == u64.MAX_VALUE && (q < -27 || q > 55)) return NaN;
  }
  const leading = high >> 63;
  const excess = leading + SPARE_BITS;
  let mantissa = high >> excess;
  let exponent = ((q * 217706) >> 16) + 1086 + <i32>leading - <i32>shift;
  if (exponent < 1) return NaN;
  // Halfway between two float64, which only small powers of ten can be: to the even one, not up.
  if (low <= 1 && q >= -4 && q <= 23 && (mantissa & 3) == 1 && mantissa << excess == high) mantissa--;
  mantissa = (mantissa + (mantissa & 1)) >> 1;
  if (mantissa >> 53) {
    mantissa >>= 1;
    exponent++;
  }
  if (exponent > 2046) return NaN;
  return reinterpret<f64>((<u64>exponent << 52) | (mantissa & ((1 << 52) - 1)));
}

/** The upper 64 bits of a product. */
@inline
function mulHigh(a: u64, b: u64): u64 {
  const low: u64 = 0xffffffff;
  const a0 = a & low;
  const a1 = a >> 32;
  const b0 = b & low;
  const b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  const carry = a0 * b1 + (middle & low);
  return a1 * b1 + (middle >> 32) + (carry >> 32);
}
