/** `levattn heavy` past a universal set: queries as they stream by. */

import { isExact } from '../../../entries/past-set/heavy.js';
import { SetStats } from '../../../entries/past-set/set-stats.js';
import { searchPastSet } from '../../../entries/search.js';
import type { Input } from '../../../input/input.js';
import { idsOfSet } from '../../../input/key-ids.js';
import { createKernels } from '../../../kernels/backends.js';
import { maskedIn } from '../../../rows/masked-rows.js';
import type { UniversalSet } from '../../../sketch/universal-set.js';
import { warnOfPaddingQueries } from '../../options/mask-options.js';
import type { Logger } from '../../terminal/log.js';
import { Progress, wantsProgress } from '../../terminal/progress.js';
import { keysToCertify } from './certify-keys.js';
import {
  type EntryOptions,
  type EntryOutputs,
  type StatsOfKeys,
  warnOfCertainty,
  writeEntries,
} from './entry-output.js';

/**
 * Finds the entries and writes them.
 * @param name - of the set, in messages
 */
export async function setCommand(
  set: UniversalSet,
  name: string,
  queries: Input,
  outputs: EntryOutputs,
  options: EntryOptions,
  log: Logger,
): Promise<void> {
  const progress = new Progress('reading Q', wantsProgress(options));
  const { eps = set.eps, f, scale, certain, certify, memory } = options;
  const exact = isExact(set, f);
  if (exact) warnOfCertainty(options, log);
  const search = searchPastSet(
    set,
    queries.rows(),
    {
      eps,
      f,
      scale,
      certain,
      kernels: createKernels(options.backend),
      nonFinite: options.nan,
      describeRow: queries.describeRow,
      keys: exact || certify === undefined ? undefined : await keysToCertify(certify, set, name, options, log),
      name: certify,
      memory,
      onKeys: (rows, queries) => {
        if (rows === set.n) log.info({ rows, queries }, 'K read to certify');
      },
    },
    ({ queries: done }) => progress.update(done, queries.progress()),
  );
  const unresolved =
    set.route === 'gram'
      ? 'lie below what the Gram route can resolve, and their entries are not known; make U again with --factor stable'
      : 'have products for which f is no float64, and their entries are not known; scale them with --scale';
  const noQueries = 'Q has no rows, so there are no entries';
  const stats = outputs[1] && statsOf(set);
  const work = { search, ids: idsOfSet(set), stats, progress, noQueries, unresolved };
  const counts = await writeEntries(work, outputs, options, log);
  if (counts) warnOfPaddingQueries({ n: set.n, masked: maskedIn(set.masks), name }, counts.queries, options, log);
}

function statsOf({ index }: UniversalSet): StatsOfKeys {
  const stats = new SetStats(index);
  return { add: (batch) => stats.addEntries(batch), batches: () => stats.batches(), total: false };
}
