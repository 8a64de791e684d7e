/** Pairs of rows on every backend: which reach a threshold, and their products, against sums of exact products. */

import { describe, expect, test } from 'vitest';
import { expectAtMost } from '../support/comparisons.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const SHAPES = [
  { rows: 1, count: 1, d: 1 },
  { rows: 5, count: 3, d: 2 },
  { rows: 33, count: 9, d: 7 },
  { rows: 70, count: 130, d: 64 },
  { rows: 300, count: 500, d: 15 },
  { rows: 9, count: 0, d: 4 },
  { rows: 0, count: 6, d: 4 },
];

describe.each(backendNames)('%s', (name) => {
  const kernels = makeKernels(name);

  /** All pairs that are listed, and how many portions there were. */
  const list = (a: Float32Array, rows: number, d: number, b: Float32Array, count: number, thresholds: Float32Array) => {
    const pairs: [number, number][] = [];
    let portions = 0;
    kernels.screenPairs(a, rows, d, kernels.packRows(b, count, d), count, thresholds, (found) => {
      portions++;
      for (let p = 0; p < found.length; p += 2) pairs.push([found[p], found[p + 1]]);
    });
    return { pairs, portions };
  };

  test.each(SHAPES)('$rows x $d against $count rows: exact for whole numbers', ({ rows, count, d }) => {
    const random = randomFrom(rows + count + d);
    const whole = (length: number): Float32Array => Float32Array.from({ length }, () => Math.floor(7 * random()) - 3);
    const [a, b] = [whole(rows * d), whole(count * d)];
    const thresholds = Float32Array.from({ length: rows }, (_, i) =>
      i % 5 === 4 ? Infinity : Math.floor(d * random()) ** 2,
    );
    const expected: [number, number][] = [];
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < count; j++) {
        let sum = 0;
        for (let k = 0; k < d; k++) sum += a[i * d + k] * b[j * d + k];
        if (sum ** 2 >= thresholds[i]) expected.push([i, j]);
      }
    }
    const own = kernels.allocate('float32', rows * d);
    own.set(a);
    for (const rowsOfA of [a, own]) {
      const { pairs } = list(rowsOfA, rows, d, b, count, thresholds);
      for (let i = 0; i < rows; i++) {
        const keys = pairs.filter(([row]) => row === i).map(([, key]) => key);
        expect(keys, `row ${i}`).toEqual(expected.filter(([row]) => row === i).map(([, key]) => key));
      }
      expect(pairs).toHaveLength(expected.length);
    }
  });

  test('a list of any length comes whole, in portions', () => {
    const [rows, count] = [301, 503];
    const a = new Float32Array(rows).fill(1);
    const { pairs, portions } = list(a, rows, 1, new Float32Array(count).fill(1), count, new Float32Array(rows));
    expect(new Set(pairs.map(([i, j]) => i * count + j)).size).toBe(rows * count);
    expect(pairs).toHaveLength(rows * count);
    expect(portions).toBeGreaterThan(1);
  });

  test('products that overflow are listed', () => {
    expect(list(Float32Array.of(3e38), 1, 1, Float32Array.of(3e38), 1, Float32Array.of(1e38)).pairs).toEqual([[0, 0]]);
  });

  test('products of listed pairs, whatever arrays they are in, have the same bits wherever the pair stands', () => {
    for (const d of [1, 3, 4, 15, 64, 130]) {
      const gaussian = gaussianFrom(randomFrom(d));
      const a = Float32Array.from({ length: 6 * d }, gaussian);
      const b = Float32Array.from({ length: 7 * d }, gaussian);
      const pairs = Int32Array.of(0, 0, 5, 6, 2, 3, 5, 6, 4, 0);
      const own = kernels.allocate('float64', 7 * d);
      own.set(b);
      const results = [b, Float64Array.from(b), own].flatMap((right) =>
        [a, Float64Array.from(a)].map((left) => {
          const out = new Float64Array(6).fill(7);
          kernels.pairDots(left, right, d, pairs, out.subarray(0, 5));
          expect(out[5]).toBe(7);
          return [...out];
        }),
      );
      for (const result of results) expect(result).toEqual(results[0]);
      const [result] = results;
      expect(result[3]).toBe(result[1]);
      for (let p = 0; p < 5; p++) {
        let sum = 0;
        let size = 0;
        for (let k = 0; k < d; k++) {
          const term = a[pairs[2 * p] * d + k] * b[pairs[2 * p + 1] * d + k];
          sum += term;
          size += Math.abs(term);
        }
        expect(Math.abs(result[p] - sum)).toBeLessThanOrEqual(2 * d * 2 ** -53 * size);
      }
    }
  });

  test('products may be asked for while pairs are being listed', () => {
    const [rows, count, d] = [200, 300, 5];
    const gaussian = gaussianFrom(randomFrom(9));
    const a = Float32Array.from({ length: rows * d }, gaussian);
    const b = Float32Array.from({ length: count * d }, gaussian);
    let seen = 0;
    kernels.screenPairs(a, rows, d, kernels.packRows(b, count, d), count, new Float32Array(rows), (pairs) => {
      const out = new Float64Array(pairs.length / 2);
      kernels.pairDots(a, b, d, pairs, out);
      for (let p = 0; p < out.length; p++) {
        let sum = 0;
        for (let k = 0; k < d; k++) sum += a[pairs[2 * p] * d + k] * b[pairs[2 * p + 1] * d + k];
        expectAtMost(Math.abs(out[p] - sum), 1e-12);
        seen++;
      }
    });
    expect(seen).toBe(rows * count);
  });
});
