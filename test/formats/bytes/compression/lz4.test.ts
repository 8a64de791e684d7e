import { describe, expect, it } from 'vitest';
import { decompressLz4 } from '../../../../src/formats/bytes/compression/lz4.js';
import { xxh32 } from '../../../../src/formats/bytes/compression/xxhash.js';
import { formatBytes } from '../../format-fixtures.js';

const digits = Buffer.from(Array.from({ length: 60000 }, (_, i) => `${(i * i) % 1000},`).join(''));

/** A frame with one block. */
function frameOf(block: number[], { stored = false, flags = 0x60 } = {}): Uint8Array {
  const descriptor = Uint8Array.from([flags, 0x40]);
  const word = Buffer.alloc(4);
  word.writeUInt32LE(block.length + (stored ? 0x8000_0000 : 0));
  return Uint8Array.from([
    ...[0x04, 0x22, 0x4d, 0x18, ...descriptor, (xxh32(descriptor) >>> 8) & 0xff],
    ...word,
    ...block,
    ...[0, 0, 0, 0],
  ]);
}
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe('frames that the program lz4 wrote', () => {
  it('blocks that refer to the ones before, with the content size', () => {
    expect(Buffer.from(decompressLz4(formatBytes('digits.lz4'), digits.length)).equals(digits)).toBe(true);
  });

  it('checksums of blocks and of the content', () => {
    const bytes = formatBytes('repeated.npy.lz4');
    const content = decompressLz4(bytes, 128 + 40 * 5 * 4);
    expect(text(content.subarray(1, 6))).toBe('NUMPY');
    // Every byte counts, but for those of the magic word's neighbours that say nothing.
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at]! ^= 0x10;
      expect(() => decompressLz4(damaged, content.length), `byte ${at}`).toThrow(RangeError);
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decompressLz4(bytes.subarray(0, length), content.length)).toThrow(RangeError);
    }
  });
});

describe('frames by hand', () => {
  it('a block that is not compressed', () => {
    expect(text(decompressLz4(frameOf([65, 66], { stored: true }), 2))).toBe('AB');
  });

  it('a match that overlaps what it makes, one at a distance, and long lengths', () => {
    expect(text(decompressLz4(frameOf([0x13, 65, 1, 0, 0x10, 66]), 9))).toBe(`${'A'.repeat(8)}B`);
    const long = [0x1f, 65, 1, 0, 255, 26, 0x10, 66];
    expect(text(decompressLz4(frameOf(long), 302))).toBe(`${'A'.repeat(301)}B`);
  });

  it.each<[string, number[], number]>([
    ['a distance of 0', [0x10, 65, 0, 0, 0x00], 6],
    ['a distance before the beginning', [0x10, 65, 2, 0, 0x00], 6],
    ['a match past the end', [0x1f, 65, 1, 0, 200, 0x00], 30],
    ['literals past the block', [0x50, 65], 5],
    ['literals past the content', [0x30, 65, 66, 67], 2],
    ['a length without an end', [0xf0, 255, 255], 600],
    ['a match cut short', [0x10, 65, 1], 6],
    ['less content than promised', [0x20, 65, 66], 3],
    ['more than a byte can stand for', [0x20, 65, 66], 2 ** 40],
  ])('%s', (_, block, length) => {
    expect(() => decompressLz4(frameOf(block), length)).toThrow(RangeError);
  });

  it.each([
    ['a dictionary', 0x61, /dictionary/],
    ['another version', 0xa0, /version/],
    ['a reserved bit', 0x62, /version/],
  ])('%s', (_, flags, message) => {
    expect(() => decompressLz4(frameOf([65], { stored: true, flags }), 1)).toThrow(message);
  });
});
