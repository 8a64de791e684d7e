/** From queries to heavy entries, as they stream by: what `levattn heavy` does, as a function. */

import { plainKernels } from '../kernels/plain.js';
import type { RowBlocks } from '../sketch/select-keys.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import { type EntryBatch, HeavySearch, type HeavySearchOptions } from './heavy.js';

/** How entries are searched for: as a {@link HeavySearch} is set up. */
export interface HeavyOptions extends Partial<HeavySearchOptions> {
  /** Told after every block of queries, also when it gave no entries. */
  readonly onProgress?: ((search: HeavySearch) => void) | undefined;
}

/**
 * Every entry A(q, j) = <q, k_j>^2 / sum_l <q, k_l>^2 >= eps, in the order of the queries.
 *
 * @param set - the universal set of K, made for an eps no larger than the one asked for
 * @param queries - rows of Q, in order, with as many columns as K
 * @returns batches with at least one entry each, one a block of queries; none that is heavy is missing
 * @throws LevattnError where eps is below the set's, columns do not agree or a query is not finite
 */
export async function* heavyEntries(
  set: UniversalSet,
  queries: RowBlocks,
  options: HeavyOptions = {},
): AsyncGenerator<EntryBatch, void, undefined> {
  const { kernels = plainKernels, onProgress, ...rest } = options;
  const search = new HeavySearch(set, { ...rest, kernels });
  for await (const block of queries) {
    const batch = search.search(block);
    onProgress?.(search);
    if (batch.count > 0) yield batch;
  }
}
