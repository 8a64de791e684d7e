/** What a report of coverage says beside shares of fixed sets, against plain loops: each query's own best keys, keys kept for each query, and what no set can exceed. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { measureCoverage } from '../../src/attention/coverage/measure-coverage.js';
import { verdictOf } from '../../src/attention/coverage/verdict.js';
import { parseFunction } from '../../src/functions.js';
import { parseSelectors } from '../../src/selectors/registry.js';
import { blocksOf } from '../entries/exact/brute-force.js';
import { contextOf, kernels, ordered, upTo } from '../selectors/support.js';
import type { Matrix } from '../support/fixtures.js';
import { makeMatrix } from '../support/random-matrices.js';

const gaussian = (rows: number, d: number, seed: number, size = 1): Matrix => ({
  rows,
  d,
  values: makeMatrix('gaussian', rows, d, seed).values.map((value) => size * value),
});

const keysOf = (K: Matrix) => ({ d: K.d, index: upTo(K.rows), values: K.values });

/** Softmax scores of a query over the keys that it sees, by plain loops. */
function attention(K: Matrix, q: Float64Array, sees: number): Float64Array {
  const x = Float64Array.from({ length: sees }, (_, j) => {
    let sum = 0;
    for (let c = 0; c < K.d; c++) sum += q[c] * K.values[j * K.d + c];
    return Math.exp(sum / Math.sqrt(K.d));
  });
  const total = x.reduce((sum, one) => sum + one, 0);
  return x.map((one) => one / total);
}

const rowOf = ({ d, values }: Matrix, i: number): Float64Array => values.subarray(i * d, (i + 1) * d);

const softmax = [parseFunction('softmax')];

describe('each query’s own best keys', () => {
  test.each([
    ['every query sees all keys', false],
    ['causal', true],
  ])('%s', async (_, causal) => {
    const [K, Q] = [gaussian(70, 4, 1, 2), gaussian(60, 4, 2, 2)];
    const sizes = [1, 2, 5, 30, 70];
    const { functions } = await measureCoverage(keysOf(K), blocksOf(Q), {
      kernels,
      sizes,
      causal,
      functions: softmax,
      eps: 0.05,
    });
    for (const { k, mass, heavyShare } of functions[0].perQuery.filter((row) => sizes.includes(row.k))) {
      let [sum, heavy, all] = [0, 0, 0];
      for (let i = 0; i < Q.rows; i++) {
        const falling = attention(K, rowOf(Q, i), causal ? i + 1 : K.rows)
          .sort()
          .reverse();
        sum += falling.subarray(0, k).reduce((total, one) => total + one, 0);
        heavy += falling.subarray(0, k).filter((one) => one >= 0.05).length;
        all += falling.filter((one) => one >= 0.05).length;
      }
      expect(mass).toBeCloseTo(sum / Q.rows, 12);
      expect(heavyShare).toBeCloseTo(heavy / all, 12);
    }
  });

  test('no selection has more than the best afterwards, nor these more than each query’s own', async () => {
    const by = parseSelectors(
      'observed,centred-norm,leverage,key-norm,keydiff,expected,q-filter,kernel-pivots,first+last,random',
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 12, max: 50 }), fc.nat(1e6), async (n, seed) => {
        const [K, Q] = [gaussian(n, 3, seed, 3), gaussian(30, 3, seed + 1, 2)];
        const observed = { index: upTo(10), values: Q.values.subarray(0, 30) };
        const { functions, sizes, queries } = await measureCoverage(keysOf(K), blocksOf(Q), {
          kernels,
          by,
          observed,
          functions: softmax,
        });
        expect(queries).toBe(20);
        for (const k of sizes) {
          const rows = functions[0].coverage.filter((row) => row.k === k);
          const best = rows.find(({ selection }) => selection === 'best afterwards')!.mass;
          for (const { mass } of rows) expect(mass).toBeLessThanOrEqual(best + 1e-12);
          expect(best).toBeLessThanOrEqual(functions[0].perQuery.find((row) => row.k === k)!.mass + 1e-12);
        }
      }),
      { numRuns: 15 },
    );
  });

  test('the best afterwards is the best of all subsets', async () => {
    const [K, Q] = [gaussian(9, 2, 5, 2), gaussian(12, 2, 6, 2)];
    const { functions } = await measureCoverage(keysOf(K), blocksOf(Q), {
      kernels,
      sizes: [3],
      functions: softmax,
      eps: 1,
    });
    const received = new Float64Array(9);
    for (let i = 0; i < Q.rows; i++)
      for (const [j, one] of attention(K, rowOf(Q, i), 9).entries()) received[j] += one / Q.rows;
    let most = 0;
    for (let set = 0; set < 2 ** 9; set++) {
      const members = received.filter((_, j) => set & (1 << j));
      if (members.length === 3)
        most = Math.max(
          most,
          members.reduce((sum, one) => sum + one, 0),
        );
    }
    const best = functions[0].coverage.find(({ selection, k }) => selection === 'best afterwards' && k === 3)!;
    expect(best.mass).toBeCloseTo(most, 12);
  });
});

describe('kept keys, causal', () => {
  test('the first, the last that a query sees, and of the rest what the selection takes first', async () => {
    const [K, Q, V] = [gaussian(40, 3, 7, 2), gaussian(40, 3, 8, 2), gaussian(40, 2, 9)];
    const keep = { first: 2, last: 3 };
    const sizes = [1, 3, 5, 6, 12, 40];
    const { functions } = await measureCoverage(keysOf(K), blocksOf(Q), {
      kernels,
      by: parseSelectors('centred-norm,first+last'),
      keep,
      causal: true,
      sizes,
      functions: softmax,
      eps: 0.1,
      values: { width: V.d, rows: V.values },
    });
    const order = await ordered('centred-norm', K, contextOf(K));
    const kept = (k: number, i: number): Set<number> => {
      const first = k < 5 ? Math.min(2, Math.floor(k / 2)) : 2;
      const last = k < 5 ? k - first : 3;
      const rest = [...order].filter((j) => j >= 2).slice(0, Math.max(0, k - 5));
      const seen = Array.from({ length: i + 1 }, (_, j) => j);
      return new Set([...seen.slice(0, first), ...seen.slice(-last), ...rest.filter((j) => j <= i)]);
    };
    const share = (k: number): number => {
      let sum = 0;
      for (let i = 0; i < Q.rows; i++) {
        const own = attention(K, rowOf(Q, i), i + 1);
        for (const j of kept(k, i)) sum += own[j];
      }
      return sum / Q.rows;
    };
    /** Output errors of all queries. */
    const errors = (k: number): number[] =>
      Array.from({ length: Q.rows }, (_, i) => {
        const own = attention(K, rowOf(Q, i), i + 1);
        const output = (keys: Iterable<number>) => {
          const sums = [0, 0, 0];
          for (const j of keys) {
            sums[2] += own[j];
            for (let c = 0; c < V.d; c++) sums[c] += own[j] * V.values[j * V.d + c];
          }
          return [sums[0] / sums[2], sums[1] / sums[2]];
        };
        const [a, b] = output(own.keys());
        const [x, y] = output(kept(k, i));
        return Math.hypot(x - a, y - b) / Math.hypot(a, b);
      });
    const rows = functions[0].coverage.filter(({ selection }) => selection === 'centred-norm');
    for (const k of sizes) {
      const found = rows.find((row) => row.k === k)!.error!;
      const sorted = errors(k).sort((one, other) => one - other);
      expect(found.mean, `k ${k}`).toBeCloseTo(sorted.reduce((sum, one) => sum + one, 0) / Q.rows, 10);
      expect(found.median, `k ${k}`).toBeCloseTo((sorted[19] + sorted[20]) / 2, 10);
    }
    for (const k of sizes) expect(rows.find((row) => row.k === k)!.mass, `k ${k}`).toBeCloseTo(share(k), 12);
    const needed = functions[0].needed.find(({ selection }) => selection === 'centred-norm')!.k[0];
    expect([share(needed) >= 0.9 - 1e-12, share(needed - 1) < 0.9]).toEqual([true, true]);
  });
});

describe('the verdict on fixed sets', () => {
  test('where each query has a key of its own, no fixed set will do, and it is said', async () => {
    // Query i looks at key i alone.
    const K: Matrix = {
      rows: 64,
      d: 64,
      values: Float64Array.from({ length: 4096 }, (_, at) => (at % 65 === 0 ? 40 : 0)),
    };
    const report = await measureCoverage(keysOf(K), blocksOf({ ...K, values: K.values.map((one) => one / 4) }), {
      kernels,
      functions: softmax,
    });
    expect(verdictOf(report).at(-1)).toMatch(
      /^softmax, fixed sets: each query's own 8 keys have 100 %, the best 8 for all of them 12\.5 %: attention is per query here, no fixed set of 8 keys will do\.$/,
    );
  });

  test('where a few keys have all attention, it is not', async () => {
    const K = gaussian(64, 4, 3, 0.1);
    K.values.set([30, 0, 0, 0], 20);
    const Q: Matrix = { rows: 40, d: 4, values: Float64Array.from({ length: 160 }, (_, at) => (at % 4 === 0 ? 1 : 0)) };
    const report = await measureCoverage(keysOf(K), blocksOf(Q), { kernels, functions: softmax });
    expect(verdictOf(report).at(-1)).toMatch(/fixed sets: .*; (centred-norm|leverage) has 1\.0 of that\.$/);
  });
});
