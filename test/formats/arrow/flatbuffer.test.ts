import { describe, expect, it } from 'vitest';
import { FlatTable } from '../../../src/formats/arrow/flatbuffer.js';

/** Where the first table is: behind the reference to it and the vtable of one field, padded to 8 bytes. */
const FIRST = 16;

/** A buffer whose root table, with one field, stands at byte 16; what follows is up to the test. */
function buffer(length: number): DataView {
  const view = new DataView(new ArrayBuffer(length));
  view.setUint32(0, FIRST, true);
  view.setUint16(4, 6, true);
  view.setUint16(6, 8, true);
  view.setUint16(8, 4, true);
  return view;
}

/** Puts a table at `at` whose one field refers to a vector right behind it. */
function putTable(view: DataView, at: number, vectorLength: number): void {
  view.setInt32(at, at - 4, true);
  view.setUint32(at + 4, 4, true);
  view.setUint32(at + 8, vectorLength, true);
}

const bytesOf = (view: DataView): Uint8Array => new Uint8Array(view.buffer);
const countTables = (table: FlatTable): number => table.tables(0).reduce((sum, child) => sum + countTables(child), 1);

describe('FlatTable', () => {
  it('reads a vector, and missing fields as nothing', () => {
    const view = buffer(40);
    putTable(view, FIRST, 1);
    view.setBigInt64(28, -5n, true);
    const table = FlatTable.root(bytesOf(view));
    expect(table.int64s(0)).toEqual([-5]);
    expect([table.int64(3), table.string(3), table.tables(9), table.table(1)]).toEqual([0, '', [], undefined]);
  });

  it('refuses vectors that go past the end, however long they say they are', () => {
    for (const length of [2, 1000, 0xffff_ffff]) {
      const view = buffer(40);
      putTable(view, FIRST, length);
      expect(() => FlatTable.root(bytesOf(view)).int64s(0)).toThrow(RangeError);
    }
  });

  it('refuses a string that goes past the end', () => {
    const view = buffer(40);
    putTable(view, FIRST, 12);
    expect(FlatTable.root(bytesOf(view)).string(0)).toHaveLength(12);
    putTable(view, FIRST, 13);
    expect(() => FlatTable.root(bytesOf(view)).string(0)).toThrow(RangeError);
  });

  it('refuses tables outside the bytes and integers past 2^53', () => {
    const outside = buffer(40);
    outside.setUint32(0, 1000, true);
    expect(() => FlatTable.root(bytesOf(outside))).toThrow(RangeError);
    expect(() => FlatTable.root(new Uint8Array(3))).toThrow(RangeError);
    const large = buffer(40);
    putTable(large, FIRST, 1);
    large.setBigInt64(28, 2n ** 53n, true);
    expect(() => FlatTable.root(bytesOf(large)).int64s(0)).toThrow(RangeError);
  });

  it('gives up on tables that are used over and over', () => {
    // Each of 50 tables names the next one twice: 2^50 ways, were all of them gone.
    const tableBytes = 20;
    const depth = 50;
    const view = buffer(FIRST + tableBytes * (depth + 1));
    for (let k = 0; k <= depth; k++) {
      const at = FIRST + tableBytes * k;
      putTable(view, at, k < depth ? 2 : 0);
      if (k < depth)
        for (const reference of [at + 12, at + 16]) view.setUint32(reference, at + tableBytes - reference, true);
    }
    expect(() => countTables(FlatTable.root(bytesOf(view)))).toThrow(/used twice/);
  });

  it('does not give up on a tree', () => {
    const children = 100;
    const end = FIRST + 12 + 4 * children;
    const view = buffer(end + 12 * children);
    putTable(view, FIRST, children);
    for (let k = 0; k < children; k++) {
      const reference = FIRST + 12 + 4 * k;
      view.setUint32(reference, end + 12 * k - reference, true);
      putTable(view, end + 12 * k, 0);
    }
    expect(countTables(FlatTable.root(bytesOf(view)))).toBe(children + 1);
  });
});
