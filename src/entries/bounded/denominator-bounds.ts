/**
 * The denominator D(q) = sum_l f(<q, k_l>) of one query: summed over the rows whose keys are at hand, bounded over the rest.
 *
 * Invariant: D lies within the bounds, whatever rounding did.
 */

import type { Growth } from '../../functions.js';
import { powerOf, type ScaledFunction } from '../scaled-function.js';
import type { QueryFacts } from './query-facts.js';
import { boundRest, type Range } from './remainder.js';
import { sumKnown } from './term-sums.js';

/** A bounded denominator, in the query's own unit. */
export interface BoundedDenominator {
  readonly range: Range;
  /** The part of it that was summed, as computed. */
  readonly known: number;
  /** What sizes are divided by. */
  readonly unit: number;
  /** How far rounding may have moved a size. */
  readonly rounding: number;
  readonly f: ScaledFunction;
}

/** What of a denominator does not depend on the query. */
export interface DenominatorOptions {
  readonly growth: Growth;
  /** The power of |x| whose sum over the set's rows is bounded, if any. */
  readonly p: number | undefined;
  /** Rows of the set that are not at hand, at most. */
  readonly others: number;
  /** No such row has more than this share of any query's sum over the set's rows. */
  readonly share: number;
}

/** Products of one query with keys at hand. */
export interface KeyTerms {
  /** Overwritten with their sizes in the query's unit. */
  readonly products: Float64Array;
  /** How many of them, the first ones, are those of keys whose scores are asked for. */
  readonly numerators: number;
  /** As many as products, overwritten: f of each. */
  readonly values: Float64Array;
}

/** No keys. */
export const NO_TERMS: KeyTerms = {
  products: new Float64Array(0),
  numerators: 0,
  values: new Float64Array(0),
};

/**
 * Bounds the denominator of a query.
 *
 * @param own - keys of the rows that the set was made from
 * @param more - keys of other usable rows, too, all of which are at hand
 * @returns undefined where float64 cannot hold f of the query's products
 */
export function boundDenominator(
  facts: QueryFacts,
  own: KeyTerms,
  more: KeyTerms,
  { growth, p, others, share }: DenominatorOptions,
): BoundedDenominator | undefined {
  const unit = Math.max(facts.rounding, largestOf(own), largestOf(more));
  const f = facts.gauge(unit);
  if (!f) return undefined;
  const rounding = facts.rounding / unit;
  const question = { f, b: growth.b, p: undefined, power: ZERO, unit, rounding };
  const known = sumKnown(own.products, { ...question, p, power: p === undefined ? ZERO : powerOf(p) }, own.values);
  const beside = sumKnown(more.products, question, more.values);
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
    range: { low: known.f.low + beside.f.low + rest.low, high: known.f.high + beside.f.high + rest.high },
    known: known.f.computed + beside.f.computed,
    unit,
    rounding,
    f,
  };
}

function largestOf({ products, numerators }: KeyTerms): number {
  let largest = 0;
  for (let j = 0; j < numerators; j++) largest = Math.max(largest, Math.abs(products[j]));
  return largest;
}

const ZERO = (): number => 0;

/** Of a few operations, and the root that the squares are taken through. */
const SLACK = 2 ** -50;
