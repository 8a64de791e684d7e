/** Universal sets of the heads of an array, in one pass. */

import { type HeadJobs, mostOf } from '../../../input/head-jobs.js';
import type { InputArrays } from '../../../input/input-arrays.js';
import { keysInput } from '../../../input/keys-input.js';
import { openInput, openInputArray, reportMatrix, reportTrailing } from '../../../input/open.js';
import { comparePlaces } from '../../../rows/heads/head-index.js';
import type { HeadShape } from '../../../rows/heads/layout.js';
import { headGroups } from '../../../rows/heads/matrices.js';
import type { MatrixReader } from '../../../rows/row-block.js';
import { isSmall } from '../../../sketch/screen/screen-pool.js';
import type { HeadSet, HeadSets } from '../../../universal-set/head-sets.js';
import { logFor, optionsFor } from '../../terminal/each-head.js';
import type { Logger } from '../../terminal/log.js';
import { wantsProgress } from '../../terminal/progress.js';
import type { WatchedOptions } from './checkpoints.js';
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
  options: WatchedOptions,
  log: Logger,
): Promise<HeadSets> {
  const sets: HeadSet[] = [];
  const places = jobs.map(({ place, within }) => within ?? place);
  for await (const group of headGroups(array, shape, places)) {
    const threads = jobs.length > 1 && (group.length > 1 || isSmall(shape.n, shape.d)) ? { threads: 1 } : {};
    const selected = group.map(async ({ place, reader }, i): Promise<HeadSet> => {
      const job = jobs[places.indexOf(place)]!;
      // One line of progress will do for all of them.
      const own = { ...optionsFor(options, job), progress: i === 0 && wantsProgress(options), ...threads };
      const keys = await keysInput([path], own, log, { reader });
      const set = await selectFrom(keys, eps, own, logFor(log, job));
      return { place: job.place, set, ...(job.place.layer !== undefined && { of: job.target!.of }) };
    });
    sets.push(...(await Promise.all(selected)));
  }
  return { shape, sets };
}

/**
 * The same of an input whose name stands for several arrays, one after another.
 * @throws LevattnError where there are none, or one cannot be read
 */
export async function selectByName(
  { name, axes, arrays }: InputArrays,
  { shape, jobs }: HeadJobs,
  eps: number,
  options: WatchedOptions,
  log: Logger,
): Promise<HeadSets> {
  const sets: HeadSet[] = [];
  for (const array of arrays) {
    const own = jobs.filter((job) => job.array === array);
    if (own.length === 0) continue;
    const bytes = await openInput(array.name, 'K');
    const reader = await openInputArray(bytes, options, log);
    reportMatrix(reader, log);
    sets.push(...(await selectHeads(reader, array.shape, { shape, jobs: own }, name, eps, options, log)).sets);
    reportTrailing(bytes, log);
  }
  sets.sort((one, other) => comparePlaces(one.place, other.place));
  return { shape: { axes, ...mostOf(jobs) }, sets };
}
