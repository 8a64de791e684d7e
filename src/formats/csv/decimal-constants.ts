/** The tables by which the plain scanner turns decimals into float64; see `src/kernels/assembly/decimal.ts`. */

/** Powers of five, the least and the most: beyond them no whole number of 64 bits gives a normal float64. */
const LEAST_POWER = -327;
const MOST_POWER = 308;

/** The most powers of ten that are exact in float64, and the most that the scanner multiplies a u64 by. */
const MOST_EXACT = 22;
const MOST_WHOLE = 16;

const WORD = 0xffff_ffff_ffff_ffffn;

/** Bytes of the tables. */
export const CONSTANT_BYTES = 8 * (MOST_EXACT + 1 + (MOST_WHOLE + 1) + 2 * (MOST_POWER - LEAST_POWER + 1));

/**
 * Writes the tables: float64 powers of ten from 0 to 22, u64 powers of ten from 0 to 16, and the first 128 bits of powers of
 * five from -327 to 308, upper u64 first.
 *
 * @param at - a multiple of 8; {@link CONSTANT_BYTES} are written
 */
export function writeConstants(memory: ArrayBuffer, at: number): void {
  new Float64Array(memory, at, MOST_EXACT + 1).forEach((_, i, powers) => {
    powers[i] = Number(`1e${i}`);
  });
  const words = new BigUint64Array(memory, at + 8 * (MOST_EXACT + 1));
  for (let i = 0; i <= MOST_WHOLE; i++) words[i] = 10n ** BigInt(i);
  const put = (power: number, bits: bigint): void => {
    const place = MOST_WHOLE + 1 + 2 * (power - LEAST_POWER);
    words[place] = bits >> 64n;
    words[place + 1] = bits & WORD;
  };
  let five = 1n;
  for (let power = 0; power <= -LEAST_POWER; power++, five *= 5n) {
    // floor(power log2(5)) + 1, in whole numbers; right for every power up to thousands.
    const length = ((power * 152_170) >> 16) + 1;
    if (power <= MOST_POWER) put(power, length > 128 ? five >> BigInt(length - 128) : five << BigInt(128 - length));
    // Reciprocals that can be part of an exact result are rounded up, so that it comes out exact; the others down.
    if (power > 0) put(-power, (1n << BigInt(127 + length)) / five + (power <= 27 ? 1n : 0n));
  }
}
