/** Whole numbers on their way from float64, which counts rows exactly up to 2^53, to the 64 bits that files hold. */

import type { Values } from '../rows/row-block.js';

const WORD = 2 ** 32;

/**
 * Whole numbers as 64-bit integers; below 2^53 signed and unsigned are the same bits.
 * @param values - each 0 … 2^53
 * @returns a fresh array of the same length
 */
export function uint64FromReals(values: Values): BigUint64Array {
  const words = new Uint32Array(2 * values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    words[2 * i] = value;
    words[2 * i + 1] = value / WORD;
  }
  return new BigUint64Array(words.buffer);
}
