/** Leverage scores of k (x) k, against a dense QR decomposition. */

import { Matrix, QrDecomposition } from 'ml-matrix';
import { expect, test } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import { TensorAccumulator } from '../../src/sketch/bounds/tensor.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { makeMatrix } from '../support/random-matrices.js';

const kernels = makeKernels(backendNames.at(-1)!);

/** Leverage scores of the rows k (x) k, all d^2 products. */
function tensorScores(values: Float64Array, n: number, d: number): number[] {
  // The d (d + 1) / 2 different products span the same columns.
  const rows = Array.from({ length: n }, (_, l) => {
    const row: number[] = [];
    for (let i = 0; i < d; i++) for (let j = i; j < d; j++) row.push(values[l * d + i] * values[l * d + j]);
    return row;
  });
  const q = new QrDecomposition(new Matrix(rows)).orthogonalMatrix;
  return rows.map((_, l) => q.getRow(l).reduce((sum, value) => sum + value * value, 0));
}

test.each(['gaussian', 'heavy-tailed', 'outliers last', 'sorted by norm, growing'])('%s', (kind) => {
  const [n, d] = [200, 4];
  const { values } = makeMatrix(kind, n, d, 8);
  const tensor = new TensorAccumulator(d, 0.01, kernels);
  tensor.absorb(values, 120);
  tensor.absorb(values.slice(120 * d), n - 120);
  const bounds = new Float64Array(n);
  tensor.bound(values, n, bounds);
  for (const [l, score] of tensorScores(values, n, d).entries()) {
    expect(bounds[l]).toBeGreaterThanOrEqual(score * (1 - 1e-9) - 1e-12);
    expect(bounds[l]).toBeLessThanOrEqual(score * 1.001 + 1e-12);
  }
});

test('with few columns, x^4 in one dimension is exact: k^4 over the sum', () => {
  const values = Float64Array.from([1, -2, 3, 0, 0.5]);
  const total = 1 + 16 + 81 + 0.0625;
  const sketch = new LeverageSketch({ d: 1, eps: 0.01, kernels, f: parseFunction('power:4'), certificate: 'tensor' });
  sketch.add({ start: 0, rows: 5, d: 1, values });
  const { index, score } = sketch.finish();
  expect([...index]).toEqual([0, 1, 2]);
  for (const [i, row] of index.entries()) expect(score[i]).toBeCloseTo(values[row] ** 4 / total, 9);
});

test('rows so much larger than those before that their norms overflow', () => {
  const tensor = new TensorAccumulator(1, 0.01, kernels);
  tensor.absorb(new Float64Array(100).fill(1e-40), 100);
  tensor.absorb(new Float64Array(10).fill(1e40), 10);
  const bounds = new Float64Array(2);
  tensor.bound(Float64Array.of(1e40, 5e39), 2, bounds);
  expect(bounds[0]).toBeCloseTo(1 / 10, 9);
  expect(bounds[1]).toBeCloseTo(1 / 160, 9);
});

test('more columns than it can do are refused', () => {
  expect(() => new TensorAccumulator(71, 0.1, kernels)).toThrow(/at most 2500, and K has d = 71/);
});
