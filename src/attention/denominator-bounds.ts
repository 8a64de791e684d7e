/**
 * The denominator D(q) = sum_l f(<q, k_l>) of one query: summed over the rows whose keys are at hand, bounded over the rest.
 *
 * Invariant: D lies within the bounds, whatever rounding did.
 */

import type { Growth } from '../functions.js';
import { type Gauge, powerOf } from './gauge.js';
import { sumKnown } from './known-sums.js';
import type { QueryFacts } from './query-facts.js';
import { boundRest, type Range } from './remainder.js';

/** A bounded denominator, in the query's own unit. */
export interface BoundedDenominator {
  readonly range: Range;
  /** The part of it that was summed, as computed. */
  readonly known: number;
  /** What sizes are divided by. */
  readonly unit: number;
  /** How far rounding may have moved a size. */
  readonly rounding: number;
  readonly f: Gauge;
}

/** What of a denominator does not depend on the query. */
export interface DenominatorOptions {
  readonly growth: Growth;
  /** The power of |x| whose sum over all rows is bounded, if any. */
  readonly p: number | undefined;
  /** Rows that are not at hand, at most. */
  readonly others: number;
  /** No such row has more than this share of any query's denominator. */
  readonly share: number;
}

/**
 * Bounds the denominator of a query.
 *
 * @param products - of the query with every key at hand; overwritten with their sizes in the unit
 * @param numerators - how many of them, the first ones, are those of keys whose scores are asked for
 * @param values - as many as products, overwritten: f of each
 * @returns undefined where float64 cannot hold f of the query's products
 */
export function boundDenominator(
  facts: QueryFacts,
  products: Float64Array,
  numerators: number,
  values: Float64Array,
  { growth, p, others, share }: DenominatorOptions,
): BoundedDenominator | undefined {
  let unit = facts.rounding;
  for (let j = 0; j < numerators; j++) unit = Math.max(unit, Math.abs(products[j]));
  const f = facts.gauge(unit);
  if (!f) return undefined;
  const rounding = facts.rounding / unit;
  const power = p === undefined ? ZERO : powerOf(p);
  const known = sumKnown(products, products.length, { f, b: growth.b, p, power, unit, rounding }, values);
  const powers = facts.powers(unit);
  const rest = boundRest(
    f,
    growth,
    {
      rows: others,
      squares: {
        low: Math.max(0, (Math.sqrt(facts.form.low) / unit) ** 2 * (1 - SLACK) - known.squares.high),
        high: Math.max(0, (Math.sqrt(facts.form.high) / unit) ** 2 * (1 + SLACK) - known.squares.low),
      },
      largest: facts.largest / unit,
      powers: powers && { p: powers.p, sum: Math.max(0, powers.sum - known.powers) },
    },
    known.f,
    share,
  );
  return {
    range: { low: known.f.low + rest.low, high: known.f.high + rest.high },
    known: known.f.computed,
    unit,
    rounding,
    f,
  };
}

const ZERO = (): number => 0;

/** Of a few operations, and the root that the squares are taken through. */
const SLACK = 2 ** -50;
