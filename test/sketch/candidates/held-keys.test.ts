/** Candidates whose keys stay in their files: read again, they are the rows of the file, whatever becomes of their neighbours. */

import { appendFileSync, renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { openBytes } from '../../../src/formats/bytes/sources.js';
import { openMatrix } from '../../../src/formats/open.js';
import { createPlainKernels } from '../../../src/kernels/plain.js';
import type { Dtype, Values } from '../../../src/rows/row-block.js';
import { RowSlot } from '../../../src/rows/row-slot.js';
import { fillWhole } from '../../../src/rows/row-stream.js';
import { StackedRows } from '../../../src/rows/stacked-rows.js';
import { Candidates } from '../../../src/sketch/candidates/candidates.js';
import { expectSame } from '../../support/comparisons.js';
import { npyFrom, npyHeader, temporaryFolder } from '../../support/files.js';

const folder = temporaryFolder();

/** A block is 512 KiB of float32. */
const D = 64;
const BLOCK = 2048;

/** Entry j of row i is i + j / 64, which both types hold. */
const entryAt = (i: number, j: number): number => i + j / 64;
const rowsFrom = (start: number, rows: number): Float64Array =>
  Float64Array.from({ length: rows * D }, (_, at) => entryAt(start + Math.floor(at / D), at % D));

/** What keys of rows are. */
const keysOf = (rows: readonly number[]): number[] =>
  rows.flatMap((i) => Array.from({ length: D }, (_, j) => entryAt(i, j)));

let matrices = 0;

/** Files of so many rows each, one below the other. */
function filesOf(sizes: readonly number[], dtype: Dtype = 'float32'): string[] {
  let start = 0;
  matrices++;
  return sizes.map((rows, i) => {
    const path = folder.write(`${matrices}-${i}.npy`, npyFrom({ rows, d: D, values: rowsFrom(start, rows) }, dtype));
    start += rows;
    return path;
  });
}

const used: Candidates[] = [];
afterEach(() => {
  for (const candidates of used.splice(0)) candidates.release();
});

/** Candidates of the rows of files: those of each block that are chosen. */
async function candidatesOf(paths: readonly string[], choose: (i: number) => boolean): Promise<Candidates> {
  async function* opened() {
    for (const path of paths) yield await openMatrix(await openBytes(path));
  }
  const rows = new StackedRows(opened());
  const slot = new RowSlot(createPlainKernels(), D, BLOCK);
  slot.askOrigins();
  const candidates = new Candidates(D, { mayStay: true });
  used.push(candidates);
  for (let start = 0, more = true; more; start += BLOCK) {
    more = await fillWhole(rows, slot);
    const which = Int32Array.from({ length: slot.rows }, (_, i) => i).filter((i) => choose(start + i));
    candidates.add(start, slot, which);
    // The next block comes to the same place.
    slot.clear();
    slot.memory.fill(Number.NaN);
  }
  return candidates;
}

const numbers = (values: Values): number[] => [...values];

describe.each<Dtype>(['float32', 'float64'])('%s', (dtype) => {
  test('keys of any candidates, from one file or several, with gaps or without', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 50 }),
        async (sizes, gaps, share) => {
          const n = sizes.reduce((sum, rows) => sum + rows, 0);
          const mixed = (i: number): number => Math.imul(i + 1, 0x9e3779b1) >>> 0;
          const candidates = await candidatesOf(filesOf(sizes, dtype), (i) => mixed(i) % 100 >= gaps);
          const rows = [...candidates.index];
          expect(rows).toEqual(Array.from({ length: n }, (_, i) => i).filter((i) => mixed(i) % 100 >= gaps));
          const places = Int32Array.from(rows.keys()).filter((place) => mixed(place) % 100 < 2 * share);
          const into = new (dtype === 'float32' ? Float32Array : Float64Array)(places.length * D);
          candidates.copy(places, into);
          expectSame(numbers(into), keysOf([...places].map((place) => rows[place]!)));
          const stays = (place: number): boolean => mixed(place) % 7 < 3;
          candidates.retain(stays);
          expect(candidates.heldInFiles).toBe(0);
          expectSame(numbers(candidates.keys), keysOf(rows.filter((_, place) => stays(place))));
          candidates.release();
        },
      ),
      { numRuns: 12 },
    );
  });
});

test('whole blocks of files are not copied; what comes behind others that were is', async () => {
  const paths = filesOf([3 * BLOCK, 2 * BLOCK]);
  const all = await candidatesOf(paths, () => true);
  expect([all.heldInFiles, all.size]).toEqual([5 * BLOCK, 5 * BLOCK]);
  expect(all.view(0, 1)).toBeUndefined();
  // Of the third block every third row is a candidate.
  const some = await candidatesOf(paths, (i) => Math.floor(i / BLOCK) !== 2 || i % 3 === 0);
  expect(some.heldInFiles).toBe(2 * BLOCK);
  expectSame(numbers(some.view(2 * BLOCK, 2)!), keysOf([...some.index].slice(2 * BLOCK, 2 * BLOCK + 2)));
  expectSame(numbers(some.keys), keysOf([...some.index]));
  expect(some.heldInFiles).toBe(0);
});

test('state, merging and another order of columns bring keys to memory, or copy them', async () => {
  const make = (): Promise<Candidates> => candidatesOf(filesOf([BLOCK, BLOCK]), (i) => i % 5 > 0);
  const saved = await make();
  const rows = [...saved.index];
  expectSame(numbers(saved.save().keys as Float32Array), keysOf(rows));
  expect(saved.heldInFiles).toBe(rows.length);
  const other = await make();
  other.renumber((i) => i + 10_000);
  saved.merge(other);
  expectSame(numbers(saved.keys), [...keysOf(rows), ...keysOf(rows)]);
  const turned = await make();
  turned.reorder(Array.from({ length: D }, (_, j) => D - 1 - j));
  expect([...turned.keys.subarray(0, D)]).toEqual(keysOf([1]).reverse());
});

test('rows of another type than those in files make all come to memory', async () => {
  const paths = [
    folder.write('single.npy', npyFrom({ rows: BLOCK, d: D, values: rowsFrom(0, BLOCK) }, 'float32')),
    folder.write('double.npy', npyFrom({ rows: BLOCK, d: D, values: rowsFrom(BLOCK, BLOCK) }, 'float64')),
  ];
  for (const [order, first] of [
    [[0, 1], 0],
    [[1, 0], BLOCK],
  ] as const) {
    const candidates = await candidatesOf(
      order.map((i) => paths[i]!),
      () => true,
    );
    expect(candidates.dtype).toBe('float64');
    const rows = Array.from({ length: 2 * BLOCK }, (_, i) => (i + first) % (2 * BLOCK));
    expectSame(numbers(candidates.keys), keysOf(rows));
  }
});

test('a block of more than 16 files is copied, and so is one of few bytes', async () => {
  const parts = BLOCK / 32;
  expect((await candidatesOf(filesOf(new Array(parts).fill(32)), () => true)).heldInFiles).toBe(0);
  expect((await candidatesOf(filesOf([1000]), () => true)).heldInFiles).toBe(0);
});

test('numbers that are stored in another way than they are held are copied', async () => {
  // 0x4000 is 2 in float16.
  const twos = new Uint8Array(new Uint16Array(BLOCK * D).fill(0x4000).buffer);
  const path = folder.write('half.npy', Buffer.concat([npyHeader('<f2', [BLOCK, D]), twos]));
  const candidates = await candidatesOf([path], () => true);
  expect([candidates.heldInFiles, candidates.size, candidates.keys[5]]).toEqual([0, BLOCK, 2]);
});

describe('a file', () => {
  const start = async (): Promise<{ path: string; candidates: Candidates }> => {
    const [path] = filesOf([3 * BLOCK]);
    return { path: path!, candidates: await candidatesOf([path!], () => true) };
  };

  test.each<[string, (path: string) => void, RegExp]>([
    ['is cut short', (path) => truncateSync(path, 5000), /-0\.npy: the file has become shorter while it was read/],
    [
      'is written anew',
      (path) => writeFileSync(path, new Uint8Array(2 ** 21)),
      /-0\.npy: the file has been written to while it was read/,
    ],
    ['grows', (path) => appendFileSync(path, 'more'), /-0\.npy: the file has been written to/],
    ['has another time', (path) => utimesSync(path, 1, 1), /-0\.npy: the file has been written to/],
  ])('that %s is told', async (_, change, message) => {
    const { path, candidates } = await start();
    change(path);
    expect(() => candidates.keys).toThrow(message);
  });

  test('that is replaced by another of its name is read on', async () => {
    const { path, candidates } = await start();
    const other = folder.write('other.npy', new Uint8Array(100));
    renameSync(other, path);
    expectSame(numbers(candidates.keys.subarray(0, 3 * D)), keysOf([0, 1, 2]));
  });
});
