/** Verification: its own leverage scores against exact arithmetic, right results pass, and every fault is found. */

import { describe, expect, test } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import type { HeldRows } from '../../src/rows/held-rows.js';
import { selectKeys } from '../../src/sketch/select-keys.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import type { EntriesByQuery, Entry } from '../../src/verify/check-entries.js';
import { blocksOf, sampleRows } from '../../src/verify/held.js';
import { basisOf } from '../../src/verify/orthogonal.js';
import { choose, uniformFrom } from '../../src/verify/random.js';
import { type VerifyOptions, type VerifyReport, verify } from '../../src/verify/verify.js';
import { bruteForce, queriesFor } from '../support/brute-force.js';
import { listCases, loadCase, type Matrix } from '../support/fixtures.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { makeMatrix, matrixKinds, type RandomMatrix } from '../support/random-matrices.js';

const kernels = makeKernels(backendNames.at(-1)!);

const held = ({ d, values }: { readonly d: number; readonly values: Float64Array }): HeldRows => {
  const n = values.length / d;
  return { n, d, values, index: Float64Array.from({ length: n }, (_, i) => i) };
};

const checked = (options: VerifyOptions): Promise<VerifyReport> => verify({ kernels, ...options });

describe('leverage scores by QR', () => {
  test.each(listCases())('%s: those of exact arithmetic', (name) => {
    const { K, expected } = loadCase(name);
    const { rank, leverage } = basisOf(held(K));
    expect(rank).toBe(expected.rank);
    for (const [i, tau] of expected.tau.entries()) {
      expect(Math.abs(leverage[i] - tau), `row ${i}`).toBeLessThanOrEqual(expected.tolerance * tau + 1e-12);
    }
  });

  test.each(matrixKinds)('%s: a query for a combination of basis vectors gives that combination', (kind) => {
    const { n, d, values } = makeMatrix(kind, 60, 5, 3);
    const { rank, rowOf, queryFor } = basisOf(held({ d, values }));
    for (const key of [1, 31, 59]) {
      const u = rowOf(key);
      const q = queryFor(u);
      for (let i = 0; i < n; i++) {
        const row = rowOf(i);
        let expected = 0;
        for (let k = 0; k < rank; k++) expected += row[k] * u[k];
        let found = 0;
        for (let j = 0; j < d; j++) found += values[i * d + j] * q[j];
        expect(Math.abs(found - expected)).toBeLessThan(1e-6);
      }
    }
  });
});

describe('what is right passes', () => {
  test.each(listCases())('%s: U and entries of x^2', async (name) => {
    const { K, Q, expected } = loadCase(name);
    for (const { eps } of expected.results) {
      const { ok, findings, set, entries } = await checked({ keys: held(K), queries: held(Q), eps });
      expect({ eps, ok, findings }).toEqual({ eps, ok: true, findings: [] });
      expect(set).toMatchObject({ captured: set!.heavy, missed: 0 });
      expect(entries).toMatchObject({ queries: Q.rows, captured: entries!.heavy, missed: 0, surplus: 0 });
    }
  });

  test.each(matrixKinds)('%s: U of other functions, and their entries', async (kind) => {
    const matrix = makeMatrix(kind, 150, 4, 5);
    const keys = held(matrix);
    const queries = held({ d: 4, values: queriesFor(matrix, 6) });
    for (const f of ['power:1', 'power:4', 'huber:1'].map(parseFunction)) {
      const { ok, findings, set } = await checked({ keys, queries, eps: 0.2, f });
      expect({ f: f.name, ok, findings }).toEqual({ f: f.name, ok: true, findings: [] });
      expect(set!.queries).toBeGreaterThan(100);
      expect(set!.captured).toBe(set!.heavy);
    }
  });

  test('entries of functions that have no universal set', async () => {
    const matrix = makeMatrix('heavy-tailed', 150, 4, 5);
    const queries = held({ d: 4, values: queriesFor(matrix, 6) });
    for (const f of ['softmax', 'relu', 'sigmoid', 'tukey'].map(parseFunction)) {
      const { ok, findings, set, entries } = await checked({ keys: held(matrix), queries, eps: 0.05, f });
      expect({ f: f.name, ok, findings, set }).toEqual({ f: f.name, ok: true, findings: [], set: null });
      expect(entries!.queries).toBe(queries.index.length);
    }
  });

  test('U by a sample of the rows', async () => {
    const matrix = makeMatrix('gaussian', 5000, 4, 7);
    const set = await selectKeys(blocksOf(held(matrix)), { kernels, eps: 0.003, sampleRate: 10 });
    const { ok, set: found } = await checked({ keys: held(matrix), eps: 0.003, set });
    expect([ok, found!.largestError]).toEqual([true, null]);
    expect(found!.heavy).toBeGreaterThan(0);
  });
});

const planted = loadCase('planted');
const keys = held(planted.K);
const queries = held(planted.Q);
const { eps } = planted.expected.results[0]!;
const made = (matrix: Matrix, name = 'power:2'): Promise<UniversalSet> =>
  selectKeys(blocksOf(held(matrix)), { kernels, eps, f: parseFunction(name) });

const without = (list: Float64Array, i: number, width = 1): Float64Array =>
  Float64Array.from([...list.subarray(0, i * width), ...list.subarray((i + 1) * width)]);

const lacking = (set: UniversalSet, i: number): UniversalSet => ({
  ...set,
  index: without(set.index, i),
  score: without(set.score, i),
  keys: without(set.keys, i, set.d),
});

const altered = (list: Float64Array, at: number, factor: number): Float64Array =>
  list.map((value, i) => (i === at ? value * factor : value));

describe('what is wrong with U is found', () => {
  test('every key that is removed, by its score', async () => {
    const set = await made(planted.K);
    expect((await checked({ keys, eps, set })).ok).toBe(true);
    for (const [i, key] of set.index.entries()) {
      const report = await checked({ keys, eps, set: lacking(set, i) });
      expect([report.ok, report.faults, report.set!.missed]).toEqual([false, 1, 1]);
      const [finding] = report.findings;
      expect(finding).toMatchObject({ what: 'set', problem: 'missing', query: null, key, found: null });
      expect(finding.expected).toBeCloseTo(planted.expected.tau[key]!, 9);
    }
  });

  test('a score that is another, and a key that is', async () => {
    const set = await made(planted.K);
    const { findings: scores } = await checked({ keys, eps, set: { ...set, score: altered(set.score, 2, 1.001) } });
    expect(scores).toMatchObject([{ what: 'set', problem: 'score', key: set.index[2] }]);
    const at = set.keys.findIndex((value) => value !== 0);
    const { findings: rows } = await checked({ keys, eps, set: { ...set, keys: altered(set.keys, at, 1 + 2 ** -50) } });
    expect(rows).toMatchObject([{ what: 'set', problem: 'key', key: set.index[Math.floor(at / set.d)] }]);
  });

  test.each(['power:1', 'power:4', 'huber:1'])(
    '%s: a heavy key that is removed, a bound that is too low',
    async (name) => {
      const f = parseFunction(name);
      const matrix = makeMatrix('outliers last', 200, 4, 8);
      const K = held(matrix);
      const set = await selectKeys(blocksOf(K), { kernels, eps: 0.2, f });
      // The last row is 1e5 times as long as most: it takes nearly all of the query that is itself.
      const last = set.index.indexOf(199);
      const { findings } = await checked({ keys: K, eps: 0.2, f, set: lacking(set, last) });
      expect(findings).toContainEqual(expect.objectContaining({ what: 'set', problem: 'missing', key: 199 }));
      const low = await checked({ keys: K, eps: 0.2, f, set: { ...set, score: altered(set.score, last, 0.3) } });
      expect(low.findings).toContainEqual(expect.objectContaining({ what: 'set', problem: 'bounds', key: 199 }));
    },
  );
});

/** All entries of x^2 or another f by the suite's own brute force. */
function entriesOf(f: string, bounded = false): Map<number, Entry[]> {
  const { rows, d, values } = planted.K;
  const matrix: RandomMatrix = { kind: 'planted', n: rows, d, values };
  const found = new Map<number, Entry[]>();
  for (let i = 0; i < planted.Q.rows; i++) {
    const { scores } = bruteForce(matrix, planted.Q.values.slice(i * d, (i + 1) * d), parseFunction(f));
    const list = [...scores].flatMap((score, key): Entry[] =>
      score >= eps ? [{ key, score, bounds: bounded ? [0.9 * score, 1.1 * score] : undefined }] : [],
    );
    if (list.length > 0) found.set(i, list);
  }
  return found;
}

describe('what is wrong with entries is found', () => {
  const entries = entriesOf('power:2');
  const [query, list] = [...entries].find(([, some]) => some.length > 1)!;
  const withOne = (changed: readonly Entry[]): EntriesByQuery => new Map([...entries, [query, changed]]);
  const findingsOf = async (changed: readonly Entry[]) =>
    (await checked({ keys, queries, eps, entries: withOne(changed) })).findings;

  test('nothing where they are those of brute force', async () => {
    const report = await checked({ keys, queries, eps, entries });
    expect([report.ok, report.entries!.largestError! < 1e-9]).toEqual([true, true]);
    expect(report.entries!.captured).toBe([...entries.values()].flat().length);
  });

  test('one that is missing', async () => {
    const [{ key, score }] = list;
    expect(await findingsOf(list.slice(1))).toMatchObject([
      { what: 'entries', problem: 'missing', query, key, expected: expect.closeTo(score, 9), found: null },
    ]);
  });

  test('a score that is another', async () => {
    const [{ key, score }, ...rest] = list;
    expect(await findingsOf([{ key, score: 1.0001 * score, bounds: undefined }, ...rest])).toMatchObject([
      { what: 'entries', problem: 'score', query, key, found: 1.0001 * score },
    ]);
  });

  test('one too many: of a light key, and twice the same', async () => {
    const heavy = new Set(list.map(({ key }) => key));
    const light = choose(keys.n, keys.n, uniformFrom(1)).find((key) => !heavy.has(key))!;
    expect(await findingsOf([...list, { key: light, score: eps, bounds: undefined }])).toMatchObject([
      { what: 'entries', problem: 'surplus', query, key: light, found: eps },
    ]);
    expect(await findingsOf([...list, list[0]])).toMatchObject([{ problem: 'surplus', query, key: list[0].key }]);
  });

  test('bounds that do not hold', async () => {
    const bounded = entriesOf('power:4', true);
    const [row, some] = [...bounded][0]!;
    const options = { keys, queries, eps, f: parseFunction('power:4') };
    expect((await checked({ ...options, entries: bounded })).ok).toBe(true);
    const [{ key, score }, ...rest] = some;
    const wrong = new Map([...bounded, [row, [{ key, score, bounds: [1.01 * score, 1.1 * score] as const }, ...rest]]]);
    const { findings } = await checked({ ...options, entries: wrong });
    expect(findings).toMatchObject([{ what: 'entries', problem: 'bounds', query: row, key }]);
  });

  test('more than are listed are counted', async () => {
    const { faults, findings } = await checked({ keys, queries, eps, entries: new Map() });
    expect([faults, findings.length]).toEqual([[...entries.values()].flat().length, 20]);
  });
});

test('a sample is the rows it says, the same for a seed, and every row has its chance', () => {
  const matrix = held(makeMatrix('gaussian', 1000, 3, 9));
  const counts = new Float64Array(1000);
  for (let seed = 0; seed < 200; seed++) {
    const { n, index, values } = sampleRows(matrix, 100, seed);
    expect([n, index.length]).toEqual([1000, 100]);
    expect([...index]).toEqual([...new Set(index)].sort((a, b) => a - b));
    for (const [i, row] of index.entries()) {
      counts[row]++;
      if (seed === 7) {
        expect([...values.subarray(3 * i, 3 * i + 3)]).toEqual([...matrix.values.subarray(3 * row, 3 * row + 3)]);
      }
    }
    if (seed === 7) expect(sampleRows(matrix, 100, seed).index).toEqual(index);
  }
  // 20 on average, with a standard deviation of 4.2; over blocks of 100 rows the mean has one of 0.4.
  for (let from = 0; from < 1000; from += 100) {
    const mean = counts.subarray(from, from + 100).reduce((sum, value) => sum + value, 0) / 100;
    expect(Math.abs(mean - 20)).toBeLessThan(2);
  }
});

test('rows that are not held are no keys: those behind keep their numbers', async () => {
  const matrix = held(makeMatrix('heavy-tailed', 150, 4, 5));
  const kept = matrix.index.filter((row) => row % 10 !== 3);
  const some: HeldRows = {
    ...matrix,
    index: kept,
    values: Float64Array.from([...kept].flatMap((row) => [...matrix.values.subarray(4 * row, 4 * row + 4)])),
  };
  const asked = held({ d: 4, values: queriesFor(makeMatrix('heavy-tailed', 150, 4, 5), 6) });
  for (const f of ['power:2', 'power:1', 'softmax'].map(parseFunction)) {
    expect(await checked({ keys: some, queries: asked, eps: 0.05, f })).toMatchObject({ ok: true, n: 150 });
  }
});
