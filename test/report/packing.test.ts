/** Packed reports: what comes out is what went in, lists to six digits. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HeadReport } from '../../src/report/model.js';
import { HeadPacker } from '../../src/report/packing/heads.js';
import { packNumbers, unpackNumbers } from '../../src/report/packing/numbers.js';
import { type Packed, pack, unpack } from '../../src/report/packing/pack.js';
import { makeRows, measure } from './heads.js';

const again = (value: unknown): unknown => unpack(JSON.parse(JSON.stringify(pack(value))) as Packed);

/** A number to six digits, as a table shows it. */
const shown = (value: number): string => String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));

test('numbers keep six digits, whole ones all, at any magnitude', () => {
  const number = fc.oneof(fc.double(), fc.integer(), fc.nat(300), fc.nat(70_000), fc.double({ min: 0, max: 1 }));
  fc.assert(
    fc.property(fc.array(number, { maxLength: 20 }), (values) => {
      const packed = JSON.parse(JSON.stringify(packNumbers(values))) as ReturnType<typeof packNumbers>;
      const found = [...unpackNumbers(packed)];
      // Base64 of float32 does not tell -0 from what it is; figures do not, either.
      expect(found.map((value) => shown(value + 0))).toEqual(values.map((value) => shown(value + 0)));
    }),
  );
});

test('whole numbers take one or two bytes, others four', () => {
  const bytes = (values: number[]): number => Buffer.from((packNumbers(values) as string).slice(1), 'base64').length;
  expect(bytes([0, 255])).toBe(2);
  expect(bytes([0, 256])).toBe(4);
  expect(bytes([0, 65_536])).toBe(8);
  expect(bytes([0.5, Number.NaN])).toBe(8);
  expect(packNumbers([1e300])).toEqual([1e300]);
});

test('lists of records, texts, lists in lists, and what JSON has no way to write', () => {
  const value = {
    rows: [
      { selection: 'leverage', k: 8, mass: 0.25 },
      { selection: 'random', k: 8, mass: Number.NaN },
    ],
    texts: ['a', 'b', 'a'],
    mixed: [1, 'a', null],
    empty: [],
    pairs: [
      [0, 5],
      [7, 9],
    ],
    nested: [{ f: 'softmax', list: [1, 2] }],
    none: null,
    largest: Number.POSITIVE_INFINITY,
    nan: Number.NaN,
    typed: Float64Array.of(0.5, 0.25),
  };
  expect(again(value)).toEqual(value);
  expect(again({ here: 1, left: undefined })).toEqual({ here: 1 });
});

test('heads are what they were, in every number that figures show; keys that are shared stand once', async () => {
  const [K, Q] = [makeRows(80, 4, 1), makeRows(20, 4, 2, 3)];
  const first = {
    ...(await measure(K, Q, { eps: 0.1 })),
    place: { layer: 0, head: 0 },
    keyPlace: { layer: 0, head: 0 },
  };
  const second: HeadReport = { ...first, place: { layer: 0, head: 1 }, queries: { ...first.queries!, used: 7 } };
  const packer = new HeadPacker();
  packer.add(first);
  packer.add(second);
  expect((JSON.parse(packer.json()) as { keys: unknown[] }).keys.length).toBe(1);
  const found = packer.head(1);
  expect([found.place, found.queries!.used, found.counted]).toEqual([{ layer: 0, head: 1 }, 7, 80]);
  for (const [i, { score }] of found.ranks.entries()) expect(shown(score)).toBe(shown(first.ranks[i]!.score));
  for (const [at, own] of found.coverage!.functions.entries()) {
    const rows = first.coverage!.functions[at]!.coverage;
    expect(own.coverage.map(({ selection, k }) => [selection, k])).toEqual(
      rows.map(({ selection, k }) => [selection, k]),
    );
    for (const [i, { mass }] of own.coverage.entries()) expect(mass).toBeCloseTo(rows[i]!.mass, 5);
  }
});
