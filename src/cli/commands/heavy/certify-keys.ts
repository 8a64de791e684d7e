/** K, read once more to certify entries: the file or pipe that `--certify` names. */

import { dataError } from '../../../errors.js';
import { Input } from '../../../input/input.js';
import { type KeyOptions, maskOfSet, rowsOfMask } from '../../../input/key-mask.js';
import type { MatrixReader, RowBlock } from '../../../rows/row-block.js';
import type { RowBlocks } from '../../../rows/row-stream.js';
import type { UniversalSet } from '../../../sketch/universal-set.js';
import type { MessageOptions } from '../../options/options.js';
import type { Logger } from '../../terminal/log.js';
import { Progress, wantsProgress } from '../../terminal/progress.js';

/**
 * K, read as often as it can be: a file again and again, a pipe once.
 * @param setName - names the set in messages
 * @throws LevattnError where a file is missing, visibly not the K that the set was made from, or read with another mask
 */
export async function keysToCertify(
  path: string,
  set: UniversalSet,
  setName: string,
  options: KeyOptions & MessageOptions,
  log: Logger,
): Promise<RowBlocks | (() => RowBlocks)> {
  const mask = await maskOfSet(set, true, options, setName);
  const rowMask = rowsOfMask(mask, options);
  const like = set.columns && { ...set.columns, of: setName };
  const check = (reader: MatrixReader): void => refuseOther(reader, set);
  const keys = new Input(path, { ...options, role: 'K', like, rowMask, check }, log);
  const read = async function* (): AsyncGenerator<RowBlock, void, undefined> {
    const progress = new Progress('reading K to certify', wantsProgress(options));
    for await (const block of keys.rows()) {
      yield block;
      progress.update(block.start + block.rows, keys.progress());
    }
  };
  if (!keys.rereadable) return read();
  // Nobody should wait for Q to learn that K cannot be read.
  await keys.head();
  return read;
}

/** What the header alone tells. */
function refuseOther({ name, rows, d }: MatrixReader, set: UniversalSet): void {
  const differs = d !== set.d || (rows !== undefined && rows !== set.n);
  if (!differs) return;
  const has = rows === undefined ? `${d} columns` : `${rows} x ${d}`;
  throw dataError(`${name}: ${has} where U was made from ${set.n} x ${set.d}; give the K that U was made from`);
}
