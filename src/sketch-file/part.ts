/** What a sketch of a part of K must be told, so that it can become one with those of the other parts. */

import { usageError } from '../errors.js';
import { SQUARE } from '../functions.js';
import type { TopOptions } from '../sketch/candidates/retention.js';
import { type PlanOptions, planSketch } from '../sketch/plan.js';

/** Which rows of the whole they are. */
export type RowsOfPart = { readonly shard: number; readonly of: number } | { readonly start: number };

/** What says which rows are drawn, and by which others they are weighed. */
export interface DrawingOptions extends PlanOptions {
  /** Whether the rows are named that others are weighed by. */
  readonly piloted: boolean;
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
 * Where something is drawn by the rows' global numbers, these must be known, and the pilot be the same for all parts.
 * @param part - undefined: all of K
 * @throws LevattnError where they are not
 */
export function refuseUnplaced(part: RowsOfPart | undefined, options: DrawingOptions): void {
  const { f = SQUARE, sampleSize, piloted } = options;
  const { subsamples, keepsSample } = planSketch(options);
  if (!part || !(subsamples || keepsSample)) return;
  const why = subsamples ? '--sample' : sampleSize === undefined ? `f = ${f.name}` : '--sample-size';
  if ('shard' in part) {
    throw usageError(
      `${why} draws rows by their global numbers: give --row-offset, the number of the first row, not --shard`,
    );
  }
  if (keepsSample && !piloted) {
    throw usageError(
      `${why} weighs the rows of all parts by the same ones: name them with --pilot, a file of a few thousand rows`,
    );
  }
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
