/** The checkpoint of a command: what was found of it, one matrix or several, and what writes others. */

import { existsSync } from 'node:fs';
import { dataError, LevattnError } from '../../../errors.js';
import { type HeadJobs, mostOf } from '../../../input/head-jobs.js';
import { samePlace, spellPlace } from '../../../rows/heads/head-index.js';
import type { HeadAxis } from '../../../rows/row-block.js';
import { StateReader } from '../../../sketch/state-reader.js';
import { Checkpointer, type Every } from '../../../sketch-file/checkpoint.js';
import { readSketch, type SketchContent } from '../../../sketch-file/content.js';
import { type PlacedSketch, type Sketches, splitSketches } from '../../../sketch-file/several.js';
import { count } from '../../../text.js';
import type { Logger } from '../../terminal/log.js';
import { beforeSignalsEnd } from '../../terminal/run.js';

/** The checkpoint of a command. */
export interface Checkpoints {
  readonly path: string;
  /** What is to be gone on from, by place. */
  readonly found: readonly PlacedSketch[];
  /** Says, once, that it is gone on from. */
  readonly announce: () => void;
  readonly checkpointer: Checkpointer;
}

/**
 * Reads the checkpoint that there is, and sees to it that others are written, where one is asked for.
 * @param heads - all that the command works on
 * @throws LevattnError where what is there is the checkpoint of other heads, a finished sketch, or damaged
 */
export async function openCheckpoints(
  { checkpoint: path, every }: { readonly checkpoint?: string | undefined; readonly every: Every },
  { shape: { axes }, jobs }: HeadJobs,
  log: Logger,
): Promise<Checkpoints | undefined> {
  if (path === undefined) return undefined;
  const there = existsSync(path)
    ? await toGoOnFrom(async () => splitSketches(await readSketch(path), path))
    : undefined;
  if (there) refuseOthers(path, there, axes, jobs);
  const found = there?.sketches ?? [];
  const checkpointer = new Checkpointer(path, every, { axes, ...mostOf(jobs) }, found);
  beforeSignalsEnd(() => checkpointer.write());
  let announced = false;
  const announce = (): void => {
    if (announced) return;
    announced = true;
    const rows = found.reduce((sum, { content }) => sum + rowsSeen(content, path), 0);
    const where = axes.length === 0 ? '' : ` in ${count(found.length)} of ${count(jobs.length)} matrices`;
    log.warn(`${path}: going on after ${count(rows)} rows${where}`);
  };
  return { path, found, announce, checkpointer };
}

/** Refuses what is no checkpoint of these places. */
function refuseOthers(
  path: string,
  { shape, sketches }: Sketches,
  axes: readonly HeadAxis[],
  jobs: HeadJobs['jobs'],
): void {
  if (sketches.some(({ content }) => content.header.kind === 'sketch')) {
    throw dataError(`${path}: is a finished sketch, not a checkpoint; give --checkpoint a file of its own`);
  }
  if (shape.axes.join() !== axes.join())
    throw ofAnotherCommand(path, `${spellAxes(axes)} and ${spellAxes(shape.axes)}`);
  const other = sketches.find(({ place }) => !jobs.some((job) => samePlace(job.place, place)));
  if (other) throw ofAnotherCommand(path, `that one takes in ${spellPlace(shape, other.place)}, too`);
}

const spellAxes = (axes: readonly HeadAxis[]): string => (axes.length === 0 ? 'one matrix' : `(${axes.join(', ')})`);

/** The error for a checkpoint that cannot be gone on from. */
export const ofAnotherCommand = (path: string, difference: string): LevattnError =>
  dataError(`${path}: is the checkpoint of another command: ${difference}; remove it, or run that command`);

/**
 * What a checkpoint holds.
 * @throws LevattnError that says to remove it, where it is damaged
 */
export async function toGoOnFrom<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof LevattnError) || error.kind !== 'data') throw error;
    const [what] = error.message.split(/;(?=[^;]*$)/);
    throw dataError(`${what}; it is to be gone on from (--checkpoint): remove it to begin again`, error);
  }
}

/** Rows of its input that a sketch had read when it was interrupted. */
function rowsSeen({ state }: SketchContent, name: string): number {
  const counts = new StateReader(state, name).part('counts');
  return counts.whole('n') - counts.whole('before');
}
