/** Entries of a search to the output while queries still come in; then what each key receives, and the summary. */

import type { EntryBatch } from '../../../entries/entry-batch.js';
import type { EntryCounts, EntrySearch } from '../../../entries/search.js';
import type { ScoringFunction } from '../../../functions.js';
import type { KeyIds } from '../../../input/key-ids.js';
import type { QueryMaskOptions } from '../../../input/query-mask.js';
import type { TableBatch } from '../../../output/table.js';
import { count } from '../../../text.js';
import { paddingText } from '../../options/mask-options.js';
import type { ComputeOptions, MessageOptions } from '../../options/options.js';
import type { Logger } from '../../terminal/log.js';
import { type Progress, wipeProgress } from '../../terminal/progress.js';
import type { Output } from '../../terminal/results.js';
import { tell } from '../../terminal/tell.js';
import { warnOfSkipped } from '../../terminal/warnings.js';
import { entryRows, entrySchema } from './entry-table.js';
import { writeStats } from './stats-output.js';

/** How entries are asked for. */
export interface EntryOptions extends QueryMaskOptions, ComputeOptions, MessageOptions {
  readonly eps?: number;
  /** Where it was given; else that of the set. */
  readonly f?: ScoringFunction;
  readonly scale?: number;
  readonly certain?: boolean;
  /** K, to be read once more. */
  readonly certify?: string;
  /** Bytes for what waits for that, or for queries and keys that are held. */
  readonly memory?: number;
  /** Where statistics of keys go. */
  readonly stats?: string;
}

/** Where entries go, and statistics of keys, if they are asked for. */
export type EntryOutputs = readonly [entries: Output, stats: Output | undefined];

/** A search as the command set it up. */
export interface EntryWork {
  readonly search: EntrySearch;
  /** What keys are called, where they have ids. */
  readonly ids: KeyIds | undefined;
  /** What each key receives, where that is asked for. */
  readonly stats: StatsOfKeys | undefined;
  readonly progress: Progress;
  /** Said where no query was looked at. */
  readonly noQueries: string;
  /** Why entries of some queries are not known, and what to do. */
  readonly unresolved: string;
}

/** Collects what each key receives. */
export interface StatsOfKeys {
  /** Counts entries, where the search does not count them itself. */
  readonly add?: (batch: EntryBatch) => void;
  /** The table. */
  readonly batches: (counts: EntryCounts | undefined) => Iterable<TableBatch>;
  /** Whether it has the sum of all scores. */
  readonly total: boolean;
}

/** Says so where scores are exact, and options for others were given. */
export function warnOfCertainty({ certain, certify }: EntryOptions, log: Logger): void {
  if (certain || certify) log.warn('scores are exact already; --certain and --certify change nothing');
}

/** Writes all entries; then what was met on the way, which is returned, too. */
export async function writeEntries(
  { search, ids, stats, progress, noQueries, unresolved }: EntryWork,
  [output, statsOutput]: EntryOutputs,
  options: EntryOptions,
  log: Logger,
): Promise<EntryCounts | undefined> {
  const writer = output.begin(entrySchema(search.exact, ids));
  for await (const batch of search.batches) {
    stats?.add?.(batch);
    await writer.write(entryRows(batch, ids));
  }
  await writer.end();
  await output.commit();
  const counts = search.counts();
  if (stats && statsOutput) await writeStats(statsOutput, stats.batches(counts), stats.total);
  wipeProgress();
  if (counts) report(counts, unresolved, progress.seconds, options, log);
  else log.warn(noQueries);
  return counts;
}

/** The summary, and what a user must know of the entries. */
function report(counts: EntryCounts, why: string, seconds: number, options: EntryOptions, log: Logger): void {
  const { queries, entries, padding, keys, passes, empty = 0, unresolved = 0, firstUnresolved } = counts;
  log.info({ ...counts, seconds }, 'heavy entries');
  const parts = [
    `${count(queries)} queries${paddingText(padding)}`,
    ...(keys === undefined ? [] : [`${count(keys)} keys`]),
    `${count(entries)} heavy entries`,
    ...(passes === undefined ? [] : [`${count(passes)} ${passes === 1 ? 'pass' : 'passes'} over K`]),
    `${seconds.toFixed(2)} s`,
  ];
  tell(options, log, parts.join('  '));
  warnOfSkipped(log, counts.skippedQueries, 'query');
  warnOfSkipped(log, counts.skippedKeys ?? 0, 'key');
  if (unresolved > 0) log.warn(`${count(unresolved)} queries (first: row ${firstUnresolved}) ${why}`);
  if (empty > 0) log.info({ empty }, 'queries that see no key, or none that the function gives anything');
}
