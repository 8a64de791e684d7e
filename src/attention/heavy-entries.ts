/** From queries to heavy entries, as they stream by: what `levattn heavy` does, as a function. */

import { createKernels } from '../kernels/backends.js';
import type { RowBlock } from '../matrix/row-block.js';
import type { RowBlocks } from '../sketch/pass.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import { type EntryBatch, HeavySearch, type HeavySearchOptions } from './heavy.js';

/** Entries held at a time: a block of short queries may have very many. */
const ENTRIES = 2 ** 18;

/** How entries are searched for: as a {@link HeavySearch} is set up. */
export interface HeavyOptions extends Partial<HeavySearchOptions> {
  /** Told after every piece of a block of queries, also when it gave no entries. */
  readonly onProgress?: ((search: HeavySearch) => void) | undefined;
}

/**
 * Every entry A(q, j) = <q, k_j>^2 / sum_l <q, k_l>^2 >= eps, in the order of the queries.
 *
 * @param set - the universal set of K, made for an eps no larger than the one asked for
 * @param queries - rows of Q, in order, with as many columns as K
 * @returns batches with at least one entry and at most about {@link ENTRIES} each; none that is heavy is missing
 * @throws LevattnError where eps is below the set's, columns do not agree or a query is not finite
 */
export async function* heavyEntries(
  set: UniversalSet,
  queries: RowBlocks,
  options: HeavyOptions = {},
): AsyncGenerator<EntryBatch, void, undefined> {
  const { kernels = createKernels(), onProgress, ...rest } = options;
  const search = new HeavySearch(set, { ...rest, kernels });
  // The scores of a query sum to at most 1, so it has at most 1 / eps entries.
  const rows = Math.max(1, Math.floor(ENTRIES * (rest.eps ?? set.eps)));
  for await (const block of queries) {
    for (const piece of pieces(block, rows)) {
      const batch = search.search(piece);
      onProgress?.(search);
      if (batch.count > 0) yield batch;
    }
  }
}

/** A block cut into pieces of at most `most` rows, without a copy. */
function* pieces({ start, rows, d, values }: RowBlock, most: number): Generator<RowBlock, void, undefined> {
  for (let from = 0; from < rows; from += most) {
    yield { start: start + from, rows: Math.min(most, rows - from), d, values: values.subarray(from * d) };
  }
}
