/** Decimals of Parquet, from the types that they are stored as. */

import type { DecodedArray, SchemaElement } from 'hyparquet';
import { decimalNumber, decimalText } from '../decimal.js';

/**
 * What makes decimals of what a page holds; undefined where the type can hold none.
 * @param scale - digits after the point
 */
export function decimalConverter(
  type: SchemaElement['type'],
  scale: number,
): ((raw: DecodedArray) => Float64Array) | undefined {
  if (!isDecimalType(type)) return undefined;
  return (raw) => {
    const numbers = new Float64Array(raw.length);
    for (let i = 0; i < raw.length; i++) numbers[i] = decimalNumber(unscaledIn(raw[i] as Stored), scale);
    return numbers;
  };
}

/** The same as text, with all digits. */
export const decimalTexts =
  (scale: number) =>
  (raw: DecodedArray): Uint8Array[] =>
    Array.from(raw as ArrayLike<Stored>, (value) => Buffer.from(decimalText(unscaledIn(value), scale)));

type Stored = number | bigint | Uint8Array;

const isDecimalType = (type: SchemaElement['type']): boolean =>
  type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY' || type === 'INT32' || type === 'INT64';

const unscaledIn = (value: Stored): number | bigint => (value instanceof Uint8Array ? unscaled(value) : value);

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
