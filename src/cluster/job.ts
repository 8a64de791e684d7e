/**
 * A job: which files are which shard of K, what is sketched of them, and where the result goes. It is fixed in `job.json` of its
 * work folder, so that whatever runs later, on whichever machine, means the same shards.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataError, usageError } from '../errors.js';
import { openFileSink } from '../output/sink.js';

/** Consecutive files of K, which one task sketches. */
export interface Shard {
  /** Absolute paths. */
  readonly files: readonly string[];
  /** Global indices of its first row and of the one after its last; null where they are not needed. */
  readonly rows: readonly [start: number, end: number] | null;
}

/** What the user asked for: two jobs are the same if these are. */
export interface JobDefinition {
  /** The glob of the files, as it was given. */
  readonly pattern: string;
  /** Absolute path of U. */
  readonly output: string;
  /** Name of the scoring function. */
  readonly f: string;
  readonly eps: number;
  /** Further options of `levattn sketch`, the same for every shard. */
  readonly sketch: readonly string[];
}

/** A job. */
export interface Job {
  readonly definition: JobDefinition;
  /** In the order of K's rows; shard i of the program is the i-th, counted from 1. */
  readonly shards: readonly Shard[];
  /** Further arguments of sbatch. */
  readonly sbatch: readonly string[];
  /** The file whose columns all shards have by name, an absolute path; absent where they have no names. */
  readonly columnsOf?: string | undefined;
}

/** Where a job's files are. */
export interface WorkFolder {
  readonly path: string;
  readonly job: string;
  /** The pilots that it makes itself, without the ends of their names. */
  readonly pilot: string;
  /** Scripts: what is submitted, and what submits it. */
  readonly submit: string;
  readonly array: string;
  readonly merge: string;
  readonly merged: string;
  /** Folders. */
  readonly scripts: string;
  readonly sketches: string;
  readonly logs: string;
  /** The script that makes a shard's sketch. */
  script(shard: number): string;
  sketch(shard: number): string;
  checkpoint(shard: number): string;
}

/** The files of a job in a folder, an absolute path. */
export function workFolder(path: string): WorkFolder {
  const [scripts, sketches, logs] = [join(path, 'shards'), join(path, 'sketches'), join(path, 'log')];
  return {
    path,
    job: join(path, 'job.json'),
    pilot: join(path, 'pilot'),
    submit: join(path, 'submit.sh'),
    array: join(path, 'array.sh'),
    merge: join(path, 'merge.sh'),
    merged: join(path, 'all.lev'),
    scripts,
    sketches,
    logs,
    script: (shard) => join(scripts, `${shard}.sh`),
    sketch: (shard) => join(sketches, `${shard}.lev`),
    checkpoint: (shard) => join(sketches, `${shard}.checkpoint`),
  };
}

/**
 * The job of a work folder; undefined where there is none.
 * @throws LevattnError where there is something else
 */
export async function readJob(work: WorkFolder): Promise<Job | undefined> {
  let text: string;
  try {
    text = await readFile(work.job, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw dataError(`${work.job}: cannot be read (${message}); give another --work`, error);
  }
  try {
    const { definition, shards, sbatch, columnsOf } = JSON.parse(text) as Job;
    if (definition && shards.length > 0 && sbatch) return { definition, shards, sbatch, columnsOf };
  } catch {
    // Told below.
  }
  throw dataError(`${work.job}: is no job that levattn slurm wrote, or damaged; give another --work`);
}

/** Fixes a job in its work folder. */
export async function writeJob(work: WorkFolder, job: Job): Promise<void> {
  await writeText(work.job, `${JSON.stringify(job, null, 1)}\n`);
}

/** Writes a text file, whole or not at all. */
export async function writeText(path: string, text: string): Promise<void> {
  const sink = await openFileSink(path);
  await sink.write(Buffer.from(text));
  await sink.commit();
}

/**
 * Refuses a job that differs from the one that its work folder is for.
 * @throws LevattnError that names both sides
 */
export function refuseOther(work: WorkFolder, there: JobDefinition, asked: JobDefinition): void {
  for (const key of Object.keys(asked) as (keyof JobDefinition)[]) {
    const [before, now] = [spell(there[key]), spell(asked[key])];
    if (before === now) continue;
    throw usageError(
      `${work.path}: holds a job with ${key} ${before}, not ${now}; repeat its options, or give another --work`,
    );
  }
}

const spell = (value: JobDefinition[keyof JobDefinition]): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : value.join(' ') || 'none';
