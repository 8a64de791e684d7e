/** Exact l_p sensitivities, held to enumeration, to a search along a line, to exact leverage scores and to theorems. */

import { describe, expect, test } from 'vitest';
import { createKernels } from '../../src/kernels/backends.js';
import { loadCase } from '../support/fixtures.js';
import { makeMatrix, type RandomMatrix } from '../support/random-matrices.js';
import { SensitivityProblem } from './heads/sensitivity.js';

const problemOf = ({ values, n, d }: RandomMatrix) => new SensitivityProblem(createKernels(), values, n, d);

const KINDS = ['gaussian', 'heavy-tailed', 'outliers last', 'zero rows between'];

/** sum_l |<q, k_l>|^p / |<q, k_j>|^p. */
function inverseShare({ values, n, d }: RandomMatrix, j: number, q: readonly number[], p: number): number {
  const product = (l: number) => q.reduce((sum, value, i) => sum + value * values[l * d + i], 0);
  let sum = 0;
  for (let l = 0; l < n; l++) sum += Math.abs(product(l)) ** p;
  return sum / Math.abs(product(j)) ** p;
}

/** p = 1: the least sum lies where d - 1 products are 0, so that it is found by trying all. */
function enumerated(matrix: RandomMatrix, j: number): number {
  const { values, n, d } = matrix;
  const row = (l: number) => values.subarray(l * d, (l + 1) * d);
  const queries: number[][] = [];
  for (let a = 0; a < n; a++) {
    if (d === 2) queries.push([-row(a)[1], row(a)[0]]);
    for (let b = 0; d === 3 && b < a; b++) {
      const [[p, q, r], [s, t, u]] = [row(a), row(b)];
      queries.push([q * u - r * t, r * s - p * u, p * t - q * s]);
    }
  }
  const all = queries.map((q) => inverseShare(matrix, j, q, 1)).filter((value) => !Number.isNaN(value));
  return 1 / Math.min(...all);
}

/** p = 4, d = 2: the directions are a line, along which the best is searched for, first coarsely. */
function searched(matrix: RandomMatrix, j: number): number {
  const at = (angle: number) => inverseShare(matrix, j, [Math.cos(angle), Math.sin(angle)], 4);
  const steps = 4000;
  const coarse = Array.from({ length: steps }, (_, i) => at((Math.PI * i) / steps));
  const start = coarse.indexOf(Math.min(...coarse));
  let [from, to] = [(Math.PI * (start - 1)) / steps, (Math.PI * (start + 1)) / steps];
  for (let i = 0; i < 100; i++) {
    const [a, b] = [from + (to - from) / 3, to - (to - from) / 3];
    if (at(a) < at(b)) to = b;
    else from = a;
  }
  return 1 / at((from + to) / 2);
}

describe('exact sensitivities', () => {
  test.each(KINDS)('p = 1 is what enumeration finds: %s', (kind) => {
    for (const d of [2, 3]) {
      const matrix = makeMatrix(kind, 40, d, 7 + d);
      const problem = problemOf(matrix);
      for (const j of [1, 8, 38]) {
        const { lower, upper } = problem.solve(j, 1);
        const expected = enumerated(matrix, j);
        expect(lower).toBeLessThanOrEqual(expected * (1 + 1e-9));
        expect(upper).toBeGreaterThanOrEqual(expected * (1 - 1e-9));
        expect(upper / lower - 1).toBeLessThan(2e-6);
      }
    }
  });

  test.each(KINDS)('p = 4 is what a search finds: %s', (kind) => {
    const matrix = makeMatrix(kind, 60, 2, 5);
    const problem = problemOf(matrix);
    for (const j of [1, 29, 58]) {
      const { lower, upper } = problem.solve(j, 4);
      const expected = searched(matrix, j);
      expect(lower).toBeLessThanOrEqual(expected * (1 + 1e-9));
      expect(upper).toBeGreaterThanOrEqual(expected * (1 - 1e-9));
      expect(upper / lower - 1).toBeLessThan(5e-6);
    }
  });

  test('p = 2 is the leverage score, as exact arithmetic has it', () => {
    for (const name of ['gaussian', 'kappa1e4', 'outliers-last', 'growing-subspace']) {
      const { K, expected } = loadCase(name);
      const problem = problemOf({ kind: name, n: K.rows, d: K.d, values: K.values });
      for (let j = 0; j < K.rows; j += 37) {
        const { lower } = problem.solve(j, 2);
        expect(Math.abs(lower / expected.tau[j] - 1)).toBeLessThan(1e-6);
      }
    }
  });

  test.each([1, 2])('p = %i: they sum to no more than the rank, and a second copy of all rows halves them', (p) => {
    const matrix = makeMatrix('heavy-tailed', 50, 4, 3);
    const problem = problemOf(matrix);
    const twice = problemOf({ ...matrix, n: 100, values: Float64Array.from([...matrix.values, ...matrix.values]) });
    let sum = 0;
    for (let j = 0; j < matrix.n; j++) {
      const { lower, upper } = problem.solve(j, p);
      sum += lower;
      const half = twice.solve(j, p);
      expect(half.lower).toBeLessThanOrEqual((upper / 2) * (1 + 1e-9));
      expect(half.upper).toBeGreaterThanOrEqual((lower / 2) * (1 - 1e-9));
    }
    expect(sum).toBeLessThanOrEqual(4 * (1 + 1e-9));
  });

  test('a row of zeros has none, and columns that depend on others are refused', () => {
    const matrix = makeMatrix('zero rows between', 30, 3, 1);
    expect(problemOf(matrix).solve(0, 4)).toEqual({ lower: 0, upper: 0 });
    expect(() =>
      problemOf({ ...matrix, values: matrix.values.map((value, at) => (at % 3 === 2 ? 0 : value)) }),
    ).toThrow('rank');
  });
});
