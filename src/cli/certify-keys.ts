/** K, read once more to certify entries: the file or pipe that `--certify` names. */

import { dataError } from '../errors.js';
import { type KeyOptions, maskOfSet } from '../input/key-mask.js';
import { withoutPadding } from '../input/mask.js';
import { canReadAgain, openInput, openInputMatrix, reportTrailing } from '../input/open.js';
import { rowBlocks } from '../matrix/blocks.js';
import type { MatrixReader, RowBlock } from '../matrix/row-block.js';
import type { RowBlocks } from '../matrix/row-stream.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import type { Logger } from './log.js';
import type { MessageOptions } from './options.js';
import { Progress, wantsProgress } from './progress.js';

/**
 * Opens K as often as it can be read: a file again and again, a pipe once.
 * @throws LevattnError where a file is missing, visibly not the K that the set was made from, or read with another mask
 */
export async function keysToCertify(
  path: string,
  set: UniversalSet,
  options: KeyOptions & MessageOptions & { readonly setName?: string },
  log: Logger,
): Promise<RowBlocks | (() => RowBlocks)> {
  const mask = await maskOfSet(set, true, options, options.setName ?? 'U');
  const inputs = { ...options, like: set.columns && { ...set.columns, of: options.setName ?? 'U' } };
  const read = async function* (): AsyncGenerator<RowBlock, void, undefined> {
    const bytes = await openInput(path, 'K');
    const opened = await openInputMatrix(bytes, inputs, log);
    refuseOther(opened, set);
    const reader = mask ? withoutPadding(opened, mask, options.mask!) : opened;
    const progress = new Progress('reading K to certify', wantsProgress(options));
    for await (const block of rowBlocks(reader)) {
      yield block;
      progress.update(block.start + block.rows, reader.progress());
    }
    reportTrailing(bytes, log);
    await reader.close();
  };
  if (!canReadAgain(path)) return read();
  // Nobody should wait for Q to learn that K cannot be read.
  const reader = await openInputMatrix(await openInput(path, 'K'), inputs, log);
  refuseOther(reader, set);
  await reader.close();
  return read;
}

/** What the header alone tells. */
function refuseOther({ name, rows, d }: MatrixReader, set: UniversalSet): void {
  const differs = d !== set.d || (rows !== undefined && rows !== set.n);
  if (!differs) return;
  const has = rows === undefined ? `${d} columns` : `${rows} x ${d}`;
  throw dataError(`${name}: ${has} where U was made from ${set.n} x ${set.d}; give the K that U was made from`);
}
