/**
 * What has become of a job, read from its files alone: Slurm may run a task twice or not at all, and says of some that failed
 * that they did not.
 */

import { stat } from 'node:fs/promises';
import { LevattnError } from '../errors.js';
import { readSketch } from '../sketch-file/content.js';
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
    const { header } = await readSketch(path);
    const problem = difference(header as unknown as SketchHeader, job, shard);
    return problem === undefined ? undefined : { shard, problem: `${path}: ${problem}` };
  } catch (error) {
    if (!(error instanceof LevattnError)) throw error;
    return { shard, problem: error.message };
  }
}

/** What of a sketch's header says which shard of which job it is. */
interface SketchHeader {
  readonly f: string;
  readonly eps: number;
  readonly coverage:
    | {
        readonly kind: 'shards';
        readonly of: number;
        readonly shards: readonly (readonly [shard: number, rows: number])[];
      }
    | { readonly kind: 'rows'; readonly ranges: readonly (readonly [start: number, end: number])[] };
}

/** What a sketch is of instead of a job's shard; undefined where it is of that. */
function difference(
  { f, eps, coverage }: SketchHeader,
  { definition, shards }: Job,
  shard: number,
): string | undefined {
  if (f !== definition.f) return `a sketch for f = ${f}, not ${definition.f}`;
  if (eps !== definition.eps) return `a sketch for eps ${eps}, not ${definition.eps}`;
  const { rows } = shards[shard - 1]!;
  const wanted = `shard ${shard} of ${shards.length}`;
  if (coverage.kind === 'rows') {
    const covered = coverage.ranges.map((range) => range.join(' to ')).join(', ');
    return covered === rows?.join(' to ') ? undefined : `a sketch of rows ${covered}, not of ${wanted}`;
  }
  const covered = `shard ${coverage.shards.map(([i]) => i)} of ${coverage.of}`;
  if (covered !== wanted) return `a sketch of ${covered}, not of ${wanted}`;
  const [[, count]] = coverage.shards;
  const expected = rows ? rows[1] - rows[0] : count;
  return count === expected ? undefined : `a sketch of ${count} rows, not the ${expected} of ${wanted}`;
}

async function writtenAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
