/** What a search needs of a way to score: entries of some queries that are held. */

import type { EntryList } from '../entry-batch.js';

/** Queries on their way past U. */
export interface HeldQueries {
  /** rows x d, finite, in the coordinates of the scaled keys, row i divided by 2^shifts[i]. */
  readonly queries: Float64Array;
  readonly rows: number;
  /** Global index of the first. */
  readonly start: number;
  readonly shifts: Int32Array;
}

/** Exact scores, or such as lie within bounds. */
export interface ScoreFinder {
  /** Adds every entry that is, or may be, heavy: queries in any order, keys of one query in theirs. */
  find(held: HeldQueries, entries: EntryList): void;
}
