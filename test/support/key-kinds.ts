/** Key matrices of the kinds that users have: float32, a few thousand rows. */

import { gaussianFrom, type RandomMatrix, randomFrom } from './random-matrices.js';

type Fill = (i: number, j: number, gaussian: () => number, n: number, d: number) => number;

/** Student's t: a normal number over the root of a mean of squares. */
const student =
  (freedom: number): Fill =>
  (_i, _j, gaussian) => {
    let squares = 0;
    for (let k = 0; k < freedom; k++) squares += gaussian() ** 2;
    return gaussian() / Math.sqrt(squares / freedom);
  };

const FILLS: Readonly<Record<string, Fill>> = {
  gaussian: (_i, _j, gaussian) => gaussian(),
  't, 2 degrees of freedom': student(2),
  't, 3 degrees of freedom': student(3),
  'outlier column': (_i, j, gaussian) => gaussian() * (j === 1 ? 80 : 1),
  'outlier rows': (i, _j, gaussian) => gaussian() * (i % 997 === 5 ? 60 : 1),
  'badly scaled': (_i, j, gaussian) => gaussian() * 10 ** (3 * j - 6),
  'drifting over four decades': (i, _j, gaussian, n) => gaussian() * 10 ** ((4 * i) / n - 2),
  planted: (i, j, gaussian, n, d) =>
    i % Math.floor(n / d) === 9 ? 40 * Number(Math.floor(i / Math.floor(n / d)) === j) : gaussian(),
};

/** Every kind there is; the last has one direction fewer than columns. */
export const keyKinds = [...Object.keys(FILLS), 'rank-deficient'];

/** Keys of one kind. */
export function makeKeys(kind: string, n: number, d: number, seed: number): RandomMatrix {
  const gaussian = gaussianFrom(randomFrom(seed));
  const fill = FILLS[kind] ?? FILLS['t, 3 degrees of freedom'];
  const values = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) values[i * d + j] = Math.fround(fill(i, j, gaussian, n, d));
    // Whole numbers, so that the dependence is exact.
    if (kind === 'rank-deficient') {
      let sum = 0;
      for (let j = 0; j < d - 1; j++) sum += values[i * d + j] = Math.round(8 * values[i * d + j]);
      values[i * d + d - 1] = sum;
    }
  }
  return { kind, n, d, values };
}
