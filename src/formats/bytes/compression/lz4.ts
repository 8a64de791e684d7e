/**
 * LZ4 frames in one piece, with every checksum that they carry. Blocks may refer to the ones before, so all are decoded into
 * one array, whose length the caller knows.
 */

import { xxh32 } from './xxhash.js';

const MAGIC = 0x184d2204;
/** The bits of the descriptor's first byte. */
const VERSION_MASK = 0xc0;
const VERSION = 0x40;
const BLOCK_CHECKSUMS = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const RESERVED = 0x02;
const DICTIONARY = 0x01;
/** The bit of a block's length that says that it is not compressed. */
const STORED = 0x8000_0000;
const MIN_MATCH = 4;

/**
 * The content of one frame.
 * @param frame - the whole frame and nothing else
 * @param length - bytes of content
 * @throws RangeError where the frame is damaged, or its content is not that long
 */
export function decompressLz4(frame: Uint8Array, length: number): Uint8Array {
  // A byte never stands for more than 255: memory for no more than what has arrived can hold.
  if (length > 255 * frame.length) throw new RangeError('not as long as it says');
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (view.getUint32(0, true) !== MAGIC) throw new RangeError('no LZ4 frame');
  const flags = view.getUint8(4);
  if ((flags & VERSION_MASK) !== VERSION || flags & RESERVED) throw new RangeError('an unknown version of LZ4');
  if (flags & DICTIONARY) throw new RangeError('it needs a dictionary');
  let at = 6 + (flags & CONTENT_SIZE ? 8 : 0);
  if (flags & CONTENT_SIZE && view.getBigUint64(6, true) !== BigInt(length)) {
    throw new RangeError('not as long as it says');
  }
  if (view.getUint8(at) !== ((xxh32(frame.subarray(4, at)) >>> 8) & 0xff)) throw badChecksum();
  at++;
  const content = new Uint8Array(length);
  let filled = 0;
  for (;;) {
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) break;
    const size = word % STORED;
    if (at + size > frame.length) throw new RangeError('cut short');
    const block = frame.subarray(at, at + size);
    at += size;
    if (flags & BLOCK_CHECKSUMS) {
      if (view.getUint32(at, true) !== xxh32(block)) throw badChecksum();
      at += 4;
    }
    filled = word >= STORED ? copyStored(block, content, filled) : decodeBlock(block, content, filled);
  }
  if (filled !== length) throw new RangeError('not as long as it says');
  if (flags & CONTENT_CHECKSUM) {
    if (view.getUint32(at, true) !== xxh32(content)) throw badChecksum();
    at += 4;
  }
  if (at !== frame.length) throw new RangeError('more than one frame');
  return content;
}

const badChecksum = (): RangeError => new RangeError('its checksum is wrong');

function copyStored(block: Uint8Array, content: Uint8Array, filled: number): number {
  content.set(block, filled);
  return filled + block.length;
}

/** Decodes a block to `content` from `filled` on; returns where it ends. Reading past the block gives undefined, caught below. */
function decodeBlock(block: Uint8Array, content: Uint8Array, filled: number): number {
  let at = 0;
  let to = filled;

  /** A length past 14 goes on in bytes, up to the first that is not 255. */
  const readLength = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (let byte = 255; byte === 255; length += byte) {
      if (at >= block.length) throw new RangeError('cut short');
      byte = block[at++]!;
    }
    return length;
  };

  while (at < block.length) {
    const token = block[at++]!;
    const literals = readLength(token >> 4);
    if (at + literals > block.length || to + literals > content.length) throw new RangeError('a block too long');
    copyLiterals(block, at, content, to, literals);
    at += literals;
    to += literals;
    if (at === block.length) return to;
    if (at + 2 > block.length) throw new RangeError('cut short');
    const offset = block[at]! | (block[at + 1]! << 8);
    at += 2;
    const match = readLength(token & 15) + MIN_MATCH;
    if (offset === 0 || offset > to || to + match > content.length) throw new RangeError('a match outside the content');
    copyMatch(content, to, offset, match);
    to += match;
  }
  throw new RangeError('a block without its last literals');
}

/** Lengths past which the engine's own copy is the faster one. */
const LONG = 32;

function copyLiterals(block: Uint8Array, at: number, content: Uint8Array, to: number, count: number): void {
  if (count > LONG) content.set(block.subarray(at, at + count), to);
  else for (let i = 0; i < count; i++) content[to + i] = block[at + i]!;
}

/** A match may overlap what it makes. */
function copyMatch(content: Uint8Array, to: number, offset: number, count: number): void {
  if (count > LONG && offset >= count) content.copyWithin(to, to - offset, to - offset + count);
  else for (let i = to; i < to + count; i++) content[i] = content[i - offset]!;
}
