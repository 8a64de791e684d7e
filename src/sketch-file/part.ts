/** What a sketch of a part of K must be told, so that it can become one with those of the other parts. */

import { usageError } from '../errors.js';
import type { TopOptions } from '../sketch/candidates/retention.js';
import { type PlanOptions, planSketch } from '../sketch/plan.js';
import { hashUnit } from '../sketch/sample/sample-filter.js';

/** Which rows of the whole they are. */
export type RowsOfPart = { readonly shard: number; readonly of: number } | { readonly start: number };

/** Bits of a seed. */
const SEED_BITS = 53;

/**
 * The seed of the hash that draws a part's rows. By their global numbers all parts draw as one pass does. A shard has numbers of its own, from
 * 0 on, and so a seed of its own, lest rows with the same number be drawn together; the first one's numbers are global.
 * @param seed - of the whole
 */
export function seedOfPart(part: RowsOfPart | undefined, seed = 0): number {
  if (!part || 'start' in part || part.shard === 1) return seed;
  return Math.floor(hashUnit(part.shard, seed) * (2 ** SEED_BITS - 1));
}

/** @throws RangeError where there are no such rows */
export function checkPart(part: RowsOfPart): void {
  if ('start' in part) {
    const { start } = part;
    if (!(Number.isSafeInteger(start) && start >= 0))
      throw new RangeError(`the first row must be 0 or more, not ${start}`);
    return;
  }
  const { shard, of } = part;
  if (!(Number.isSafeInteger(of) && Number.isSafeInteger(shard) && shard >= 1 && shard <= of)) {
    throw new RangeError(`shard ${shard} of ${of}: they are counted from 1`);
  }
}

/**
 * Where a share of the rows is summed, their global numbers must be known: these tell later which rows are in it.
 * @param part - undefined: all of K
 * @throws LevattnError where they are not
 */
export function refuseUnplaced(part: RowsOfPart | undefined, options: PlanOptions): void {
  if (!part || 'start' in part || !planSketch(options).subsamples) return;
  throw usageError(
    '--sample draws rows by their global numbers: give --row-offset, the number of the first row, not --shard; or list all files with --shards',
  );
}

/**
 * A sketch serves every threshold from its own on, and merges with others: it cannot be of the best keys alone.
 * @throws LevattnError where it should be
 */
export function refuseLimits({ top, budget }: TopOptions): void {
  if (top === undefined && budget === undefined) return;
  const what = top === undefined ? 'budget' : 'top';
  throw usageError(`${what}: a sketch keeps every key that reaches eps; give ${what} to selectKeys, or leave it out`);
}
