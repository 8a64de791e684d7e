/** What finds the entries of a block's queries, exactly or within bounds, and what it is given. */

import type { Growth, ScoringFunction } from '../../functions.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { UniversalSet } from '../../sketch/universal-set.js';
import type { EntryList } from '../entry-batch.js';
import type { HeldQueries } from '../past-set/score-finder.js';

/** How entries are looked for. */
export interface CausalOptions {
  readonly kernels: Kernels;
  readonly f: ScoringFunction;
  readonly growth: Growth;
  readonly scale: number;
  readonly eps: number;
  readonly certain: boolean;
  /** Whether f is x^2 and all rows are summed. */
  readonly exact: boolean;
  readonly onUnresolved: (query: number) => void;
}

/** What is at hand while one block's queries are looked at. */
export interface BlockState {
  /** Of the rows before the block, in the block's scales. */
  readonly set: UniversalSet;
  /** Global index of the block's first row. */
  readonly start: number;
  /** Square roots of sums of squares of the block's columns: sum_j |q_j k_j| <= sum_j |q_j| lengths_j. */
  readonly lengths: Float64Array;
}

/** Products of one query: with the set's keys (and its sample's), and with the rows of the block that it sees. */
export interface QueryProducts {
  readonly own: Float64Array;
  readonly block: Float64Array;
}

/** Adds the entries of one query at a time. */
export interface RowFinder {
  use(state: BlockState): void;
  compute(held: HeldQueries): void;
  add(held: HeldQueries, i: number, products: QueryProducts, entries: EntryList): void;
}
