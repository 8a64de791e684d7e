/** `levattn heavy` in exact mode: any scoring function, K streamed past queries that stay in memory. */

import type { Command } from 'commander';
import { type ExactCounts, exactHeavyEntries } from '../attention/exact/exact-heavy-entries.js';
import { KeyStats } from '../attention/key-stats.js';
import { dataError, usageError } from '../errors.js';
import { type ScoringFunction, SQUARE } from '../functions.js';
import { refuseOtherColumns } from '../input/agreement.js';
import { holdIds } from '../input/key-ids.js';
import { keyMask } from '../input/key-mask.js';
import { openKeys } from '../input/keys.js';
import {
  besideKeys,
  canReadAgain,
  isStdin,
  only,
  openInput,
  openInputMatrix,
  reportMatrix,
  reportTrailing,
  STDIN,
} from '../input/open.js';
import { readOptions, withoutIds } from '../input/options.js';
import { maskQueries, type QueryMaskOptions } from '../input/query-mask.js';
import { createKernels } from '../kernels/backends.js';
import { rowBlocks, StackedRows } from '../matrix/blocks.js';
import type { MatrixReader } from '../matrix/row-block.js';
import { DEFAULT_EPS } from '../sketch/sketch-options.js';
import { entryRows, entrySchema } from './entry-table.js';
import type { Logger } from './log.js';
import { paddingText } from './mask-options.js';
import {
  type ComputeOptions,
  type FunctionOptions,
  type MessageOptions,
  parseBytes,
  parseCount,
  parseWhole,
  threadsFrom,
} from './options.js';
import { count, Progress, wantsProgress, wipeProgress } from './progress.js';
import type { Output } from './results.js';
import { writeStats } from './stats-output.js';
import { tell } from './tell.js';

/** What exact mode is told. */
export interface ExactCommandOptions
  extends QueryMaskOptions,
    ComputeOptions,
    MessageOptions,
    Omit<FunctionOptions, 'f'> {
  /** Where it was given. */
  readonly f?: ScoringFunction;
  readonly keys?: string;
  readonly eps?: number;
  readonly exact?: boolean;
  readonly memory?: number;
  readonly certify?: string;
  readonly causal?: boolean;
  readonly queryOffset?: number;
  readonly window?: number;
  readonly stats?: string;
}

/** Adds the options of exact mode. */
export function addExactOptions(command: Command): Command {
  return command
    .optionsGroup('Exact mode (implied by functions without a universal set, such as softmax):')
    .option('--exact', 'work out every <q, k>: K is read once for as many queries as fit the memory, and no U is made')
    .option(
      '--memory <size>',
      'for queries and keys held at a time, or waiting for --certify, such as 512MiB or 2GB (default: 1GiB)',
      parseBytes,
    )
    .option('--causal', 'query i sees the keys 0 … i only; K and Q are read side by side')
    .option('--query-offset <number>', 'causal: query i sees the keys 0 … i + offset (default: 0)', parseWhole)
    .option('--window <keys>', 'causal: of these, the last so many only', parseCount)
    .option(
      '--stats <file>',
      'write there what each key receives, by the ending of its name: key, max_score, heavy (entries) and, in exact mode, total (of all scores), for which it reads K once more; from a U, of its keys alone',
    );
}

/** Whether entries are to be worked out without a universal set. */
export const takesEveryKey = ({ exact, f = SQUARE }: ExactCommandOptions): boolean =>
  exact === true || f.growth === undefined;

/** Refuses options that make no sense together, before anything is opened. */
export function checkExactOptions(queriesPath: string, options: ExactCommandOptions): void {
  const { causal, window, queryOffset, memory, certify } = options;
  if (!causal && (window !== undefined || queryOffset !== undefined)) {
    throw usageError(`${window === undefined ? '--query-offset' : '--window'} needs --causal`);
  }
  if (!takesEveryKey(options)) {
    if (window !== undefined) throw needsExact('--window');
    if (memory !== undefined && certify === undefined) throw needsExact('--memory');
    return;
  }
  if (isStdin(options.keys ?? STDIN) && isStdin(queriesPath)) {
    throw usageError(
      'exact mode reads Q before K, so the two cannot follow one another on standard input; name K with --keys, or Q',
    );
  }
}

const needsExact = (flag: string): Error =>
  usageError(`${flag} needs --exact, or a function that implies it, such as --f softmax`);

/** Finds the entries and writes them. */
export async function exactCommand(
  queriesPath: string,
  output: Output,
  statsOutput: Output | undefined,
  options: ExactCommandOptions,
  log: Logger,
): Promise<void> {
  const keysPath = options.keys ?? STDIN;
  const { reader: keys, ids } = holdIds(await openK(keysPath, options, log));
  const bytes = await openInput(queriesPath, 'Q');
  const like = besideKeys(keys.columnNames, keys.name);
  const opened = await openInputMatrix(bytes, { ...withoutIds(options), like }, log);
  refuseOtherColumns(opened, keys);
  const mask = await keyMask(options);
  const queries = await maskQueries(opened, queriesPath, mask, withoutIds(options));
  const kernels = createKernels(options.backend);
  const threads = threadsFrom(options);
  const { f = SQUARE } = options;
  const { scale = f.defaultScale(keys.d), eps = DEFAULT_EPS } = options;
  log.info({ backend: kernels.name, threads, f: f.name, scale, eps }, 'exact mode');
  const progress = new Progress('reading K', wantsProgress(options));
  let current = keys;
  const stack = (reader: MatrixReader): StackedRows => {
    current = reader;
    return new StackedRows(only(reader));
  };
  const stats = statsOutput ? new KeyStats() : undefined;
  let counts: ExactCounts | undefined;
  const batches = exactHeavyEntries({
    keys: rereadable(keysPath, keys, options, stack),
    queries: rowBlocks(queries),
    eps,
    f,
    scale,
    kernels,
    threads,
    memory: options.memory,
    nonFinite: options.nan,
    causal: options.causal,
    queryOffset: options.queryOffset,
    window: options.window,
    mask,
    stats,
    describeKey: (row) => `${keys.name}: row ${row}`,
    describeQuery: (row) => `${queries.name}: row ${row}`,
    onProgress: (now) => {
      if (now.tiles !== counts?.tiles) log.debug({ tile: now.tiles, queries: now.queries }, 'a tile of queries');
      counts = now;
      progress.update(now.keys, current.progress());
    },
  });
  const writer = output.begin(entrySchema(true, ids));
  for await (const batch of batches) await writer.write(entryRows(batch, ids));
  await writer.end();
  await output.commit();
  if (stats && statsOutput) await writeStats(statsOutput, stats.batches(true), true);
  wipeProgress();
  reportTrailing(bytes, log);
  report(counts, progress.seconds, options, log);
}

/** K itself: a universal set does not do. */
async function openK(path: string, options: ExactCommandOptions, log: Logger): Promise<MatrixReader> {
  const { f = SQUARE } = options;
  const bytes = await openInput(path, 'K');
  const keys = await openKeys(bytes, readOptions(options, log), options.inputFormat);
  if (keys.kind !== 'matrix') {
    throw dataError(
      `${bytes.name}: is a ${keys.kind === 'set' ? 'universal set' : 'sketch'}, but ${f.name} ${f.growth ? 'with --exact ' : ''}takes every key: give K itself with --keys`,
    );
  }
  reportMatrix(keys.reader, log);
  return keys.reader;
}

/** K for one pass, or for as many as are asked for where it is a file. */
function rereadable(
  path: string,
  opened: MatrixReader,
  options: ExactCommandOptions,
  stack: (reader: MatrixReader) => StackedRows,
): StackedRows | (() => Promise<StackedRows>) {
  if (!canReadAgain(path)) return stack(opened);
  let first: MatrixReader | undefined = opened;
  return async () => {
    const reader = first;
    first = undefined;
    if (reader) return stack(reader);
    const again = await openKeys(await openInput(path, 'K'), readOptions(options), options.inputFormat);
    if (again.kind !== 'matrix') throw dataError(`${path}: changed while it was read; run again`);
    return stack(again.reader);
  };
}

/** The summary, and what a user must know of the entries. */
function report(counts: ExactCounts | undefined, seconds: number, options: MessageOptions, log: Logger): void {
  if (!counts) {
    log.warn('Q has no rows, so there are no entries');
    return;
  }
  const { keys, queries, tiles, entries, skippedKeys, skippedQueries, padding, empty } = counts;
  log.info(
    { keys, queries, tiles, passes: tiles, entries, skippedKeys, skippedQueries, padding, empty, seconds },
    'heavy entries',
  );
  tell(
    options,
    log,
    `${count(queries)} queries${paddingText(padding)}  ${count(keys)} keys  ${count(entries)} heavy entries  ${count(tiles)} ${tiles === 1 ? 'pass' : 'passes'} over K  ${seconds.toFixed(2)} s`,
  );
  const warn = (number: number, one: string, many: string): void => {
    if (number > 0) log.warn(`${count(number)} ${number === 1 ? one : many} with NaN or infinities passed over`);
  };
  warn(skippedQueries, 'query', 'queries');
  warn(skippedKeys, 'key', 'keys');
  if (empty > 0) log.info({ empty }, 'queries that see no key, or none that the function gives anything');
}
