/** Sampled mode: a certified superset with upper bounds, from sums that can be checked one by one. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HeavySearch } from '../../src/entries/past-set/heavy.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import { isSampled, sampledRows } from '../../src/sketch/sample/subsample.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { expectSame } from '../support/comparisons.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import {
  anyMatrix,
  gaussianFrom,
  makeMatrix,
  matrixKinds,
  type RandomMatrix,
  randomFrom,
} from '../support/random-matrices.js';

const kernels = makeKernels(backendNames.at(-1)!);

function select({ d, n, values }: RandomMatrix, sampleRate: number, eps: number, blockRows = 64): UniversalSet {
  const sketch = new LeverageSketch({ d, eps, kernels, sampleRate, blockRows });
  sketch.add({ start: 0, rows: n, d, values });
  return sketch.finish();
}

describe('the hashed share', () => {
  test.each([2, 3, 10, 50])('is one row of every %d', (rate) => {
    for (const start of [0, 1e6, 2 ** 32 - 500, 2 ** 45]) {
      const first = Math.ceil(start / rate);
      for (let group = first; group < first + 1000; group++) {
        const sampled = Array.from({ length: rate }, (_, i) => isSampled(group * rate + i, rate)).filter(Boolean);
        expectSame(sampled, [true]);
      }
    }
  });

  test('is no more frequent at any place in its group, or at any residue of the index', () => {
    for (const period of [10, 20, 16, 100, 128, 7]) {
      const counts = new Array<number>(period).fill(0);
      const n = 10_000 * period;
      for (let i = 0; i < n; i++) if (isSampled(i, 10)) counts[i % period]++;
      for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(6 * Math.sqrt(900));
    }
  });

  test('is listed for a block as it is told for each row, wherever the block begins', () => {
    for (const [start, rows, rate] of [
      [0, 100, 7],
      [5, 100, 7],
      [13, 3, 16],
      [2 ** 33 + 1, 50, 4],
      [3, 10, 1],
    ]) {
      const told = Array.from({ length: rows }, (_, i) => i).filter((i) => isSampled(start + i, rate));
      expect(sampledRows(start, rows, rate)).toEqual(told);
    }
  });
});

describe('the sums', () => {
  test.each(matrixKinds)('%s: the Gram matrix of the share and the diagonal of all rows', (kind) => {
    const { n, d, values } = makeMatrix(kind, 1000, 5, 3);
    const rate = 4;
    const { sampling, exponents } = select({ kind, n, d, values }, rate, 0.05);
    const scaled = values.map((value, at) => value * 2 ** -exponents[at % d]);
    expect(sampling!.rows).toBe(Array.from({ length: n }, (_, i) => isSampled(i, rate)).filter(Boolean).length);
    for (let i = 0; i < d; i++) {
      let all = 0;
      for (let l = 0; l < n; l++) all += scaled[l * d + i] ** 2;
      expect(Math.abs(sampling!.squares[i] - all)).toBeLessThanOrEqual(1e-12 * all);
      for (let j = i; j < d; j++) {
        let sum = 0;
        let size = 0;
        for (let l = 0; l < n; l++) {
          if (!isSampled(l, rate)) continue;
          sum += scaled[l * d + i] * scaled[l * d + j];
          size += Math.abs(scaled[l * d + i] * scaled[l * d + j]);
        }
        expect(Math.abs(sampling!.gram[i * d + j] - sum)).toBeLessThanOrEqual(1e-12 * size);
      }
    }
  });
});

describe('the universal set of a sample', () => {
  test('holds every key of the exact one, with scores that are upper bounds', () => {
    fc.assert(
      fc.property(
        anyMatrix,
        fc.constantFrom(2, 3, 10, 100),
        fc.constantFrom(0.01, 0.05, 0.3),
        fc.integer({ min: 8, max: 64 }),
        (matrix, rate, eps, blockRows) => {
          const exact = select(matrix, 1, eps, blockRows);
          const sampled = select(matrix, rate, eps, blockRows);
          const bounds = new Map(Array.from(sampled.index, (row, i) => [row, sampled.score[i]]));
          for (const [i, row] of exact.index.entries()) {
            if (exact.score[i] < eps * (1 + 1e-9)) continue;
            expect(bounds.has(row), `row ${row} with score ${exact.score[i]}`).toBe(true);
            const slack = 1 + 4 * (exact.delta + sampled.delta) + 1e-12;
            expect(bounds.get(row)! * slack).toBeGreaterThanOrEqual(exact.score[i]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('is the exact one where keys are spread well', () => {
    // 8 planted directions, each held by one long key among 20,000 short ones.
    const noise = makeMatrix('gaussian', 20_000, 8, 1).values;
    const values = noise.map((value, at) => (at % (2500 * 8 + 1) === 0 ? 200 : value));
    const exact = select({ kind: 'planted', n: 20_000, d: 8, values }, 1, 0.1, 1024);
    const sampled = select({ kind: 'planted', n: 20_000, d: 8, values }, 16, 0.1, 1024);
    expect(exact.index.length).toBeGreaterThanOrEqual(8);
    expect([...sampled.index]).toEqual([...exact.index]);
    expect(sampled.sampling!.rows).toBeLessThan(20_000 / 10);
  });
});

/** Every A(q, j) by the definition. */
function bruteForce({ n, d, values }: RandomMatrix, q: Float64Array): Float64Array {
  const products = Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += values[i * d + j] * q[j];
    return sum;
  });
  const total = products.reduce((sum, x) => sum + x * x, 0);
  return products.map((x) => (total > 0 ? (x * x) / total : 0));
}

describe('heavy entries past the universal set of a sample', () => {
  const kinds = matrixKinds.filter((kind) => !/1e150|powers of two/.test(kind));

  test.each(kinds)('%s: none is missed, and every score lies within its bounds', (kind) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 10 }),
        fc.nat(),
        fc.constantFrom(2, 5, 20),
        (n, d, seed, rate) => {
          const matrix = makeMatrix(kind, n, d, seed);
          const eps = 0.05;
          const gaussian = gaussianFrom(randomFrom(seed + 1));
          const queries = Float64Array.from({ length: 10 * d }, gaussian);
          const search = new HeavySearch(select(matrix, rate, eps, 32), { kernels });
          const { count, query, key, score, bounds } = search.search({ start: 0, rows: 10, d, values: queries });
          const found = new Map<string, number>();
          for (let i = 0; i < count; i++) found.set(`${query[i]} ${key[i]}`, i);
          for (let i = 0; i < 10; i++) {
            for (const [j, exact] of bruteForce(matrix, queries.subarray(i * d, (i + 1) * d)).entries()) {
              const at = found.get(`${i} ${j}`);
              if (exact >= eps * (1 + 1e-9)) expect(at, `query ${i} key ${j} score ${exact}`).toBeDefined();
              if (at === undefined) continue;
              // Brute force in float64 has its own rounding.
              expect(bounds!.lower[at]).toBeLessThanOrEqual(exact * (1 + 1e-6) + 1e-12);
              expect(bounds!.upper[at]).toBeGreaterThanOrEqual(exact * (1 - 1e-6) - 1e-12);
              expect(bounds!.lower[at]).toBeLessThanOrEqual(score[at]);
              expect(bounds!.upper[at]).toBeGreaterThanOrEqual(score[at]);
            }
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test('estimates lie within a few percent of the truth where keys are spread well', () => {
    const noise = makeMatrix('gaussian', 20_000, 8, 1).values;
    const values = noise.map((value, at) => (at % (2500 * 8 + 1) === 0 ? 60 : value));
    const matrix = { kind: 'planted', n: 20_000, d: 8, values };
    const search = new HeavySearch(select(matrix, 10, 0.05, 1024), { kernels });
    const queries = Float64Array.from({ length: 100 * 8 }, gaussianFrom(randomFrom(9)));
    const { count, query, key, score } = search.search({ start: 0, rows: 100, d: 8, values: queries });
    expect(count).toBeGreaterThan(50);
    const errors = Array.from({ length: count }, (_, i) => {
      const exact = bruteForce(matrix, queries.subarray(query[i] * 8, (query[i] + 1) * 8))[key[i]];
      return Math.abs(score[i] / exact - 1);
    }).sort((a, b) => a - b);
    // 2,000 sampled rows estimate a sum of squares to sqrt(2 / 2000) = 3 %; the median error is two thirds of that.
    expect(errors[count >> 1]).toBeLessThan(0.03);
  });
});
