/** Heavy entries past a universal set, to the output while queries still come in, and what a user must know of them. */

import { certifiedEntries } from '../attention/certify.js';
import { type HeavySearch, isExact, type SearchCounts } from '../attention/heavy.js';
import { type HeavyOptions, heavyEntries } from '../attention/heavy-entries.js';
import { SetStats } from '../attention/set-stats.js';
import type { ScoringFunction } from '../functions.js';
import { idsOfSet } from '../input/key-ids.js';
import type { QueryMaskOptions } from '../input/query-mask.js';
import { createKernels } from '../kernels/backends.js';
import { rowBlocks } from '../matrix/blocks.js';
import { maskedIn } from '../matrix/masked-rows.js';
import type { MatrixReader } from '../matrix/row-block.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import { keysToCertify } from './certify-keys.js';
import { entryRows, entrySchema } from './entry-table.js';
import type { Logger } from './log.js';
import { paddingText, warnOfPaddingQueries } from './mask-options.js';
import type { ComputeOptions, MessageOptions } from './options.js';
import { count, Progress, wantsProgress, wipeProgress } from './progress.js';
import type { Output } from './results.js';
import { writeStats } from './stats-output.js';
import { tell } from './tell.js';

/** How entries are asked for. */
export interface EntryOptions extends QueryMaskOptions, ComputeOptions, MessageOptions {
  readonly eps?: number;
  /** Where it was given; else that of the set. */
  readonly f?: ScoringFunction;
  readonly scale?: number;
  readonly certain?: boolean;
  /** K, to be read once more. */
  readonly certify?: string;
  /** Bytes for what waits for that. */
  readonly memory?: number;
  /** Where statistics of keys go. */
  readonly stats?: string;
  /** What the set is called in messages. */
  readonly setName?: string;
}

/** Says so where scores are exact, and options for others were given. */
export function warnOfCertainty({ certain, certify }: EntryOptions, log: Logger): void {
  if (certain || certify) log.warn('scores are exact already; --certain and --certify change nothing');
}

/**
 * Entries to the output; then what was met on the way.
 * @param statsOutput - where statistics of keys go, if they are asked for
 */
export async function writeEntries(
  set: UniversalSet,
  reader: MatrixReader,
  output: Output,
  statsOutput: Output | undefined,
  options: EntryOptions,
  log: Logger,
): Promise<void> {
  const progress = new Progress('reading Q', wantsProgress(options));
  let search: HeavySearch | undefined;
  let entries = 0;
  const { eps, f, scale, certain } = options;
  const exact = isExact(set, f);
  if (exact) warnOfCertainty(options, log);
  const stats = statsOutput && new SetStats(set.index);
  const settings: HeavyOptions = {
    eps,
    f,
    scale,
    certain,
    kernels: createKernels(options.backend),
    nonFinite: options.nan,
    describeRow: (row) => `${reader.name}: row ${row}`,
    onProgress: (current) => {
      search = current;
      progress.update(current.counts.queries, reader.progress());
    },
  };
  const batches =
    exact || options.certify === undefined
      ? heavyEntries(set, rowBlocks(reader), settings)
      : certifiedEntries(set, rowBlocks(reader), {
          ...settings,
          keys: await keysToCertify(options.certify, set, options, log),
          name: options.certify,
          memory: options.memory,
          onKeys: (rows, queries) => {
            if (rows === set.n) log.info({ rows, queries }, 'K read to certify');
          },
        });
  const ids = idsOfSet(set);
  const writer = output.begin(entrySchema(exact, ids));
  for await (const batch of batches) {
    entries += batch.count;
    stats?.addEntries(batch);
    await writer.write(entryRows(batch, ids));
  }
  await writer.end();
  await output.commit();
  if (stats && statsOutput) await writeStats(statsOutput, stats.batches(), false);
  wipeProgress();
  report(search && { ...search.counts, entries }, set, progress.seconds, options, log);
}

/** The summary, and what a user must know of the entries. */
function report(
  counts: SearchCounts | undefined,
  { route, n, masks }: UniversalSet,
  seconds: number,
  options: EntryOptions,
  log: Logger,
): void {
  if (!counts) {
    log.warn('Q has no rows, so there are no entries');
    return;
  }
  const { queries, entries, skipped, padding, unresolved, firstUnresolved } = counts;
  log.info({ queries, entries, skipped, padding, unresolved, seconds }, 'heavy entries');
  warnOfPaddingQueries({ n, masked: maskedIn(masks), name: options.setName ?? 'U' }, queries, options, log);
  tell(
    options,
    log,
    `${count(queries)} queries${paddingText(padding)}  ${count(entries)} heavy entries  ${seconds.toFixed(2)} s`,
  );
  if (skipped > 0)
    log.warn(`${count(skipped)} ${skipped === 1 ? 'query' : 'queries'} with NaN or infinities passed over`);
  if (unresolved > 0) {
    log.warn(
      `${count(unresolved)} queries (first: row ${firstUnresolved}) ` +
        (route === 'gram'
          ? 'lie below what the Gram route can resolve, and their entries are not known; make U again with --factor stable'
          : 'have products for which f is no float64, and their entries are not known; scale them with --scale'),
    );
  }
}
