/** Universal sets of the heads of an array, in one pass. */

import type { HeadJobs } from '../../../input/head-jobs.js';
import { keysInput } from '../../../input/keys-input.js';
import type { HeadShape } from '../../../rows/heads/layout.js';
import { headGroups } from '../../../rows/heads/matrices.js';
import type { MatrixReader } from '../../../rows/row-block.js';
import type { HeadSet, HeadSets } from '../../../universal-set/head-sets.js';
import type { SelectionOptions } from '../../options/selection-options.js';
import { logFor, optionsFor } from '../../terminal/each-head.js';
import type { Logger } from '../../terminal/log.js';
import { wantsProgress } from '../../terminal/progress.js';
import { selectFrom } from './select-pass.js';

/**
 * The universal set of every matrix of an array that is asked for, the array being read once; again where there are two passes.
 *
 * Heads that follow one another are selected from one after another; those that lie side by side, all at once, on this thread. So
 * are small ones, as threads are started for each head.
 *
 * @param path - of the array
 */
export async function selectHeads(
  array: MatrixReader,
  shape: HeadShape,
  { jobs }: HeadJobs,
  path: string,
  eps: number,
  options: SelectionOptions,
  log: Logger,
): Promise<HeadSets> {
  const sets: HeadSet[] = [];
  const places = jobs.map(({ place }) => place);
  for await (const group of headGroups(array, shape, places)) {
    const threads = jobs.length > 1 && (group.length > 1 || isSmall(shape)) ? { threads: 1 } : {};
    const selected = group.map(async ({ place, reader }, i): Promise<HeadSet> => {
      const job = jobs.find((candidate) => candidate.place === place)!;
      // One line of progress will do for all of them.
      const own = { ...optionsFor(options, job), progress: i === 0 && wantsProgress(options), ...threads };
      const keys = await keysInput([path], own, log, { reader });
      return { place, set: await selectFrom(keys, eps, own, logFor(log, job)) };
    });
    sets.push(...(await Promise.all(selected)));
  }
  return { shape, sets };
}

/** Numbers of a head that is done before threads have started. */
const SMALL = 2 ** 24;

const isSmall = ({ n, d }: HeadShape): boolean => n !== undefined && n * d <= SMALL;
