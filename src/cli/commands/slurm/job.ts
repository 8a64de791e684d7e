/** The job that a command line of `levattn slurm` means: a new one, or the one that a work folder is for. */

import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type Job,
  type JobDefinition,
  readJob,
  refuseOther,
  type WorkFolder,
  workFolder,
  writeJob,
} from '../../../cluster/job.js';
import { type PilotEnding, writePilot } from '../../../cluster/pilot.js';
import { expandShards, groupFiles, MOST_TASKS, planShards } from '../../../cluster/plan.js';
import { usageError } from '../../../errors.js';
import { absoluteName } from '../../../formats/bytes/naming.js';
import type { ScoringFunction } from '../../../functions.js';
import { columnsOf } from '../../../input/columns-of.js';
import { headJobs } from '../../../input/head-jobs.js';
import { keysInput } from '../../../input/keys-input.js';
import { meansOf } from '../../../input/means.js';
import { isPattern, withNames } from '../../../input/named-inputs.js';
import { asRole, type InputOptions } from '../../../input/options.js';
import { chooseFormat } from '../../../output/formats.js';
import { outputError } from '../../../output/sink/errors.js';
import type { HeadAxis } from '../../../rows/row-block.js';
import type { CertificateChoice } from '../../../sketch/bounds/certificate-choice.js';
import { planSketch } from '../../../sketch/plan.js';
import { PILOT_ROWS } from '../../../sketch/sample/priority-sampler.js';
import { logFor, optionsFor } from '../../terminal/each-head.js';
import type { Logger } from '../../terminal/log.js';
import { countRows } from './count-rows.js';

/** What describes a job. */
export interface JobOptions extends InputOptions {
  readonly shards?: string;
  readonly output?: string;
  readonly work?: string;
  readonly tasks?: number;
  readonly eps: number;
  readonly f: ScoringFunction;
  readonly certificate: CertificateChoice;
  readonly sample?: number;
  readonly sampleSize?: number;
  readonly pilot?: string;
}

/** Words that are handed on to other programs. */
export interface HandedOn {
  readonly sbatch: readonly string[];
  readonly sketch: readonly string[];
}

/**
 * Where a job is: named, or beside its result.
 * @throws LevattnError where neither is named
 */
export function workFolderOf({ work, output }: JobOptions): WorkFolder {
  if (work !== undefined) return workFolder(resolve(work));
  if (output !== undefined) return workFolder(resolve(`${output}.work`));
  throw usageError('slurm: neither -o nor --work; say where U goes, or which job is meant');
}

/**
 * Plans a job and fixes it in its work folder, where it may have been before.
 * @throws LevattnError where the work folder is another job's, or the shards cannot be planned
 */
export async function planJob(work: WorkFolder, options: JobOptions, words: HandedOn, log: Logger): Promise<Job> {
  const there = await readJob(work);
  if (there) refuseOther(work, there.definition, define(work, options, words, pilotIn(work, there)));
  const definition = define(work, options, words);
  const files = await expandShards(definition.pattern, [work.path, definition.output]);
  const groups = groupFiles(files, Math.min(options.tasks ?? MOST_TASKS, files.length));
  if (there && JSON.stringify(there.shards.map((shard) => shard.files)) !== JSON.stringify(groups)) {
    throw usageError(
      `${work.path}: holds a job of other files or tasks; --resubmit continues with those, or give another --work`,
    );
  }
  const shards = await planShards(
    groups,
    drawsRows(options) ? (file) => countRows(file, options, (message) => log.warn(message)) : undefined,
  );
  const named = (await haveNames(files, options)) ? files[0] : undefined;
  await makeFolders(work);
  const pilot =
    sharesPilot(options) && options.pilot === undefined ? await writePilots(work, files, options, log) : undefined;
  const job = { definition: define(work, options, words, pilot), shards, sbatch: words.sbatch, columnsOf: named };
  await writeJob(work, job);
  return job;
}

/**
 * The job of a work folder.
 * @throws LevattnError where there is none, or the options say another
 */
export async function existingJob(work: WorkFolder, options: JobOptions, words: HandedOn): Promise<Job> {
  const job = await readJob(work);
  if (!job) throw usageError(`${work.path}: no job there; write one first, with --shards and -o`);
  if (options.shards !== undefined) refuseOther(work, job.definition, define(work, options, words, pilotIn(work, job)));
  else if (words.sketch.length > 0) {
    throw usageError(`${words.sketch[0]}: the job in ${work.path} has options of its own; leave it out`);
  }
  return job;
}

/** @param ownPilot - the pilot that the job makes itself */
function define(work: WorkFolder, options: JobOptions, words: HandedOn, ownPilot = `${work.pilot}.npy`): JobDefinition {
  const { shards: pattern, output, f, eps, pilot } = options;
  if (pattern === undefined) throw usageError("slurm: no shards; name them with a quoted glob, --shards 'K-*.npy'");
  if (output === undefined) throw usageError('slurm: no -o; say where U goes');
  chooseFormat({ path: output, tty: false });
  const sketch = words.sketch.filter((word) => !/^--(eps|pilot)=/.test(word));
  const shared = pilot === undefined ? (sharesPilot(options) ? ownPilot : undefined) : absoluteName(pilot);
  if (shared !== undefined) sketch.push(`--pilot=${shared}`);
  return { pattern, output: resolve(output), f: f.name, eps, sketch };
}

/** Whether rows are drawn by their global numbers, so that a shard must know its own: later these tell again which ones they were. */
const drawsRows = ({ sample = 1 }: JobOptions): boolean => sample > 1;

/** Whether all shards must share a pilot: rows are weighed by it, or its means stand for missing values. */
const sharesPilot = (options: JobOptions): boolean => weighsRows(options) || options.missing === 'mean';

/** Whether rows are weighed by a pilot. */
const weighsRows = (options: JobOptions): boolean => planSketch({ ...options, sampleRate: 1 }).keepsSample;

/** The pilot that a job has made itself. */
const pilotIn = (work: WorkFolder, { definition: { sketch } }: Job): string | undefined => {
  const begin = `--pilot=${work.path}/`;
  return sketch.find((word) => word.startsWith(begin))?.slice('--pilot='.length);
};

/** Whether shards are told by the names of their columns; names with placeholders stand for a matrix a head, with columns of their own. */
const haveNames = async ([first]: readonly string[], options: JobOptions): Promise<boolean> =>
  !isPattern(first!) && (await columnsOf(first!, options)) !== undefined;

/** Writes the pilot of every head of K; returns the name that stands for them. */
async function writePilots(
  work: WorkFolder,
  files: readonly string[],
  options: JobOptions,
  log: Logger,
): Promise<string> {
  const own = await withNames(asRole(options, 'K'), files);
  const [first, ...rest] = files;
  const { shape, jobs } = await headJobs(['K', first], { roles: rest.map((file) => ['K', file] as const) }, own);
  let ending: PilotEnding | undefined;
  for (const job of jobs) {
    const here = optionsFor(own, job);
    const means = options.missing === 'mean' ? await meansOf(files, here, PILOT_ROWS) : undefined;
    const keys = await keysInput(files, { ...here, means, intercept: false }, logFor(log, job));
    const { columnNames } = await keys.head();
    // One name stands for the pilots of all heads.
    ending ??= columnNames ? '.arrow' : '.npy';
    const path = pilotAt(work, shape.axes, ending, (axis) => `${axis}${job.place[axis]}`);
    await writePilot(path, keys.rows(), options.nan, columnNames?.names);
  }
  return pilotAt(work, shape.axes, ending!, (axis) => `${axis}{${axis}}`);
}

/** `pilot-layer3-head5.npy`. */
const pilotAt = (
  work: WorkFolder,
  axes: readonly HeadAxis[],
  ending: PilotEnding,
  spell: (axis: HeadAxis) => string,
): string => `${work.pilot}${axes.map((axis) => `-${spell(axis)}`).join('')}${ending}`;

async function makeFolders(work: WorkFolder): Promise<void> {
  for (const folder of [work.scripts, work.sketches, work.logs]) {
    try {
      await mkdir(folder, { recursive: true });
    } catch (error) {
      throw outputError(folder, error);
    }
  }
}
