/**
 * What has become of a job, read from its files alone: Slurm may run a task twice or not at all, and says of some that failed
 * that they did not.
 */

import { stat } from 'node:fs/promises';
import { LevattnError } from '../errors.js';
import { readSketch } from '../sketch-file/content.js';
import { headerFromJson, type SketchHeader } from '../sketch-file/header.js';
import { spellCoverage } from '../sketch-file/row-coverage.js';
import { splitSketches } from '../sketch-file/several.js';
import type { Job, WorkFolder } from './job.js';

/** A shard without a sketch that is right. */
export interface MissingShard {
  /** Counted from 1. */
  readonly shard: number;
  /** What is wrong with the file that is there; null where there is none. */
  readonly problem: string | null;
}

/** What has become of a job. */
export interface JobState {
  readonly missing: readonly MissingShard[];
  /** Whether nothing is missing, and the result is there and younger than every sketch. */
  readonly done: boolean;
}

/** Looks at all of a job's sketches and at its result. */
export async function inspectJob(work: WorkFolder, job: Job): Promise<JobState> {
  const missing: MissingShard[] = [];
  let youngest = 0;
  for (let shard = 1; shard <= job.shards.length; shard++) {
    const found = await inspectShard(work, job, shard);
    if (found) missing.push(found);
    else youngest = Math.max(youngest, (await writtenAt(work.sketch(shard))) ?? Number.POSITIVE_INFINITY);
  }
  const result = await writtenAt(job.definition.output);
  return { missing, done: missing.length === 0 && result !== undefined && result >= youngest };
}

/** Looks at one sketch; undefined where it is right. */
export async function inspectShard(work: WorkFolder, job: Job, shard: number): Promise<MissingShard | undefined> {
  const path = work.sketch(shard);
  if ((await writtenAt(path)) === undefined) return { shard, problem: null };
  try {
    for (const { content } of splitSketches(await readSketch(path), path).sketches) {
      const problem = difference(headerFromJson(content.header, path), job, shard);
      if (problem !== undefined) return { shard, problem: `${path}: ${problem}` };
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof LevattnError)) throw error;
    return { shard, problem: error.message };
  }
}

/** What a sketch is of instead of a job's shard; undefined where it is of that. */
function difference(header: SketchHeader, { definition, shards }: Job, shard: number): string | undefined {
  if (header.kind === 'checkpoint') return 'the checkpoint of an unfinished pass';
  for (const key of ['f', 'eps'] as const) {
    if (header[key] !== definition[key]) return `a sketch for ${key} = ${header[key]}, not ${definition[key]}`;
  }
  const { rows } = shards[shard - 1]!;
  const covered = spellCoverage(header.coverage);
  const wanted = spellCoverage(
    rows ? { kind: 'rows', ranges: [rows] } : { kind: 'shards', shards: [[shard, 0]], of: shards.length },
  );
  return covered === wanted ? undefined : `a sketch of ${covered}, not of ${wanted}`;
}

async function writtenAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
