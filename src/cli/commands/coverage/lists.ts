/** Lists of rows that somebody chose, and coresets for softmax, for the head that is measured. */

import type { KeyList } from '../../../attention/coverage/choose-selections.js';
import type { WeightedList } from '../../../attention/coverage/weighted.js';
import { dataError, usageError } from '../../../errors.js';
import type { ByteReader } from '../../../formats/bytes/reader.js';
import { coresetIn, isArrowNext, readCoreset } from '../../../input/coresets.js';
import { warnOnce } from '../../../input/notices.js';
import { canReadAgain, openInput } from '../../../input/open.js';
import type { InputOptions } from '../../../input/options.js';
import { readRows } from '../../../input/row-list.js';
import { placeBeside, sourceOf } from '../../../input/sources.js';
import type { HeldRows } from '../../../rows/held-rows.js';
import type { MatrixReader } from '../../../rows/row-block.js';
import { count } from '../../../text.js';
import type { SoftmaxCoreset } from '../../../universal-set/softmax-coreset.js';
import type { NamedList } from '../../options/choice-options.js';
import type { Logger } from '../../terminal/log.js';

/** The files of lists, for those that count how often each is read. */
export const listFiles = (lists: readonly NamedList[] = []): string[] => lists.map(({ file }) => file);

/**
 * Reads the lists.
 * @param keysPath - of K
 * @param reader - of K, which says where it is in its array
 * @param keys - those that count, and how many there are in all
 * @throws LevattnError where one is none, or empty, or names a row that is no key
 */
export async function readLists(
  lists: readonly NamedList[] = [],
  keysPath: string,
  { name: keysName, at, among }: Pick<MatrixReader, 'name' | 'at' | 'among'>,
  keys: Pick<HeldRows, 'n' | 'index'>,
  options: InputOptions & { readonly causal?: boolean | undefined },
  log: Logger,
): Promise<{ readonly lists: KeyList[]; readonly weighted: WeightedList[] }> {
  const found: KeyList[] = [];
  const weighted: WeightedList[] = [];
  const warn = warnOnce(log);
  const counted = lists.length > 0 ? new Set(keys.index) : undefined;
  const refuse = (row: number): string | undefined => {
    if (counted!.has(row)) return undefined;
    return row < keys.n ? 'which is padding, or has no usable numbers' : `and ${keysName} has ${count(keys.n)} rows`;
  };
  for (const { name, file } of lists) {
    const list = await sourceOf(file, options);
    const bytes = await openInput(list.name, 'rows');
    const coreset = await coresetOf(bytes, list.name, options);
    if (coreset) {
      await bytes.close();
      if (options.causal) {
        throw usageError(
          `${file}: weights of a coreset hold for queries that see all keys; leave --causal out, or --rows ${name}=${file}`,
        );
      }
      const { index, ...rest } = coreset;
      const stranger = index.find((row) => !counted!.has(row));
      if (stranger !== undefined) {
        throw dataError(
          `${file}: is a coreset with row ${stranger}, ${refuse(stranger)}; give the K that it was made of`,
        );
      }
      weighted.push({ ...rest, name, rows: index });
      continue;
    }
    const { place } = await sourceOf(keysPath, options);
    const rows = await readRows(list.name, { at: placeBeside(list.place, place, at), among, refuse, warn }, bytes);
    if (rows.length === 0) throw usageError(`${file}: names no rows of this K; leave --rows ${name}=${file} out`);
    found.push({ name, rows });
  }
  return { lists: found, weighted };
}

/** The coreset in a list's file; undefined where there is none. */
async function coresetOf(bytes: ByteReader, name: string, options: InputOptions): Promise<SoftmaxCoreset | undefined> {
  if (!(await isArrowNext(bytes))) return undefined;
  // Arrow of a pipe can be a coreset alone: a table of rows is opened more than once.
  return canReadAgain(name) ? coresetIn(name, options) : readCoreset(bytes, options);
}
