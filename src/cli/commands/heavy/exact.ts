/** `levattn heavy` in exact mode: any scoring function, K streamed past queries that stay in memory. */

import type { Command } from 'commander';
import { KeyStats } from '../../../entries/key-stats.js';
import { searchExactly } from '../../../entries/search.js';
import { dataError, usageError } from '../../../errors.js';
import { SQUARE } from '../../../functions.js';
import { Input } from '../../../input/input.js';
import { keyMask } from '../../../input/key-mask.js';
import { isStdin, STDIN } from '../../../input/open.js';
import { queriesInput } from '../../../input/queries-input.js';
import { createKernels } from '../../../kernels/backends.js';
import { DEFAULT_EPS } from '../../../sketch/sketch-options.js';
import { threadsFrom } from '../../options/options.js';
import { parseBytes, parseCount, parseWhole } from '../../options/parse.js';
import type { Logger } from '../../terminal/log.js';
import { Progress, wantsProgress } from '../../terminal/progress.js';
import { type EntryOptions, type EntryOutputs, writeEntries } from './entry-output.js';

/** What exact mode is told. */
export interface ExactCommandOptions extends EntryOptions {
  readonly keys?: string;
  readonly exact?: boolean;
  readonly causal?: boolean;
  readonly queryOffset?: number;
  readonly window?: number;
}

/** Adds the options of exact mode. */
export function addExactOptions(command: Command): Command {
  return command
    .optionsGroup('Exact mode (implied by functions without a universal set, such as softmax):')
    .option('--exact', 'compute every <q, k>: K is read once for as many queries as fit in memory, and no U is made')
    .option(
      '--memory <size>',
      'memory for the queries and keys that are held, or wait for --certify, such as 512MiB or 2GB (default: 1GiB)',
      parseBytes,
    )
    .option('--causal', 'query i sees the keys 0 … i only; K and Q are read side by side')
    .option('--query-offset <number>', 'causal: query i sees the keys 0 … i + offset (default: 0)', parseWhole)
    .option('--window <keys>', 'causal: of these keys, only this many, the last ones', parseCount)
    .option(
      '--stats <file>',
      'write a table of what each key receives, in the format of its name: key, max_score, heavy (entries) and, in exact mode, total (of all scores), for which it reads K once more; from a U, of its keys alone',
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
  outputs: EntryOutputs,
  options: ExactCommandOptions,
  log: Logger,
): Promise<void> {
  const { keys: keysPath = STDIN, f = SQUARE, eps = DEFAULT_EPS } = options;
  const refuseMade = (name: string, kind: string): Error =>
    dataError(
      `${name}: is a ${kind}, but ${f.name} ${f.growth ? 'with --exact ' : ''}takes every key: give K itself with --keys`,
    );
  const keys = new Input(keysPath, { ...options, role: 'K', refuseMade }, log);
  const { d, rows } = await keys.head();
  const ids = await keys.holdIds();
  const mask = await keyMask(options);
  const queries = queriesInput(queriesPath, { d, rows, like: keys.beside, mask }, options, log);
  await queries.head();
  const kernels = createKernels(options.backend);
  const threads = threadsFrom(options);
  const { scale = f.defaultScale(d) } = options;
  log.info({ backend: kernels.name, threads, f: f.name, scale, eps }, 'exact mode');
  const progress = new Progress('reading K', wantsProgress(options));
  const stats = outputs[1] && new KeyStats();
  let tile = 0;
  const search = searchExactly(
    {
      keys: keys.rereadable ? () => keys.rows() : keys.rows(),
      queries: queries.rows(),
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
      describeKey: keys.describeRow,
      describeQuery: queries.describeRow,
    },
    ({ passes = 0, queries: done, keys: read = 0 }) => {
      if (passes !== tile) log.debug({ tile: passes, queries: done }, 'a tile of queries');
      tile = passes;
      progress.update(read, keys.progress());
    },
  );
  const table = stats && { batches: () => stats.batches(true), total: true };
  const noQueries = 'Q has no rows, so there are no entries';
  await writeEntries({ search, ids, stats: table, progress, noQueries, unresolved: '' }, outputs, options, log);
}
