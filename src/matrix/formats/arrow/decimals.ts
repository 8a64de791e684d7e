/** Decimals of Arrow: whole numbers of 32 to 256 bits to be divided by a power of ten, each as the float64 that is nearest to it. */

import type { ConvertElements } from '../elements.js';

/** Powers of ten that a float64 holds exactly: a whole number divided by one of them is rounded once. */
const EXACT_POWERS = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

const WORD = 0x1_0000_0000;

/**
 * The decimals in bytes that stay where they are.
 * @param size - bytes of one, little-endian in two's complement
 * @param scale - digits after the point
 */
export function decimalsIn(bytes: Uint8Array, size: 4 | 8 | 16 | 32, scale: number): ConvertElements {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const power = EXACT_POWERS[scale];
  return (from, count, into, at, stride) => {
    for (let i = from, to = at; i < from + count; i++, to += stride) {
      const short = shortWhole(view, i * size, size);
      into[to] =
        power !== undefined && short !== undefined ? short / power : Number(`${whole(view, i * size, size)}e${-scale}`);
    }
  };
}

/** The whole number at a byte; undefined where it is past 2^53. */
function shortWhole(view: DataView, at: number, size: number): number | undefined {
  if (size === 4) return view.getInt32(at, true);
  const high = view.getInt32(at + 4, true);
  for (let word = 8; word < size; word += 4) if (view.getInt32(at + word, true) !== high >> 31) return undefined;
  const number = high * WORD + view.getUint32(at, true);
  return Number.isSafeInteger(number) ? number : undefined;
}

function whole(view: DataView, at: number, size: number): bigint {
  if (size === 4) return BigInt(view.getInt32(at, true));
  let number = view.getBigInt64(at + size - 8, true);
  for (let word = size - 16; word >= 0; word -= 8) number = (number << 64n) | view.getBigUint64(at + word, true);
  return number;
}
