/** Rows of float32 on every backend: against JavaScript's own arithmetic in float64, within what the interface says is rounded. */

import { describe, expect, test } from 'vitest';
import { SINGLE_BINS } from '../../src/kernels/single-rows.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const U = 2 ** -24;

const gaussians = (count: number, seed: number): Float32Array => {
  const next = gaussianFrom(randomFrom(seed));
  return Float32Array.from({ length: count }, next);
};

describe.each(backendNames)('%s', (name) => {
  const kernels = makeKernels(name);
  const { single } = kernels;

  const rowOf = (values: ArrayLike<number>): Float32Array => {
    const row = kernels.allocate('float32', values.length);
    row.set(values);
    return row;
  };

  test.each([1, 2, 7, 31, 33, 64, 129])('products of %i columns are within the roundings of their terms', (d) => {
    const [rows, n, stride] = [13, 75, 80];
    const [q, keys] = [gaussians(rows * d, d), gaussians(n * d, d + 1)];
    const roundings = single.roundings(d);
    for (const given of [keys, Float64Array.from(keys)]) {
      for (const inKernels of [true, false]) {
        const length = single.singleKeysLength(n, d);
        const packed = inKernels ? kernels.allocate('float32', length) : new Float32Array(length);
        single.packSingleKeys(given, n, d, packed);
        for (const [from, count] of [
          [0, n],
          [16, 5],
          [64, 11],
        ]) {
          const out = kernels.allocate('float32', rows * stride).fill(-1);
          single.multiplySingleKeys(q, rows, d, packed, from, count, out, stride);
          for (let i = 0; i < rows; i++) {
            for (let j = count; j < stride; j++) expect(out[i * stride + j]).toBe(-1);
            for (let j = 0; j < count; j++) {
              let [sum, bound] = [0, 0];
              for (let k = 0; k < d; k++) {
                const term = q[i * d + k] * keys[(from + j) * d + k];
                sum += term;
                bound += roundings[k] * U * Math.abs(term) * 1.0001;
              }
              expect(Math.abs(out[i * stride + j] - sum)).toBeLessThanOrEqual(bound);
            }
          }
        }
      }
    }
  });

  test.each([1, 7, 8, 9, 130, 5000])('powers of two of %i numbers, and their sum', (count) => {
    const x = rowOf(gaussians(count, count).map((one) => 9 * one - 3));
    x[0] = -1e30;
    const given = x.slice();
    const { least, most } = single.rangeOfSingles(x);
    expect([least, most]).toEqual([Math.min(...given), Math.max(...given)]);
    const sum = single.exponentiateSingle(x, most);
    for (let j = 0; j < count; j++) {
      const power = given[j] - most;
      const exact = 2 ** Math.max(-126, power);
      const rounding = power < -126 ? 0 : Math.LN2 * U * Math.abs(power);
      expect(Math.abs(x[j] - exact)).toBeLessThanOrEqual((3e-7 + rounding) * exact);
    }
    const all = x.reduce((total, one) => total + one, 0);
    expect(Math.abs(sum - all)).toBeLessThanOrEqual(count * 2 ** -52 * all);
  });

  test.each([0, 1, 7, 8, 1024, 1031, 70_000])('squares of %i numbers sum up to within 1e-5', (count) => {
    const x = rowOf(gaussians(count, 6).map((one) => Math.min(1, Math.abs(one) / 4)));
    const exact = x.reduce((sum, one) => sum + one * one, 0);
    expect(Math.abs(single.singleSquares(x) - exact)).toBeLessThanOrEqual(1e-5 * exact);
  });

  test.each([0, 1, 3, 4, 9, 130])('differences of %i numbers are worked out in float64', (count) => {
    const base = 1e6 + 1 / 3;
    const x = kernels.allocate('float64', count);
    x.set(gaussians(count, 4).map((one) => base + one));
    const out = rowOf(new Float32Array(count + 1).fill(7));
    single.roundDifferences(x, base, out.subarray(0, count));
    expect([...out]).toEqual([...Array.from(x, (one) => Math.fround(one - base)), 7]);
    expect(single.rangeOfSingles(out.subarray(0, 0))).toEqual({ least: Infinity, most: -Infinity });
  });

  test('sums of multiples, in float64', () => {
    const [rows, stride, count] = [5, 37, 35];
    const x = rowOf(gaussians(rows * stride, 3));
    const factors = Float64Array.from({ length: rows }, (_, i) => 1 / (3 + i));
    for (const out of [new Float64Array(count).fill(0.1), kernels.allocate('float64', count).fill(0.1)]) {
      single.addScaledRows(x, rows, stride, count, factors, out);
      for (let j = 0; j < count; j++) {
        let sum = 0.1;
        for (let i = 0; i < rows; i++) sum += factors[i] * x[i * stride + j];
        expect(out[j]).toBe(sum);
      }
    }
  });

  test.each([0, 3, 8, 77])('places, bins and their members among %i numbers', (count) => {
    const x = rowOf(gaussians(count, 9).map((one) => Math.exp(-Math.abs(one))));
    expect([...single.listSingleAtLeast(x, 0.5)]).toEqual([...x.keys()].filter((j) => x[j] >= 0.5));
    const [counts, sums] = [kernels.allocateIntegers(SINGLE_BINS), kernels.allocate('float64', SINGLE_BINS)];
    const wanted = [...x].filter((one) => one >= 0.25);
    expect(single.addSingleBins(x, 0.25, counts, sums)).toBe(wanted.length);
    const binOf = (one: number) => new Uint32Array(Float32Array.of(one).buffer)[0] >>> 16;
    for (const bin of new Set(wanted.map(binOf))) {
      const own = wanted.filter((one) => binOf(one) === bin);
      expect(counts[bin]).toBe(own.length);
      expect(sums[bin]).toBe(own.reduce((sum, one) => sum + one, 0));
      expect([...single.listSingleBin(x, bin)]).toEqual([...x].filter((one) => binOf(one) === bin));
    }
    expect(counts.reduce((sum, one) => sum + one, 0)).toBe(wanted.length);
  });
});
