/** What Lewis weights need of every backend: weighted Gram matrices, and scores in float32 that keep the error they state. */

import { describe, expect, test } from 'vitest';
import { ROUGH_GRAM_ERROR } from '../../src/kernels/kernels.js';
import { expectAtMost } from '../support/comparisons.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const SHAPES = [
  { rows: 1, d: 1 },
  { rows: 3, d: 2 },
  { rows: 5, d: 7 },
  { rows: 300, d: 15 },
  { rows: 517, d: 64 },
  { rows: 64, d: 130 },
];

describe.each(backendNames)('%s', (name) => {
  const kernels = makeKernels(name);

  describe.each(SHAPES)('$rows x $d', ({ rows, d }) => {
    const gaussian = gaussianFrom(randomFrom(rows + d));
    const values = Float32Array.from({ length: rows * d }, gaussian);
    const own = kernels.allocate('float32', rows * d);
    own.set(values);

    test.each([
      ['float32, own memory', own],
      ['float32, elsewhere', values],
      ['float64, elsewhere', Float64Array.from(values)],
    ])('weighted Gram matrix, %s', (_, a) => {
      const roots = Float64Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? 0 : 2 ** ((i % 40) - 20) * (1 + i)));
      const gram = new Float64Array(d * d).fill(3);
      kernels.addWeightedGram(a, rows, d, roots, gram);
      for (let i = 0; i < d; i++) {
        for (let j = i; j < d; j++) {
          let [sum, size] = [3, 3];
          for (let k = 0; k < rows; k++) {
            const product = roots[k] ** 2 * a[k * d + i] * a[k * d + j];
            sum += product;
            size += Math.abs(product);
          }
          expectAtMost(Math.abs(gram[i * d + j] - sum), 1e-13 * size);
        }
      }
    });

    test.each([
      ['own memory', own],
      ['elsewhere', values],
    ])('weighted Gram matrix in float32, %s', (_, a) => {
      const roots = Float64Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? 0 : 2 ** ((i % 40) - 20) * (1 + i)));
      const gram = new Float64Array(d * d).fill(3);
      kernels.addRoughGram(a, rows, d, roots, gram);
      for (let i = 0; i < d; i++) {
        for (let j = i; j < d; j++) {
          let [sum, size] = [3, 3 * 2 ** -24];
          for (let k = 0; k < rows; k++) {
            const product = roots[k] ** 2 * a[k * d + i] * a[k * d + j];
            sum += product;
            size += Math.abs(product);
          }
          expectAtMost(Math.abs(gram[i * d + j] - sum), ROUGH_GRAM_ERROR * size);
        }
      }
    });

    test('equal columns have equal entries in float32', () => {
      if (d < 2) return;
      const copied = values.slice();
      for (let k = 0; k < rows; k++) copied[k * d + d - 1] = copied[k * d];
      const gram = new Float64Array(d * d);
      kernels.addRoughGram(copied, rows, d, new Float64Array(rows).fill(0.7), gram);
      expect(gram[d - 1]).toBe(gram[0]);
      expect(gram[d * d - 1]).toBe(gram[0]);
    });

    test('rows that are not there are not looked at', () => {
      const gram = new Float64Array(d * d);
      const more = Float32Array.from([...values, ...values.map(() => Number.NaN)]);
      kernels.addWeightedGram(more, rows, d, new Float64Array(2 * rows).fill(1), gram);
      for (let i = 0; i < d; i++) for (let j = i; j < d; j++) expect(gram[i * d + j]).not.toBeNaN();
    });

    test.each([false, true])('scores in float32, upper %s', (upper) => {
      const u = 2 ** -24;
      const b = Float64Array.from({ length: d * d }, (_, at) =>
        upper && Math.floor(at / d) > at % d ? 0 : gaussian() * 10 ** (4 * Math.sin(at)),
      );
      for (const a of [own, values]) {
        const out = new Float64Array(rows + 4).fill(5);
        kernels.roughScores(a, rows, d, b, d, upper, out.subarray(0, rows));
        expect([...out.subarray(rows)]).toEqual([5, 5, 5, 5]);
        for (let i = 0; i < rows; i++) {
          let [score, size] = [0, 0];
          for (let j = 0; j < d; j++) {
            let [sum, most] = [0, 0];
            for (let k = 0; k < d; k++) {
              sum += a[i * d + k] * b[k * d + j];
              most += Math.abs(a[i * d + k] * b[k * d + j]);
            }
            score += sum ** 2;
            size += most ** 2;
          }
          const slack = (d + 2) * u * Math.sqrt(size) * (1 + 1e-6);
          const factor = (d / 8 + 4) * u;
          expectAtMost(Math.sqrt(out[i]), (Math.sqrt(score) + slack) * (1 + factor));
          expectAtMost((Math.sqrt(score) - slack) * (1 - factor), Math.sqrt(out[i]));
        }
      }
    });
  });
});
