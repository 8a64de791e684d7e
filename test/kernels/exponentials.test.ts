/** Sums of 2^x on every backend: against plain sums of powers, whatever is around a row. */

import { describe, expect, test } from 'vitest';
import type { Kernels } from '../../src/kernels/kernels.js';
import { NOTHING_SEEN, packStrips, type QueryStrips, stepsOf } from '../../src/kernels/query-strips.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

interface Setup {
  readonly rows: number;
  readonly d: number;
  readonly count: number;
  /** Spread of x. */
  readonly size: number;
  readonly precise: boolean;
  readonly double?: boolean;
}

function setUp(kernels: Kernels, { rows, d, count, size, precise, double = false }: Setup, seed = 1) {
  const gaussian = gaussianFrom(randomFrom(seed));
  const padded = Math.ceil(count / 8) * 8;
  const values = kernels.allocate(double ? 'float64' : 'float32', rows * d);
  for (let i = 0; i < rows * d; i++) values[i] = gaussian();
  const q = new Float64Array(padded * d);
  for (let i = 0; i < count * d; i++) q[i] = Math.fround((size * gaussian()) / Math.sqrt(d));
  const single = kernels.allocate('float32', padded * stepsOf(d));
  const doubles = kernels.allocate('float64', padded * stepsOf(d));
  packStrips(q, padded, d, 8, single);
  packStrips(q, padded, d, 4, doubles);
  const squares = kernels.allocate('float64', rows).fill(precise || double ? Number.POSITIVE_INFINITY : 1);
  const queries: QueryStrips = {
    d,
    single,
    double: doubles,
    squares: kernels.allocate('float64', padded / 8).fill(1),
    mostProduct: 1,
    reference: kernels.allocate('float64', padded).fill(NOTHING_SEEN),
    sum: kernels.allocate('float64', padded),
    floor: kernels.allocate('float64', padded).fill(Number.NEGATIVE_INFINITY),
    first: kernels.allocateIntegers(padded),
    last: kernels.allocateIntegers(padded).fill(rows, 0, count),
  };
  const xOf = (i: number, j: number): number => {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += q[i * d + k] * values[j * d + k];
    return sum;
  };
  return { keys: { rows, values, seen: undefined, squares }, queries, strips: padded / 8, xOf };
}

const SETUPS: readonly Setup[] = [
  { rows: 1, d: 1, count: 1, size: 1, precise: false },
  { rows: 67, d: 3, count: 5, size: 2, precise: false },
  { rows: 200, d: 64, count: 19, size: 3, precise: false },
  { rows: 130, d: 15, count: 8, size: 60, precise: true },
  { rows: 130, d: 15, count: 8, size: 1e4, precise: true },
  { rows: 90, d: 33, count: 9, size: 5, precise: true, double: true },
  { rows: 40, d: 2050, count: 3, size: 1, precise: false },
];

describe.each(backendNames)('%s', (name) => {
  const kernels = makeKernels(name);
  const exponent = (share: number, setup: ReturnType<typeof setUp>) => {
    const pairs: [number, number, number][] = [];
    kernels.addExponentials(setup.keys, setup.queries, 0, setup.strips, share, (found, x) => {
      for (let p = 0; p < x.length; p++) pairs.push([found[2 * p], found[2 * p + 1], x[p]]);
    });
    return pairs;
  };

  test.each(SETUPS)('$rows x $d past $count queries of size $size, precise: $precise', (shape) => {
    const setup = setUp(kernels, shape);
    const share = Math.log2(0.2);
    const listed = exponent(share, setup);
    const { reference, sum } = setup.queries;
    for (let i = 0; i < shape.count; i++) {
      const own = listed.filter(([query]) => query === i);
      expect(own.map(([, key]) => key)).toEqual(own.map(([, key]) => key).toSorted((a, b) => a - b));
      const x = Array.from({ length: shape.rows }, (_, j) => setup.xOf(i, j));
      const most = Math.max(...x);
      const ceiling = reference[i];
      expect(Number.isInteger(ceiling)).toBe(true);
      // Rounding of x may carry it over a whole number.
      expect(Math.abs(ceiling - Math.ceil(most))).toBeLessThanOrEqual(Math.abs(most) < 1e3 ? 1 : 0);
      const keys = new Set(own.map(([, key]) => key));
      const all = x.reduce((total, value) => total + 2 ** (value - ceiling), 0);
      let rest = 0;
      for (const [j, value] of x.entries()) {
        if (!keys.has(j)) rest += 2 ** (value - ceiling);
        // All that are heavy in the end are listed.
        if (2 ** (value - ceiling) >= 0.2 * 1.001 * all) expect(keys.has(j), `query ${i}, key ${j}`).toBe(true);
      }
      expect(Math.abs(sum[i] - rest)).toBeLessThanOrEqual(3e-6 * rest + 1e-35);
      for (const [, key, value] of own) {
        if (shape.precise) expect(Math.abs(value - x[key])).toBeLessThanOrEqual(1e-12 * shape.size * shape.d);
      }
    }
    for (let i = shape.count; i < 8 * setup.strips; i++) expect(listed.every(([query]) => query !== i)).toBe(true);
  });

  test('2^v to 3e-7, over its whole range', () => {
    // One column, two keys: 0, which the reference is made of and which is listed, and v.
    const at = Array.from({ length: 4000 }, (_, i) => -i / 32 - 0.01);
    for (let from = 0; from < at.length; from += 8) {
      const setup = setUp(kernels, { rows: 2, d: 1, count: 8, size: 1, precise: false });
      setup.keys.values.set([0, 1]);
      setup.queries.single.fill(0);
      // What is below the largest is not to be listed.
      setup.queries.floor.fill(0);
      setup.queries.double.fill(0);
      for (let c = 0; c < 8; c++) {
        setup.queries.single[c] = at[from + c];
        setup.queries.double[Math.floor(c / 4) * 8 + (c % 4)] = Math.fround(at[from + c]);
      }
      exponent(-1, setup);
      for (let c = 0; c < 8; c++) {
        const expected = 2 ** Math.fround(at[from + c]);
        expect(setup.queries.reference[c]).toBe(0);
        // A panel of nothing but tiny terms may be left out.
        expect(Math.abs(setup.queries.sum[c] - expected)).toBeLessThanOrEqual(3e-7 * expected + 2 ** -122);
      }
    }
  });

  test('what becomes of a query depends on its strip alone, of a key on the queries', () => {
    const shape: Setup = { rows: 300, d: 20, count: 40, size: 3, precise: false };
    const [whole, parts] = [setUp(kernels, shape), setUp(kernels, shape)];
    const listed = exponent(-3, whole);
    const later: [number, number, number][] = [];
    for (const strip of [3, 0, 4, 1, 2]) {
      kernels.addExponentials(parts.keys, parts.queries, strip, strip + 1, -3, (found, x) => {
        for (let p = 0; p < x.length; p++) later.push([found[2 * p], found[2 * p + 1], x[p]]);
      });
    }
    const byPlace = (a: readonly number[], b: readonly number[]): number => a[0] - b[0] || a[1] - b[1];
    expect(later.sort(byPlace)).toEqual(listed.sort(byPlace));
    expect([...parts.queries.sum]).toEqual([...whole.queries.sum]);
    const totals = (): { total: Float64Array; largest: Float64Array } => ({
      total: kernels.allocate('float64', shape.rows),
      largest: kernels.allocate('float64', shape.rows),
    });
    const [once, again] = [totals(), totals()];
    whole.queries.floor.fill(9);
    kernels.addScores(whole.keys, whole.queries, 0, whole.strips, once.total, once.largest);
    for (let j = 0; j < shape.rows; j++) {
      const scores = Array.from({ length: shape.count }, (_, i) => 2 ** (whole.xOf(i, j) - 9));
      const sum = scores.reduce((total, score) => total + score, 0);
      expect(Math.abs(once.total[j] - sum)).toBeLessThanOrEqual(5e-6 * sum);
      expect(Math.abs(once.largest[j] - Math.max(...scores))).toBeLessThanOrEqual(5e-6 * Math.max(...scores));
    }
    kernels.addScores(whole.keys, whole.queries, 0, whole.strips, again.total, again.largest);
    expect(again).toEqual(once);
  });

  test('nothing is added or listed of what is not seen', () => {
    const shape: Setup = { rows: 150, d: 6, count: 16, size: 2, precise: false };
    for (const precise of [false, true]) {
      const setup = setUp(kernels, { ...shape, precise });
      const seen = kernels.allocateIntegers(150).fill(1);
      seen.fill(0, 60, 90);
      for (let i = 0; i < 16; i++) {
        setup.queries.first[i] = 3 * i;
        setup.queries.last[i] = i === 7 ? 0 : 150 - 9 * i;
      }
      const listed: [number, number][] = [];
      kernels.addExponentials({ ...setup.keys, seen }, setup.queries, 0, 2, -1, (found) => {
        for (let p = 0; p < found.length; p += 2) listed.push([found[p], found[p + 1]]);
      });
      const sees = (i: number, j: number): boolean => j >= 3 * i && i !== 7 && j < 150 - 9 * i && (j < 60 || j >= 90);
      expect(listed.every(([i, j]) => sees(i, j))).toBe(true);
      expect(setup.queries.reference[7]).toBe(NOTHING_SEEN);
      for (let i = 0; i < 16; i++) {
        if (i === 7) continue;
        let rest = 0;
        for (let j = 0; j < 150; j++) {
          if (sees(i, j) && !listed.some(([query, key]) => query === i && key === j)) {
            rest += 2 ** (setup.xOf(i, j) - setup.queries.reference[i]);
          }
        }
        expect(Math.abs(setup.queries.sum[i] - rest)).toBeLessThanOrEqual(3e-6 * rest + 1e-34);
      }
    }
  });
});
