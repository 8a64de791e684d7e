/** Lists of rows that somebody chose, and coresets for softmax, for the head that is measured. */

import type { KeyList } from '../../../attention/coverage/choose-selections.js';
import type { WeightedList } from '../../../attention/coverage/weighted.js';
import { usageError } from '../../../errors.js';
import { isArrowNext, readCoreset } from '../../../input/coresets.js';
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
): Promise<{ readonly lists: KeyList[]; readonly weighted: WeightedList[] }> {
  const found: KeyList[] = [];
  const weighted: WeightedList[] = [];
  for (const { name, file } of lists) {
    const list = await sourceOf(file, options);
    const bytes = await openInput(list.name, 'rows');
    if (await isArrowNext(bytes)) {
      const { index, ...coreset } = await readCoreset(bytes, options);
      weighted.push({ ...coreset, name, rows: index });
      continue;
    }
    const { place } = await sourceOf(keysPath, options);
    const rows = await readRowsInOrder(bytes, placeBeside(list.place, place, at));
    if (rows.length === 0) throw usageError(`${file}: names no rows of this K; leave --rows ${name}=${file} out`);
    found.push({ name, rows });
  }
  return { lists: found, weighted };
}
