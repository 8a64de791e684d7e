/** The best keys alone, against leverage scores by orthogonalisation: what is said to be certain is, and what is dropped lies below E. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import { parseFunction } from '../../src/functions.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import { selectKeys } from '../../src/sketch/select-keys.js';
import type { SketchOptions } from '../../src/sketch/sketch-options.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { anyMatrix, gaussianFrom, type RandomMatrix, randomFrom } from '../support/random-matrices.js';

const kernels = makeKernels(backendNames.at(-1)!);
const BLOCK = 64;

/** No row is left out for its score. */
const ALL = 1e-300;

function select({ n, d, values }: RandomMatrix, options: Partial<SketchOptions>): UniversalSet {
  const sketch = new LeverageSketch({ d, eps: ALL, kernels, blockRows: BLOCK, ...options });
  sketch.add({ start: 0, rows: n, d, values });
  return sketch.finish();
}

/** Rows in blocks that differ by more than a sketch's room for a few keys. */
function longMatrix(kind: 'even' | 'a few large', n: number, d: number): RandomMatrix {
  const random = randomFrom(n + d);
  const gaussian = gaussianFrom(random);
  const values = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    const size = kind === 'a few large' && i % 97 === 5 ? 10 + 5 * random() : 1;
    for (let j = 0; j < d; j++) values[i * d + j] = gaussian() * size;
  }
  return { kind, n, d, values };
}

/** Leverage scores by Gram-Schmidt on the columns, twice for its digits. */
function leverageOf({ n, d, values }: RandomMatrix): Float64Array {
  const columns: Float64Array[] = [];
  for (let j = 0; j < d; j++) {
    const column = Float64Array.from({ length: n }, (_, i) => values[i * d + j]);
    for (let round = 0; round < 2; round++) {
      for (const other of columns) {
        const share = other.reduce((sum, value, i) => sum + value * column[i], 0);
        for (let i = 0; i < n; i++) column[i] -= share * other[i];
      }
    }
    const norm = Math.sqrt(column.reduce((sum, value) => sum + value * value, 0));
    columns.push(column.map((value) => value / norm));
  }
  return Float64Array.from({ length: n }, (_, i) => columns.reduce((sum, column) => sum + column[i] ** 2, 0));
}

/** No key outside U has a score of eps or more; and where U is said to be the best keys, no other is better than any of it. */
function expectHonest(set: UniversalSet, scores: Float64Array, tolerance: number): void {
  const inU = new Set(set.index);
  let best = 0;
  for (const [i, score] of scores.entries()) if (!inU.has(i)) best = Math.max(best, score);
  expect(best).toBeLessThan(set.eps * (1 + tolerance));
  if (!set.best!.exact) return;
  for (const row of set.index) expect(scores[row]).toBeGreaterThanOrEqual(best * (1 - tolerance));
}

describe('the k best keys', () => {
  test('are found where a few stand out, and said to be certain', () => {
    const matrix = longMatrix('a few large', 30_000, 4);
    const scores = leverageOf(matrix);
    const set = select(matrix, { top: 50 });
    expect(set.best).toEqual({ top: 50, exact: true });
    const expected = [...scores.keys()].sort((a, b) => scores[b] - scores[a]).slice(0, 50);
    expect([...set.index]).toEqual(expected.sort((a, b) => a - b));
  });

  test('are not said to be certain where keys are even and room is short, and then none above eps is missing', () => {
    const matrix = longMatrix('even', 30_000, 4);
    const set = select(matrix, { top: 50, budget: 50 * 2 * (8 * 4 + 32) });
    expect(set.index.length).toBe(50);
    expect(set.best).toEqual({ top: 50, exact: false });
    expectHonest(set, leverageOf(matrix), 1e-9);
  });

  test.each(['gram', 'stable'] as const)('by the %s route', (factor) => {
    const matrix = longMatrix('a few large', 20_000, 5);
    const set = select(matrix, { top: 10, factor });
    expect(set.route).toBe(factor);
    expectHonest(set, leverageOf(matrix), 1e-9);
  });

  test('of any matrix are honest, whatever the room', () => {
    fc.assert(
      fc.property(anyMatrix, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 4 }), (matrix, top, room) => {
        const budget = room * top * 2 * (8 * matrix.d + 32);
        const set = select(matrix, { top, budget, blockRows: 8 });
        const all = select(matrix, {});
        const scores = new Float64Array(matrix.n);
        for (const [i, row] of all.index.entries()) scores[row] = all.score[i];
        expect(set.index.length).toBeLessThanOrEqual(top);
        expectHonest(set, scores, 4 * (set.delta + all.delta) + 1e-12);
      }),
      { numRuns: 300 },
    );
  });

  test('are honest where outliers at the end change the route', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const d = 4;
      const n = 135;
      const gaussian = gaussianFrom(randomFrom(seed));
      const values = Float64Array.from({ length: n * d }, (_, at) => gaussian() * (at >= (n - 3) * d ? 1e5 : 1));
      const matrix = { kind: 'outliers last', n, d, values };
      const set = select(matrix, { top: 12, budget: 24 * 2 * (8 * d + 32), blockRows: 8 });
      expect(set.route).toBe('stable');
      expectHonest(set, leverageOf(matrix), 1e-6);
    }
  });

  test('beyond eps are left out', () => {
    const matrix = longMatrix('a few large', 5000, 4);
    const scores = leverageOf(matrix);
    const eps = scores.toSorted().at(-8)! * (1 - 1e-9);
    const set = select(matrix, { top: 50, eps });
    expect(set.index.length).toBe(8);
    expect(set.best).toEqual({ top: 50, exact: true });
  });
});

describe('a budget', () => {
  const matrix = longMatrix('a few large', 30_000, 4);
  const eps = 0.0002;

  test('that is enough changes nothing, and U is said to be complete', () => {
    const usual = select(matrix, { eps });
    const set = select(matrix, { eps, budget: 2 ** 24 });
    expect(set).toMatchObject({ eps, index: usual.index, score: usual.score, best: { top: undefined, exact: true } });
  });

  test('that is too small is said to be, with the eps from which on U is complete', () => {
    const set = select(matrix, { eps, budget: 40 * 2 * (8 * 4 + 32) });
    expect(set.best).toEqual({ top: undefined, exact: false });
    expect(set.index.length).toBeLessThanOrEqual(40);
    expect(set.eps).toBeGreaterThan(eps);
    expectHonest({ ...set, best: { top: undefined, exact: false } }, leverageOf(matrix), 1e-9);
  });

  test('that holds no key is refused', () => {
    expect(() => select(matrix, { budget: 10 })).toThrow(LevattnError);
  });
});

test('for other functions, no dropped key has attention above eps', () => {
  const matrix = longMatrix('a few large', 6000, 3);
  const { n, d, values } = matrix;
  for (const name of ['power:4', 'power:1', 'huber:1']) {
    const f = parseFunction(name);
    const set = select(matrix, { f, top: 20 });
    expect(set.index.length).toBe(20);
    const inU = new Set(set.index);
    for (let key = 0; key < n; key += 7) {
      if (inU.has(key)) continue;
      // A row as its own query is near the worst there is for it where rows are spread evenly.
      const query = values.subarray(key * d, (key + 1) * d);
      let total = 0;
      let own = 0;
      for (let l = 0; l < n; l++) {
        const x = query.reduce((sum, value, j) => sum + value * values[l * d + j], 0);
        total += f.evaluate(x);
        if (l === key) own = f.evaluate(x);
      }
      expect(own / total).toBeLessThan(set.eps);
    }
  }
});

describe('a second pass', () => {
  const read = (matrix: RandomMatrix) => [{ start: 0, rows: matrix.n, d: matrix.d, values: matrix.values }];

  test.each([
    ['even', 50],
    ['a few large', 500],
  ] as const)('makes the best keys certain (%s)', async (kind, top) => {
    const matrix = longMatrix(kind, 20_000, 4);
    const budget = top * 2 * (8 * 4 + 32);
    const set = await selectKeys(read(matrix), { eps: ALL, kernels, top, budget, readAgain: () => read(matrix) });
    expect(set.best).toEqual({ top, exact: true });
    const scores = leverageOf(matrix);
    const expected = [...scores.keys()].sort((a, b) => scores[b] - scores[a]).slice(0, top);
    expect([...set.index]).toEqual(expected.sort((a, b) => a - b));
    expectHonest(set, scores, 1e-9);
  });

  test('is not made for x^2 where there is room for all keys', async () => {
    const matrix = longMatrix('even', 1000, 4);
    const readAgain = () => {
      throw new Error('read again');
    };
    expect((await selectKeys(read(matrix), { eps: 0.01, kernels, readAgain })).best).toBeUndefined();
  });
});
