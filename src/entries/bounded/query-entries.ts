/**
 * The entries of one query within bounds: of the keys of a universal set and, where K is still being read, of the rows of a block
 * that the set does not know.
 */

import type { Growth } from '../../functions.js';
import type { UniversalSet } from '../../sketch/universal-set.js';
import type { EntryList } from '../entry-batch.js';
import { leastEpsServed } from '../eps-floor.js';
import { addBoundedEntries, type EntryKeys, SLACK } from './bounded-entries.js';
import {
  type BoundedDenominator,
  boundDenominator,
  type DenominatorOptions,
  type KeyTerms,
  NO_TERMS,
} from './denominator-bounds.js';
import type { QueryFacts } from './query-facts.js';
import type { Estimate } from './rest-estimate.js';

/** Which entries are wanted, and what happens to queries whose entries cannot be known. */
export interface QueryEntryOptions {
  readonly growth: Growth;
  readonly eps: number;
  /** Whether only entries are wanted whose lower bound reaches eps. */
  readonly certain: boolean;
  /** Told of a query that cannot be resolved: its products are rounding, or f of them no float64. */
  readonly onUnresolved: (query: number) => void;
}

/** Keys of one query. */
export interface QueryKeys extends EntryKeys {
  readonly terms: KeyTerms;
}

/**
 * How denominators are bounded by a set.
 * @param p - the power of |x| whose sum over the set's rows is bounded, if any
 * @param atHand - keys of the set, and rows of its sample, whose products are at hand
 */
export const denominatorOptions = (
  set: UniversalSet,
  growth: Growth,
  p: number | undefined,
  atHand: number,
): DenominatorOptions => ({
  growth,
  p,
  // A sample without a threshold holds every row that is not zero.
  others: set.sample?.threshold === 0 ? 0 : Math.max(0, set.n - set.skipped - atHand),
  share: (leastEpsServed(set, growth) ?? 1) * (1 + SLACK),
});

/**
 * Adds the entries of a query.
 *
 * @param kept - the set's keys; their terms are overwritten
 * @param fresh - the block's rows, likewise
 * @param route - by which the set's factor was formed
 * @param estimate - of the denominator, in its unit; undefined where there is none
 */
export function addQueryEntries(
  query: number,
  facts: QueryFacts,
  [kept, fresh]: readonly [kept: QueryKeys, fresh?: QueryKeys],
  denominators: DenominatorOptions,
  route: UniversalSet['route'],
  { growth, eps, certain, onUnresolved }: QueryEntryOptions,
  estimate: (denominator: BoundedDenominator) => Estimate | undefined,
  entries: EntryList,
): void {
  const denominator = boundDenominator(facts, kept.terms, fresh?.terms ?? NO_TERMS, denominators);
  if (!denominator || denominator.range.low === 0) {
    // On the stable route this is 0 / 0: no key has anything in the query's direction.
    if (!denominator || route === 'gram') onUnresolved(query);
    return;
  }
  const rule = { eps, certain, b: growth.b };
  for (const keys of fresh ? [kept, fresh] : [kept]) {
    addBoundedEntries(query, denominator, keys.terms, keys, rule, () => estimate(denominator), entries);
  }
}
