/** What threads are handed. */

import type { Values } from '../../rows/row-block.js';

/** Some queries, as they are handed over: where they lie is known. */
export interface QueryRun {
  /** Global index of the first query. */
  readonly start: number;
  readonly rows: number;
  /** One a query: 0 where it counts. */
  readonly bad: Uint8Array;
}

/** Room for some queries and their scores, in memory that all threads share. */
export interface QuerySlot {
  /** rows x d, finite. */
  readonly queries: Float64Array;
  /** rows x keys for each list of scores that is made; float32, in rows of `singleStride` numbers, where these are exponentials alone. */
  readonly scores: readonly Values[];
}

/** Some queries, and room for their scores. */
export type QueryBlock = QueryRun & QuerySlot;
