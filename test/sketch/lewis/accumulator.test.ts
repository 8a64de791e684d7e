/** Sums with Lewis weights: the fixed point, its invariance, and the rule that p < 2 rests on. */

import { describe, expect, test } from 'vitest';
import { scaleColumns } from '../../../src/kernels/kernels.js';
import { LewisAccumulator } from '../../../src/sketch/bounds/lewis/accumulator.js';
import { expectAtMost } from '../../support/comparisons.js';
import { backendNames, makeKernels } from '../../support/kernels.js';
import { makeMatrix, randomFrom } from '../../support/random-matrices.js';

const kernels = makeKernels(backendNames.at(-1)!);

const KINDS = ['gaussian', 'heavy-tailed', 'outliers last', 'sorted by norm, growing', 'small whole numbers'];
const POWERS = [0.5, 1, 1.5, 3, 4, 8];

interface Sums {
  readonly lewis: LewisAccumulator;
  readonly weights: Float64Array;
}

/** All rows in blocks, with the weights they were given. */
function sumUp(values: Float64Array, n: number, d: number, p: number, blockRows: number): Sums {
  const shape = { d, blockRows, floor: 0.1, decay: 0, sampleRate: 1, lewis: { p, floor: 0.1 } };
  const lewis = new LewisAccumulator(shape, shape.lewis, kernels);
  const weights = new Float64Array(n);
  for (let from = 0; from < n; from += blockRows) {
    const rows = Math.min(blockRows, n - from);
    weights.set(lewis.absorb(values.slice(from * d), rows), from);
  }
  return { lewis, weights };
}

/** m^2 of every row against the sums of all. */
function squaresOf({ lewis, weights }: Sums, values: Float64Array, n: number): Float64Array {
  const squares = new Float64Array(n + 4);
  lewis.score(values, n, weights, squares);
  return squares.subarray(0, n);
}

describe.each(POWERS)('p = %d', (p) => {
  test.each(KINDS)('%s, all in one block: weights are m^p to a few percent, and sum to d', (kind) => {
    const [n, d] = [400, 5];
    const { values } = makeMatrix(kind, n, d, 3);
    const sums = sumUp(values, n, d, p, n);
    const squares = squaresOf(sums, values, n);
    let total = 0;
    for (let i = 0; i < n; i++) {
      total += squares[i] ** (p / 2);
      // Rows of next to no weight settle last, and matter least.
      if (sums.weights[i] < 1e-6) continue;
      expect(squares[i] ** (p / 2) / sums.weights[i], `row ${i}`).toBeGreaterThan(0.85);
      expect(squares[i] ** (p / 2) / sums.weights[i], `row ${i}`).toBeLessThan(1.2);
    }
    expect(Math.abs(total / d - 1)).toBeLessThan(0.1);
  });

  test.each(KINDS)('%s: K T for an invertible T leaves all weights alone', (kind) => {
    const [n, d] = [300, 4];
    const { values } = makeMatrix(kind, n, d, 4);
    const random = randomFrom(5);
    const t = Float64Array.from({ length: d * d }, (_, at) => (at % (d + 1) === 0 ? 3 : 0) + random());
    const turned = new Float64Array(n * d);
    kernels.multiply(values, n, d, t, d, false, turned);
    scaleColumns(
      turned,
      n,
      d,
      Float64Array.from({ length: d }, (_, j) => 2 ** (3 * j)),
      turned,
    );
    const one = sumUp(values, n, d, p, 64);
    const other = sumUp(turned, n, d, p, 64);
    for (let i = 0; i < n; i++) expectAtMost(Math.abs(other.weights[i] - one.weights[i]), 1e-6);
  });

  test.each(KINDS)('%s, online: the sums are those of the weights', (kind) => {
    const [n, d] = [500, 3];
    const { values } = makeMatrix(kind, n, d, 6);
    const { lewis, weights } = sumUp(values, n, d, p, 32);
    const { root, sum } = lewis.finish();
    const total = weights.reduce((all, weight) => all + weight, 0);
    expect(sum / (p > 2 ? total : 1)).toBeCloseTo(p > 2 ? 1 : 0, 6);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        let [m, rooted, size] = [0, 0, 0];
        for (let l = 0; l < n; l++) {
          const product = weights[l] ** (1 - 2 / p) * values[l * d + i] * values[l * d + j];
          if (weights[l] > 0) m += product;
          if (weights[l] > 0) size += Math.abs(product);
        }
        for (let k = 0; k < d; k++) rooted += root[k * d + i] * root[k * d + j];
        expect(Math.abs(rooted - m)).toBeLessThanOrEqual(1e-9 * size);
      }
    }
  });

  test.each(KINDS)(
    '%s: fitted anew again and again, weights sum to d for p > 2, and keep the rule for p < 2',
    (kind) => {
      const [n, d] = [500, 3];
      const { values } = makeMatrix(kind, n, d, 7);
      const sums = sumUp(values, n, d, p, 32);
      for (let round = 0; round < 40; round++) {
        const before = sums.weights.slice();
        const squares = squaresOf(sums, values, n);
        for (let from = 0; from < n; from += 32) {
          const rows = Math.min(32, n - from);
          sums.lewis.reweigh(values.slice(from * d), rows, sums.weights.subarray(from), squares.subarray(from));
        }
        if (p > 2) continue;
        // Smaller weights count more.
        for (let i = 0; i < n; i++) expectAtMost(sums.weights[i], before[i]);
        for (const [i, square] of squaresOf(sums, values, n).entries()) {
          if (sums.weights[i] === 0) continue;
          expectAtMost(sums.weights[i] ** (1 - 2 / p) * square ** (1 - p / 2), 1 + 1e-6);
        }
      }
      const total = sums.weights.reduce((all, weight) => all + weight, 0);
      if (p > 2) expect(Math.abs(total / d - 1)).toBeLessThan(1e-3);
      if (p > 2) expect(sums.lewis.finish().sum / total).toBeCloseTo(1, 6);
    },
  );
});
