/** A search for heavy entries, whichever way they are found: past a universal set, causally, or exactly against every key. */

import { SQUARE } from '../functions.js';
import type { RowBlocks } from '../rows/row-stream.js';
import type { StackedRows } from '../rows/stacked-rows.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import { type CausalSearchOptions, causalEntries } from './causal/causal-entries.js';
import { type CertifyOptions, certifiedEntries } from './certified/certify.js';
import type { EntryBatch } from './entry-batch.js';
import { type ExactOptions, exactHeavyEntries } from './exact/exact-heavy-entries.js';
import { isExact } from './past-set/heavy.js';
import { type HeavyOptions, heavyEntries } from './past-set/heavy-entries.js';

/** What a search has met so far. */
export interface EntryCounts {
  readonly queries: number;
  readonly entries: number;
  /** Queries with NaN or infinities, passed over. */
  readonly skippedQueries: number;
  /** Queries that are padding, which have no entries. */
  readonly padding: number;
  /** Where K is read: its rows so far, in the last pass. */
  readonly keys?: number | undefined;
  /** Of these, rows with NaN or infinities, passed over. */
  readonly skippedKeys?: number | undefined;
  /** Passes over K, where there may be several. */
  readonly passes?: number | undefined;
  /** Queries that see no key, or none that f gives anything. */
  readonly empty?: number | undefined;
  /** Queries whose entries are not known, as what they come to cannot be resolved; and the first of them. */
  readonly unresolved?: number | undefined;
  readonly firstUnresolved?: number | undefined;
}

/** A search that has been set up. */
export interface EntrySearch {
  /** Whether scores are exact; else they are estimates within bounds. */
  readonly exact: boolean;
  /** The entries, in the order of the queries. */
  readonly batches: AsyncIterable<EntryBatch>;
  /** Undefined while no query has been looked at. */
  readonly counts: () => EntryCounts | undefined;
}

/** Told of every step. */
export type OnEntries = ((counts: EntryCounts) => void) | undefined;

/** How a universal set is searched: as {@link heavyEntries}, and with `keys` as {@link certifiedEntries}. */
export type SetSearchOptions = Omit<HeavyOptions & CertifyOptions, 'keys' | 'onProgress'> &
  Partial<Pick<CertifyOptions, 'keys'>>;

/**
 * The entries of queries past a universal set.
 * @throws LevattnError, while entries are read, as {@link heavyEntries} and {@link certifiedEntries} do
 */
export function searchPastSet(
  set: UniversalSet,
  queries: RowBlocks,
  options: SetSearchOptions,
  onProgress?: OnEntries,
): EntrySearch {
  const { keys, ...rest } = options;
  const exact = isExact(set, options.f);
  const found = new Found(onProgress);
  const settings: HeavyOptions = {
    ...rest,
    onProgress: ({ counts: { skipped, entries: _, ...counts } }) => found.note({ ...counts, skippedQueries: skipped }),
  };
  const batches =
    exact || !keys
      ? heavyEntries(set, queries, settings)
      : certifiedEntries(set, queries, { ...rest, ...settings, keys });
  return found.search(exact, batches);
}

/**
 * The entries of K and Q side by side: query t sees the keys 0 … t + offset.
 * @throws LevattnError, while entries are read, as {@link causalEntries} does
 */
export function searchCausally(
  keys: RowBlocks | StackedRows,
  queries: RowBlocks,
  options: Omit<CausalSearchOptions, 'onProgress'>,
  onProgress?: OnEntries,
): EntrySearch {
  const found = new Found(onProgress);
  const batches = causalEntries(keys, queries, {
    ...options,
    onProgress: ({ skipped, blind, entries: _, ...counts }) =>
      found.note({ ...counts, skippedQueries: skipped, empty: blind }),
  });
  return found.search((options.f ?? SQUARE).name === SQUARE.name, batches);
}

/**
 * The entries by every product worked out.
 * @throws LevattnError, while entries are read, as {@link exactHeavyEntries} does
 */
export function searchExactly(options: Omit<ExactOptions, 'onProgress'>, onProgress?: OnEntries): EntrySearch {
  const found = new Found(onProgress);
  const batches = exactHeavyEntries({
    ...options,
    onProgress: ({ tiles, entries: _, ...counts }) => found.note({ ...counts, passes: tiles }),
  });
  return found.search(true, batches);
}

/** Keeps the counts of a search, of which entries are those handed out. */
class Found {
  #counts: Omit<EntryCounts, 'entries'> | undefined;
  #entries = 0;

  constructor(readonly onProgress: OnEntries) {}

  note(counts: Omit<EntryCounts, 'entries'>): void {
    this.#counts = counts;
    this.onProgress?.({ ...counts, entries: this.#entries });
  }

  search(exact: boolean, batches: AsyncIterable<EntryBatch>): EntrySearch {
    return {
      exact,
      batches: this.#counted(batches),
      counts: () => this.#counts && { ...this.#counts, entries: this.#entries },
    };
  }

  async *#counted(batches: AsyncIterable<EntryBatch>): AsyncGenerator<EntryBatch, void, undefined> {
    for await (const batch of batches) {
      this.#entries += batch.count;
      yield batch;
    }
  }
}
