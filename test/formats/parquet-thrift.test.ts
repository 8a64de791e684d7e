import { describe, expect, it } from 'vitest';
import { isCutShort, thriftLength } from '../../src/formats/parquet/thrift.js';

const lengthOf = (...bytes: number[]): number => thriftLength(Uint8Array.from(bytes));

describe("Thrift's compact encoding", () => {
  it.each<[string, number[], number]>([
    ['nothing', [0], 1],
    ['a number, what follows left alone', [0x15, 0x96, 0x01, 0, 9, 9], 4],
    ['a field far away', [0x05, 0x80, 0x02, 0x07, 0], 5],
    ['text', [0x18, 2, 65, 66, 0], 5],
    ['a list of three numbers', [0x19, 0x35, 1, 2, 3, 0], 6],
    ['a list of truth values, a byte each', [0x19, 0x21, 1, 2, 0], 5],
    ['a double and a truth value', [0x17, 1, 2, 3, 4, 5, 6, 7, 8, 0x11, 0], 11],
    ['a structure in a structure', [0x1c, 0x15, 2, 0, 0], 5],
    ['a map', [0x1b, 1, 0x58, 4, 1, 65, 0], 7],
  ])('%s', (_, bytes, length) => {
    expect(lengthOf(...bytes)).toBe(length);
    for (let cut = 0; cut < length; cut++) {
      let error: unknown;
      try {
        thriftLength(Uint8Array.from(bytes.slice(0, cut)));
      } catch (caught) {
        error = caught;
      }
      expect(isCutShort(error)).toBe(true);
    }
  });

  it('a list of 2^31 truth values in ten bytes is refused at once', () => {
    expect(() => lengthOf(0x19, 0xf1, 0xff, 0xff, 0xff, 0xff, 0x07, 0, 0, 0)).toThrow('cut short');
  });

  it('unknown types and endless nesting', () => {
    expect(() => lengthOf(0x1e, 0)).toThrow('unknown type');
    expect(() => lengthOf(...new Array(1000).fill(0x1c), 0)).toThrow('nested too deeply');
  });
});
