/**
 * Scores of the form (k - c)^T A (k - c) + <b, k - c>: one pass over K for any of them, row by row, so that copies of a key have the same
 * score to the last bit. The origin c is taken off first, as it may be far from the keys' spread.
 */

import type { Kernels } from '../kernels/kernels.js';
import type { RowBlock, Values } from '../rows/row-block.js';

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

/** What scores blocks of keys by a form. */
export function formScorer(form: QuadraticForm, d: number, kernels: Kernels): (block: RowBlock) => Float64Array {
  const { centre, square, linear, root } = form;
  let [own, product] = [new Float64Array(0), new Float64Array(0)];
  return ({ rows, values }) => {
    let y = values;
    if (centre) {
      if (own.length < rows * d) own = new Float64Array(rows * d);
      for (let i = 0, at = 0; i < rows; i++) for (let c = 0; c < d; c++, at++) own[at] = values[at] - centre[c];
      y = own;
    }
    if (!(square instanceof Float64Array) && !linear) return squareScores(y, rows, d, square ?? 0, root === true);
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
    return score;
  };
}

/** Multiples of rows' squared lengths, each one running sum, of four rows side by side: a sum waits for its last addition. */
function squareScores(y: Values, rows: number, d: number, square: number, root: boolean): Float64Array {
  const score = new Float64Array(rows);
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    let a = 0;
    let b = 0;
    let c = 0;
    let e = 0;
    for (let p = i * d, end = p + d; p < end; p++) {
      const first = y[p];
      const second = y[p + d];
      const third = y[p + 2 * d];
      const fourth = y[p + 3 * d];
      a += square * first * first;
      b += square * second * second;
      c += square * third * third;
      e += square * fourth * fourth;
    }
    score[i] = a;
    score[i + 1] = b;
    score[i + 2] = c;
    score[i + 3] = e;
  }
  for (; i < rows; i++) {
    let sum = 0;
    for (let p = i * d; p < (i + 1) * d; p++) sum += square * y[p] * y[p];
    score[i] = sum;
  }
  if (root) for (let row = 0; row < rows; row++) score[row] = Math.sign(score[row]) * Math.sqrt(Math.abs(score[row]));
  return score;
}
