/**
 * Factors and inverses of triangular matrices: on every backend the bytes that the defining loops give, within the rounding errors that theory allows of exact
 * ones (NumPy's, and products that give the matrix back), for every width, in the kernels' memory and out of it.
 */

import { describe, expect, test } from 'vitest';
import type { Kernels } from '../../src/kernels/kernels.js';
import { inverseFactor } from '../../src/kernels/triangular.js';
import { expectAtMost } from '../support/comparisons.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { askNumpy, handOver, numpy } from '../support/numpy.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const WIDTHS = [...Array.from({ length: 37 }, (_, i) => i + 1), 64, 127, 200, 257];

/** Matrices with what factors of K^T K meet. */
const KINDS = ['full', 'without some columns', 'ill-conditioned'] as const;

/** Positive definite, d x d, and NaN below the diagonal, which is not to be looked at. */
function matrixOf(kind: (typeof KINDS)[number], d: number): Float64Array {
  const rows = d + 5;
  const a = Float64Array.from({ length: rows * d }, gaussianFrom(randomFrom(d)));
  if (kind === 'ill-conditioned') {
    for (let at = 0; at < a.length; at++) if (at % d > 0) a[at] = a[at - 1] + 1e-3 * a[at];
  }
  const g = new Float64Array(d * d).fill(Number.NaN);
  for (let i = 0; i < d; i++) {
    for (let j = i; j < d; j++) {
      g[i * d + j] = 0;
      for (let k = 0; k < rows; k++) g[i * d + j] += a[k * d + i] * a[k * d + j];
      if (kind === 'without some columns' && (i % 3 === 1 || j % 3 === 1)) g[i * d + j] = i === j ? 1 : 0;
    }
  }
  return g;
}

/** By the definition, column after column of R; the sums run over rows in order, each product rounded before it is taken off. */
function factorByDefinition(g: Float64Array, d: number, shift: number): Float64Array | undefined {
  const r = new Float64Array(d * d);
  for (let j = 0; j < d; j++) {
    for (let i = 0; i <= j; i++) {
      let rest = g[i * d + j];
      for (let k = 0; k < i; k++) rest -= r[k * d + i] * r[k * d + j];
      if (i < j) r[i * d + j] = rest / r[i * d + i];
      else if (rest + shift > 0) r[j * d + j] = Math.sqrt(rest + shift);
      else return undefined;
    }
  }
  return r;
}

function inverseByDefinition(r: Float64Array, d: number): Float64Array {
  const x = new Float64Array(d * d);
  for (let i = d - 1; i >= 0; i--) {
    const pivot = 1 / r[i * d + i];
    x[i * d + i] = pivot;
    for (let j = i + 1; j < d; j++)
      for (let k = i + 1; k <= j; k++) x[i * d + j] += -pivot * r[i * d + k] * x[k * d + j];
  }
  return x;
}

/** In the kernels' own memory. */
function inside(kernels: Kernels, values: Float64Array): Float64Array {
  const own = kernels.allocate('float64', values.length);
  own.set(values);
  return own;
}

describe.each(backendNames)('%s', (name) => {
  const kernels = makeKernels(name);

  describe.each(KINDS)('%s', (kind) => {
    test('factor and inverse are those of the definition, bit for bit', () => {
      for (const d of WIDTHS) {
        const g = matrixOf(kind, d);
        for (const shift of [0, 0.25]) {
          const factor = factorByDefinition(g, d, shift)!;
          const inverse = inverseByDefinition(factor, d);
          for (const owned of [false, true]) {
            const [from, r, x] = [g, new Float64Array(d * d).fill(7), new Float64Array(d * d).fill(7)].map((array) =>
              owned ? inside(kernels, array) : array.slice(),
            );
            expect(kernels.choleskyUpper(from, d, shift, r)).toBe(true);
            expect(bytesOf(r).equals(bytesOf(factor)), `R of ${d}`).toBe(true);
            kernels.invertUpper(r, d, x);
            expect(bytesOf(x).equals(bytesOf(inverse)), `inverse of ${d}`).toBe(true);
            kernels.choleskyUpper(from, d, shift, from);
            expect(bytesOf(from).equals(bytesOf(factor)), `in place, ${d}`).toBe(true);
          }
        }
      }
    });

    test('a matrix that is not positive definite has no factor, wherever it shows', () => {
      for (const d of WIDTHS) {
        const g = matrixOf(kind, d);
        expect(kernels.choleskyUpper(g, d, 0)).toBe(true);
        for (const at of new Set([0, d >> 1, d - 1])) {
          const spoilt = g.slice();
          spoilt[at * d + at] = -1e-3;
          expect(kernels.choleskyUpper(spoilt, d, 0), `${at} of ${d}`).toBe(false);
          spoilt[at * d + at] = Number.NaN;
          expect(kernels.choleskyUpper(spoilt, d, 0), `NaN at ${at} of ${d}`).toBe(false);
        }
        expect(inverseFactor(kernels, g, d, -1e9)).toBeUndefined();
      }
    });

    test('R^T R is the matrix, and R times its inverse 1, within Higham’s bounds', () => {
      for (const d of [5, 33, 64, 200]) {
        const g = matrixOf(kind, d);
        const r = new Float64Array(d * d);
        kernels.choleskyUpper(g, d, 0, r);
        const x = new Float64Array(d * d);
        kernels.invertUpper(r, d, x);
        const gamma = (d + 2) * 2 ** -53 * 1.01;
        const kappa = condition(r, x, d);
        let [worst, worstOne] = [0, 0];
        for (let i = 0; i < d; i++) {
          for (let j = i; j < d; j++) {
            // Of both sums as they are worked out here, with as much error again.
            let [sum, size, one, oneSize] = [0, 0, 0, 0];
            for (let k = 0; k <= i; k++) sum += r[k * d + i] * r[k * d + j];
            for (let k = 0; k <= i; k++) size += Math.abs(r[k * d + i] * r[k * d + j]);
            for (let k = i; k <= j; k++) one += x[i * d + k] * r[k * d + j];
            for (let k = i; k <= j; k++) oneSize += Math.abs(x[i * d + k] * r[k * d + j]);
            if (size === 0) continue;
            worst = Math.max(worst, Math.abs(sum - g[i * d + j]) / size);
            worstOne = Math.max(worstOne, Math.abs(one - (i === j ? 1 : 0)) / oneSize);
          }
        }
        expectAtMost(worst, 2 * gamma);
        // One of |X R - 1| and |R X - 1| is small whatever R is; the other has R's condition in it.
        expectAtMost(worstOne, 2 * gamma * kappa);
      }
    });
  });

  test('sums and scaled triangles', () => {
    for (const d of WIDTHS) {
      const a = matrixOf('full', d);
      const [rows, columns] = [3, 5].map((seed) => Float64Array.from({ length: d }, gaussianFrom(randomFrom(seed))));
      for (const owned of [false, true]) {
        const [part, sum, out] = [a, new Float64Array(d * d).fill(0.1), new Float64Array(d * d).fill(7)].map((array) =>
          owned ? inside(kernels, array) : array.slice(),
        );
        kernels.addUpper(part, d, sum);
        kernels.scaleUpper(part, d, rows, columns, out);
        kernels.scaleUpper(part, d, rows, columns, part);
        const expected = (above: (at: number, i: number, j: number) => number, below: number): Buffer =>
          bytesOf(
            a.map((_, at) => {
              const [i, j] = [Math.floor(at / d), at % d];
              return j < i ? below : above(at, i, j);
            }),
          );
        expect(bytesOf(sum).equals(expected((at) => 0.1 + a[at], 0.1)), `sum of ${d}`).toBe(true);
        const scaled = expected((at, i, j) => a[at] * rows[i] * columns[j], 0);
        expect(bytesOf(out).equals(scaled), `scaled, ${d}`).toBe(true);
        expect(bytesOf(part).equals(scaled), `in place, ${d}`).toBe(true);
      }
    }
  });

  test.skipIf(!numpy)('NumPy has the same factor and inverse, to rounding', () => {
    for (const d of [7, 64, 130]) {
      const g = matrixOf('full', d);
      for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) g[i * d + j] = g[j * d + i];
      const theirs = askNumpy<{ r: number[]; x: number[] }>(
        `r = np.linalg.cholesky(matrix(given)).T
print(json.dumps({'r': r.ravel().tolist(), 'x': np.linalg.inv(r).ravel().tolist()}))`,
        handOver(d, d, g),
      );
      const r = new Float64Array(d * d);
      kernels.choleskyUpper(g, d, 0, r);
      const x = new Float64Array(d * d);
      kernels.invertUpper(r, d, x);
      const most = (values: readonly number[]): number => Math.max(...values.map(Math.abs));
      const off = (mine: Float64Array, other: readonly number[]): number =>
        most(other.map((one, at) => one - mine[at]));
      const kappa = condition(r, x, d) ** 2;
      expectAtMost(off(r, theirs.r), d * 2 ** -52 * kappa * most(theirs.r));
      expectAtMost(off(x, theirs.x), d * 2 ** -52 * kappa * most(theirs.x));
    }
  });
});

const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/** By Frobenius norms, of R and its inverse. */
function condition(r: Float64Array, x: Float64Array, d: number): number {
  const norm = (a: Float64Array): number => Math.sqrt(a.reduce((sum, one) => sum + one * one, 0));
  return Math.max(1, (norm(r) * norm(x)) / d);
}
