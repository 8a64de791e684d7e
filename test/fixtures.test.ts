/** The fixtures themselves, held to theorems: a wrong expected value must not become the measure of the program. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  fixturePath,
  listCases,
  listReal,
  loadCase,
  loadMatrix,
  loadReal,
  type Matrix,
  type StoredList,
  sharedData,
} from './support/fixtures.js';

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const dot = (a: Matrix, i: number, b: Matrix, j: number): number => {
  let total = 0;
  for (let c = 0; c < a.d; c++) total += (a.values[i * a.d + c] as number) * (b.values[j * b.d + c] as number);
  return total;
};

/** A(q, j) for one query by brute force in float64. */
const attention = (Q: Matrix, query: number, K: Matrix): number[] => {
  const squares = Array.from({ length: K.rows }, (_, j) => dot(Q, query, K, j) ** 2);
  const total = sum(squares);
  return squares.map((s) => (total > 0 ? s / total : 0));
};

it('there are fixtures', () => {
  expect(listCases().length).toBeGreaterThanOrEqual(30);
});

describe.each(listCases())('case %s', (name) => {
  const { K, Q, expected } = loadCase(name);
  const tau = expected.tau as number[];

  it('has the shape it states', () => {
    expect(K.d).toBe(expected.d);
    expect(K.rows).toBe(expected.n);
    expect([Q.rows, Q.d]).toEqual([expected.queries, expected.d]);
    expect(tau).toHaveLength(expected.n);
    expect(expected.results.map((r) => r.eps)).toEqual(expected.eps);
    expect([...K.values, ...Q.values].every(Number.isFinite)).toBe(true);
  });

  it('has leverage scores in [0, 1] that sum to the rank', () => {
    expect(tau.every((t) => t >= 0 && t <= 1)).toBe(true);
    expect(expected.rank).toBeLessThanOrEqual(Math.min(expected.n, expected.d));
    expect(Math.abs(sum(tau) - expected.rank)).toBeLessThan(1e-12 * expected.n);
    expect(expected.sum_tau).toBe(expected.rank);
  });

  it('gives score 0 to zero rows and to no others', () => {
    const zero = tau.map((_, j) => K.values.subarray(j * K.d, (j + 1) * K.d).every((v) => v === 0));
    // The short rows of extreme-rows have scores too small for a float64.
    if (name !== 'extreme-rows') expect(tau.map((t) => t === 0)).toEqual(zero);
    else expect(zero.some(Boolean)).toBe(false);
  });

  it('lists as U the rows with tau >= eps, at most rank / eps of them, and none near eps', () => {
    for (const { eps, U, margin } of expected.results) {
      expect(U).toEqual(tau.flatMap((t, j) => (t >= eps ? [j] : [])));
      expect(U.length).toBeLessThanOrEqual(expected.rank / eps);
      const nearest = Math.min(...tau.map((t) => Math.abs(t - eps) / eps));
      expect(Math.abs(nearest / margin - 1)).toBeLessThan(0.01);
      expect(margin).toBeGreaterThan(expected.tolerance * 10);
    }
  });

  it('has only entries whose key is in U and whose score is at most tau', () => {
    for (const { eps, U, entries, entryMargin } of expected.results) {
      const inU = new Set(U);
      for (const [query, key, score] of entries) {
        expect(query).toBeLessThan(expected.queries);
        expect(inU.has(key)).toBe(true);
        expect(score).toBeGreaterThanOrEqual(eps);
        expect(score).toBeLessThanOrEqual((tau[key] as number) * (1 + 1e-9));
      }
      const order = entries.map(([query, key]) => query * expected.n + key);
      expect(order).toEqual([...new Set(order)].sort((a, b) => a - b));
      expect(entryMargin).toBeGreaterThan(expected.tolerance * 10);
    }
  });

  // Where K is ill-conditioned, float64 loses the digits of <q, k> itself to cancellation.
  it.skipIf(expected.kappa > 1e5)('has exactly the entries that brute force finds', () => {
    const found = Array.from({ length: Q.rows }, (_, i) =>
      expected.nullQueries.includes(i) ? new Array<number>(K.rows).fill(0) : attention(Q, i, K),
    );
    for (const { eps, entries } of expected.results) {
      const heavy = found.flatMap((row, i) => row.flatMap((a, j) => (a >= eps ? [[i, j, a] as const] : [])));
      expect(heavy.map(([i, j]) => [i, j])).toEqual(entries.map(([i, j]) => [i, j]));
      for (const [at, [, , a]] of heavy.entries()) {
        expect(Math.abs(a / (entries[at]?.[2] as number) - 1)).toBeLessThan(expected.tolerance);
      }
    }
  });
});

describe('cases whose scores are known in closed form', () => {
  it('planted: U is exactly the planted rows', () => {
    const { planted, results } = loadCase('planted').expected;
    for (const { U } of results) expect(U).toEqual(planted);
  });

  it('one column: tau is k^2 over the sum of squares', () => {
    const { K, expected } = loadCase('d1');
    const total = sum(Array.from(K.values, (v) => v * v));
    for (const [j, v] of K.values.entries()) expect(expected.tau[j]).toBeCloseTo((v * v) / total, 14);
  });

  it('n-less-than-d-copies: tau is one over the number of copies', () => {
    const { tau, rowSource = [] } = loadCase('n-less-than-d-copies').expected;
    expect(tau).toEqual(rowSource.map((s) => 1 / rowSource.filter((t) => t === s).length));
  });

  it('duplicates: copies share a score, which is at most one over their number', () => {
    const { tau, rowSource = [] } = loadCase('duplicates').expected;
    for (const [j, source] of rowSource.entries()) {
      const copies = rowSource.flatMap((s, l) => (s === source ? [l] : []));
      expect(new Set(copies.map((l) => tau[l]))).toEqual(new Set([tau[j]]));
      expect(tau[j]).toBeLessThanOrEqual(1 / copies.length);
    }
  });

  it('sorted-down: the scores of sorted-up in reverse', () => {
    const down = loadCase('sorted-down').expected;
    expect(down.tau).toEqual([...loadCase(down.reverseOf as string).expected.tau].reverse());
  });
});

/** Whether sum and digest are those of the rows, where all of them are stored. */
const expectWhole = ({ count, sum: total, sha256, all }: StoredList<readonly number[]>): void => {
  if (!all) return;
  expect(all).toHaveLength(count);
  expect(Math.abs(sum(all.map((row) => row.at(-1) as number)) - total)).toBeLessThanOrEqual(1e-10 * total);
  const lines = all.map((row) => `${row.slice(0, -1).join()}\n`).join('');
  expect(createHash('sha256').update(lines).digest('hex')).toBe(sha256);
};

describe.each(listReal())('real head %s', (name) => {
  const { d, eps, rank, queries, results, sum_tau } = loadReal(name);

  it('has scores that sum to the rank, and at most rank / eps keys in U', () => {
    expect(rank).toBe(d);
    expect(Math.abs(sum_tau - rank)).toBeLessThan(1e-9);
    expect(results.map((r) => r.eps)).toEqual(eps);
    for (const { eps: threshold, U, margin } of results) {
      expect(U.count).toBeLessThanOrEqual(rank / threshold);
      expect(U.sum).toBeLessThanOrEqual(rank * (1 + 1e-9));
      expect(U.sum).toBeGreaterThanOrEqual(U.count * threshold);
      expect(margin).toBeGreaterThan(1e-6);
      expectWhole(U);
    }
  });

  it('has at most 1 / eps entries a query, whose keys are in U with no smaller a score', () => {
    for (const { eps: threshold, U, entries, entryMargin } of results) {
      expect(entries.count).toBeLessThanOrEqual(queries / threshold);
      expect(entryMargin).toBeGreaterThan(1e-6);
      expectWhole(entries);
      const scores = U.all && new Map(U.all);
      for (const [, key, score] of entries.all ?? []) {
        expect(score).toBeGreaterThanOrEqual(threshold);
        if (scores) expect(scores.get(key)).toBeGreaterThanOrEqual(score * (1 - 1e-9));
      }
    }
  });
});

describe('the demo head', () => {
  it('has exactly the entries that brute force finds', () => {
    const [K, Q] = [loadMatrix(fixturePath('demo/K.npy')), loadMatrix(fixturePath('demo/Q.npy'))];
    const found = Array.from({ length: Q.rows }, (_, i) => attention(Q, i, K));
    for (const { eps, entries } of loadReal('use-l0h0-long').results) {
      const heavy = found.flatMap((row, i) => row.flatMap((a, j) => (a >= eps ? [[i, j]] : [])));
      expect(heavy).toEqual(entries.all?.map(([i, j]) => [i, j]));
    }
  });

  const source = sharedData('real-attention');
  it.skipIf(source === undefined)('is a copy of the shared one (skipped where shared data is absent)', () => {
    for (const kind of ['K', 'Q']) {
      const copy = readFileSync(fixturePath(`demo/${kind}.npy`));
      expect(copy.equals(readFileSync(`${source}/use-l0h0-long_${kind.toLowerCase()}.npy`))).toBe(true);
    }
  });
});
