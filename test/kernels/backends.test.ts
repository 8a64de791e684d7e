/** One suite for every backend: each operation against sums of exact products, whatever array it is given. */

import { describe, expect, test } from 'vitest';
import { scaleColumns } from '../../src/kernels/kernels.js';
import { expectAtMost } from '../support/comparisons.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

type Values = Float32Array | Float64Array;

const SHAPES = [
  { rows: 1, d: 1 },
  { rows: 3, d: 2 },
  { rows: 5, d: 7 },
  { rows: 300, d: 15 },
  { rows: 257, d: 64 },
  { rows: 64, d: 130 },
];

/** A sum without rounding to speak of (Neumaier). */
function exactSum(terms: Iterable<number>): number {
  let sum = 0;
  let lost = 0;
  for (const term of terms) {
    const next = sum + term;
    lost += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
    sum = next;
  }
  return sum + lost;
}

const dot = (length: number, x: (k: number) => number, y: (k: number) => number): number =>
  exactSum(Array.from({ length }, (_, k) => x(k) * y(k)));

function expectClose(actual: number, expected: number, size: number): void {
  expectAtMost(Math.abs(actual - expected), 1e-13 * size);
}

describe.each(backendNames)('%s', (name) => {
  const kernels = makeKernels(name);

  /** The same numbers in the backend's own memory and elsewhere, in both element types. */
  const variants = (rows: number, d: number): { title: string; a: Values }[] => {
    const gaussian = gaussianFrom(randomFrom(rows * 1000 + d));
    const values = Float32Array.from({ length: rows * d }, gaussian);
    const own32 = kernels.allocate('float32', rows * d);
    own32.set(values);
    const own64 = kernels.allocate('float64', rows * d);
    own64.set(values);
    return [
      { title: 'float32, own memory', a: own32 },
      { title: 'float64, own memory', a: own64 },
      { title: 'float32, elsewhere', a: values },
      { title: 'float64, elsewhere', a: Float64Array.from(values) },
    ];
  };

  describe.each(SHAPES)('$rows x $d', ({ rows, d }) => {
    const r = d > 2 ? d - 1 : d;
    const gaussian = gaussianFrom(randomFrom(d));
    const b = Float64Array.from({ length: d * r }, gaussian);
    const upper = b.map((value, at) => (Math.floor(at / r) > at % r ? 0 : value));
    const weights = Float64Array.from({ length: d }, (_, j) => 1 + j);

    test.each(variants(rows, d))('$title', ({ a }) => {
      const at = (i: number) => (j: number) => a[i * d + j];

      const gram = kernels.allocate('float64', d * d);
      kernels.addGram(a, rows, d, gram);
      kernels.addGram(a, rows, d, gram);
      for (let i = 0; i < d; i++) {
        for (let j = i; j < d; j++) {
          const expected = dot(
            rows,
            (k) => a[k * d + i],
            (k) => a[k * d + j],
          );
          expectClose(gram[i * d + j], 2 * expected, rows);
        }
      }

      const norms = new Float64Array(rows);
      expect(kernels.rowNorms(a, rows, d, weights, norms)).toBe(true);
      for (let i = 0; i < rows; i++) {
        const expected = dot(d, (j) => weights[j] * a[i * d + j], at(i));
        expectClose(norms[i], expected, expected + d);
      }

      const fused = kernels.allocate('float64', d * d);
      const along = new Float64Array(rows + 1).fill(7);
      expect(kernels.addGramAndNorms(a, rows, d, weights, along, fused)).toBe(true);
      expect(kernels.addGramAndNorms(a, rows, d, weights, along, fused)).toBe(true);
      for (let i = 0; i < d; i++) {
        for (let j = i; j < d; j++) expect(Object.is(fused[i * d + j], gram[i * d + j])).toBe(true);
      }
      expect(along.subarray(0, rows)).toEqual(norms);
      expect(along[rows]).toBe(7);

      const inParts = kernels.allocate('float64', d * d);
      const part = kernels.gramRows(d);
      for (const _ of [1, 2]) {
        for (let top = 0; top < rows; top += part) {
          const count = Math.min(part, rows - top);
          kernels.addGramAndNorms(a.subarray(top * d), count, d, weights, along.subarray(top), inParts);
        }
      }
      for (let i = 0; i < d; i++) {
        for (let j = i; j < d; j++) expect(Object.is(inParts[i * d + j], gram[i * d + j])).toBe(true);
      }
      expect(along.subarray(0, rows)).toEqual(norms);

      const squares = new Float64Array(d + 3).fill(7);
      const together = new Float64Array(rows);
      expect(kernels.normsAndSquares(a, rows, d, weights, together, squares)).toBe(true);
      for (let i = 0; i < rows; i++) expectClose(together[i], norms[i], norms[i] + d);
      for (let j = 0; j < d; j++) {
        const column = (k: number): number => a[k * d + j];
        expectClose(squares[j] - 7, dot(rows, column, column), rows);
      }
      expect([...squares.subarray(d)]).toEqual([7, 7, 7]);

      const peaks = new Float64Array(d).fill(1.5);
      expect(kernels.scan(a, rows, d, peaks)).toBe(true);
      for (let j = 0; j < d; j++) {
        let peak = 1.5;
        for (let i = 0; i < rows; i++) peak = Math.max(peak, Math.abs(a[i * d + j]));
        expect(peaks[j]).toBe(peak);
      }

      for (const [factor, isUpper] of [
        [b, false],
        [upper, true],
      ] as const) {
        const product = kernels.allocate('float64', rows * r);
        kernels.multiply(a, rows, d, factor, r, isUpper, product);
        const scores = new Float64Array(rows);
        kernels.rowScores(a, rows, d, factor, r, isUpper, scores);
        for (let i = 0; i < rows; i++) {
          const expected = Array.from({ length: r }, (_, j) => dot(d, at(i), (k) => factor[k * r + j]));
          for (let j = 0; j < r; j++) expectClose(product[i * r + j], expected[j], d);
          const score = exactSum(expected.map((x) => x * x));
          expectClose(scores[i], score, score + d * d);
        }
      }
    });
  });

  // OpenBLAS sums some entries in another order than others, on some processors and from some d on.
  test.skipIf(name === 'blas')('equal columns give equal Gram entries, to the last bit, wherever they stand', () => {
    for (const d of [2, 5, 15, 64, 67]) {
      const rows = 300;
      const gaussian = gaussianFrom(randomFrom(d));
      for (const [first, second] of [
        [0, d - 1],
        [Math.floor(d / 2), d - 1],
        [0, 1],
      ]) {
        if (first === second) continue;
        const a = Float32Array.from({ length: rows * d }, gaussian);
        for (let i = 0; i < rows; i++) a[i * d + second] = a[i * d + first];
        const gram = new Float64Array(d * d);
        kernels.addGram(a, rows, d, gram);
        const entry = (i: number, j: number): number => (i <= j ? gram[i * d + j] : gram[j * d + i]);
        for (let k = 0; k < d; k++) expect(entry(k, first)).toBe(entry(k, second));
      }
    }
  });

  test('what becomes of a row does not depend on the rows around it, to the last bit', () => {
    for (const d of [2, 7, 64, 67]) {
      const [rows, r] = [23, d];
      const gaussian = gaussianFrom(randomFrom(d));
      const b = Float64Array.from({ length: d * r }, gaussian);
      const upper = b.map((value, at) => (Math.floor(at / r) > at % r ? 0 : value));
      const values = Float32Array.from({ length: rows * d }, gaussian);
      for (const a of [values, Float64Array.from(values)]) {
        for (const [factor, isUpper] of [
          [b, false],
          [upper, true],
        ] as const) {
          const products = new Float64Array(rows * r);
          const scores = new Float64Array(rows);
          kernels.multiply(a, rows, d, factor, r, isUpper, products);
          kernels.rowScores(a, rows, d, factor, r, isUpper, scores);
          for (const i of [0, 3, 16, 20, rows - 1]) {
            const row = a.slice(i * d, (i + 1) * d);
            const product = new Float64Array(r);
            const score = new Float64Array(1);
            kernels.multiply(row, 1, d, factor, r, isUpper, product);
            kernels.rowScores(row, 1, d, factor, r, isUpper, score);
            expect(product).toEqual(products.slice(i * r, (i + 1) * r));
            expect(score[0]).toBe(scores[i]);
          }
        }
      }
    }
  });

  test('one bad entry anywhere is seen', () => {
    const d = 7;
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const place of [0, 3 * d + 6, 9 * d + 2, 10 * d - 1]) {
        for (const a of [new Float32Array(10 * d).fill(1), new Float64Array(10 * d).fill(1)]) {
          a[place] = bad;
          const ones = new Float64Array(d).fill(1);
          expect(kernels.rowNorms(a, 10, d, ones, new Float64Array(10))).toBe(false);
          expect(kernels.normsAndSquares(a, 10, d, ones, new Float64Array(10), new Float64Array(d))).toBe(false);
          expect(kernels.scan(a, 10, d, new Float64Array(d))).toBe(false);
          const gram = kernels.allocate('float64', d * d);
          expect(kernels.addGramAndNorms(a, 10, d, ones, new Float64Array(10), gram)).toBe(false);
        }
      }
    }
  });

  test('no array is written past its end', () => {
    const [rows, d, r] = [5, 3, 3];
    const a = kernels.allocate('float64', rows * d).fill(1);
    for (const guarded of [kernels.allocate('float64', 64), new Float64Array(64)]) {
      guarded.fill(7);
      kernels.rowScores(a, rows, d, new Float64Array(d * r).fill(1), r, false, guarded.subarray(0, rows));
      expect([...guarded.subarray(rows)]).toEqual(Array(64 - rows).fill(7));
      guarded.fill(7);
      kernels.multiply(a, rows, d, new Float64Array(d * r).fill(1), r, false, guarded.subarray(0, rows * r));
      expect([...guarded.subarray(rows * r)]).toEqual(Array(64 - rows * r).fill(7));
    }
  });

  test('arrays stay as they are when many more are asked for', () => {
    const first = kernels.allocate('float64', 1000).fill(3);
    for (let i = 0; i < 20; i++) kernels.allocate('float64', 2 ** 16).fill(i);
    expect(first.every((value) => value === 3)).toBe(true);
    const norms = new Float64Array(10);
    kernels.rowNorms(first, 10, 100, new Float64Array(100).fill(1), norms);
    expect([...norms]).toEqual(Array(10).fill(900));
  });
});

test('scaling columns multiplies each by its factor', () => {
  const out = new Float64Array(4);
  scaleColumns(Float32Array.of(1, 2, 3, 4), 2, 2, Float64Array.of(2, 0.5), out);
  expect([...out]).toEqual([2, 1, 6, 2]);
});
