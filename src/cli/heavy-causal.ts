/** `levattn heavy --causal`: K and Q side by side, each read once; query t sees the keys 0 … t + offset. */

import { type CausalCounts, causalEntries } from '../attention/causal/causal-entries.js';
import { KeyStats } from '../attention/key-stats.js';
import { usageError } from '../errors.js';
import { SQUARE } from '../functions.js';
import { refuseOtherColumns } from '../input/agreement.js';
import { holdIds } from '../input/key-ids.js';
import { keyMask } from '../input/key-mask.js';
import { openKeys } from '../input/keys.js';
import { withoutPadding } from '../input/mask.js';
import { besideKeys, isStdin, openInput, openInputMatrix, reportMatrix, reportTrailing, STDIN } from '../input/open.js';
import { readOptions, withoutIds } from '../input/options.js';
import { maskQueries } from '../input/query-mask.js';
import { createKernels } from '../kernels/backends.js';
import { rowBlocks } from '../matrix/blocks.js';
import type { MatrixReader } from '../matrix/row-block.js';
import type { CertificateChoice } from '../sketch/certificate-choice.js';
import type { FactorChoice } from '../sketch/routed.js';
import { DEFAULT_EPS } from '../sketch/sketch-options.js';
import { type EntryOptions, warnOfCertainty } from './entry-output.js';
import { entryRows, entrySchema } from './entry-table.js';
import type { Logger } from './log.js';
import { paddingText } from './mask-options.js';
import { count, Progress, wantsProgress, wipeProgress } from './progress.js';
import type { Output } from './results.js';
import { writeStats } from './stats-output.js';
import { tell } from './tell.js';

/** How causal entries are asked for. */
export interface CausalCommandOptions extends EntryOptions {
  readonly keys?: string;
  readonly queryOffset?: number;
  readonly factor: FactorChoice;
  readonly certificate?: CertificateChoice;
  readonly sample?: number;
}

/** Refuses what causal mode cannot do, before anything is opened. */
export function checkCausalOptions(queriesPath: string, { keys, certify, sample }: CausalCommandOptions): void {
  if (isStdin(keys ?? STDIN) && isStdin(queriesPath)) {
    throw usageError(
      'with --causal K and Q are read side by side, so the two cannot both come from standard input; name K with --keys, or Q',
    );
  }
  if (certify !== undefined) {
    throw usageError('--certify does not go with --causal; --exact works out every score');
  }
  if (sample !== undefined) throw usageError('--sample does not go with --causal, which sums all rows');
}

/** Finds the entries and writes them. */
export async function causalCommand(
  queriesPath: string,
  output: Output,
  statsOutput: Output | undefined,
  options: CausalCommandOptions,
  log: Logger,
): Promise<void> {
  const { eps = DEFAULT_EPS, f = SQUARE, scale, certain, factor, certificate, queryOffset } = options;
  const keyBytes = await openInput(options.keys ?? STDIN, 'K');
  const keys = await openKeys(keyBytes, readOptions(options, log), options.inputFormat);
  if (keys.kind !== 'matrix') {
    const kind = keys.kind === 'set' ? 'universal set' : 'sketch';
    throw usageError(`${keyBytes.name}: is a ${kind}, which is of all keys, and --causal needs K itself`);
  }
  reportMatrix(keys.reader, log);
  const queryBytes = await openInput(queriesPath, 'Q');
  const like = besideKeys(keys.reader.columnNames, keys.reader.name);
  const opened = await openInputMatrix(queryBytes, { ...withoutIds(options), like }, log);
  refuseOtherColumns(opened, keys.reader);
  const mask = await keyMask(options);
  const queries = await maskQueries(opened, queriesPath, mask, withoutIds(options));
  const exact = f.name === SQUARE.name;
  if (exact) warnOfCertainty(options, log);
  const progress = new Progress('reading K and Q', wantsProgress(options));
  let counts: CausalCounts | undefined;
  const { reader: keyRows, ids } = holdIds(mask ? withoutPadding(keys.reader, mask, options.mask!) : keys.reader);
  const batches = causalEntries(rowBlocks(keyRows), rowBlocks(queries), {
    eps,
    f,
    scale,
    certain,
    factor,
    certificate,
    queryOffset,
    kernels: createKernels(options.backend),
    nonFinite: options.nan,
    describeKey: (row) => `${keys.reader.name}: row ${row}`,
    describeQuery: (row) => `${queries.name}: row ${row}`,
    onProgress: (now) => {
      counts = now;
      progress.update(now.keys, keys.reader.progress());
    },
  });
  const stats = statsOutput && new KeyStats();
  const writer = output.begin(entrySchema(exact, ids));
  for await (const batch of batches) {
    stats?.addEntries(batch);
    await writer.write(entryRows(batch, ids));
  }
  await writer.end();
  await output.commit();
  if (stats && statsOutput) {
    stats.cover(counts?.keys ?? 0);
    await writeStats(statsOutput, stats.batches(false), false);
  }
  wipeProgress();
  await closeAll(keys.reader, queries);
  reportTrailing(queryBytes, log);
  report(counts, progress.seconds, options, log);
}

/** K may have more rows than queries see. */
async function closeAll(...readers: MatrixReader[]): Promise<void> {
  for (const reader of readers) await reader.close();
}

/** The summary, and what a user must know of the entries. */
function report(counts: CausalCounts | undefined, seconds: number, options: EntryOptions, log: Logger): void {
  if (!counts) {
    log.warn('no query sees a key, so there are no entries');
    return;
  }
  const { queries, keys, entries, blind, skipped, skippedKeys, padding, unresolved, firstUnresolved } = counts;
  log.info({ queries, keys, entries, blind, skipped, skippedKeys, padding, unresolved, seconds }, 'heavy entries');
  tell(
    options,
    log,
    `${count(queries)} queries${paddingText(padding)}  ${count(keys)} keys  ${count(entries)} heavy entries  ${seconds.toFixed(2)} s`,
  );
  const warn = (number: number, one: string, many: string): void => {
    if (number > 0) log.warn(`${count(number)} ${number === 1 ? one : many} with NaN or infinities passed over`);
  };
  warn(skipped, 'query', 'queries');
  warn(skippedKeys, 'key', 'keys');
  if (unresolved > 0) {
    log.warn(
      `${count(unresolved)} queries (first: row ${firstUnresolved}) lie below what can be resolved, and their entries are not known; run again with --factor stable`,
    );
  }
}
