/** From queries to heavy entries, as they stream by: what `levattn heavy` does, as a function. */

import { createKernels } from '../../kernels/backends.js';
import { type RowBlocks, RowStream } from '../../rows/row-stream.js';
import type { UniversalSet } from '../../sketch/universal-set.js';
import { type EntryBatch, HeavySearch, type HeavySearchOptions, isExact } from './heavy.js';

/** Entries held at a time: a block of short queries may have very many. */
const ENTRIES = 2 ** 18;

/** Fewer queries at a time are slow where denominators must be bounded. */
const LEAST_ROWS = 64;

/** How entries are searched for: the options of a {@link HeavySearch}. */
export interface HeavyOptions extends Partial<HeavySearchOptions> {
  /** Called after every part of a block of queries, also if it gave no entries. */
  readonly onProgress?: ((search: HeavySearch) => void) | undefined;
}

/**
 * Every entry A(q, j) = f(<q, k_j>) / sum_l f(<q, k_l>) that is >= eps, or may be if scores come with bounds, in the order
 * of the queries.
 *
 * @param set - the universal set of K, made for f, or one that grows at least as fast, and an eps small enough
 * @param queries - rows of Q, in order, with as many columns as K
 * @returns batches with at least one entry and at most about 262,144 each; no heavy entry is missing
 * @throws LevattnError if the set lacks keys that may be heavy for f at eps, columns do not agree or a query is not finite
 */
export async function* heavyEntries(
  set: UniversalSet,
  queries: RowBlocks,
  options: HeavyOptions = {},
): AsyncGenerator<EntryBatch, void, undefined> {
  const { kernels = createKernels(), onProgress, ...rest } = options;
  const search = new HeavySearch(set, { ...rest, kernels });
  const rows = rowsAtOnce(set, rest);
  for await (const block of new RowStream(queries).parts(rows)) {
    const batch = search.search(block);
    onProgress?.(search);
    if (batch.count > 0) yield batch;
  }
}

/** How many queries are sure to give no more than about {@link ENTRIES}. */
export function rowsAtOnce(set: UniversalSet, { eps = set.eps, f, certain }: HeavyOptions): number {
  // Scores that surely are >= eps sum to at most 1; of those that may be, there can be as many as keys.
  const each = certain || isExact(set, f) ? 1 / eps : set.index.length + 1;
  return Math.max(isExact(set, f) ? 1 : LEAST_ROWS, Math.floor(ENTRIES / each));
}
