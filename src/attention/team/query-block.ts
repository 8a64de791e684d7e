/** What threads are handed. */

import type { Values } from '../../rows/row-block.js';

/** Some queries, and room for their scores, in memory that all threads share. */
export interface QueryBlock {
  /** Global index of the first query. */
  readonly start: number;
  readonly rows: number;
  /** rows x d, finite. */
  readonly queries: Float64Array;
  /** One a query: 0 where it counts. */
  readonly bad: Uint8Array;
  /** rows x keys for each list of scores that is made; float32, in rows of `singleStride` numbers, where these are exponentials alone. */
  readonly scores: readonly Values[];
}
