/** Where things are in an Arrow IPC file. Its pieces begin at multiples of 8 bytes. */

import { CONTINUATION, FOOTER_END_BYTES, MAGIC } from '../formats/arrow/frame.js';

/** The magic word, padded. */
export const BEGINNING: Buffer = Buffer.concat([MAGIC, Buffer.alloc(2)]);

/** Before a message's metadata: -1, and their length. */
export const PREFIX_BYTES = 8;

/** What stands where no message follows: -1, and a length of 0. */
export const END_OF_MESSAGES: Buffer = wordsOf(CONTINUATION, 0);

const ALIGNMENT = 8;

/** A length rounded up to where the next piece begins. */
export const aligned = (length: number): number => Math.ceil(length / ALIGNMENT) * ALIGNMENT;

/** 32-bit integers as bytes. */
export function wordsOf(...words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * words.length);
  for (const [i, word] of words.entries()) bytes.writeInt32LE(word, 4 * i);
  return bytes;
}

/** A message's metadata with what stands before them, and zeros up to where its body begins. */
export function frameMessage(metadata: Uint8Array): Buffer {
  const length = aligned(metadata.length);
  return Buffer.concat([wordsOf(CONTINUATION, length), metadata], PREFIX_BYTES + length);
}

/** What the file ends with. */
export const frameFooter = (footer: Uint8Array): Buffer => Buffer.concat([footer, wordsOf(footer.length), MAGIC]);

/** The magic word and the schema message that a file begins with; undefined where they are not there whole. */
export function headOf(bytes: Uint8Array): Uint8Array | undefined {
  const length = BEGINNING.length + messageLength(bytes.subarray(BEGINNING.length));
  return length <= bytes.length ? bytes.subarray(0, length) : undefined;
}

/** The footer that a file ends with, its length and the magic word; undefined where they are not there whole. */
export function tailOf(bytes: Uint8Array): Uint8Array | undefined {
  const end = bytes.subarray(-FOOTER_END_BYTES);
  if (end.length < FOOTER_END_BYTES || !MAGIC.equals(end.subarray(-MAGIC.length))) return undefined;
  const length = viewOf(end).getInt32(0, true);
  const start = bytes.length - FOOTER_END_BYTES - length;
  return length > 0 && start >= 0 ? bytes.subarray(start) : undefined;
}

/** Bytes of the message that something begins with, its body left out; NaN where none can be there. */
export function messageLength(bytes: Uint8Array): number {
  if (bytes.length < PREFIX_BYTES) return Number.NaN;
  const view = viewOf(bytes);
  const length = view.getInt32(4, true);
  return view.getInt32(0, true) === CONTINUATION && length > 0 ? PREFIX_BYTES + length : Number.NaN;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
