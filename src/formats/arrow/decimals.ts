/** Decimals of Arrow, whole numbers of 32 to 256 bits. */

import { decimalNumber, decimalText } from '../decimal.js';
import type { ConvertElements } from '../elements.js';

const WORD = 0x1_0000_0000;

/**
 * The decimals in bytes that stay where they are.
 * @param size - bytes of one, little-endian in two's complement
 * @param scale - digits after the point
 */
export function decimalsIn(bytes: Uint8Array, size: DecimalSize, scale: number): ConvertElements {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return (from, count, into, at, stride) => {
    for (let i = from, to = at; i < from + count; i++, to += stride) {
      into[to] = decimalNumber(unscaled(view, i * size, size), scale);
    }
  };
}

/** The same as text, with all digits. */
export function decimalTexts(bytes: Uint8Array, size: DecimalSize, scale: number): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / size }, (_, i) => decimalText(unscaled(view, i * size, size), scale));
}

/** Bytes of a decimal. */
type DecimalSize = 4 | 8 | 16 | 32;

/** The whole number at a byte. */
function unscaled(view: DataView, at: number, size: number): number | bigint {
  if (size === 4) return view.getInt32(at, true);
  const high = view.getInt32(at + 4, true);
  const number = high * WORD + view.getUint32(at, true);
  let isShort = Number.isSafeInteger(number);
  for (let word = 8; word < size; word += 4) isShort &&= view.getInt32(at + word, true) === high >> 31;
  if (isShort) return number;
  let long = view.getBigInt64(at + size - 8, true);
  for (let word = size - 16; word >= 0; word -= 8) long = (long << 64n) | view.getBigUint64(at + word, true);
  return long;
}
