/** The float32 screen may let pairs through, but never changes what is found: on every backend, with and without it. */

import { describe, expect, test } from 'vitest';
import { type EntryBatch, HeavySearch } from '../../src/entries/past-set/heavy.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { gaussianFrom, makeMatrix, matrixKinds, type RandomMatrix, randomFrom } from '../support/random-matrices.js';

/** The same backend with a screen that lets everything through; counts the pairs that the true one lists. */
function withoutScreen(kernels: Kernels): Kernels {
  const screenPairs: Kernels['screenPairs'] = (_a, rows, _d, _b, count, _thresholds, found) => {
    for (let i = 0; i < rows; i++) found(Int32Array.from({ length: 2 * count }, (_, at) => (at % 2 ? at >> 1 : i)));
  };
  return replaced(kernels, 'screenPairs', screenPairs);
}

/** A backend with one operation replaced. */
const replaced = <Name extends keyof Kernels>(kernels: Kernels, name: Name, by: Kernels[Name]): Kernels =>
  new Proxy(kernels, {
    get(target, key) {
      if (key === name) return by;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

function select(kernels: Kernels, { n, d, values }: RandomMatrix, eps: number): UniversalSet {
  const sketch = new LeverageSketch({ d, eps, kernels, factor: 'stable', blockRows: 64 });
  sketch.add({ start: 0, rows: n, d, values });
  return sketch.finish();
}

const search = (kernels: Kernels, set: UniversalSet, d: number, values: Float64Array, eps?: number): EntryBatch =>
  new HeavySearch(set, { kernels, eps }).search({ start: 5, rows: values.length / d, d, values: values.slice() });

/** Where two batches first differ, in bits; undefined where they do not. */
function difference(actual: EntryBatch, expected: EntryBatch): string | undefined {
  if (actual.count !== expected.count) return `${actual.count} entries instead of ${expected.count}`;
  for (let i = 0; i < expected.count; i++) {
    for (const column of ['query', 'key', 'score'] as const) {
      if (Object.is(actual[column][i], expected[column][i])) continue;
      return `entry ${i}: ${column} ${actual[column][i]} instead of ${expected[column][i]}`;
    }
  }
  return undefined;
}

/** Queries of the keys' own units, keys, queries nearly orthogonal to all keys but one, and zeros. */
function queriesFor({ n, d, values }: RandomMatrix, seed: number): Float64Array {
  const gaussian = gaussianFrom(randomFrom(seed));
  const peaks = Array.from({ length: d }, (_, j) => {
    let peak = 0;
    for (let i = 0; i < n; i++) peak = Math.max(peak, Math.abs(values[i * d + j]));
    return peak;
  });
  const rows: number[][] = [];
  for (let i = 0; i < 24; i++) rows.push(peaks.map((peak) => (peak === 0 ? 0 : gaussian() / peak)));
  for (let i = 0; i < 8; i++) rows.push([...values.subarray((i % n) * d, ((i % n) + 1) * d)]);
  for (let j = 0; j < d; j++) rows.push(peaks.map((peak, k) => (k === j && peak > 0 ? 1 / peak : 0)));
  rows.push(Array(d).fill(0));
  return Float64Array.from(rows.flat());
}

/** Columns that differ from one another by little: queries along the differences cancel nearly all digits of float32. */
function nearlyEqualColumns(n: number, d: number, difference: number): RandomMatrix {
  const gaussian = gaussianFrom(randomFrom(3));
  const values = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    const common = gaussian();
    for (let j = 0; j < d; j++) values[i * d + j] = common + difference * gaussian();
  }
  return { kind: `columns that differ by ${difference}`, n, d, values };
}

const duplicates = (): RandomMatrix => {
  const { n, d, values } = makeMatrix('gaussian', 40, 6, 8);
  return { kind: 'every row three times', n: 3 * n, d, values: Float64Array.from([...values, ...values, ...values]) };
};

const matrices: RandomMatrix[] = [
  ...matrixKinds.map((kind) => makeMatrix(kind, 150, 9, 4)),
  duplicates(),
  nearlyEqualColumns(120, 8, 1e-3),
  nearlyEqualColumns(120, 8, 1e-6),
  nearlyEqualColumns(120, 8, 1e-10),
  { ...makeMatrix('gaussian', 300, 64, 2), kind: 'gaussian, 64 columns' },
];

/** Queries that only see the columns' differences. */
function differences({ d }: RandomMatrix, seed: number): Float64Array {
  const gaussian = gaussianFrom(randomFrom(seed));
  return Float64Array.from(
    Array.from({ length: 20 }, () => {
      const row = Array.from({ length: d }, gaussian);
      const mean = row.reduce((sum, x) => sum + x, 0) / d;
      return row.map((x) => x - mean);
    }).flat(),
  );
}

describe.each(backendNames)('backend %s', (name) => {
  const kernels = makeKernels(name);
  const plain = withoutScreen(kernels);

  describe.each(matrices)('$kind', (matrix) => {
    const { d } = matrix;
    const queries = Float64Array.from([...queriesFor(matrix, 1), ...differences(matrix, 2)]);

    test.each([0.3, 0.01, 1e-30])('entries at eps %d are the same without it', (eps) => {
      const set = select(kernels, matrix, eps);
      expect(difference(search(kernels, set, d, queries), search(plain, set, d, queries))).toBeUndefined();
    });

    test('entries whose score is eps itself are the same without it, and there', () => {
      const set = select(kernels, matrix, 1e-4);
      const all = search(plain, set, d, queries);
      const step = Math.ceil(all.count / 12);
      for (let at = 0; at < all.count; at += step) {
        const eps = all.score[at];
        const found = search(kernels, set, d, queries, eps);
        expect(difference(found, search(plain, set, d, queries, eps))).toBeUndefined();
        const same = [...found.query].findIndex((query, k) => query === all.query[at] && found.key[k] === all.key[at]);
        expect(found.score[same]).toBe(eps);
      }
    });
  });

  test('queries of any size give the entries of queries of size one', () => {
    const matrix = makeMatrix('gaussian', 200, 7, 1);
    const set = select(kernels, matrix, 0.02);
    const queries = queriesFor(matrix, 6);
    const expected = search(kernels, set, 7, queries);
    for (const power of [-1000, -400, -149, 149, 400, 1000]) {
      const scaled = queries.map((value) => value * 2 ** power);
      const found = search(kernels, set, 7, scaled);
      expect([found.query, found.key]).toEqual([expected.query, expected.key]);
    }
  });

  test('of a well-conditioned matrix it lets through what is heavy, and hardly anything else', () => {
    const matrix = makeMatrix('gaussian', 400, 16, 3);
    const set = select(kernels, matrix, 0.02);
    let passed = 0;
    const counting = replaced(kernels, 'screenPairs', (...given) => {
      const found = given[6];
      kernels.screenPairs(given[0], given[1], given[2], given[3], given[4], given[5], (pairs) => {
        passed += pairs.length / 2;
        found(pairs);
      });
    });
    const queries = Float64Array.from({ length: 1000 * 16 }, gaussianFrom(randomFrom(4)));
    const { count } = search(counting, set, 16, queries);
    expect(count).toBeGreaterThan(1000);
    expect(passed).toBeGreaterThanOrEqual(count);
    expect(passed - count).toBeLessThan(count / 1000);
  });
});
