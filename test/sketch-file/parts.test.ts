/** Parts of K by the library: what they must be told, and that every row of a sample keeps its number. */

import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import { mergeSketchFiles, type RowsOfPart, selectFromSketch, selectKeys, sketchKeys } from '../../src/index.js';
import type { RunOptions } from '../../src/sketch/run-sketch.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { temporaryFolder } from '../support/files.js';
import { makeMatrix } from '../support/random-matrices.js';

const folder = temporaryFolder();
const CUT = 1300;
const { values, n, d } = makeMatrix('heavy-tailed', 2500, 4, 11);
const pilot = Float64Array.from(values.subarray(0, 200 * d));
const f = parseFunction('power:4');
const EPS = 0.05;

const rowsFrom = (start: number, end: number) => [
  { start: 0, rows: end - start, d, values: values.subarray(start * d, end * d) },
];

/** Every row of the sample, and of U, is the row of K that its number says. */
function expectRowsOfK({ sample, index, keys }: UniversalSet): void {
  expect(sample!.index.length).toBeGreaterThan(50);
  for (const rows of [sample!, { index, keys }]) {
    for (const [i, row] of rows.index.entries()) {
      expect([...rows.keys.subarray(i * d, (i + 1) * d)]).toEqual([...values.subarray(row * d, (row + 1) * d)]);
    }
  }
}

describe('a part that could not become one with others is refused, and nothing is written', () => {
  const path = folder.at('never.lev');
  test.each<[string, RowsOfPart, RunOptions, RegExp]>([
    ['a shard of a share of the rows', { shard: 1, of: 2 }, { sampleRate: 4 }, /--sample draws rows/],
    ['the best keys alone', { start: 0 }, { top: 5 }, /top: a sketch keeps every key/],
    ['keys within a budget', { start: 0 }, { budget: 1e6 }, /budget: a sketch keeps every key/],
  ])('%s', async (_, part, options, message) => {
    await expect(sketchKeys(path, rowsFrom(0, 100), part, options)).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(message),
    });
    expect(existsSync(path)).toBe(false);
  });

  test.each<[string, RowsOfPart]>([
    ['shard 0', { shard: 0, of: 2 }],
    ['shard 3 of 2', { shard: 3, of: 2 }],
    ['half a row', { start: 0.5 }],
    ['a row before the first', { start: -1 }],
  ])('%s', async (_, part) => {
    await expect(sketchKeys(path, rowsFrom(0, 100), part)).rejects.toThrow(RangeError);
  });

  test('no sketches at all', async () => {
    await expect(mergeSketchFiles(path, [])).rejects.toMatchObject({ kind: 'usage' });
  });

  test.each([
    ['of another number of columns', new Float64Array(2 * d + 1).fill(1)],
    ['without rows', new Float64Array(0)],
    ['that is not finite', Float64Array.of(1, 2, Number.NaN, 4)],
  ])('a pilot %s', async (_, bad) => {
    await expect(sketchKeys(path, rowsFrom(0, 100), { start: 0 }, { f, sample: { pilot: bad } })).rejects.toThrow(
      RangeError,
    );
  });
});

test.each([
  ['one pilot', pilot],
  ['pilots of their own', undefined],
])(
  'shards with %s: the sample of the merged sketch is of rows of K, and its estimates are without bias',
  async (_, shared) => {
    const cuts = [0, 900, 1900, n];
    const sums: number[] = [];
    const drawn = new Set<string>();
    const lengths = Float64Array.from({ length: n }, (_, i) =>
      values.subarray(i * d, (i + 1) * d).reduce((sum, x) => sum + x * x, 0),
    );
    const whole = lengths.reduce((sum, length) => sum + length, 0);
    for (let seed = 0; seed < 12; seed++) {
      const options = { eps: EPS, sample: { pilot: shared, size: 300, seed } };
      const paths = [2, 0, 1].map((i) => folder.at(`${seed}-${i}.lev`));
      for (const [at, i] of [2, 0, 1].entries()) {
        await sketchKeys(paths[at]!, rowsFrom(cuts[i]!, cuts[i + 1]!), { shard: i + 1, of: 3 }, options);
      }
      await mergeSketchFiles(folder.at('shards.lev'), paths);
      const set = await selectFromSketch(folder.at('shards.lev'));
      expectRowsOfK(set);
      expect([...set.index]).toEqual([...(await selectKeys(rowsFrom(0, n), { ...options, f: undefined })).index]);
      const { sample, index } = set;
      drawn.add([...sample!.index].join());
      let sum = index.reduce((total, row) => total + lengths[row]!, 0);
      for (const [i, row] of sample!.index.entries())
        sum += lengths[row]! * Math.max(1, sample!.threshold / sample!.weight[i]!);
      sums.push(sum / whole);
    }
    // Rows with the same number in two shards are drawn apart from each other: in one of the shards, and not in the other.
    expect(drawn.size).toBe(12);
    const mean = sums.reduce((total, each) => total + each, 0) / sums.length;
    const deviation = Math.sqrt(sums.reduce((total, each) => total + (each - mean) ** 2, 0) / (sums.length - 1));
    expect(Math.abs(mean - 1)).toBeLessThan((4 * deviation) / Math.sqrt(sums.length));
    expect(deviation).toBeLessThan(0.2);
  },
);

test.each([
  ['one pilot', pilot],
  ['pilots of their own', undefined],
])('parts by their first rows, with %s: the sample of the merged sketch is of rows of K', async (_, shared) => {
  const paths = ['one', 'two'].map((name) => folder.at(`${name}.lev`));
  const options = { f, eps: EPS, sample: { pilot: shared, size: 300 } };
  await sketchKeys(paths[0]!, rowsFrom(0, CUT), { start: 0 }, options);
  await sketchKeys(paths[1]!, rowsFrom(CUT, n), { start: CUT }, options);
  const all = folder.at('all.lev');
  await mergeSketchFiles(all, paths);
  expectRowsOfK(await selectFromSketch(all));
});

describe('rows of K from the middle on', () => {
  const rest = (options: RunOptions) => selectKeys(rowsFrom(CUT, n), { eps: EPS, start: CUT, ...options });

  test('the sample keeps their numbers, though its pilot are the first of them', async () => {
    const set = await rest({ f, sample: { size: 300 } });
    expectRowsOfK(set);
    expect(set.sample!.index[0]).toBeGreaterThanOrEqual(CUT);
    expect([set.n, set.missing]).toEqual([n, `rows 0-${CUT - 1}`]);
  });

  test.each([
    ['for another f', { f }],
    ['for the best keys', { top: 5 }],
  ])('a second pass finds them again %s', async (_, options) => {
    const readAgain = () => rowsFrom(CUT, n);
    const [set, whole] = [
      await selectKeys(rowsFrom(CUT, n), { eps: EPS, start: CUT, ...options, readAgain }),
      await selectKeys(rowsFrom(CUT, n), { eps: EPS, ...options, readAgain }),
    ];
    expect(whole.index.length).toBeGreaterThan(0);
    expect([...set.index]).toEqual(Array.from(whole.index, (row) => row + CUT));
    expect(set.score).toEqual(whole.score);
  });
});
