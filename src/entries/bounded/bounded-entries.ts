/** From bounded denominators to entries: scores that lie within [lower, upper]. */

import type { EntryList } from '../entry-batch.js';
import type { BoundedDenominator, KeyTerms } from './denominator-bounds.js';
import type { Estimate } from './rest-estimate.js';

/** f has a relative error of a few units of rounding, and so has what is made from it. */
export const SLACK = 2 ** -44;

/** Which entries are wanted. */
export interface EntryRule {
  readonly eps: number;
  /** Whether only entries are wanted whose lower bound reaches eps, instead of all that may. */
  readonly certain: boolean;
  /** f(c x) <= c^b f(x) for c >= 1. */
  readonly b: number;
}

/** Keys whose entries are looked for. */
export interface EntryKeys {
  /** Global row of key j. */
  readonly row: (j: number) => number;
  /** A bound of any score of key j; 1 where there is none. */
  readonly own: (j: number) => number;
}

/**
 * Adds the entries of a query.
 *
 * @param terms - sizes and values of its keys, as {@link boundDenominator} left them
 * @param estimate - of the denominator, in its unit; undefined where there is none
 */
export function addBoundedEntries(
  query: number,
  denominator: BoundedDenominator,
  { products: sizes, values, numerators }: KeyTerms,
  { row, own }: EntryKeys,
  { eps, certain, b }: EntryRule,
  estimate: () => Estimate | undefined,
  entries: EntryList,
): void {
  const { f, range, rounding } = denominator;
  const slack = SLACK * (1 + b);
  const needed = eps * range.low * (1 - slack);
  // A size is off by less than a share 1 / max(1, b) of itself, which changes f by less than a factor of 4, or is small.
  const small = f(2 * (1 + b) * rounding);
  let guess: Estimate | undefined;
  for (let j = 0; j < numerators; j++) {
    if (4 * values[j] < needed && small < needed) continue;
    const size = sizes[j];
    const most = f(size + rounding) * (1 + slack);
    const upper = Math.min(1, own(j), most / Math.max(most, range.low));
    const lower = Math.min(upper, (f(Math.max(0, size - rounding)) / range.high) * (1 - slack));
    if (upper < eps || (certain && lower < eps)) continue;
    guess ??= estimate();
    const score = guess ? values[j] / guess.value : middleOf(lower, upper);
    const error = guess ? (score / guess.value) * Math.sqrt(guess.variance) : Number.NaN;
    const clipped = Math.max(lower, Math.min(upper, score));
    entries.add(query, row(j), clipped, lower, upper, Math.min(error, upper - lower));
  }
}

/** The geometric middle. */
const middleOf = (lower: number, upper: number): number =>
  lower > 0 ? Math.sqrt(lower) * Math.sqrt(upper) : upper / 2;
