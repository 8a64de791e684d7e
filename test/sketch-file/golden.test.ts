/** Sketches of real rows that earlier versions wrote: they are still read, and give what NumPy finds (fixtures/sketch/make.py). */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeSketch, readSketch } from '../../src/sketch-file/content.js';
import { universalSetFrom } from '../../src/sketch-file/set-from-sketch.js';
import { splitSketches } from '../../src/sketch-file/several.js';
import { fixturePath, loadCase } from '../support/fixtures.js';
import { backendNames, makeKernels } from '../support/kernels.js';

interface Answers {
  readonly 'square-1.lev': { readonly n: number; readonly index: readonly number[]; readonly score: readonly number[] };
  readonly 'days-3.lev': { readonly n: number; readonly index: readonly number[]; readonly score: readonly number[] };
  readonly 'power-4-1.lev': { readonly n: number; readonly must: readonly number[]; readonly may: readonly number[] };
}

const answers = JSON.parse(readFileSync(fixturePath('sketch/real.json'), 'utf8')) as Answers;
const { K } = loadCase('heavy-tailed');

const keyOf = (row: number): number[] => [...K.values.subarray(row * K.d, (row + 1) * K.d)];

describe.each(backendNames)('backend %s', (backend) => {
  const kernels = makeKernels(backend);

  test('x^2, the second of two shards: exactly the rows and scores', async () => {
    const content = await readSketch(fixturePath('sketch/square-1.lev'));
    expect(() => universalSetFrom(content, 'square-1.lev', { kernels })).toThrow('square-1.lev: lacks shard 1 of 2');
    const set = universalSetFrom(content, 'square-1.lev', { kernels }, { allowPartial: true });
    const { n, index, score } = answers['square-1.lev'];
    expect({ n: set.n, missing: set.missing }).toEqual({ n, missing: 'shard 1 of 2' });
    expect([...set.index]).toEqual(index);
    for (const [i, tau] of score.entries()) {
      expect(Math.abs(set.score[i] - tau) / tau).toBeLessThanOrEqual(set.delta);
      expect([...set.keys.subarray(i * K.d, (i + 1) * K.d)]).toEqual(keyOf(250 + index[i]));
    }
  });

  test('power:4, rows from 100 on: every key that some query makes heavy, and none that cannot be', async () => {
    const content = await readSketch(fixturePath('sketch/power-4-1.lev'));
    const set = universalSetFrom(content, 'power-4-1.lev', { kernels }, { allowPartial: true });
    const { n, must, may } = answers['power-4-1.lev'];
    expect({ n: set.n, missing: set.missing, seed: set.sample!.seed }).toEqual({
      n: 100 + n,
      missing: 'rows 0-99',
      seed: 7,
    });
    expect([...set.index]).toEqual(expect.arrayContaining([...must]));
    expect(may).toEqual(expect.arrayContaining([...set.index]));
    expect(set.sample!.index.length).toBe(20);
    for (const [i, row] of set.sample!.index.entries()) {
      expect(set.index.includes(row)).toBe(false);
      expect([...set.sample!.keys.subarray(i * K.d, (i + 1) * K.d)]).toEqual(keyOf(row));
    }
  });
});

test('a column of dates: its unit, the rows and their scores', async () => {
  const content = await readSketch(fixturePath('sketch/days-3.lev'));
  const set = universalSetFrom(content, 'days-3.lev', { kernels: makeKernels(backendNames[0]!) });
  const { n, index, score } = answers['days-3.lev'];
  expect(set.n).toBe(n);
  expect(set.columns).toEqual({
    names: ['day', 'x', '(intercept)'],
    chosen: true,
    units: ['days since 1970-01-01', 'plain numbers', 'plain numbers'],
  });
  expect([...set.index]).toEqual(index);
  for (const [i, tau] of score.entries()) expect(set.score[i]! / tau).toBeCloseTo(1, 9);
});

test('layers and heads in one file: the rows of each place, and their scores', async () => {
  const { even } = JSON.parse(readFileSync(fixturePath('model/expected.json'), 'utf8')) as {
    readonly even: { readonly sets: readonly (readonly number[])[] };
  };
  const { shape, sketches } = splitSketches(await readSketch(fixturePath('sketch/layers-2.lev')), 'layers-2.lev');
  expect(shape.axes).toEqual(['layer', 'batch', 'head']);
  const kernels = makeKernels(backendNames[0]!);
  const found = sketches.flatMap(({ place: { layer, batch, head }, content }) => {
    const { index, score } = universalSetFrom(content, 'layers-2.lev', { kernels });
    return [...index].map((row, i) => [layer!, batch, head, row, score[i]!]);
  });
  expect(found.map((row) => row.slice(0, 4))).toEqual(even.sets.map((row) => row.slice(0, 4)));
  for (const [i, row] of found.entries()) expect(row[4]! / even.sets[i]![4]!).toBeCloseTo(1, 9);
});

test('whichever byte is changed, it is no sketch', { tags: ['slow'] }, async () => {
  const whole = readFileSync(fixturePath('sketch/square-1.lev'));
  const bytes = new Uint8Array(whole);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] ^= 1 << (at % 8);
    const read = await decodeSketch(bytes, 's.lev').catch((error: Error) => error.message);
    if (typeof read !== 'string' || !read.startsWith('s.lev: ')) throw new Error(`byte ${at}: ${JSON.stringify(read)}`);
    bytes[at] = whole[at];
  }
  await decodeSketch(bytes, 's.lev');
});
