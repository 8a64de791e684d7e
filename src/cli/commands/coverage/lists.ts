/** Lists of rows that somebody chose, for the head that is measured. */

import type { KeyList } from '../../../attention/coverage/choose-selections.js';
import { usageError } from '../../../errors.js';
import { openInput } from '../../../input/open.js';
import type { InputOptions } from '../../../input/options.js';
import { readRowsInOrder } from '../../../input/row-list.js';
import { placeBeside, sourceOf } from '../../../input/sources.js';
import type { MatrixReader } from '../../../rows/row-block.js';
import type { NamedList } from '../../options/choice-options.js';

/** The files of lists, for those that count how often each is read. */
export const listFiles = (lists: readonly NamedList[] = []): string[] => lists.map(({ file }) => file);

/**
 * Reads the lists.
 * @param keysPath - of K
 * @param at - where K is in its array
 * @throws LevattnError where one is none, or empty
 */
export async function readLists(
  lists: readonly NamedList[] = [],
  keysPath: string,
  at: MatrixReader['at'],
  options: InputOptions,
): Promise<KeyList[]> {
  const found: KeyList[] = [];
  for (const { name, file } of lists) {
    const list = await sourceOf(file, options);
    const { place } = await sourceOf(keysPath, options);
    const rows = await readRowsInOrder(await openInput(list.name, 'rows'), placeBeside(list.place, place, at));
    if (rows.length === 0) throw usageError(`${file}: names no rows of this K; leave --rows ${name}=${file} out`);
    found.push({ name, rows });
  }
  return found;
}
