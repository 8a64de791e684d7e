/** What is true of selectors whatever the keys: theorems, on random matrices. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allScores } from '../../src/selectors/choose.js';
import { kernelRows } from '../../src/selectors/pivot-kernel.js';
import { findPivots } from '../../src/selectors/pivots.js';
import { parseSelector } from '../../src/selectors/registry.js';
import { hashUnit } from '../../src/sketch/sample/sample-filter.js';
import type { Matrix } from '../support/fixtures.js';
import { randomFrom } from '../support/random-matrices.js';
import { contextOf, kernels, ordered, sourceOf } from './support.js';

const gaussian = (rows: number, d: number, seed: number): Matrix => {
  const random = randomFrom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return { rows, d, values: Float64Array.from({ length: rows * d }, normal) };
};

const mapped = (K: Matrix, of: (row: Float64Array) => number[]): Matrix => ({
  ...K,
  values: Float64Array.from(
    Array.from({ length: K.rows }, (_, j) => of(K.values.subarray(j * K.d, (j + 1) * K.d))).flat(),
  ),
});

const scores = (name: string, K: Matrix, context = contextOf(K)): Promise<Float64Array> => {
  const chosen = parseSelector(name);
  const { selector } = chosen;
  if (selector.kind !== 'form' && selector.kind !== 'scores') throw new Error(name);
  return allScores(selector, chosen, sourceOf(K), context);
};

const near = (found: Float64Array, wanted: ArrayLike<number>, tolerance: number): void => {
  const largest = Math.max(...Array.from(wanted, Math.abs));
  for (const [j, one] of found.entries())
    expect(Math.abs(one - wanted[j]), `key ${j}`).toBeLessThan(tolerance * largest);
};

/** With keys so far apart nothing is left of normalised expected attention but half of n times centred leverage. */
test.each([1e8, 1e150])('normalised expected attention of keys that are %f times as large', async (size) => {
  const K = gaussian(50, 5, 7);
  const Q = gaussian(60, 5, 8);
  const large = mapped(K, (row) => [...row].map((one) => size * one));
  const wanted = (await scores('centred-leverage', K)).map((one) => 25 * one);
  near(await scores('expected-normalised', large, contextOf(large, Q)), wanted, 1e-6);
});

const heads = fc.record({ n: fc.integer({ min: 12, max: 60 }), d: fc.integer({ min: 1, max: 6 }), seed: fc.nat(1e6) });

describe('centred leverage', () => {
  test('of keys on a line is (t_j - mean)^2 over their sum, also where a key is next to the mean', async () => {
    const t = gaussian(37, 1, 5).values;
    // The last key is as far from the mean as rounding is.
    t[36] = t.subarray(0, 36).reduce((sum, one) => sum + one, 0) / 36;
    const mean = t.reduce((sum, one) => sum + one, 0) / 37;
    const along = gaussian(1, 5, 6).values;
    const K = {
      rows: 37,
      d: 5,
      values: Float64Array.from([...t].flatMap((one) => [...along].map((two) => one * two))),
    };
    const squares = t.map((one) => (one - mean) ** 2);
    const total = squares.reduce((sum, one) => sum + one, 0);
    near(
      await scores('centred-leverage', K),
      squares.map((one) => one / total),
      1e-9,
    );
  });

  test('is leverage of (1, k) less 1 / n, unchanged by a shift and by any map of the columns, and sums to the rank', async () => {
    await fc.assert(
      fc.asyncProperty(heads, async ({ n, d, seed }) => {
        const K = gaussian(n, d, seed);
        const own = await scores('centred-leverage', K);
        const withOnes = { rows: n, d: d + 1, values: mapped(K, (row) => [1, ...row]).values };
        near(
          own,
          (await scores('leverage', withOnes)).map((one) => one - 1 / n),
          1e-9,
        );
        near(
          own,
          await scores(
            'centred-leverage',
            mapped(K, (row) => [...row].map((one, c) => one + 3 - c)),
          ),
          1e-9,
        );
        near(
          own,
          await scores(
            'centred-leverage',
            mapped(K, (row) => [...row].map((one, c) => (c > 0 ? one + row[0] : 2 * one))),
          ),
          1e-8,
        );
        expect(own.reduce((sum, one) => sum + one, 0)).toBeCloseTo(Math.min(d, n - 1), 8);
      }),
      { numRuns: 20 },
    );
  });

  test('with a large ridge it orders as the centred norm', async () => {
    const K = gaussian(200, 5, 3);
    const byRidge = await ordered('centred-leverage:ridge=1e9', K, contextOf(K));
    expect([...byRidge]).toEqual([...(await ordered('centred-norm', K, contextOf(K)))]);
  });
});

describe('expected attention', () => {
  test('is the logarithm of the mean of e^(s <q, k>) over Gaussian queries, up to what sampling leaves', async () => {
    const K = gaussian(30, 3, 11);
    const Q = gaussian(400, 3, 12);
    const found = await scores('expected', K, contextOf(K, Q));
    // Queries of the same mean and covariance: the formula knows no more of them.
    const moments = momentsOf(Q);
    const many = gaussian(200_000, 3, 13);
    const scale = 1 / Math.sqrt(3);
    for (let j = 0; j < 8; j++) {
      let sum = 0;
      for (let i = 0; i < many.rows; i++) {
        const z = many.values.subarray(3 * i, 3 * i + 3);
        let x = 0;
        for (let c = 0; c < 3; c++) {
          let q = moments.mean[c];
          for (let e = 0; e <= c; e++) q += moments.root[c][e] * z[e];
          x += q * K.values[3 * j + c];
        }
        sum += Math.exp(scale * x);
      }
      expect(Math.abs(Math.log(sum / many.rows) - found[j])).toBeLessThan(0.05);
    }
  });

  test('normalised: unchanged by a shift of all keys', async () => {
    await fc.assert(
      fc.asyncProperty(heads, async ({ n, d, seed }) => {
        const [K, Q] = [gaussian(n, d, seed), gaussian(20, d, seed + 1)];
        const shifted = mapped(K, (row) => [...row].map((one, c) => one + 2 - c));
        near(
          await scores('expected-normalised', shifted, contextOf(K, Q)),
          await scores('expected-normalised', K, contextOf(K, Q)),
          1e-9,
        );
      }),
      { numRuns: 20 },
    );
  });

  test('normalised, for queries spread evenly in all directions: n / 2 times ridge leverage', async () => {
    const d = 4;
    const [n, v] = [50, 2.5];
    const K = gaussian(n, d, 5);
    // Mean 0 and covariance v I: +- sqrt(d v) along each axis.
    const Q: Matrix = {
      rows: 2 * d,
      d,
      values: Float64Array.from({ length: 2 * d * d }, (_, at) => {
        const [i, c] = [Math.floor(at / d), at % d];
        return i >> 1 === c ? (i % 2 === 0 ? 1 : -1) * Math.sqrt(d * v) : 0;
      }),
    };
    const scale = 1 / Math.sqrt(d);
    // lambda = n / (s^2 v), as a part of tr(C) / d.
    const mean = Array.from(
      { length: d },
      (_, c) => K.values.filter((_, at) => at % d === c).reduce((sum, one) => sum + one, 0) / n,
    );
    const trace = K.values.reduce((sum, one, at) => sum + (one - mean[at % d]) ** 2, 0);
    const ridge = (n / (scale * scale * v) / trace) * d;
    const leverage = await scores(`centred-leverage:ridge=${ridge}`, K);
    near(
      await scores('expected-normalised', K, contextOf(K, Q)),
      leverage.map((one) => (n / 2) * one),
      1e-9,
    );
  });
});

describe('observed attention', () => {
  test('of all queries sums to 1, and a shift of all keys changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(heads, async ({ n, d, seed }) => {
        const [K, Q] = [gaussian(n, d, seed), gaussian(15, d, seed + 1)];
        const own = await scores('observed', K, contextOf(K, Q));
        expect(own.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12);
        near(
          await scores(
            'observed',
            mapped(K, (row) => [...row].map((one) => one + 40)),
            contextOf(K, Q),
          ),
          own,
          1e-9,
        );
      }),
      { numRuns: 20 },
    );
  });
});

describe('pivots', () => {
  const scale = 0.5;

  test('residuals are the Schur complement of the explicit kernel, of which greedy takes the largest', () => {
    fc.assert(
      fc.property(heads, ({ n, d, seed }) => {
        const K = gaussian(n, d, seed);
        const { pivots, tau, panels } = findPivots(K, { scale, most: 5 }, kernels);
        const residual = panels.residuals(n);
        const { square } = kernelRows(K, scale, undefined);
        const mean = Array.from(
          { length: d },
          (_, c) => K.values.filter((_, at) => at % d === c).reduce((sum, one) => sum + one, 0) / n,
        );
        const h = (j: number, l: number): number => {
          let dot = 0;
          for (let c = 0; c < d; c++) dot += (K.values[j * d + c] - mean[c]) * (K.values[l * d + c] - mean[c]);
          return Math.exp((scale * dot) / tau ** 2);
        };
        // Gauss elimination on the whole kernel matrix, one pivot after another.
        const left = Array.from({ length: n }, (_, j) => Array.from({ length: n }, (_, l) => h(j, l)));
        for (const p of pivots) {
          const most = Math.max(...left.map((row, j) => row[j]));
          expect(left[p][p]).toBeGreaterThanOrEqual(most * (1 - 1e-9));
          const pivot = [...left[p]];
          for (let j = 0; j < n; j++) {
            const factor = left[j][p] / pivot[p];
            for (let l = 0; l < n; l++) left[j][l] -= factor * pivot[l];
          }
        }
        for (let j = 0; j < n; j++) {
          expect(Math.abs(left[j][j] - residual[j] * Math.exp(square[j]))).toBeLessThan(
            1e-9 * Math.exp(square[j]) + 1e-9,
          );
        }
      }),
      { numRuns: 20 },
    );
  });

  test('the first two random pivots come as often as their residuals say (chi-square over seeds)', () => {
    const K = gaussian(5, 2, 8);
    const { square } = kernelRows(K, scale, undefined);
    const draws = 4000;
    const first = new Float64Array(5);
    const pairs = new Map<string, number>();
    for (let seed = 0; seed < draws; seed++) {
      const [a, b] = findPivots(K, { scale, most: 2, seed }, kernels).pivots;
      first[a]++;
      pairs.set(`${a} ${b}`, (pairs.get(`${a} ${b}`) ?? 0) + 1);
    }
    const total = square.reduce((sum, one) => sum + Math.exp(one), 0);
    let [chi, chiPairs] = [0, 0];
    for (let a = 0; a < 5; a++) {
      const wanted = (draws * Math.exp(square[a])) / total;
      chi += (first[a] - wanted) ** 2 / wanted;
      // Given the first one, what its residuals are: worked out by pivots that begin with the same key.
      const seed = Array.from({ length: 1000 }, (_, s) => s).find(
        (s) => findPivots(K, { scale, most: 1, seed: s }, kernels).pivots[0] === a,
      )!;
      const residual = findPivots(K, { scale, most: 1, seed }, kernels).panels.residuals(5);
      const size = residual.map((one, j) => one * Math.exp(square[j]));
      const all = size.reduce((sum, one) => sum + one, 0);
      for (let b = 0; b < 5; b++) {
        const expected = wanted * (size[b] / all);
        if (b !== a) chiPairs += ((pairs.get(`${a} ${b}`) ?? 0) - expected) ** 2 / expected;
      }
    }
    // 99.9 % quantiles for 4 and 19 degrees of freedom.
    expect(chi).toBeLessThan(18.5);
    expect(chiPairs).toBeLessThan(43.9);
  });

  test('whatever is left until it matters, pivots are those of the rule applied to all residuals', () => {
    // Lengths from alike to so different that e^(||y||^2) spans more than float64, over several panels.
    for (const [n, spread, seed] of [
      [300, 0, 1],
      [400, 2, 2],
      [700, 4, 3],
      [500, 12, 4],
      [260, 16, 5],
    ] as const) {
      const random = randomFrom(seed);
      const normal = gaussian(n, 3, seed + 20);
      const K = mapped(normal, (row) => {
        const longer = Math.exp(spread * (random() - 0.5));
        return [...row].map((one) => one * longer);
      });
      // Copies, and keys at the mean.
      for (let i = 0; i < 40; i++) K.values.copyWithin(3 * (n - 1 - i), 3 * i, 3 * (i + 1));
      for (const drawn of [undefined, 5, 6]) {
        const most = 90;
        const { pivots } = findPivots(K, { scale, most, seed: drawn }, kernels);
        expect([...pivots], `${n} ${spread} ${drawn}`).toEqual(plainPivots(K, most, drawn));
      }
    }
  });

  test('keys too long for their products end in an order all the same', async () => {
    for (const length of [1e30, 1e160, 1e300]) {
      const K = mapped(gaussian(300, 3, 31), (row) =>
        [...row].map((one, c) => (row[0] > 0.5 ? one * length : one + c)),
      );
      for (const name of ['kernel-pivots', 'rp-cholesky']) {
        const order = await ordered(name, K, contextOf(K));
        expect([...order].sort((i, j) => i - j)).toEqual(Array.from({ length: 300 }, (_, i) => i));
      }
    }
  });

  test('a shift of all keys changes no pivot', () => {
    const K = gaussian(80, 4, 21);
    const shifted = mapped(K, (row) => [...row].map((one) => one + 7));
    for (const seed of [undefined, 3]) {
      expect([...findPivots(shifted, { scale, most: 30, seed }, kernels).pivots]).toEqual([
        ...findPivots(K, { scale, most: 30, seed }, kernels).pivots,
      ]);
    }
  });

  test('where all keys are copies, the rest follow by their places', async () => {
    const K: Matrix = { rows: 6, d: 2, values: new Float64Array(12).fill(3) };
    expect([...(await ordered('kernel-pivots', K, contextOf(K)))]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...findPivots(K, { scale, most: 6, seed: 2 }, kernels).pivots]).toEqual([
      Math.ceil(hashUnit(0, 2) * 6) - 1,
    ]);
  });
});

/** Pivots by the definition: all residuals, one after another. */
function plainPivots(K: Matrix, most: number, seed: number | undefined): number[] {
  const { n, d, values, mean, unit, square } = kernelRows(K, 0.5, undefined);
  const rows = values.map((value, at) => (value - mean[at % d]) * unit);
  const residual = new Float64Array(n).fill(1);
  const factor: Float64Array[] = [];
  const pivots: number[] = [];
  while (pivots.length < most) {
    const size = residual.map((one, j) => Math.log(one) + square[j]);
    const largest = Math.max(...size);
    if (largest === Number.NEGATIVE_INFINITY) break;
    let next = size.indexOf(largest);
    if (seed !== undefined) {
      const weight = size.map((one) => Math.exp(one - largest));
      const total = weight.reduce((sum, one) => sum + one, 0);
      let sum = 0;
      next = weight.findIndex((one) => {
        sum += one;
        return sum >= hashUnit(pivots.length, seed) * total;
      });
    }
    const row = Float64Array.from({ length: n }, (_, j) => {
      let x = 0;
      for (let c = 0; c < d; c++) x += rows[j * d + c] * rows[next * d + c];
      let left = Math.exp(x - (square[j] + square[next]) / 2);
      for (const before of factor) left -= before[next] * before[j];
      return left / Math.sqrt(residual[next]);
    });
    for (let j = 0; j < n; j++) {
      const left = residual[j] - row[j] ** 2;
      residual[j] = left < 1e-12 ? 0 : left;
    }
    residual[next] = 0;
    factor.push(row);
    pivots.push(next);
  }
  return pivots;
}

/** Mean and a lower triangular root of the covariance over m, by plain loops. */
function momentsOf({ rows, d, values }: Matrix): { readonly mean: number[]; readonly root: number[][] } {
  const mean = Array.from(
    { length: d },
    (_, c) => values.filter((_, at) => at % d === c).reduce((sum, one) => sum + one, 0) / rows,
  );
  const covariance = Array.from({ length: d }, (_, c) =>
    Array.from({ length: d }, (_, e) => {
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += (values[i * d + c] - mean[c]) * (values[i * d + e] - mean[e]);
      return sum / rows;
    }),
  );
  const root = Array.from({ length: d }, () => new Array<number>(d).fill(0));
  for (let c = 0; c < d; c++) {
    for (let e = 0; e <= c; e++) {
      let left = covariance[c][e];
      for (let k = 0; k < e; k++) left -= root[c][k] * root[e][k];
      root[c][e] = c === e ? Math.sqrt(left) : left / root[e][e];
    }
  }
  return { mean, root };
}
