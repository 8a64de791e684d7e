/** Random matrices of the kinds that the algorithms must stand: tests draw a kind, a size and a seed. */

import fc from 'fast-check';
import { gaussianFrom, randomFrom } from './random.js';

/** A matrix that a test made, row-major. */
export interface RandomMatrix {
  readonly kind: string;
  readonly n: number;
  readonly d: number;
  readonly values: Float64Array;
}

export { gaussianFrom, randomFrom };

type Fill = (n: number, d: number, random: () => number) => Float64Array;

const gaussian: Fill = (n, d, random) => Float64Array.from({ length: n * d }, gaussianFrom(random));

/** Row i multiplied by factor(i). */
const scaleRows = (a: Float64Array, d: number, factor: (i: number) => number): Float64Array =>
  a.map((value, at) => value * factor(Math.floor(at / d)));

const KINDS: Readonly<Record<string, Fill>> = {
  gaussian,
  'heavy-tailed': (n, d, random) => {
    const a = gaussian(n, d, random);
    return scaleRows(a, d, () => 1).map((value) => value / Math.sqrt(-Math.log(1 - random()) + 1e-3));
  },
  'outliers last': (n, d, random) => scaleRows(gaussian(n, d, random), d, (i) => (i >= n - 3 ? 1e5 : 1)),
  'sorted by norm, growing': (n, d, random) => scaleRows(gaussian(n, d, random), d, (i) => 1.1 ** i),
  'sorted by norm, falling': (n, d, random) => scaleRows(gaussian(n, d, random), d, (i) => 1.1 ** -i),
  'rank growing one at a time': (n, d, random) =>
    gaussian(n, d, random).map((value, at) => (at % d <= Math.floor((Math.floor(at / d) * d) / n) ? value : 0)),
  'new directions in one block': (n, d, random) =>
    gaussian(n, d, random).map((value, at) => (at % d < d / 2 || Math.floor(at / d) >= n - d ? value : 0)),
  'late rotation': (n, d, random) => {
    const a = gaussian(n, d, random);
    return a.map((value, at) => {
      const late = Math.floor(at / d) > (2 * n) / 3;
      const first = at % d < d / 2;
      return first === late ? value * 1e-3 : value;
    });
  },
  'columns scaled by powers of two': (n, d, random) =>
    gaussian(n, d, random).map((value, at) => value * 2 ** (at % 2 === 0 ? 200 - (at % d) : (at % d) - 200)),
  'entries from 1e-150 to 1e150': (n, d, random) =>
    scaleRows(gaussian(n, d, random), d, () => 1).map((value, at) => value * 10 ** (300 * ((at % d) / d) - 150)),
  'small whole numbers': (n, d, random) => Float64Array.from({ length: n * d }, () => Math.floor(5 * random()) - 2),
  'low rank': (n, d, random) => {
    const r = Math.max(1, Math.floor(d / 2));
    const left = Float64Array.from({ length: n * r }, () => Math.floor(9 * random()) - 4);
    const right = Float64Array.from({ length: r * d }, () => Math.floor(9 * random()) - 4);
    return Float64Array.from({ length: n * d }, (_, at) => {
      let sum = 0;
      for (let k = 0; k < r; k++) sum += left[Math.floor(at / d) * r + k] * right[k * d + (at % d)];
      return sum;
    });
  },
  'low rank but for float32 rounding': (n, d, random) => {
    const r = Math.max(1, Math.floor(d / 2));
    const left = gaussian(n, r, random);
    const right = gaussian(r, d, random);
    return Float64Array.from({ length: n * d }, (_, at) => {
      let sum = 0;
      for (let k = 0; k < r; k++) sum += left[Math.floor(at / d) * r + k] * right[k * d + (at % d)];
      return Math.fround(sum);
    });
  },
  'zero rows between': (n, d, random) => scaleRows(gaussian(n, d, random), d, (i) => (i % 3 === 0 ? 0 : 1)),
};

/** Makes a matrix of one kind. */
export const makeMatrix = (kind: string, n: number, d: number, seed: number): RandomMatrix => ({
  kind,
  n,
  d,
  values: KINDS[kind](n, d, randomFrom(seed)),
});

/** Every kind there is. */
export const matrixKinds = Object.keys(KINDS);

/** Matrices of every kind, n from 1 to 300 and d from 1 to 12. */
export const anyMatrix = fc
  .record({
    kind: fc.constantFrom(...matrixKinds),
    n: fc.integer({ min: 1, max: 300 }),
    d: fc.integer({ min: 1, max: 12 }),
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
  })
  .map(({ kind, n, d, seed }) => makeMatrix(kind, n, d, seed));
