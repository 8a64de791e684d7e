/** Ids through the sketch: each key of U has the one its row came with. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import { createKernels } from '../../src/kernels/backends.js';
import type { RowBlock } from '../../src/rows/row-block.js';
import type { RowId } from '../../src/rows/row-ids.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import { selectKeys } from '../../src/sketch/select-keys.js';
import { StateReader } from '../../src/sketch/state-reader.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const N = 5000;
const D = 4;
const values = Float64Array.from({ length: N * D }, gaussianFrom(randomFrom(7)));
/** Some rows stand out, and more so towards the end: candidates of the beginning fall. */
for (let i = 0; i < N; i += 50) for (let j = 0; j < D; j++) values[i * D + j]! *= 2 + i / 500;

const idsOf = {
  text: (i: number): RowId => `k${(i * 7919) % N}`,
  number: (i: number): RowId => BigInt(i) * 1_000_000_007n - 5n,
};

/** Blocks of the rows, cut at random. */
function* blocks(
  id: ((i: number) => RowId) | undefined,
  cuts: readonly number[] = [1, 777, 778, 3000],
): Generator<RowBlock> {
  const ends = [...new Set([...cuts].sort((a, b) => a - b)), N];
  for (let b = 0, start = 0; b < ends.length; start = ends[b++]!) {
    const rows = ends[b]! - start;
    if (rows === 0) continue;
    const ids = id && Array.from({ length: rows }, (_, i) => id(start + i));
    yield { start, rows, d: D, values: values.subarray(start * D, (start + rows) * D), ids };
  }
}

describe.each(Object.entries(idsOf))('%s', (name, id) => {
  const type = name === 'text' ? 'utf8' : 'int64';

  test.each<[string, Parameters<typeof selectKeys>[1]]>([
    ['x^2', { eps: 0.002 }],
    ['the best keys', { eps: 1e-6, top: 30 }],
    ['the best keys, in two passes', { eps: 1e-6, top: 30, readAgain: () => blocks(id) }],
    ['|x|^3', { eps: 0.01, f: parseFunction('power:3') }],
    ['|x|^3, in two passes', { eps: 0.01, f: parseFunction('power:3'), readAgain: () => blocks(id) }],
    ['a sample', { eps: 0.002, sampleRate: 8 }],
  ])('%s', async (_, options) => {
    const set = await selectKeys(blocks(id), options);
    expect(set.index.length).toBeGreaterThanOrEqual(20);
    expect(set.ids).toEqual({ type, values: Array.from(set.index, id) });
    const bare = await selectKeys(blocks(undefined), {
      ...options,
      readAgain: options?.readAgain && (() => blocks(undefined)),
    });
    expect({ ...set, ids: undefined }).toEqual({ ...bare, ids: undefined });
  });

  test('however the rows are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: N - 1 }), { maxLength: 20 }), async (cuts) => {
        const set = await selectKeys(blocks(id, cuts), { eps: 0.002 });
        expect(set.ids!.values).toEqual(Array.from(set.index, id));
      }),
      { numRuns: 10 },
    );
  });

  test('a sketch by itself', () => {
    const sketch = new LeverageSketch({ d: D, eps: 0.002, kernels: createKernels(), blockRows: 256 });
    for (const block of blocks(id)) sketch.add(block);
    const set = sketch.finish();
    expect(set.ids).toEqual({ type, values: Array.from(set.index, id) });
  });

  test('saved, read back and united, the later rows first', () => {
    const options = { d: D, eps: 0.002, kernels: createKernels(), blockRows: 256 };
    const [first, second] = [...blocks(id, [2000])].map((block) => {
      const sketch = new LeverageSketch(options);
      sketch.add({ ...block, start: 0 });
      sketch.endInput();
      return LeverageSketch.restore(options, new StateReader(sketch.save(), 'some.lev'));
    });
    second!.renumber((row) => row + 2000, N);
    second!.merge(first!);
    const set = second!.finish();
    expect(set.index[0]).toBeLessThan(2000);
    expect(set.index.at(-1)).toBeGreaterThan(2000);
    expect(set.ids).toEqual({ type, values: Array.from(set.index, id) });
  });
});

test('an empty U knows the type of its ids', async () => {
  const zeros = { start: 0, rows: 2, d: 1, values: new Float64Array(2), ids: ['a', 'b'] };
  expect((await selectKeys([zeros], { eps: 1 })).ids).toEqual({ type: 'utf8', values: [] });
});

test('rows without ids have none', async () => {
  expect((await selectKeys(blocks(undefined), { eps: 0.002 })).ids).toBeUndefined();
});

test.each<[string, ((i: number) => RowId) | undefined, ((i: number) => RowId) | undefined]>([
  ['then none', idsOf.text, undefined],
  ['first none', undefined, idsOf.text],
  ['of two types', idsOf.text, idsOf.number],
])('ids of some rows, %s: refused', async (_, first, second) => {
  const [a] = blocks(first, [2500]);
  const [, b] = blocks(second, [2500]);
  await expect(selectKeys([a!, b!], { eps: 1e-4, blockRows: 500 })).rejects.toThrow(/ids/);
});
