/** Names that stand for several files by `*`, `?` or `[…]`, where the shell has left them: in quotes, or as it expands none. */

import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { parseInputName, spellInputName } from '../bytes/naming.js';
import { naturalOrder } from './natural-order.js';
import { hasPlaceholders } from './pattern.js';

/** What makes a name a glob. */
const WILDCARD = /[*?[]/;

/** The files that a glob matches, in natural order: from the folder that the program runs in, or as absolute paths. */
export async function filesOfGlob(pattern: string, absolute: boolean): Promise<string[]> {
  // Loaded here, as few runs need it.
  const { glob } = await import('tinyglobby');
  return (await glob(pattern, { absolute, expandDirectories: false })).sort(naturalOrder);
}

/**
 * The files that names stand for. A glob becomes the files that it matches, in natural order, each with the tensor that it names; a name that is a file's, or
 * matches none, stays as it is.
 */
export async function matchingFiles(names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) found.push(...(await filesOf(name)));
  return found;
}

async function filesOf(name: string): Promise<string[]> {
  if (!WILDCARD.test(name) || existsSync(name)) return [name];
  const { file, ...part } = parseInputName(name);
  if (!WILDCARD.test(file) || existsSync(file) || hasPlaceholders(file)) return [name];
  const files = await filesOfGlob(file, isAbsolute(file));
  return files.length > 0 ? files.map((path) => spellInputName({ file: path, ...part })) : [name];
}
