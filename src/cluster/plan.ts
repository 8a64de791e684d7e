/** From a glob to shards: which files, in which order, and which rows of K they are. */

import { usageError } from '../errors.js';
import { parseInputName, spellInputName } from '../formats/bytes/naming.js';
import { openBytes } from '../formats/bytes/sources.js';
import type { ReadOptions } from '../formats/format.js';
import { openMatrix } from '../formats/open.js';
import type { Shard } from './job.js';
import { naturalOrder } from './natural-order.js';

/** Tasks of a job at most, unless asked otherwise: an array of Slurm's default MaxArraySize, 1001, has no higher index. */
export const MOST_TASKS = 1000;

/** How files are read whose rows are to be counted. */
export interface RowCounting {
  readonly read: ReadOptions;
  readonly format: string | undefined;
}

/**
 * The files that a glob means, in natural order, as absolute paths.
 * @param own - files and folders of the job itself, which are no shards
 * @throws LevattnError where there are none
 */
export async function expandShards(pattern: string, own: readonly string[]): Promise<string[]> {
  // Loaded here, as no other command needs it.
  const { glob, isDynamicPattern } = await import('tinyglobby');
  const filesOf = async (name: string): Promise<string[]> => {
    const found = await glob(name, { absolute: true, expandDirectories: false });
    const files = found.filter((file) => !own.some((path) => file === path || file.startsWith(`${path}/`)));
    return files.sort(naturalOrder);
  };
  const whole = await filesOf(pattern);
  if (whole.length > 0) return whole;
  // The glob of files that hold the tensor it names.
  const { file, tensor } = parseInputName(pattern);
  const files = tensor === undefined ? [] : await filesOf(file);
  if (files.length > 0) return files.map((path) => spellInputName({ file: path, tensor }));
  const advice = isDynamicPattern(pattern) ? 'quote the glob, so that levattn expands it' : 'name files that exist';
  throw usageError(`--shards ${pattern}: no such files; ${advice}`);
}

/** Cuts files into as many groups, each of consecutive files and all nearly as many. */
export function groupFiles(files: readonly string[], groups: number): string[][] {
  const bound = (group: number): number => Math.floor((group * files.length) / groups);
  return Array.from({ length: groups }, (_, i) => files.slice(bound(i), bound(i + 1)));
}

/**
 * Makes each group of files a shard.
 * @param counting - where it matters which rows a shard has: how their number is found; headers say it, no rows are read
 * @throws LevattnError where a header does not say how many
 */
export async function planShards(groups: readonly (readonly string[])[], counting?: RowCounting): Promise<Shard[]> {
  const shards: Shard[] = [];
  let start = 0;
  for (const files of groups) {
    let end = start;
    if (counting) for (const file of files) end += await countRows(file, counting);
    shards.push({ files, rows: counting ? [start, end] : null });
    start = end;
  }
  return shards;
}

async function countRows(file: string, { read, format }: RowCounting): Promise<number> {
  const bytes = await openBytes(file);
  try {
    const { rows, format: name } = await openMatrix(bytes, read, format);
    if (rows !== undefined) return rows;
    throw usageError(
      `${file}: ${name} does not begin with the number of rows, which --sample and f other than x^2 need; make it npy with levattn convert`,
    );
  } finally {
    await bytes.close();
  }
}
