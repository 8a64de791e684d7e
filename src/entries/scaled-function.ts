/**
 * f of sizes |x| in a query's own unit: attention scores of |x|^p do not depend on the unit, so that with the largest product
 * as the unit no power over- or underflows; other functions are worked out at the true size.
 */

import { type Growth, parseFunction, type ScoringFunction } from '../functions.js';

/** f of a size in some unit, up to a factor. */
export type ScaledFunction = (size: number) => number;

/** Makes the gauge for a unit: a true size. */
export type GaugeMaker = (unit: number) => ScaledFunction;

/** f(c x) = c^a f(x) where both exponents of growth agree, and then only powers of |x| do. */
export const isHomogeneous = ({ a, b }: Growth): boolean => a === b;

/** Gauges for a function that grows. */
export function gaugesFor({ evaluate }: ScoringFunction, growth: Growth): GaugeMaker {
  return isHomogeneous(growth) ? () => evaluate : (unit) => (size) => evaluate(size * unit);
}

/** size^p. */
export const powerOf = (p: number): ScaledFunction => parseFunction(`power:${p}`).evaluate;

/**
 * A size up to which every f(size) is below `value`, but for rounding: found by halving, on a logarithmic scale, between the
 * two that the exponents of growth give.
 *
 * @param one - f(1), > 0
 * @returns >= 0; Infinity where f is below `value` up to 1, rounding allowed for
 */
export function sizeBelow(f: ScaledFunction, { a, b }: Growth, one: number, value: number): number {
  const share = value / one;
  if (!(share > 0)) return 0;
  if (share > 1 + LEEWAY * (1 + b)) return Number.POSITIVE_INFINITY;
  if (share >= 1) return 1 - LEEWAY;
  let below = share ** (1 / a) * (1 - LEEWAY);
  let above = share ** (1 / b);
  for (let step = 0; step < STEPS && below < above * 0.99; step++) {
    const middle = Math.sqrt(below * above);
    if (f(middle) < value * (1 - LEEWAY)) below = middle;
    else above = middle;
  }
  return below * (1 - LEEWAY);
}

const LEEWAY = 2 ** -40;
const STEPS = 24;
