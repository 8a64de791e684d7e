/** Sums over the rows whose keys are at hand, of one query's products, with what rounding may have done to them. */

import { U } from '../../sketch/factor/rounding.js';
import type { ScaledFunction } from '../scaled-function.js';
import type { Range } from './remainder.js';

/** What {@link sumKnown} is asked for. */
export interface KnownQuestion {
  readonly f: ScaledFunction;
  /** f(c x) <= c^b f(x) for c >= 1. */
  readonly b: number;
  /** Another power to sum, p >= b, if any; f itself may be that. */
  readonly p: number | undefined;
  /** |x|^p. */
  readonly power: ScaledFunction;
  /** What the products are divided by. */
  readonly unit: number;
  /** How far rounding may have moved a product, in that unit; > 0. */
  readonly rounding: number;
}

/** Sums in the query's unit. */
export interface TermSums {
  /** Of f(x): what it lies between, and as computed. */
  readonly f: Range & { readonly computed: number };
  readonly squares: Range;
  /** An upper bound of the sum of |x|^p; 0 where it was not asked for. */
  readonly powers: number;
}

/** A relative error of f itself, and of a sum: this many units of rounding and one more for every term. */
const EVALUATION = 64;

/**
 * Sums f(x), x^2 and |x|^p.
 *
 * With r the rounding and B = max(1, b): |x| >= B r gives |f(x +- r) - f(x)| <= 2 B (r / |x|) f(x), and smaller ones are below
 * f((B + 1) r) anyway.
 *
 * @param products - overwritten with their sizes in the unit
 * @param values - as many, overwritten: f of each
 */
export function sumKnown(
  products: Float64Array,
  { f, b, p, power, unit, rounding }: KnownQuestion,
  values: Float64Array,
): TermSums {
  const count = products.length;
  const least = Math.max(1, b, p ?? 0) * rounding;
  let sum = 0;
  let slope = 0;
  let smallSum = 0;
  let small = 0;
  let squares = 0;
  let powers = 0;
  let powerSlope = 0;
  for (let i = 0; i < count; i++) {
    const size = Math.abs(products[i]) / unit;
    const value = f(size);
    products[i] = size;
    values[i] = value;
    squares += size * size;
    if (size < least) {
      small++;
      smallSum += value;
      continue;
    }
    sum += value;
    slope += value / size;
    if (p === undefined) continue;
    const raised = power(size);
    powers += raised;
    powerSlope += raised / size;
  }
  const error = (count + EVALUATION) * U;
  const moved = 2 * Math.max(1, b) * rounding * slope + error * sum;
  const fewest = Math.max(0, sum - moved);
  const squareMoved = 2 * rounding * Math.sqrt(count * squares) + count * rounding * rounding + error * squares;
  return {
    f: {
      low: Number.isFinite(fewest) ? fewest : 0,
      high: (sum + moved + small * f(least + rounding)) * (1 + error),
      computed: sum + smallSum,
    },
    squares: { low: Math.max(0, squares - squareMoved), high: squares + squareMoved },
    powers:
      p === undefined
        ? 0
        : (powers + 2 * Math.max(1, p) * rounding * powerSlope + small * power(least + rounding)) * (1 + error),
  };
}
