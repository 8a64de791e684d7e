/**
 * Weights of rows, one after another: from scores, from sums that hold the rows, and new ones in place of old ones.
 *
 * Each loop is a function that only returns, so that V8 keeps what it has optimised: `screen/positions.ts`.
 */

import type { LewisPower } from './weights.js';

/**
 * Weights, and square roots of u, of rows by their scores.
 * @param x - scores, a factor of `larger` too small; overwritten by how much each row lets M grow
 */
export function weighRows(
  { squareFor, weightOf, rootOf }: LewisPower,
  larger: number,
  rows: number,
  x: Float64Array,
  weights: Float64Array,
  roots: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    const square = squareFor(x[i] * larger);
    const weight = weightOf(square);
    weights[i] = weight;
    roots[i] = rootOf(weight);
    // u = w / m^2.
    x[i] = weight > 0 ? Math.min(1e9, (x[i] * weight) / square) : 0;
  }
}

/** Square roots of u of rows by their weights. */
export function takeRoots({ rootOf }: LewisPower, rows: number, weights: Float64Array, roots: Float64Array): void {
  for (let i = 0; i < rows; i++) roots[i] = rootOf(weights[i]);
}

/** Raises squares by their errors, and lowers them to 1 / u: M contains a row u times. */
export function capSquares(
  { rootOf }: LewisPower,
  larger: number,
  rows: number,
  weights: Float64Array,
  squares: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    const most = weights[i] === 0 ? Number.POSITIVE_INFINITY : (1 + 1e-9) / rootOf(weights[i]) ** 2;
    squares[i] = Math.min(squares[i] * larger, most);
  }
}

/** The weights that fit m^2, for p > 2 by the weights that rows are counted with. */
export function fitWeights(
  { p, rootOf, weightOf }: LewisPower,
  rows: number,
  squares: Float64Array,
  weights: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    weights[i] = Math.min(1, p > 2 ? squares[i] * rootOf(weights[i]) ** 2 : weightOf(squares[i]));
  }
}

/**
 * Puts new weights in place of old ones.
 *
 * @param more - rows, overwritten: by how much rows count more, square roots; and `less` likewise
 * @param changes - rows, overwritten: of the weights
 */
export function reweighRows(
  { p, rootOf, weightOf }: LewisPower,
  rows: number,
  weights: Float64Array,
  squares: Float64Array,
  more: Float64Array,
  less: Float64Array,
  changes: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    const before = rootOf(weights[i]) ** 2;
    const weight = p > 2 ? Math.min(1, before * squares[i]) : Math.min(weights[i], weightOf(squares[i]));
    const change = rootOf(weight) ** 2 - before;
    more[i] = Math.sqrt(Math.max(0, change));
    less[i] = Math.sqrt(Math.max(0, -change));
    changes[i] = weight - weights[i];
    weights[i] = weight;
  }
}

/** `sum` and the first `count` numbers, added in their order. */
export function sumOf(x: Float64Array, count: number, sum = 0): number {
  for (let i = 0; i < count; i++) sum += x[i];
  return sum;
}
