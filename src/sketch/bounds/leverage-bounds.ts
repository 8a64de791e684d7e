/**
 * Bounds of sensitivities from leverage scores alone, for functions with growth exponents (a, b).
 *
 * - b > 2: tau^(b/2) n^(b/2 - 1) for |x|^b, by Hoelder's inequality.
 * - b <= 2: greedy fill. With v_l = x_l^2 / q^T G q <= tau_l and sum_l v_l = 1, f(x_l) / f(x_j) >= phi(v_l / tau_j), where
 *   phi(v) = min(v^(b/2), v^(a/2)) is concave: the sum over l is smallest where a mass of 1 is spent on the largest tau
 *   first, the last one partly. Its inverse bounds the sensitivity.
 *
 * For b > 2 the bound of f itself is that of |x|^b to the power a / b (growth lemma).
 */

import type { Growth } from '../../functions.js';
import { POWER_SLACK } from './lewis/screen.js';

/** Bounds of rows, in their order, 0 … 1. */
export interface SensitivityBounds {
  /** For |x|^b. */
  readonly power: Float64Array;
  /** For f. */
  readonly f: Float64Array;
}

/**
 * Lowers bounds to those that follow from leverage scores.
 *
 * @param tau - upper bounds of the leverage scores of some rows, 0 … 1
 * @param dropped - one for every other row
 * @param n - rows in all
 */
export function lowerByLeverage(
  bounds: SensitivityBounds,
  tau: Float64Array,
  dropped: number,
  n: number,
  { a, b }: Growth,
): void {
  if (b > 2) {
    lowerByPowers(bounds, tau, n, { a, b });
    return;
  }
  const pieces = spendMass(tau, dropped);
  const power = b === 2 ? tau : fill(tau, pieces, { a: b, b });
  lower(bounds.power, power);
  lower(bounds.f, a === b ? power : fill(tau, pieces, { a, b }));
}

/** Lowers numbers to others. */
export function lower(bounds: Float64Array, others: Float64Array): void {
  for (let i = 0; i < bounds.length; i++) bounds[i] = Math.min(bounds[i], others[i]);
}

/** For b > 2, in place: of very many rows, no other array is made. */
function lowerByPowers({ power, f }: SensitivityBounds, tau: Float64Array, n: number, { a, b }: Growth): void {
  // In logarithms, as neither power need be a float64.
  const rows = (b / 2 - 1) * Math.log(n);
  for (let i = 0; i < tau.length; i++) {
    const bound = Math.min(1, Math.exp((b / 2) * Math.log(tau[i]) + rows) * POWER_SLACK);
    power[i] = Math.min(power[i], bound);
    f[i] = Math.min(f[i], (a === b ? bound : bound ** (a / b)) * POWER_SLACK);
  }
}

/** Pieces of a mass of 1, the largest first: `count` times `size`. */
interface Piece {
  readonly size: number;
  readonly count: number;
}

/** Spends a mass of 1 on rows, the largest first, the last one partly; there is no end of rows with score `dropped`. */
function spendMass(tau: Float64Array, dropped: number): Piece[] {
  const pieces: Piece[] = [];
  let left = 1;
  const spend = (size: number, most: number): void => {
    if (size <= 0 || left <= 0) return;
    const count = Math.min(most, Math.floor(left / size));
    if (count > 0) pieces.push({ size, count });
    left -= count * size;
    if (count === most || left <= 0) return;
    pieces.push({ size: left, count: 1 });
    left = 0;
  };
  for (const size of tau
    .filter((t) => t > dropped)
    .sort()
    .reverse())
    spend(size, 1);
  spend(dropped, Number.POSITIVE_INFINITY);
  return pieces;
}

/** 1 / sum_l phi(v_l / tau_j) for every j, at most 1. */
function fill(tau: Float64Array, pieces: readonly Piece[], { a, b }: Growth): Float64Array {
  const count = pieces.length;
  // sums of size^(a/2) over the pieces before k, and of size^(b/2) over those from k on.
  const larger = new Float64Array(count + 1);
  const smaller = new Float64Array(count + 1);
  for (let k = 0; k < count; k++) larger[k + 1] = larger[k] + pieces[k].count * pieces[k].size ** (a / 2);
  for (let k = count - 1; k >= 0; k--) smaller[k] = smaller[k + 1] + pieces[k].count * pieces[k].size ** (b / 2);
  return tau.map((t) => {
    if (t === 0) return 0;
    let low = 0;
    for (let high = count; low < high; ) {
      const middle = (low + high) >> 1;
      if (pieces[middle].size > t) low = middle + 1;
      else high = middle;
    }
    const sum = larger[low] * t ** (-a / 2) + smaller[low] * t ** (-b / 2);
    return Math.min(1, POWER_SLACK / sum);
  });
}
