/**
 * Scores of the form (k - c)^T A (k - c) + <b, k - c>: one pass over K for any of them, row by row, so that copies of a key have the same
 * score to the last bit. The origin c is taken off first, as it may be far from the keys' spread.
 */

import type { Kernels } from '../kernels/kernels.js';
import type { KeySource } from './key-source.js';
import type { ScoredKeys } from './scores.js';

/** A quadratic form of keys. */
export interface QuadraticForm {
  /** c, d; undefined: the origin. */
  readonly centre?: Float64Array | undefined;
  /** A, d x d symmetric; or a number that multiplies the identity; undefined: none. */
  readonly square?: Float64Array | number | undefined;
  /** b, d; undefined: none. */
  readonly linear?: Float64Array | undefined;
  /** Whether the score is the root of the form, with the form's sign: a length instead of its square. */
  readonly root?: boolean;
}

/** The scores of all keys, in order. */
export async function* formScores(
  keys: KeySource,
  form: QuadraticForm,
  kernels: Kernels,
): AsyncGenerator<ScoredKeys, void, undefined> {
  const { d } = keys;
  const { centre, square, linear, root } = form;
  let [own, product] = [new Float64Array(0), new Float64Array(0)];
  for await (const { start, rows, values } of keys.read()) {
    let y = values;
    if (centre) {
      if (own.length < rows * d) own = new Float64Array(rows * d);
      for (let i = 0, at = 0; i < rows; i++) for (let c = 0; c < d; c++, at++) own[at] = values[at] - centre[c];
      y = own;
    }
    if (square instanceof Float64Array) {
      if (product.length < rows * d) product = new Float64Array(rows * d);
      kernels.multiply(y, rows, d, square, d, false, product);
    }
    const score = new Float64Array(rows);
    for (let i = 0, at = 0; i < rows; i++) {
      let [quadratic, straight] = [0, 0];
      for (let c = 0; c < d; c++, at++) {
        const value = y[at];
        if (square instanceof Float64Array) quadratic += product[at] * value;
        else if (square !== undefined) quadratic += square * value * value;
        if (linear) straight += linear[c] * value;
      }
      const sum = quadratic + straight;
      score[i] = root ? Math.sign(sum) * Math.sqrt(Math.abs(sum)) : sum;
    }
    yield { start, rows, score };
  }
}
