/** Matrices of a universal set as text: base64 of little-endian float64, triangular ones without their zeros. */

import { damagedSet } from './damaged-set.js';

/** Numbers as base64. */
export const encodeNumbers = (numbers: Float64Array): string =>
  Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64');

/** Bytes that are written as base64 at a time, a multiple of 3: the text of so few is gone before it takes memory of its own. */
const PIECE_BYTES = 24 * 1024;

/** Characters of numbers as base64. */
export const base64Length = ({ byteLength }: Float64Array): number => 4 * Math.ceil(byteLength / 3);

/** Writes numbers as base64, from a place in `into` on. */
export function putNumbers(numbers: Float64Array, into: Buffer, at: number): void {
  const bytes = Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  for (let from = 0, to = at; from < bytes.length; from += PIECE_BYTES) {
    to += into.write(bytes.toString('base64', from, Math.min(bytes.length, from + PIECE_BYTES)), to, 'latin1');
  }
}

/**
 * Numbers from base64.
 * @throws LevattnError where they are not `length` finite numbers
 */
export function decodeNumbers(base64: string, length: number, what: string, name: string): Float64Array {
  const bytes = Buffer.from(base64, 'base64');
  // Characters outside the alphabet are passed over in silence when decoding; encoding again shows them.
  if (bytes.length !== 8 * length || bytes.toString('base64') !== base64) {
    throw damagedSet(name, `${what} is not ${length} numbers in base64`);
  }
  const numbers = new Float64Array(length);
  new Uint8Array(numbers.buffer).set(bytes);
  if (!numbers.every(Number.isFinite)) throw damagedSet(name, `${what} holds NaN or an infinity`);
  return numbers;
}

/** The rows of an upper triangle, one after another, d (d + 1) / 2 numbers; undefined where the matrix is not triangular. */
export function packUpper(root: Float64Array, d: number): Float64Array | undefined {
  const packed = new Float64Array((d * (d + 1)) / 2);
  for (let i = 0, at = 0; i < d; at += d - i, i++) {
    for (let j = 0; j < i; j++) if (root[i * d + j] !== 0) return undefined;
    packed.set(root.subarray(i * d + i, (i + 1) * d), at);
  }
  return packed;
}

/** The d x d matrix of such rows. */
export function unpackUpper(packed: Float64Array, d: number): Float64Array {
  const root = new Float64Array(d * d);
  for (let i = 0, at = 0; i < d; at += d - i, i++) root.set(packed.subarray(at, at + d - i), i * d + i);
  return root;
}
