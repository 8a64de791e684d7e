/** Theorems about leverage scores, held against matrices of every kind. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HeavySearch } from '../../src/entries/past-set/heavy.js';
import type { FactorChoice } from '../../src/sketch/factor/routed.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { expectAtMost, expectSame } from '../support/comparisons.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import {
  anyMatrix,
  gaussianFrom,
  makeMatrix,
  matrixKinds,
  type RandomMatrix,
  randomFrom,
} from '../support/random-matrices.js';

interface Way {
  readonly eps?: number;
  readonly factor?: FactorChoice;
  readonly blockRows?: number;
}

/** The fastest there is: fixtures hold the others to the same answers. */
const kernels = makeKernels(backendNames.at(-1)!);

/** Small enough that every row with any leverage is in U. */
const ALL = 1e-300;

function select({ d, n, values }: Pick<RandomMatrix, 'd' | 'n' | 'values'>, way: Way = {}): UniversalSet {
  const { eps = ALL, factor = 'auto', blockRows = 16 } = way;
  const sketch = new LeverageSketch({ d, eps, kernels, factor, blockRows });
  sketch.add({ start: 0, rows: n, d, values });
  return sketch.finish();
}

/** The scores of all rows, by a set that has every row with any. */
function scoresIn({ n, index, score }: UniversalSet): Float64Array {
  const scores = new Float64Array(n);
  for (const [i, row] of index.entries()) scores[row] = score[i];
  return scores;
}

/** Leverage scores of every row. */
const scoresOf = (matrix: Pick<RandomMatrix, 'd' | 'n' | 'values'>): Float64Array => scoresIn(select(matrix));

function expectClose(actual: Float64Array, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    expectAtMost(Math.abs(actual[i] - expected[i]), tolerance);
  }
}

/** Rows of the matrix in another order. */
function permuted({ n, d, values }: RandomMatrix, order: readonly number[]): RandomMatrix {
  const out = new Float64Array(n * d);
  for (const [to, from] of order.entries()) out.set(values.subarray(from * d, (from + 1) * d), to * d);
  return { kind: 'permuted', n, d, values: out };
}

/** How far two computed scores may lie apart: what the sketch itself says of its rounding, and a little for the test's own. */
const slack = (set: UniversalSet): number => 4 * set.delta + 1e-12;

const runs = { numRuns: 150 };

describe('leverage scores', () => {
  test('lie in [0, 1] and sum to the rank', () => {
    fc.assert(
      fc.property(anyMatrix, fc.constantFrom<FactorChoice>('auto', 'stable'), (matrix, factor) => {
        const set = select(matrix, { factor });
        expect(set.score.every((score) => score > 0 && score <= 1)).toBe(true);
        const sum = set.score.reduce((total, score) => total + score, 0);
        expect(Math.abs(sum - set.rank)).toBeLessThanOrEqual(set.rank * slack(set));
      }),
      runs,
    );
  });

  test('one more copy of a row turns its score t into t / (1 + t)', () => {
    fc.assert(
      fc.property(anyMatrix, fc.nat(), (matrix, pick) => {
        const { n, d, values } = matrix;
        const row = pick % n;
        const before = select(matrix);
        const extended = new Float64Array((n + 1) * d);
        extended.set(values);
        extended.set(values.subarray(row * d, (row + 1) * d), n * d);
        const after = select({ n: n + 1, d, values: extended });
        const scores = scoresIn(after);
        const t = scoresIn(before)[row];
        for (const copy of [row, n]) {
          expectAtMost(Math.abs(scores[copy] - t / (1 + t)), slack(before) + slack(after));
        }
      }),
      runs,
    );
  });

  test('all of K twice halves every score', () => {
    fc.assert(
      fc.property(anyMatrix, (matrix) => {
        const { n, d, values } = matrix;
        const twice = new Float64Array(2 * n * d);
        twice.set(values);
        twice.set(values, n * d);
        const once = select(matrix);
        const both = select({ n: 2 * n, d, values: twice });
        const halves = scoresIn(once).map((score) => score / 2);
        expectClose(scoresIn(both).subarray(0, n), halves, slack(once) + slack(both));
      }),
      runs,
    );
  });

  test('K T for an invertible T leaves every score alone', () => {
    fc.assert(
      fc.property(anyMatrix, fc.nat(), ({ kind, n, d, values }, seed) => {
        // Whole numbers in, a unit triangular T of small whole numbers: the product is exact, so only T itself is tested.
        fc.pre(kind === 'small whole numbers' || kind === 'low rank');
        const random = randomFrom(seed);
        const t = Float64Array.from({ length: d * d }, (_, at) => {
          const [i, j] = [Math.floor(at / d), at % d];
          return i === j ? 1 : i < j ? Math.floor(3 * random()) - 1 : 0;
        });
        const product = new Float64Array(n * d);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < d; j++) {
            for (let k = 0; k < d; k++) product[i * d + j] += values[i * d + k] * t[k * d + j];
          }
        }
        const before = select({ n, d, values });
        const after = select({ n, d, values: product });
        expect(after.rank).toBe(before.rank);
        expectClose(scoresIn(after), scoresIn(before), slack(before) + slack(after));
      }),
      { numRuns: 400 },
    );
  });

  const powers = fc.array(fc.integer({ min: -90, max: 90 }), { minLength: 12, maxLength: 12 });
  const extreme = ({ kind }: RandomMatrix): boolean => /1e150|powers of two/.test(kind);
  const scaled = (m: RandomMatrix, exponents: readonly number[]): RandomMatrix => ({
    ...m,
    values: m.values.map((value, at) => value * 2 ** exponents[at % m.d]),
  });

  test('columns scaled by powers of two leave every score alone, to the last bit', () => {
    fc.assert(
      fc.property(anyMatrix, powers, (matrix, exponents) => {
        fc.pre(!extreme(matrix));
        expect(scoresOf(scaled(matrix, exponents))).toEqual(scoresOf(matrix));
      }),
      runs,
    );
  });

  test('and to rounding where columns are so large or small that they have to be scaled on the way', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...matrixKinds.filter((kind) => /powers of two/.test(kind))),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(),
        powers,
        (kind, n, d, seed, exponents) => {
          const matrix = makeMatrix(kind, n, d, seed);
          const one = select(matrix);
          const other = select(scaled(matrix, exponents));
          expectClose(scoresIn(other), scoresIn(one), slack(one) + slack(other));
        },
      ),
      runs,
    );
  });
});

describe('the universal set', () => {
  test('has at most rank (1 + delta) / eps keys', () => {
    fc.assert(
      fc.property(anyMatrix, fc.double({ min: 0.005, max: 1, noNaN: true }), (matrix, eps) => {
        const set = select(matrix, { eps });
        expect(set.index.length).toBeLessThanOrEqual((set.rank * (1 + set.delta) ** 2) / eps);
      }),
      runs,
    );
  });

  test('does not depend on the blocks, how rows come, or the route, but for scores within rounding of eps', () => {
    fc.assert(
      fc.property(
        anyMatrix,
        fc.double({ min: 0.005, max: 0.9, noNaN: true }),
        fc.integer({ min: 1, max: 70 }),
        fc.constantFrom<FactorChoice>('auto', 'stable'),
        (matrix, eps, blockRows, factor) => {
          const one = select(matrix, { eps });
          const other = select(matrix, { eps, blockRows, factor });
          const scores = scoresOf(matrix);
          const near = (row: number): boolean => Math.abs(scores[row] - eps) <= eps * (slack(one) + slack(other));
          expect([...one.index].filter((row) => !near(row))).toEqual([...other.index].filter((row) => !near(row)));
        },
      ),
      runs,
    );
  });

  test('comes out to the last bit the same whatever pieces the rows arrive in', () => {
    fc.assert(
      fc.property(
        anyMatrix,
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 9 }),
        (matrix, cuts) => {
          const { n, d, values } = matrix;
          const pieces = new LeverageSketch({ d, eps: 0.01, kernels, blockRows: 16 });
          for (let start = 0, k = 0; start < n; k++) {
            const rows = Math.min(cuts[k % cuts.length], n - start);
            pieces.add({ start, rows, d, values: values.subarray(start * d, (start + rows) * d) });
            start += rows;
          }
          expectSame(pieces.finish(), select(matrix, { eps: 0.01 }));
        },
      ),
      runs,
    );
  });

  test('of permuted rows is the permuted universal set', () => {
    fc.assert(
      fc.property(anyMatrix, fc.nat(), (matrix, seed) => {
        const random = randomFrom(seed);
        const order = Array.from({ length: matrix.n }, (_, i) => i)
          .map((i) => ({ i, key: random() }))
          .sort((a, b) => a.key - b.key)
          .map(({ i }) => i);
        const set = select(matrix);
        const turned = select(permuted(matrix, order));
        const scores = scoresIn(set);
        expectClose(
          scoresIn(turned),
          order.map((i) => scores[i]),
          slack(set) + slack(turned),
        );
      }),
      runs,
    );
  });
});

/** Every A(q, j) by the definition: one query against all of K, in float64. */
function bruteForce({ n, d, values }: RandomMatrix, q: Float64Array): Float64Array {
  const products = Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += values[i * d + j] * q[j];
    return sum;
  });
  const largest = products.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  if (largest === 0) return products;
  const squares = products.map((x) => (x / largest) ** 2);
  const total = squares.reduce((sum, square) => sum + square, 0);
  return squares.map((square) => square / total);
}

describe.each(matrixKinds)('heavy entries, %s', (kind) => {
  test('none that brute force finds is missed, and none is made up', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(),
        fc.constantFrom(0.01, 0.05, 0.3),
        fc.constantFrom<FactorChoice>('auto', 'stable'),
        (n, d, seed, eps, factor) => {
          const matrix = makeMatrix(kind, n, d, seed);
          const gaussian = gaussianFrom(randomFrom(seed + 1));
          // Queries of the keys' own column scales: large columns times small queries, and keys themselves.
          const peaks = Array.from({ length: d }, (_, j) =>
            matrix.values.reduce((most, value, at) => (at % d === j ? Math.max(most, Math.abs(value)) : most), 0),
          );
          const queries = Array.from({ length: 12 }, () =>
            Float64Array.from(peaks, (peak) => (peak === 0 ? 0 : gaussian() / peak)),
          );
          const search = new HeavySearch(select(matrix, { eps, factor }), { kernels });
          for (const [i, q] of queries.entries()) {
            const found = search.search({ start: i, rows: 1, d, values: q.slice() });
            const keys = new Map(Array.from(found.key, (key, k) => [key, found.score[k]]));
            for (const [j, score] of bruteForce(matrix, q).entries()) {
              const given = keys.get(j);
              const where = `query ${i} key ${j} score ${score}`;
              if (given === undefined && score >= eps * (1 + 1e-9)) throw new Error(`${where}: missed`);
              if (given !== undefined && score < eps * (1 - 1e-6)) throw new Error(`${where}: made up`);
              if (given !== undefined) expectAtMost(Math.abs(given - score), 1e-6, where);
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});
