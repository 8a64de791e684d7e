/**
 * The checksum of a sketch file: SHA-256 of all its bytes, with the digits of the checksum itself read as zeros. They stand twice,
 * in the schema at the file's beginning and in the one at its end.
 */

import { createHash } from 'node:crypto';
import { CHECKSUM_KEY, entryBytes } from './entries.js';

/** A checksum before it is known. */
export const NO_CHECKSUM = `sha256:${'0'.repeat(64)}`;

const DIGITS = 64;
const ZERO = '0'.charCodeAt(0);

/** What stands around the digits. */
const ENTRY = entryBytes(CHECKSUM_KEY, NO_CHECKSUM);
const BEFORE = ENTRY.subarray(0, ENTRY.indexOf(':') + 1);
const AFTER = ENTRY.subarray(BEFORE.length + DIGITS);

/** Bytes that are hashed at a time; the library takes less than 2^31. */
const PIECE_BYTES = 1 << 26;

/**
 * Writes the checksum into a file whose digits are zeros.
 * @param chunks - the file; the digits are in the first and in the last chunk
 */
export function seal(chunks: readonly Uint8Array[]): void {
  const digits = sha256(chunks);
  for (const chunk of [chunks[0]!, chunks.at(-1)!]) findDigits(chunk)!.write(digits, 'latin1');
}

/**
 * Whether a file's checksum is right.
 * @param head - the file's beginning, with the digits in it
 * @param tail - its end, with the digits in it again
 */
export function isSealed(head: Uint8Array, middle: Uint8Array, tail: Uint8Array): boolean {
  const [first, last] = [new Uint8Array(head), new Uint8Array(tail)];
  const places = [findDigits(first), findDigits(last)];
  const said = places.map((digits) => digits?.toString('latin1'));
  for (const digits of places) digits?.fill(ZERO);
  const found = sha256([first, middle, last]);
  return said.every((digits) => digits === found);
}

/** The digits in a part of the file, where they stand there just once. */
function findDigits(part: Uint8Array): Buffer | undefined {
  const bytes = Buffer.from(part.buffer, part.byteOffset, part.length);
  const end = bytes.indexOf(AFTER);
  const start = end - DIGITS;
  if (start < BEFORE.length || bytes.includes(AFTER, end + 1)) return undefined;
  return bytes.subarray(start - BEFORE.length, start).equals(BEFORE) ? bytes.subarray(start, end) : undefined;
}

function sha256(chunks: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) hash.update(chunk.subarray(at, at + PIECE_BYTES));
  }
  return hash.digest('hex');
}
