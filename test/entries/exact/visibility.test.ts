/** Causal order, windows, padding, rows that are passed over, tiles: exact entries against brute force. */

import { describe, expect, test } from 'vitest';
import { type ExactCounts, exactHeavyEntries } from '../../../src/entries/exact/exact-heavy-entries.js';
import { KeyStats } from '../../../src/entries/key-stats.js';
import { parseFunction } from '../../../src/functions.js';
import { expectAtMost } from '../../support/comparisons.js';
import { backendNames, makeKernels } from '../../support/kernels.js';
import { gaussianFrom, randomFrom } from '../../support/random-matrices.js';
import { blocksOf, collect, expectEntries, type Question, type Rows, scoresOf } from './brute-force.js';

const [n, d, m] = [700, 10, 90];
const gaussian = gaussianFrom(randomFrom(4));
const single = (rows: number, size: number): Rows => ({
  rows,
  d,
  values: Float32Array.from({ length: rows * d }, () => size * gaussian()),
});
const K = single(n, 1);
const Q = single(m, 4);

describe.each(backendNames)('backend %s', (backend) => {
  const kernels = makeKernels(backend);
  describe.each(['softmax', 'power:4', 'sigmoid'])('%s', (name) => {
    const f = parseFunction(name);
    const eps = name === 'sigmoid' ? 0.002 : 0.05;
    const tolerance = f.exponential ? 1e-5 : 1e-9;
    const question: Question = { K, Q, f, eps };
    const base = { f, eps, kernels, keys: () => blocksOf(K), queries: blocksOf(Q, 17) };

    test.each([
      { queryOffset: 0 },
      { queryOffset: 300 },
      { queryOffset: 660 },
      { queryOffset: -40 },
      { queryOffset: 200, window: 1 },
      { queryOffset: 250, window: 70 },
      { queryOffset: 1000, window: 400 },
    ])('causal, offset $queryOffset, window $window', async ({ queryOffset, window }) => {
      let counts: ExactCounts | undefined;
      const onProgress = (now: ExactCounts): void => {
        counts = now;
      };
      const queries = blocksOf(Q, 17);
      const found = await collect(
        exactHeavyEntries({ ...base, queries, causal: true, queryOffset, window, onProgress }),
      );
      const sees = (i: number, j: number): boolean =>
        j <= i + queryOffset && (window === undefined || j > i + queryOffset - window);
      expect(found.length).toBeGreaterThan(m / 4);
      expectEntries(found, { ...question, sees }, tolerance);
      const blind = Array.from({ length: m }, (_, i) => !anyOf(n, (j) => sees(i, j)));
      expect(counts!.empty).toBe(blind.filter(Boolean).length);
    });

    test('padding, keys and queries with NaN', async () => {
      const mask = Uint8Array.from({ length: n }, (_, j) => (j % 7 === 3 || (j > 320 && j < 460) ? 0 : 1));
      const [keys, queries] = [K.values.slice(), Q.values.slice()];
      // What is padding may hold anything.
      keys[3 * d] = Number.NaN;
      keys[100 * d + 2] = Number.POSITIVE_INFINITY;
      queries[5 * d] = Number.NaN;
      const options = { ...base, keys: () => blocksOf({ ...K, values: keys }), mask };
      const dirty = { ...Q, values: queries };
      await expect(collect(exactHeavyEntries({ ...options, queries: blocksOf(Q) }))).rejects.toThrow(
        /row 100, column 2/,
      );
      let counts: ExactCounts | undefined;
      const found = await collect(
        exactHeavyEntries({
          ...options,
          queries: blocksOf(dirty),
          nonFinite: 'skip',
          onProgress: (now) => {
            counts = now;
          },
        }),
      );
      const sees = (i: number, j: number): boolean => i !== 5 && j !== 100 && mask[j] !== 0;
      expectEntries(found, { ...question, sees }, tolerance);
      expect(counts).toMatchObject({ skippedKeys: 1, skippedQueries: 1, queries: m, keys: n, empty: 0 });
    });

    test('a mask of another length is refused', async () => {
      const mask = new Uint8Array(n - 1).fill(1);
      await expect(collect(exactHeavyEntries({ ...base, queries: blocksOf(Q), mask }))).rejects.toThrow(
        /mask is for 699 keys where K has 700 rows/,
      );
    });

    test('statistics of keys: largest score, entries, sum of all scores', async () => {
      for (const sight of [{}, { causal: true, queryOffset: 500, window: 300 }]) {
        const stats = new KeyStats();
        // Several tiles.
        const memory = 9 * 2 ** 20;
        const options = { ...base, queries: blocksOf(Q), stats, memory, ...sight };
        const found = await collect(exactHeavyEntries(options));
        const sees = (i: number, j: number): boolean => !sight.causal || (j <= i + 500 && j > i + 200);
        const [largest, total, heavy] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
        for (let i = 0; i < m; i++) {
          const scores = scoresOf({ ...question, sees }, i);
          for (let j = 0; j < n; j++) {
            largest[j] = Math.max(largest[j], scores[j]);
            total[j] += scores[j];
          }
        }
        for (const [, j] of found) heavy[j]++;
        const [batch] = [...stats.batches(true)];
        expect(batch.rows).toBe(n);
        expect([...batch.columns[0]]).toEqual(Array.from({ length: n }, (_, j) => j));
        expect([...batch.columns[2]]).toEqual([...heavy]);
        for (let j = 0; j < n; j++) {
          expectAtMost(Math.abs(batch.columns[1][j] - largest[j]), tolerance * largest[j] + 1e-37);
          expectAtMost(Math.abs(batch.columns[3][j] - total[j]), tolerance * total[j] + 1e-36);
        }
      }
    });
  });

  test('one tile or many, the same bits', async () => {
    const f = parseFunction('softmax');
    const many = single(3000, 2);
    const run = async (memory: number) => {
      let tiles = 0;
      const found = await collect(
        exactHeavyEntries({
          f,
          eps: 0.02,
          kernels,
          keys: () => blocksOf(K),
          queries: blocksOf(many),
          memory,
          onProgress: (counts) => {
            tiles = counts.tiles;
          },
        }),
      );
      return { tiles, found };
    };
    const [small, large] = [await run(6 * 2 ** 20), await run(2 ** 30)];
    expect(large.tiles).toBe(1);
    expect(small.tiles).toBeGreaterThan(2);
    expect(small.found).toEqual(large.found);
  });
});

test('Q that takes several tiles needs K that can be read again', async () => {
  const kernels = makeKernels('plain');
  const options = { f: parseFunction('softmax'), eps: 0.1, kernels, memory: 6 * 2 ** 20 };
  const entries = exactHeavyEntries({ ...options, keys: blocksOf(K), queries: blocksOf(single(9000, 1)) });
  await expect(collect(entries)).rejects.toThrow(/give K as a file, or raise --memory/);
});

function anyOf(count: number, holds: (j: number) => boolean): boolean {
  for (let j = 0; j < count; j++) if (holds(j)) return true;
  return false;
}
