/** Sampled mode: a certified superset with upper bounds, from sums that can be checked one by one. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import { isSampled } from '../../src/sketch/sampling.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { anyMatrix, makeMatrix, matrixKinds, type RandomMatrix } from '../support/random-matrices.js';

const kernels = makeKernels(backendNames.at(-1)!);

function select({ d, n, values }: RandomMatrix, sampleRate: number, eps: number, blockRows = 64): UniversalSet {
  const sketch = new LeverageSketch({ d, eps, kernels, sampleRate, blockRows });
  sketch.add({ start: 0, rows: n, d, values });
  return sketch.finish();
}

describe('the hashed share', () => {
  test.each([2, 10, 50, 2.5])('is one row in %d, to five standard deviations', (rate) => {
    for (const start of [0, 1e6, 2 ** 32 - 5e5, 2 ** 45]) {
      const n = 1e6;
      let sampled = 0;
      for (let i = 0; i < n; i++) if (isSampled(start + i, rate)) sampled++;
      const deviation = Math.sqrt((n / rate) * (1 - 1 / rate));
      expect(Math.abs(sampled - n / rate)).toBeLessThan(5 * deviation);
    }
  });

  test('is no more frequent at any residue of the index: periodic data is sampled alike', () => {
    for (const period of [2, 3, 16, 100, 128]) {
      const counts = new Array<number>(period).fill(0);
      const n = 10_000 * period;
      for (let i = 0; i < n; i++) if (isSampled(i, 10)) counts[i % period]++;
      for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(6 * Math.sqrt(900));
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
        fc.constantFrom(1.5, 3, 10, 100),
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
