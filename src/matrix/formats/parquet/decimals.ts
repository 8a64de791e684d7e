/** Decimals: whole numbers with a power of ten to divide them by, each as the float64 that is nearest to it. */

import type { DecodedArray, SchemaElement } from 'hyparquet';

/** Powers of ten that a float64 holds exactly: a whole number divided by one of them is rounded once. */
const EXACT_POWERS = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/**
 * What makes decimals of what a page holds; undefined where the type can hold none.
 * @param scale - digits after the point
 */
export function decimalConverter(
  type: SchemaElement['type'],
  scale: number,
): ((raw: DecodedArray) => Float64Array) | undefined {
  const fromBytes = type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY';
  if (!fromBytes && type !== 'INT32' && type !== 'INT64') return undefined;
  return (raw) => {
    const numbers = new Float64Array(raw.length);
    for (let i = 0; i < raw.length; i++) {
      numbers[i] = shifted(fromBytes ? unscaled(raw[i] as Uint8Array) : (raw[i] as number | bigint), scale);
    }
    return numbers;
  };
}

/** `unscaled / 10^scale`, correctly rounded. */
function shifted(unscaled: number | bigint, scale: number): number {
  const number = Number(unscaled);
  const power = EXACT_POWERS[scale];
  return power !== undefined && Number.isSafeInteger(number) ? number / power : Number(`${unscaled}e${-scale}`);
}

/** A whole number in two's complement, most significant byte first. */
function unscaled(bytes: Uint8Array): number | bigint {
  let number = bytes.length > 0 && bytes[0]! >= 0x80 ? -1 : 0;
  for (const byte of bytes) {
    number = number * 256 + byte;
    if (!Number.isSafeInteger(number)) {
      return BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
    }
  }
  return number;
}
