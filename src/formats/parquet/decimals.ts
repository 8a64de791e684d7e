/** Decimals of Parquet, from the types that they are stored as. */

import type { DecodedArray, SchemaElement } from 'hyparquet';
import { decimalNumber } from '../decimal.js';

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
      numbers[i] = decimalNumber(fromBytes ? unscaled(raw[i] as Uint8Array) : (raw[i] as number | bigint), scale);
    }
    return numbers;
  };
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
