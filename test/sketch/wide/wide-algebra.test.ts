/** The algebra of wide matrices against NumPy, at sizes that no block, chunk or tile divides. Runs the built modules, for their threads. */

import { afterAll, describe, expect, test } from 'vitest';
import type { WideAlgebra } from '../../../dist/sketch/wide/wide-algebra.js';
import { expectSame } from '../../support/comparisons.js';
import { askNumpy, handOver, numpy } from '../../support/numpy.js';
import { gaussianFrom, randomFrom } from '../../support/random-matrices.js';

const { compileKernels } = await import('../../../dist/kernels/wasm-module.js');
const { createWasmKernels } = await import('../../../dist/kernels/wasm.js');
const { WideAlgebra: Algebra } = await import('../../../dist/sketch/wide/wide-algebra.js');

/** Unit roundoff of float64. */
const U = 2 ** -53;

const made: WideAlgebra[] = [];

function algebraOf(build: 'fma' | 'simd', threads = 1): WideAlgebra {
  const compiled = compileKernels(undefined, [build])!;
  const kernels = createWasmKernels(compiled);
  const { handle } = kernels;
  if (handle.backend !== 'wasm') throw new Error('not WebAssembly');
  const algebra = new Algebra(kernels, { compiled, memory: handle.memory });
  algebra.employ(threads);
  made.push(algebra);
  return algebra;
}

afterAll(() => {
  for (const algebra of made) algebra.employ(1);
});

const builds = (['fma', 'simd'] as const).filter((build) => compileKernels(undefined, [build]));

const gaussian = (count: number, seed: number): Float64Array =>
  Float64Array.from({ length: count }, gaussianFrom(randomFrom(seed)));

/** A^T A of rows x d, whole. */
function gramOf(a: Float64Array, rows: number, d: number): Float64Array {
  const gram = new Float64Array(d * d);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) gram[i * d + j] += a[r * d + i] * a[r * d + j];
  }
  return gram;
}

const upper = (a: Float64Array, d: number): Float64Array =>
  a.map((value, at) => (at % d >= Math.floor(at / d) ? value : 0));

test.each([1, 2, 3])('rows are copied while they are summed, or not at all: %i threads', (threads) => {
  const algebra = algebraOf('fma', threads);
  const [rows, d] = [301, 513];
  const a = algebra.kernels.allocate('float64', rows * d);
  a.set(gaussian(rows * d, 5));
  const sumOf = (): Float64Array => {
    const gram = algebra.kernels.allocate('float64', d * d);
    algebra.kernels.addGram(a, rows, d, gram);
    return gram.slice();
  };
  const expected = sumOf();
  for (let round = 0; round < 20; round++) {
    const room = new Float64Array(new SharedArrayBuffer(8 * (rows * d + 20)));
    const to = room.subarray(10 + (round % 3), 10 + (round % 3) + rows * d);
    const { result, copied } = algebra.copyWhile(a, to, sumOf);
    expectSame(result, expected);
    expect(copied).toBe(threads > 1);
    expectSame(to, copied ? a : new Float64Array(rows * d));
    const before = room.subarray(0, to.byteOffset / 8);
    const behind = room.subarray(to.byteOffset / 8 + rows * d);
    expect([...before, ...behind].every((value) => value === 0)).toBe(true);
  }
  // What is summed later copies nothing.
  const to = new Float64Array(new SharedArrayBuffer(8 * rows * d));
  expect(algebra.copyWhile(a, to, () => 7)).toEqual({ result: 7, copied: false });
  sumOf();
  expectSame(to, new Float64Array(rows * d));
});

test.each([1, 2, 3])(
  'norms of rows in shared memory of their own, and products with narrow and triangular factors: %i threads',
  (threads) => {
    const algebra = algebraOf('fma', threads);
    const plain = createWasmKernels(compileKernels(undefined, ['fma'])!);
    const [rows, d] = [1037, 513];
    const weights = gaussian(d, 3).map(Math.abs);
    const room = new SharedArrayBuffer(8 * (rows * d + 7));
    for (const a of [new Float32Array(room, 4 * 7, rows * d), new Float64Array(room, 8 * 7, rows * d)]) {
      a.set(gaussian(rows * d, 9));
      const [mine, theirs] = [new Float64Array(rows), new Float64Array(rows)];
      expect(algebra.kernels.rowNorms(a, rows, d, weights, mine)).toBe(true);
      plain.rowNorms(a, rows, d, weights, theirs);
      expectSame(mine, theirs);
      a[(rows - 1) * d] = Number.NaN;
      expect(algebra.kernels.rowNorms(a, rows, d, weights, mine)).toBe(false);
      a[(rows - 1) * d] = 1;
      for (const [r, isUpper] of [
        [2, false],
        [d, true],
      ] as const) {
        const b = isUpper ? upper(gaussian(d * d, 4), d) : gaussian(d * r, 4);
        const [product, expected] = [algebra.kernels.allocate('float64', rows * r + 1), new Float64Array(rows * r)];
        product[rows * r] = 7;
        algebra.kernels.multiply(a, rows, d, b, r, isUpper, product.subarray(0, rows * r));
        plain.multiply(a, rows, d, b, r, isUpper, expected);
        expectSame(product.slice(0, rows * r), expected);
        expect(product[rows * r]).toBe(7);
        algebra.kernels.rowScores(a, rows, d, b, r, isUpper, mine);
        plain.rowScores(a, rows, d, b, r, isUpper, theirs);
        expectSame(mine, theirs);
      }
    }
  },
);

const inKernels = (algebra: WideAlgebra, values: Float64Array): Float64Array => {
  const array = algebra.kernels.allocate('float64', values.length);
  array.set(values);
  return array;
};

/** A number of rows that no panel divides, for d columns. */
const rowsFor = (d: number): number => 2 * d + 37;

describe.each(builds)('build %s', (build) => {
  describe.each([1, 3, 64, 65, 130, 333])('d = %i', (d) => {
    const rows = rowsFor(d);
    const a = gaussian(rows * d, d);
    const gram = gramOf(a, rows, d);

    test.runIf(numpy)('Cholesky factor and inverse', () => {
      const algebra = algebraOf(build);
      const found = algebra.cholesky(d, (c) => c.set(upper(gram, d)), true)!;
      const r = upper(new Float64Array(found.matrix), d);
      const inverse = new Float64Array(d * d);
      const factors = Float64Array.from({ length: d }, (_, i) => 1 + i);
      found.takeInverse(factors, inverse);
      const { off, offInverse, most } = askNumpy<{ off: number; offInverse: number; most: number }>(
        `
G, R, X, f = matrix(given['gram']), matrix(given['r']), matrix(given['inverse']), np.array(given['factors'])
L = np.linalg.cholesky(G).T
kappa = np.linalg.cond(L)
print(json.dumps({'off': abs(R - L).max() / abs(L).max(), 'offInverse': abs(X / f[:, None] - np.linalg.inv(L)).max() / abs(np.linalg.inv(L)).max(),
                  'most': kappa ** 2 * len(G)}))`,
        {
          gram: handOver(d, d, gram),
          r: handOver(d, d, r),
          inverse: handOver(d, d, inverse),
          factors: [...factors],
        },
      );
      expect(off).toBeLessThanOrEqual(most * U);
      expect(offInverse).toBeLessThanOrEqual(most * U);
      expectSame(upper(inverse, d), inverse);
    });

    test('what is not positive definite has no factor', () => {
      const algebra = algebraOf(build);
      const c = upper(gram, d);
      c[d * d - 1] = -1;
      expect(algebra.cholesky(d, (to) => to.set(c), true)).toBeUndefined();
      c[0] = Number.NaN;
      expect(algebra.cholesky(d, (to) => to.set(c), false)).toBeUndefined();
    });

    test.runIf(numpy)('QR update, the inverse of what it gives, and products of triangles', () => {
      const algebra = algebraOf(build);
      const r = algebra.kernels.allocate('float64', d * d);
      const half = Math.floor(rows / 2);
      algebra.updateQr(r, d, a, half);
      algebra.updateQr(r, d, a.subarray(half * d), rows - half);
      expectSame(upper(new Float64Array(r), d), new Float64Array(r));
      const inverse = new Float64Array(d * d);
      algebra.invert(d, (to) => to.set(r)).takeInverse(new Float64Array(d).fill(1), inverse);
      const product = inKernels(algebra, new Float64Array(r));
      algebra.multiplyUpper(new Float64Array(r), product, d, true);
      const off = askNumpy<{ r: number; inverse: number; product: number; most: number }>(
        `
A, R, X, P = (matrix(given[name]) for name in ('a', 'r', 'inverse', 'product'))
Q = np.linalg.qr(A)[1]
kappa = np.linalg.cond(Q)
print(json.dumps({'r': abs(abs(R) - abs(Q)).max() / abs(Q).max(), 'inverse': abs(R @ X - np.eye(len(R))).max(),
                  'product': abs(P - R @ R).max() / abs(R @ R).max(), 'most': kappa * len(R)}))`,
        {
          a: handOver(rows, d, a),
          r: handOver(d, d, new Float64Array(r)),
          inverse: handOver(d, d, inverse),
          product: handOver(d, d, new Float64Array(product)),
        },
      );
      for (const what of ['r', 'inverse', 'product'] as const) {
        expect(off[what], what).toBeLessThanOrEqual(8 * off.most * U);
      }
    });

    test('sums, products and scores are those of the kernels to the last bit', () => {
      const algebra = algebraOf(build);
      const plain = createWasmKernels(compileKernels(undefined, [build])!);
      for (const values of [a, Float32Array.from(a)]) {
        const [one, two] = [inKernels(algebra, gram), gram.slice()];
        algebra.kernels.addGram(values, rows, d, one);
        plain.addGram(values, rows, d, two);
        expectSame(upper(new Float64Array(one), d), upper(two, d));
        const r = Math.max(1, d - 3);
        const b = gaussian(d * r, 7);
        for (const wanted of ['multiply', 'rowScores'] as const) {
          const length = wanted === 'multiply' ? rows * r : rows;
          const [mine, theirs] = [new Float64Array(length), new Float64Array(length)];
          algebra.kernels[wanted](values, rows, d, b, r, false, mine);
          plain[wanted](values, rows, d, b, r, false, theirs);
          expectSame(mine, theirs, wanted);
        }
        if (!(values instanceof Float32Array)) continue;
        const [mine, theirs] = [new Float64Array(rows), new Float64Array(rows)];
        algebra.kernels.roughScores(values, rows, d, upper(gram, d), d, true, mine);
        plain.roughScores(values, rows, d, upper(gram, d), d, true, theirs);
        expectSame(mine, theirs);
      }
    });
  });

  test.each([2, 3])('%i threads give the same bits', (threads) => {
    const d = 333;
    const rows = rowsFor(d);
    const a = gaussian(rows * d, 5);
    const all = (count: number): Float64Array[] => {
      const algebra = algebraOf(build, count);
      const gram = algebra.kernels.allocate('float64', d * d);
      for (let k = 0; k < 20; k++) algebra.kernels.addGram(a, rows, d, gram);
      const { matrix } = algebra.cholesky(d, (c) => c.set(upper(gram, d)), true)!;
      const sums = [upper(new Float64Array(gram), d), new Float64Array(matrix)];
      const r = algebra.kernels.allocate('float64', d * d);
      algebra.updateQr(r, d, a, rows);
      const pivots = algebra.pivots(d, (columns) => columns.set(r), 0);
      return [...sums, new Float64Array(r), Float64Array.from(pivots, ({ column, length }) => column + length)];
    };
    expectSame(all(threads), all(1));
  });

  test('columns that depend on others are left out', () => {
    const d = 150;
    const rows = 400;
    const a = gaussian(rows * d, 9).map((value) => Math.round(64 * value) / 64);
    for (let i = 0; i < rows; i++) {
      const row = a.subarray(i * d, (i + 1) * d);
      row[40] = row[3];
      row[41] = row[5] - 2 * row[39];
      row[149] = 0;
    }
    const algebra = algebraOf(build);
    const r = algebra.kernels.allocate('float64', d * d);
    const limits = new Float64Array(d).fill(1e-9);
    algebra.updateQr(r, d, a, rows, limits);
    const leftOut = [...limits.keys()].filter((j) => limits[j] >= 0);
    expect(leftOut).toEqual([40, 41, 149]);
    for (const j of leftOut) expect(r.subarray(j * d, (j + 1) * d).every((value) => value === 0)).toBe(true);
    // R^T R is A^T A all the same.
    const [mine, theirs] = [gramOf(new Float64Array(r), d, d), gramOf(a, rows, d)];
    for (const [at, value] of theirs.entries())
      expect(Math.abs(mine[at] - value)).toBeLessThanOrEqual(rows * d * U * 1e3);
  });

  test.runIf(numpy)('pivots: how much is left of columns, by singular values and by what NumPy has left', () => {
    const [d, rank] = [130, 90];
    const left = gaussian(d * rank, 1);
    const right = gaussian(rank * d, 2);
    const a = new Float64Array(d * d);
    for (let i = 0; i < d; i++) {
      for (let k = 0; k < rank; k++) for (let j = 0; j < d; j++) a[i * d + j] += left[i * rank + k] * right[k * d + j];
    }
    const algebra = algebraOf(build);
    const pivots = algebra.pivots(
      d,
      (columns) => {
        for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) columns[j * d + i] = a[i * d + j];
      },
      1e-11,
    );
    expect(pivots.length).toBe(rank);
    expect(new Set(pivots.map(({ column }) => column)).size).toBe(rank);
    const expected = askNumpy<number[]>(
      `
A, order, out = matrix(given['a']), given['order'], []
for k, column in enumerate(order):
    Q = np.linalg.qr(A[:, order[:k]])[0] if k else np.zeros((len(A), 1))
    rest = A - Q @ (Q.T @ A)
    lengths = np.linalg.norm(rest, axis=0)
    out.append([float(lengths[column]), float(lengths.max())])
print(json.dumps([list(pair) for pair in out]))`,
      { a: handOver(d, d, a), order: pivots.map(({ column }) => column) },
    ) as unknown as [number, number][];
    const [{ length: first }] = pivots;
    for (const [k, [length, longest]] of expected.entries()) {
      expect(Math.abs(pivots[k].length - length)).toBeLessThanOrEqual(1e-12 * first);
      expect(longest - length).toBeLessThanOrEqual(1e-12 * first);
    }
  });
});
