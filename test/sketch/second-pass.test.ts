/** A second pass over K: U shrinks, and keeps every promise. */

import { describe, expect, test } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import type { RowBlock } from '../../src/rows/row-block.js';
import { type SelectOptions, selectKeys } from '../../src/sketch/select-keys.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { holdTo, someRows } from '../support/promises.js';
import { makeMatrix, matrixKinds, type RandomMatrix, randomFrom } from '../support/random-matrices.js';
import { queriesFor, withModerateColumns } from '../support/sensitivities.js';

const kernels = makeKernels(backendNames.at(-1)!);

function* blocksOf({ n, d, values }: RandomMatrix, rows = n): Generator<RowBlock> {
  for (let start = 0; start < n; start += rows) {
    const count = Math.min(rows, n - start);
    yield { start, rows: count, d, values: values.slice(start * d, (start + count) * d) };
  }
}

const select = (matrix: RandomMatrix, options: SelectOptions): Promise<UniversalSet> =>
  selectKeys(blocksOf(matrix, 41), { kernels, blockRows: 32, ...options });

describe.each(['power:0.5', 'power:1', 'power:1.5', 'power:3', 'power:4', 'power:8', 'huber:1'])('%s', (name) => {
  const f = parseFunction(name);
  test.each(matrixKinds)('%s', async (kind) => {
    for (const [seed, n, d, eps] of [
      [1, 300, 4, 0.1],
      [2, 5, 6, 0.5],
      [3, 200, 2, 0.03],
    ] as const) {
      const matrix = makeMatrix(kind, n, d, seed);
      const once = await select(matrix, { f, eps });
      const twice = await select(matrix, { f, eps, readAgain: () => blocksOf(matrix, 67) });
      expect([...once.index]).toEqual(expect.arrayContaining([...twice.index]));
      const moderate = withModerateColumns(matrix);
      for (const row of someRows(n, 5, randomFrom(seed))) {
        for (const q of queriesFor(moderate, row, twice.growth.b)) holdTo(twice, moderate, q, name);
      }
    }
  });
});

test('T is the largest leverage score outside U', async () => {
  const matrix = makeMatrix('heavy-tailed', 800, 5, 4);
  const set = await select(matrix, { f: parseFunction('power:4'), eps: 0.3, readAgain: () => blocksOf(matrix) });
  const all = await selectKeys(blocksOf(matrix), { eps: 1e-300, kernels });
  const inside = new Set(set.index);
  const largest = all.score.reduce((most, score, i) => (inside.has(all.index[i]) ? most : Math.max(most, score)), 0);
  expect(inside.size).toBeGreaterThan(0);
  expect(set.dropped / largest).toBeCloseTo(1, 6);
});

test('x^2 is done in one pass', async () => {
  const matrix = makeMatrix('gaussian', 300, 4, 5);
  const readAgain = (): never => {
    throw new Error('read again');
  };
  expect(await select(matrix, { eps: 0.05, readAgain })).toEqual(await select(matrix, { eps: 0.05 }));
});

test('rows passed over are counted once', async () => {
  const matrix = makeMatrix('gaussian', 300, 4, 6);
  matrix.values[4 * 100] = Number.NaN;
  const options = {
    f: parseFunction('power:3'),
    eps: 0.1,
    nonFinite: 'skip',
    readAgain: () => blocksOf(matrix),
  } as const;
  expect((await select(matrix, options)).skipped).toBe(1);
});

test('a K that has changed is refused', async () => {
  const matrix = makeMatrix('gaussian', 300, 4, 7);
  const f = parseFunction('power:3');
  const shorter = makeMatrix('gaussian', 299, 4, 7);
  await expect(select(matrix, { f, readAgain: () => blocksOf(shorter) })).rejects.toThrow(
    /300 rows in the first .* 299/,
  );
  const wider = makeMatrix('gaussian', 300, 5, 7);
  await expect(select(matrix, { f, readAgain: () => blocksOf(wider) })).rejects.toThrow(/4 columns in the first .* 5/);
});
