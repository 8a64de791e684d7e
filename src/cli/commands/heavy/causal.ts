/** `levattn heavy --causal`: K and Q side by side, each read once; query t sees the keys 0 … t + offset. */

import { KeyStats } from '../../../entries/key-stats.js';
import { searchCausally } from '../../../entries/search.js';
import { usageError } from '../../../errors.js';
import { SQUARE } from '../../../functions.js';
import { Input } from '../../../input/input.js';
import { keyMask, rowsOfMask } from '../../../input/key-mask.js';
import { isStdin, STDIN } from '../../../input/open.js';
import { queriesInput } from '../../../input/queries-input.js';
import { createKernels } from '../../../kernels/backends.js';
import type { CertificateChoice } from '../../../sketch/bounds/certificate-choice.js';
import type { FactorChoice } from '../../../sketch/factor/routed.js';
import { DEFAULT_EPS } from '../../../sketch/sketch-options.js';
import type { Logger } from '../../terminal/log.js';
import { Progress, wantsProgress } from '../../terminal/progress.js';
import {
  type EntryOptions,
  type EntryOutputs,
  type StatsOfKeys,
  warnOfCertainty,
  writeEntries,
} from './entry-output.js';

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
  outputs: EntryOutputs,
  options: CausalCommandOptions,
  log: Logger,
): Promise<void> {
  const { eps = DEFAULT_EPS, f = SQUARE, scale, certain, factor, certificate, queryOffset } = options;
  const mask = await keyMask(options);
  const refuseMade = (name: string, kind: string): Error =>
    usageError(`${name}: is a ${kind}, which is of all keys, and --causal needs K itself`);
  const rowMask = rowsOfMask(mask, options);
  const keys = new Input(options.keys ?? STDIN, { ...options, role: 'K', rowMask, refuseMade }, log);
  const { d, rows } = await keys.head();
  const queries = queriesInput(queriesPath, { d, rows, like: keys.beside, mask }, options, log);
  await queries.head();
  if (f.name === SQUARE.name) warnOfCertainty(options, log);
  const progress = new Progress('reading K and Q', wantsProgress(options));
  const ids = await keys.holdIds();
  const search = searchCausally(
    keys.rows(),
    queries.rows(),
    {
      eps,
      f,
      scale,
      certain,
      factor,
      certificate,
      queryOffset,
      kernels: createKernels(options.backend),
      nonFinite: options.nan,
      describeKey: keys.describeRow,
      describeQuery: queries.describeRow,
    },
    ({ keys: read = 0 }) => progress.update(read, keys.progress()),
  );
  const stats = outputs[1] && statsOf(new KeyStats());
  const noQueries = 'no query sees a key, so there are no entries';
  await writeEntries({ search, ids, stats, progress, noQueries, unresolved: UNRESOLVED }, outputs, options, log);
  // K may have more rows than queries see.
  await keys.close();
}

const UNRESOLVED = 'lie below what can be resolved, and their entries are not known; run again with --factor stable';

const statsOf = (stats: KeyStats): StatsOfKeys => ({
  add: (batch) => stats.addEntries(batch),
  batches: (counts) => {
    stats.cover(counts?.keys ?? 0);
    return stats.batches(false);
  },
  total: false,
});
