/** Basic indexing, held to what NumPy takes (fixtures/indexing). */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { indexedNpy } from '../../../src/formats/npy/indexed.js';
import { openArray } from '../../../src/formats/open.js';
import { parseBasicIndex, rangesOf, runsOf, shapeOf } from '../../../src/rows/index/basic-index.js';
import { fileOf, pipeOf, readAll } from '../../formats/reading.js';
import { npyHeader } from '../../support/files.js';
import { fixturePath } from '../../support/fixtures.js';

interface Case {
  readonly shape: readonly number[];
  readonly index: string;
  /** Null where NumPy refuses. */
  readonly taken: { readonly shape: readonly number[]; readonly places: readonly number[] } | null;
}

const CASES = JSON.parse(readFileSync(fixturePath('indexing/expected.json'), 'utf8')) as Case[];
const TAKEN = CASES.flatMap(({ taken, ...rest }) => (taken ? [{ ...rest, taken }] : []));

const indexOf = (text: string) => parseBasicIndex(text)!;

/** An npy of 0, 1, 2, … as int32. */
const npyCounting = (shape: readonly number[]): Buffer => {
  const count = shape.reduce((all, length) => all * length, 1);
  return Buffer.concat([npyHeader('<i4', shape), Buffer.from(Int32Array.from({ length: count }, (_, i) => i).buffer)]);
};

test('places and shapes', () => {
  for (const { shape, index, taken } of TAKEN) {
    const ranges = rangesOf(indexOf(index), shape, 'K');
    const places = [...runsOf(ranges)].flatMap(({ start, count }) =>
      Array.from({ length: count }, (_, i) => start + i),
    );
    expect({ shape, index, taken: { shape: shapeOf(ranges), places } }).toEqual({ shape, index, taken });
  }
});

test('what NumPy refuses', () => {
  const refused = CASES.filter(({ taken }) => taken === null);
  expect(refused.length).toBeGreaterThan(30);
  for (const { shape, index } of refused) {
    expect(() => rangesOf(indexOf(index), shape, 'K'), `${shape} ${index}`).toThrow(/^K: shape \(.*, and \[/);
  }
});

test('rows of matrices, read in pieces', async () => {
  let read = 0;
  for (const { shape, index, taken } of TAKEN) {
    const width = taken.shape.at(-1) ?? 0;
    if (shape.length < 2 || shape.includes(0) || taken.shape.length < 2 || taken.shape.length > 5 || width === 0)
      continue;
    for (const open of [fileOf, pipeOf]) {
      const bytes = open(npyCounting(shape), 7);
      bytes.index = indexOf(index);
      const reader = await openArray(bytes);
      expect([reader.shape ?? [reader.rows, reader.d], await readAll(reader)]).toEqual([taken.shape, taken.places]);
      read++;
    }
  }
  expect(read).toBeGreaterThan(200);
});

test('npy of any number of axes', async () => {
  for (const { shape, index, taken } of TAKEN) {
    const bytes = await indexedNpy(fileOf(npyCounting(shape), 5), indexOf(index));
    const all = new Uint8Array(4096 + 4 * taken.places.length);
    const length = await bytes.readFully(all);
    const header = npyHeader('<i4', taken.shape).toString('latin1');
    const shown = /'shape': \(.*?\)/.exec(header)![0].replace(/,?\)$/, '');
    const start = 10 + all[8]! + 256 * all[9]!;
    expect(Buffer.from(all.subarray(0, start)).toString('latin1')).toContain(shown);
    expect([...new Int32Array(all.slice(start, length).buffer)]).toEqual(taken.places);
  }
});

test('rows far from one another, and columns of many rows', async () => {
  const shape = [40, 3000, 2];
  for (const [text, expected] of [
    ['[::, 7]', Array.from({ length: 40 }, (_, i) => [6000 * i + 14, 6000 * i + 15]).flat()],
    ['[39, -2:]', [239996, 239997, 239998, 239999]],
    [
      '[1:3, 2990:, 1]',
      [0, 1].flatMap((i) => Array.from({ length: 10 }, (_, j) => 6000 * (i + 1) + 2 * (2990 + j) + 1)),
    ],
  ] as const) {
    const bytes = fileOf(npyCounting(shape));
    bytes.index = indexOf(text);
    expect(await readAll(await openArray(bytes))).toEqual(expected);
  }
});

describe('what is no index, and what is refused', () => {
  test.each(['[]', '[a]', '[0', '0]', '[0, None]', '[[0, 1]]', '[1.5]', '[0:1:2:3]', '[:: a]'])(
    '%s is a part of a name',
    (text) => {
      expect(parseBasicIndex(text)).toBeUndefined();
    },
  );
  test.each([
    ['[::2]', /index \[::2\]: the step of ::2 is 2; only ranges a:b/],
    ['[::-1]', /the step of ::-1 is -1/],
    ['[..., 0, ...]', /several \.\.\./],
  ])('%s', (text, message) => {
    expect(() => parseBasicIndex(text)).toThrow(message);
    expect(() => parseBasicIndex(text, `K.npy::${text}`)).toThrow(`K.npy::${text}: the `);
  });
  test.each([
    [[3, 4], '[0]', /\[0\] leaves shape \(4,\), but rows and columns are expected; a range such as 0:1 keeps an axis/],
    [[3, 4], '[:, 4:]', /leaves shape \(3, 0\)/],
    [[3, 4], '[0, 0, 0]', /\[0, 0, 0\] says what to take of 3 axes/],
    [[2, 1, 1, 1, 1, 3], '[:]', /at most \(layers, batch, heads, n, d\) is read; name a part of it/],
  ])('%j%s', async (shape, text, message) => {
    const bytes = fileOf(npyCounting(shape));
    bytes.index = indexOf(text);
    await expect(openArray(bytes)).rejects.toThrow(message);
  });
  test('rows of a number that is not known', async () => {
    const bytes = fileOf(Buffer.from('1,2\n3,4\n'));
    bytes.index = indexOf('[0:1]');
    await expect(openArray(bytes)).rejects.toThrow(/does not say how many rows it has, which \[0:1\] needs/);
  });
});
