/** What is measured of queries besides the sums of a tally, by the thread that sums up: each query's scores are shown to it once. */

import type { QueryRows } from '../dense/query-tiles.js';
import type { SeenRange } from '../dense/seen-keys.js';

/** Which scores are shown. */
export interface ShownScores {
  /** Keys: scores are rows x size. */
  readonly size: number;
  /** One a query of the tile: 1 where it gives nothing to any key. */
  readonly empty: Uint8Array;
  /** Which keys a query sees, by its global index. */
  readonly seen: (row: number) => SeenRange;
}

/** A measure. */
export interface QueryMeasure {
  /**
   * Takes some queries in.
   * @param scores - rows x size: A(q, j); those of a query sum to 1, or are zeros where it is empty or does not count
   */
  add(queries: QueryRows, scores: Float64Array, shown: ShownScores): void;
}
