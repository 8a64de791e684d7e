/** What is measured of queries besides the sums of a tally: each query's scores are shown to it once. */

import type { DenseScores } from '../dense/dense-scores.js';
import type { QueryRows } from '../dense/query-tiles.js';

/** A measure. */
export interface QueryMeasure {
  /**
   * Takes some queries in.
   * @param weights - rows x n: A(q, j); those of a query sum to 1
   */
  add(queries: QueryRows, weights: Float64Array, scores: DenseScores): void;
}
