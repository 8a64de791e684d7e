/** From a glob to shards: which files, in which order, and which rows of K they are. */

import { resolve } from 'node:path';
import { usageError } from '../errors.js';
import { parseInputName, spellInputName } from '../formats/bytes/naming.js';
import { filesOfGlob } from '../formats/naming/globs.js';
import { naturalOrder } from '../formats/naming/natural-order.js';
import { hasPlaceholders } from '../formats/naming/pattern.js';
import type { Shard } from './job.js';

/** Tasks of a job at most, unless asked otherwise: an array of Slurm's default MaxArraySize, 1001, has no higher index. */
export const MOST_TASKS = 1000;

/**
 * The files that a glob means, in natural order, as absolute paths: names with placeholders, each for the files of several layers or
 * heads, where the glob has such.
 * @param own - files and folders of the job itself, which are no shards
 * @throws LevattnError where there are none
 */
export async function expandShards(pattern: string, own: readonly string[]): Promise<string[]> {
  const filesOf = async (name: string): Promise<string[]> => {
    const found = await filesOfGlob(name, true);
    return found.filter((file) => !own.some((path) => file === path || file.startsWith(`${path}/`)));
  };
  const whole = await filesOf(pattern);
  if (whole.length > 0) return whole;
  // The glob of files that hold the tensor it names.
  const { file, tensor } = parseInputName(pattern);
  const files = hasPlaceholders(file)
    ? namesOf(file, await filesOf(file.replaceAll(PLACEHOLDERS, '*')))
    : tensor === undefined
      ? []
      : await filesOf(file);
  if (files.length > 0) return files.map((path) => spellInputName({ file: path, tensor }));
  const { isDynamicPattern } = await import('tinyglobby');
  const advice = isDynamicPattern(pattern) ? 'quote the glob, so that levattn expands it' : 'name files that exist';
  throw usageError(`--shards ${pattern}: no such files; ${advice}`);
}

const PLACEHOLDERS = /\{(?:layer|batch|head)\}/g;

/**
 * The names with placeholders that files of a glob have, each once: what `*` stands for is a shard, what a placeholder stands for a place.
 * @throws LevattnError where nothing tells both apart
 */
function namesOf(pattern: string, files: readonly string[]): string[] {
  const parts = resolve(pattern).split(/(\*|\{(?:layer|batch|head)\})/);
  const unclear = parts.some(
    (part, i) => i % 2 === 0 && (/[?[\]()!]/.test(part) || (part === '' && i > 0 && i < parts.length - 1)),
  );
  if (unclear) {
    throw usageError(
      `--shards ${pattern}: beside {layer}, {batch} and {head} only single * may occur in a file's name, with something between them`,
    );
  }
  const pieces = parts.map((part, i) => (i % 2 === 0 ? escaped(part) : part === '*' ? '([^/]*?)' : '\\d+'));
  const shape = new RegExp(`^${pieces.join('')}$`);
  const names = files.flatMap((file) => {
    const found = shape.exec(file)?.slice(1);
    return found ? [parts.map((part) => (part === '*' ? found.shift()! : part)).join('')] : [];
  });
  return [...new Set(names)].sort(naturalOrder);
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Cuts files into as many groups, each of consecutive files and all nearly as many. */
export function groupFiles(files: readonly string[], groups: number): string[][] {
  const bound = (group: number): number => Math.floor((group * files.length) / groups);
  return Array.from({ length: groups }, (_, i) => files.slice(bound(i), bound(i + 1)));
}

/**
 * Makes each group of files a shard.
 * @param countRows - where it matters which rows a shard has: how many a file has
 */
export async function planShards(
  groups: readonly (readonly string[])[],
  countRows?: (file: string) => Promise<number>,
): Promise<Shard[]> {
  const shards: Shard[] = [];
  let start = 0;
  for (const files of groups) {
    let end = start;
    if (countRows) for (const file of files) end += await countRows(file);
    shards.push({ files, rows: countRows ? [start, end] : null });
    start = end;
  }
  return shards;
}
