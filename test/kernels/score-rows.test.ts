/** Rows of attention scores on every backend: against JavaScript's own arithmetic, term by term and sum by sum. */

import { describe, expect, test } from 'vitest';
import type { Kernels } from '../../src/kernels/kernels.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const COUNTS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 130];

function rowOf(kernels: Kernels, values: readonly number[]): Float64Array {
  const row = kernels.allocate('float64', values.length + 1).subarray(0, values.length);
  row.set(values);
  return row;
}

const gaussians = (count: number, seed: number): number[] => {
  const next = gaussianFrom(randomFrom(seed));
  return Array.from({ length: count }, next);
};

const ulp = (x: number): number => 2 ** Math.max(-1074, Math.floor(Math.log2(Math.max(x, 5e-324))) - 52);

describe.each(backendNames)('%s', (name) => {
  const kernels = makeKernels(name);

  test.each([1, 2, 7, 64, 129])('products with packed keys of %i columns are the sums of their terms', (d) => {
    const [rows, n, stride] = [37, 43, 47];
    const [q, keys] = [Float64Array.from(gaussians(rows * d, d)), Float64Array.from(gaussians(n * d, d + 1))];
    const packed = kernels.allocate('float64', kernels.packedKeysLength(n, d));
    kernels.packKeys(keys, n, d, packed);
    // Of float32 the same, with nothing behind them touched.
    const singles = Float32Array.from(keys);
    const [one, other] = [singles, Float64Array.from(singles)].map((given) => {
      const own = kernels.allocate('float64', packed.length + 50).fill(-1);
      kernels.packKeys(given, n, d, own.subarray(0, packed.length));
      return own;
    });
    expect(one).toEqual(other);
    expect(one.subarray(packed.length).every((number) => number === -1)).toBe(true);
    for (const queries of [q, Float32Array.from(q)]) {
      for (const [from, count] of [
        [0, n],
        [0, 8],
        [12, n - 12],
        [40, 1],
      ]) {
        const out = kernels.allocate('float64', rows * stride).fill(-1);
        kernels.multiplyKeys(queries, rows, d, packed, from, count, out, stride);
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < stride; j++) {
            const found = out[i * stride + j];
            if (j >= count) expect(found).toBe(-1);
            else {
              let [sum, size] = [0, 0];
              for (let k = 0; k < d; k++) {
                const term = queries[i * d + k] * keys[(from + j) * d + k];
                sum += term;
                size += Math.abs(term);
              }
              expect(Math.abs(found - sum)).toBeLessThanOrEqual(2 * d * 2 ** -53 * size);
            }
          }
        }
      }
    }
  });

  test('keys outside the kernels memory give the same bits', () => {
    const [rows, n, d] = [9, 1030, 24];
    const [q, keys] = [Float64Array.from(gaussians(rows * d, 1)), Float64Array.from(gaussians(n * d, 2))];
    const length = kernels.packedKeysLength(n, d);
    const [inside, outside] = [
      kernels.allocate('float64', length),
      new Float64Array(new SharedArrayBuffer(8 * length)),
    ];
    const products = [inside, outside].map((packed) => {
      kernels.packKeys(keys, n, d, packed);
      const out = kernels.allocate('float64', rows * n);
      kernels.multiplyKeys(q, rows, d, packed, 0, 1024, out, n);
      kernels.multiplyKeys(q, rows, d, packed, 1024, n - 1024, out.subarray(1024), n);
      return out;
    });
    expect(products[1]).toEqual(products[0]);
  });

  test('e^x is right to a unit of the last place, from 0 to where it is nothing', () => {
    const next = randomFrom(5);
    const x = [
      0,
      -0,
      -1e-300,
      -(2 ** -28),
      -(2 ** -29),
      -0.34657359027997264,
      -0.3465735912322998,
      -Math.LN2,
      -1.0397207708399179,
    ];
    for (const [least, count] of [
      [-1, 2000],
      [-50, 2000],
      [-700, 1000],
      [-760, 2000],
    ] as const) {
      for (let i = 0; i < count; i++) x.push(least * next());
    }
    x.push(-708.4, -744.9, -745.13, -745.14, -800, -1e5, -1e300, Number.NEGATIVE_INFINITY);
    const row = rowOf(kernels, x);
    const sum = kernels.exponentiateRow(row, 0);
    for (const [at, one] of x.entries()) {
      expect(Math.abs(row[at] - Math.exp(one)), `e^${one}`).toBeLessThanOrEqual(ulp(Math.exp(one)));
    }
    expect(row[0]).toBe(1);
    expect(sum).toBe(row.reduce((total, one) => total + one, 0));
  });

  test('e^x is relative to what is taken off, and NaN stays', () => {
    const row = rowOf(kernels, [1000, 999, Number.NaN, 1000]);
    expect(kernels.exponentiateRow(row, 1000)).toBeNaN();
    expect([...row]).toEqual([1, expect.closeTo(Math.exp(-1), 15), Number.NaN, 1]);
    // Where products overflow there is no largest one to go by.
    expect(kernels.exponentiateRow(rowOf(kernels, [1, Number.POSITIVE_INFINITY]), Number.POSITIVE_INFINITY)).toBeNaN();
  });

  test.each(COUNTS)('rows of %i numbers: scaled, squared, divided, summed and listed as JavaScript does', (count) => {
    const values = gaussians(count, 7 + count);
    for (const sizes of [false, true]) {
      const row = rowOf(kernels, values);
      const most = kernels.scaleRow(row, 0.3, sizes);
      const scaled = values.map((value) => value * 0.3);
      expect([...row]).toEqual(scaled);
      expect(most).toBe(sizes ? Math.max(0, ...scaled.map(Math.abs)) : Math.max(...scaled));
      const sum = kernels.squareRow(row, 1.7);
      const squares = scaled.map((value) => (value / 1.7) * (value / 1.7));
      expect([...row]).toEqual(squares);
      expect(sum).toBe(squares.reduce((total, one) => total + one, 0));
      kernels.divideRow(row, 3);
      expect([...row]).toEqual(squares.map((value) => value / 3));
      const places = [...kernels.listAtLeast(row, 0.01)];
      expect(places).toEqual([...row.keys()].filter((at) => row[at] >= 0.01));
    }
  });

  test('the largest passes over NaN, and listing does', () => {
    const row = rowOf(kernels, [1, Number.NaN, 3, -4, Number.NaN]);
    expect(kernels.scaleRow(row, 1, false)).toBe(3);
    expect(kernels.scaleRow(row, 1, true)).toBe(4);
    expect([...kernels.listAtLeast(row, 1)]).toEqual([0, 2]);
  });

  test.each(COUNTS)('sums over rows of %i numbers and over their columns run in order', (count) => {
    for (const rows of [1, 3, 4, 5, 13]) {
      const stride = count + 2;
      const x = rowOf(kernels, gaussians(rows * stride, count + rows));
      const sums = Float64Array.from(gaussians(rows, 3));
      const columns = Float64Array.from(gaussians(count, 4));
      const expected = [sums.slice(), columns.slice()];
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < count; j++) {
          expected[0][i] += x[i * stride + j];
          expected[1][j] += x[i * stride + j];
        }
      }
      const [weights, multiples] = [rowOf(kernels, gaussians(rows, 8)), new Float64Array(stride)];
      const outside = new Float64Array(stride);
      kernels.addMultiples(weights, x, stride, multiples);
      kernels.addMultiples(weights, Float64Array.from(x), stride, outside);
      const sumsOfMultiples = Float64Array.from(multiples, (_, c) =>
        weights.reduce((sum, weight, i) => sum + weight * x[i * stride + c], 0),
      );
      expect([multiples, outside]).toEqual([sumsOfMultiples, sumsOfMultiples]);
      const strips = rowOf(kernels, gaussians(3 * 16 * (rows + 2), count));
      const ofStrips = rowOf(kernels, gaussians(48, 9));
      const sumsOfStrips = Float64Array.from(ofStrips, (one, c) => {
        const from = 16 * (rows + 2) * (c >> 4) + (c & 15);
        return weights.reduce((sum, weight, i) => sum + weight * strips[from + 16 * i], one);
      });
      kernels.addStripMultiples(weights, strips, 16 * (rows + 2), ofStrips);
      expect(Float64Array.from(ofStrips)).toEqual(sumsOfStrips);
      kernels.sumRows(x, rows, stride, count, sums);
      kernels.addRows(x, rows, stride, count, columns);
      expect([sums, columns]).toEqual(expected);
    }
  });

  test.each([
    [1, 3, 0],
    [16, 5, 1],
    [33, 8, 7],
    [128, 15, 40],
  ])('the next rows of a factor of %i keys in %i columns behind %i', (keys, d, count) => {
    const strips = Math.ceil(keys / 16);
    const [rows, stride, all] = [count + 3, count + 4, count + 2];
    const y = Float64Array.from(gaussians(keys * d, keys + d), (one) => one / d);
    const own = Float64Array.from(gaussians(all * d, 5), (one) => one / d);
    const columns = rowOf(kernels, new Array<number>(strips * 16 * d).fill(0));
    const square = rowOf(kernels, new Array<number>(strips * 16).fill(0));
    const residual = rowOf(kernels, new Array<number>(strips * 16).fill(1));
    const factor = rowOf(kernels, gaussians(strips * 16 * rows, 6));
    const ofPivots = rowOf(kernels, gaussians(stride * all, 7));
    const before = factor.slice();
    for (let i = 0; i < keys; i++) {
      for (let c = 0; c < d; c++) {
        columns[((i >> 4) * d + c) * 16 + (i & 15)] = y[i * d + c];
        square[i] += y[i * d + c] ** 2;
      }
    }
    const [root, flat] = [1.75, 0.25];
    const squares = Float64Array.from({ length: all }, (_, u) =>
      own.subarray(u * d, (u + 1) * d).reduce((sum, one) => sum + one * one, 0),
    );
    kernels.addPivotRows(
      { d, columns, square, residual, factor, rows, flat },
      {
        rows: rowOf(kernels, [...own]),
        squares: rowOf(kernels, [...squares]),
        roots: rowOf(kernels, new Array<number>(all).fill(root)),
        columns: ofPivots,
        stride,
      },
      count,
      all,
    );
    const place = (u: number, i: number): number => ((i >> 4) * rows + u) * 16 + (i & 15);
    for (let i = 0; i < keys; i++) {
      const found = Array.from({ length: count }, (_, u) => before[place(u, i)]);
      let left = 1;
      for (let u = count; u < all; u++) {
        let product = 0;
        for (let c = 0; c < d; c++) product += own[u * d + c] * y[i * d + c];
        let next = Math.exp(Math.min(0, product - (square[i] + squares[u]) / 2));
        for (let v = 0; v < u; v++) next += ofPivots[u * stride + v] * found[v];
        found.push(next / root);
        left -= found[u] ** 2;
        if (left < flat) left = 0;
      }
      expect(
        found.map((_, u) => factor[place(u, i)]),
        `key ${i}`,
      ).toEqual(found);
      expect(residual[i]).toBe(left);
      expect(factor[place(all, i)]).toBe(before[place(all, i)]);
    }
  });
});
