/** What is measured of a head, against NumPy and plain loops. */

import { describe, expect, test } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import { measureHead } from '../../src/report/measure-head.js';
import { blocksOf, type Rows, scoresOf } from '../entries/exact/brute-force.js';
import { askNumpy, handOver, numpy } from '../support/numpy.js';
import { hold, makeRows, measure } from './heads.js';

const K = makeRows(300, 8, 1);
const Q = makeRows(40, 8, 2, 3);
const EPS = 0.03;

/** Entries >= eps by plain loops, from the largest on. */
function entriesOf(f: string, sees?: (i: number, j: number) => boolean) {
  const question = { K, Q, f: parseFunction(f), eps: EPS, sees };
  return Array.from({ length: Q.rows }, (_, i) =>
    [...scoresOf(question, i)].map((score, key) => ({ query: i, key, score })),
  )
    .flat()
    .filter(({ score }) => score >= EPS)
    .sort((a, b) => b.score - a.score);
}

const pairs = (entries: readonly { query: number; key: number }[]): string[] =>
  entries.map(({ query, key }) => `${query},${key}`).sort();

describe.skipIf(!numpy)('against NumPy', () => {
  test('scores, |U|, rank and singular values', async () => {
    const { tau, s, energy } = askNumpy<{ tau: number[]; s: number[]; energy: number[] }>(
      `
u, s, _ = np.linalg.svd(matrix(given), full_matrices=False)
print(json.dumps({'tau': (u**2).sum(1).tolist(), 's': s.tolist(), 'energy': (np.cumsum(s**2) / (s**2).sum()).tolist()}))`,
      handOver(K.rows, K.d, Float64Array.from(K.values)),
    );
    const head = await measure(K, undefined, { eps: EPS });
    expect([head.n, head.d, head.rank, head.positions.step]).toEqual([300, 8, 8, 1]);
    for (const [i, score] of head.positions.largest.entries()) expect(score).toBeCloseTo(tau[i]!, 9);
    const falling = tau.toSorted((a, b) => b - a);
    for (const { rank, score } of head.ranks) expect(score).toBeCloseTo(falling[rank - 1]!, 9);
    expect(head.universal).toBe(tau.filter((score) => score >= EPS).length);
    expect(head.sizes.find(({ eps }) => eps === EPS)!.size).toBe(head.universal);
    for (const [i, value] of head.spectrum!.singularValues.entries()) expect(value / s[i]!).toBeCloseTo(1, 9);
    const { residuals } = head.spectrum!;
    for (const [i, share] of energy.entries()) expect(1 - residuals[i + 1]! / residuals[0]!).toBeCloseTo(share, 9);
  });

  test('what k keys capture of softmax attention and of its heavy entries', async () => {
    const head = await measure(K, Q, { eps: EPS });
    const { coverage } = head.coverage!.functions.find(({ f }) => f === 'softmax')!;
    const sizes = head.coverage!.sizes;
    const expected = askNumpy<{ mass: number[]; entries: number[] }>(
      `
k, q = matrix(given['k']), matrix(given['q'])
u, _, _ = np.linalg.svd(k, full_matrices=False)
order = np.argsort(-(u**2).sum(1))
x = q @ k.T / np.sqrt(k.shape[1])
a = np.exp(x - x.max(1, keepdims=True))
a /= a.sum(1, keepdims=True)
heavy = a >= given['eps']
print(json.dumps({
  'mass': [float(a[:, order[:n]].sum() / a.sum()) for n in given['sizes']],
  'entries': [float(heavy[:, order[:n]].sum() / heavy.sum()) for n in given['sizes']],
}))`,
      { k: handOver(300, 8, K.values as Float64Array), q: handOver(40, 8, Q.values as Float64Array), sizes, eps: EPS },
    );
    const leverage = coverage.filter(({ selection }) => selection === 'leverage');
    for (const [at, { mass, heavyShare }] of leverage.entries()) {
      expect(mass).toBeCloseTo(expected.mass[at]!, 9);
      expect(heavyShare).toBeCloseTo(expected.entries[at]!, 9);
    }
  });
});

describe('heavy entries', () => {
  test('are all that plain loops find, for each function', async () => {
    const { queries } = await measure(K, Q, { eps: EPS });
    expect(queries!.maps.map(({ f }) => f)).toEqual(['softmax', 'power:2']);
    expect([queries!.rows, queries!.used]).toEqual([40, 40]);
    for (const map of queries!.maps) {
      const expected = entriesOf(map.f);
      expect(expected.length).toBeGreaterThan(20);
      expect(map.count).toBe(expected.length);
      expect(pairs(map.key.map((key, i) => ({ query: map.query[i]!, key })))).toEqual(pairs(expected));
      for (const [i, { score }] of expected.entries()) expect(map.score[i]! / score).toBeCloseTo(1, 4);
    }
  });

  test('with many heads the largest alone, but all are counted', async () => {
    const { queries } = await measure(K, Q, { eps: 0.001, heads: 1000, functions: [parseFunction('power:2')] });
    const [map] = queries!.maps;
    expect(map!.score.length).toBe(60);
    expect(map!.count).toBeGreaterThan(60);
    expect(map!.score).toEqual(map!.score.toSorted((a, b) => b - a));
  });

  test('of causal attention, and what k keys capture of it', async () => {
    const sees = (i: number, j: number): boolean => j <= i + 5;
    const { queries, coverage } = await measure(K, Q, { eps: EPS, causal: true, queryOffset: 5 });
    expect(queries!.causal).toBe(true);
    for (const map of queries!.maps) expect(map.count).toBe(entriesOf(map.f, sees).length);
    expect(coverage!.functions[0]!.entries).toBe(entriesOf('softmax', sees).length);
  });

  test('of causal attention, queries with NaN left out, the others in their places', async () => {
    const sees = (i: number, j: number): boolean => j <= i;
    const whole = hold(Q);
    const without = {
      ...whole,
      index: whole.index.filter((row) => row !== 7),
      values: Float64Array.from([...whole.values.subarray(0, 56), ...whole.values.subarray(64)]),
    };
    const head = await measureHead(
      { label: '', keys: () => blocksOf(K), queries: without },
      { eps: EPS, causal: true, nonFinite: 'skip' },
    );
    expect([head.queries!.rows, head.queries!.counted, head.queries!.used]).toEqual([40, 39, 39]);
    const [softmax] = head.queries!.maps;
    const expected = entriesOf('softmax', sees).filter(({ query }) => query !== 7);
    expect(pairs(softmax!.key.map((key, i) => ({ query: softmax!.query[i]!, key })))).toEqual(pairs(expected));
  });

  test('of some queries, drawn from a seed, under their own rows', async () => {
    const drawn = await measure(K, Q, { eps: EPS, rows: 12, seed: 3 });
    const again = await measure(K, Q, { eps: EPS, rows: 12, seed: 3 });
    const other = await measure(K, Q, { eps: EPS, rows: 12, seed: 4 });
    expect(drawn.queries!.used).toBe(12);
    expect(again.queries).toEqual(drawn.queries);
    expect(other.queries!.maps[0]!.query).not.toEqual(drawn.queries!.maps[0]!.query);
    const [softmax] = drawn.queries!.maps;
    const rows = new Set(softmax!.query);
    expect(rows.size).toBeLessThanOrEqual(12);
    const expected = entriesOf('softmax').filter(({ query }) => rows.has(query));
    expect(pairs(softmax!.key.map((key, i) => ({ query: softmax!.query[i]!, key })))).toEqual(pairs(expected));
    expect(drawn.coverage!.queries).toBe(12);
  });
});

describe('what is left out', () => {
  test('without queries: entries and attention, not leverage', async () => {
    const head = await measure(K);
    expect(head.queries).toBeUndefined();
    expect(head.coverage!.functions).toEqual([]);
    expect(head.coverage!.keys.length).toBeGreaterThan(0);
  });

  test('coverage, where K does not fit the memory', async () => {
    const head = await measure(makeRows(40_000, 8, 5), Q, { memory: 8e6 });
    expect(head.coverage).toBeUndefined();
    expect(head.coverageProblem).toMatch(/raise --memory/);
    expect(head.queries!.maps[0]!.count).toBeGreaterThan(0);
  });

  test('nothing, of a K of zeros', async () => {
    const zeros: Rows = { rows: 20, d: 4, values: new Float64Array(80) };
    const head = await measure(zeros, makeRows(5, 4, 1));
    expect([head.rank, head.universal, head.ranks[0]!.score]).toEqual([0, 0, 0]);
    expect(head.spectrum!.singularValues).toEqual([0, 0, 0, 0]);
  });
});
