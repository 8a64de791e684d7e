/** Weighted keys that stand for all in softmax attention, by what must be true of them. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attend } from '../../src/attention/attend.js';
import { makeCoreset } from '../../src/selectors/coreset.js';
import type { Matrix } from '../support/fixtures.js';
import { randomFrom } from '../support/random-matrices.js';
import { kernels, upTo } from './support.js';

const scale = 0.5;

const gaussian = (rows: number, d: number, seed: number): Matrix => {
  const random = randomFrom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return { rows, d, values: Float64Array.from({ length: rows * d }, normal) };
};

const valuesOf = ({ d, values }: Matrix) => ({ width: d, rows: values });

/** Attention of a query over all keys, and its denominator, by plain loops. */
function exact(K: Matrix, V: Matrix, q: Float64Array): { readonly output: Float64Array; readonly total: number } {
  const output = new Float64Array(V.d);
  let total = 0;
  for (let j = 0; j < K.rows; j++) {
    const e = Math.exp(scale * dot(q, K.values.subarray(j * K.d, (j + 1) * K.d)));
    total += e;
    for (let c = 0; c < V.d; c++) output[c] += e * V.values[j * V.d + c];
  }
  return { output: output.map((one) => one / total), total };
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, one, c) => sum + one * b[c], 0);

describe('weights', () => {
  test('with as many pivots as keys, attention and its denominator are exact', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 14 }), fc.nat(1e6), fc.boolean(), async (n, seed, half) => {
        const [K, V, Q] = [gaussian(n, 3, seed), gaussian(n, 2, seed + 1), gaussian(5, 3, seed + 2)];
        const places = half ? upTo(Math.floor(n / 2)) : [];
        const made = makeCoreset(K, valuesOf(V), { kernels, scale, size: n, exact: places, seed });
        expect([...made.place].sort((a, b) => a - b)).toEqual([...upTo(n)]);
        const order = Array.from(upTo(n)).sort((i, j) => made.place[i] - made.place[j]);
        const keys = {
          d: 3,
          index: upTo(n),
          values: K.values,
          attended: Float64Array.from(order.flatMap((i) => [...made.values!.subarray(2 * i, 2 * i + 2)])),
          weights: {
            weight: Float64Array.from(order, (i) => made.weight[i]),
            low: new Float64Array(2).fill(Number.NEGATIVE_INFINITY),
            high: new Float64Array(2).fill(Number.POSITIVE_INFINITY),
          },
        };
        for await (const { output, rows } of attend(keys, [{ start: 0, ...Q }], { width: 2, scale, kernels })) {
          for (let i = 0; i < rows; i++) {
            const q = Q.values.subarray(3 * i, 3 * i + 3);
            const wanted = exact(K, V, q);
            for (let c = 0; c < 2; c++) expect(Math.abs(output[2 * i + c] - wanted.output[c])).toBeLessThan(1e-5);
            const total = order.reduce(
              (sum, at, j) => sum + made.weight[at] * Math.exp(scale * dot(q, K.values.subarray(3 * j, 3 * j + 3))),
              0,
            );
            expect(Math.abs(total / wanted.total - 1)).toBeLessThan(1e-5);
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  test('a shift of all keys changes neither keys nor weights', () => {
    const [K, V] = [gaussian(120, 4, 5), gaussian(120, 3, 6)];
    const shifted = { ...K, values: K.values.map((one, at) => one + (at % 4) - 9) };
    for (const seed of [undefined, 1, 2]) {
      const settings = { kernels, scale, size: 20, exact: [3, 70], seed, queryRadius: 2 };
      const [one, other] = [K, shifted].map((keys) => makeCoreset(keys, valuesOf(V), settings));
      expect([...other.place]).toEqual([...one.place]);
      for (const [l, weight] of one.weight.entries()) expect(other.weight[l]).toBeCloseTo(weight, 6);
      for (const [at, value] of one.values!.entries()) expect(other.values![at]).toBeCloseTo(value, 6);
    }
  });

  test('copies: one of five weighs 5, and has the sum of their values', () => {
    const base = gaussian(4, 3, 9);
    const K: Matrix = { rows: 20, d: 3, values: Float64Array.from([...Array(5)].flatMap(() => [...base.values])) };
    const V = gaussian(20, 2, 10);
    const made = makeCoreset(K, valuesOf(V), { kernels, scale, size: 10, seed: 3 });
    expect(made.place.map((j) => j % 4).sort()).toEqual(Int32Array.of(0, 1, 2, 3));
    for (const [l, place] of made.place.entries()) {
      expect(made.weight[l]).toBeCloseTo(5, 9);
      for (let c = 0; c < 2; c++) {
        const sum = V.values.reduce(
          (total, one, at) => total + (at % 2 === c && (at >> 1) % 4 === place % 4 ? one : 0),
          0,
        );
        expect(made.values![2 * l + c]).toBeCloseTo(sum, 9);
      }
    }
  });

  test('exact keys weigh 1 and have their own values; without V there are weights alone', () => {
    const [K, V] = [gaussian(60, 3, 11), gaussian(60, 2, 12)];
    const settings = { kernels, scale, size: 12, exact: [5, 17, 40], seed: 1 };
    const made = makeCoreset(K, valuesOf(V), settings);
    expect([made.exact, ...made.place.subarray(0, 3), ...made.weight.subarray(0, 3)]).toEqual([3, 5, 17, 40, 1, 1, 1]);
    expect([...made.values!.subarray(0, 6)]).toEqual(
      [5, 17, 40].flatMap((j) => [...V.values.subarray(2 * j, 2 * j + 2)]),
    );
    expect(new Set(made.place).size).toBe(12);
    const bare = makeCoreset(K, undefined, settings);
    expect([bare.values, [...bare.weight]]).toEqual([undefined, [...made.weight]]);
  });
});
