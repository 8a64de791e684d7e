/** The matrices of K in one file or several, with their mask. */

import { dataError } from '../errors.js';
import { type KeyOptions, keyMask } from '../input/key-mask.js';
import { StackedMask } from '../input/mask.js';
import { expectedOf, openInput, openInputMatrix, reportTrailing } from '../input/open.js';
import type { ByteReader } from '../matrix/bytes.js';
import type { MatrixReader } from '../matrix/row-block.js';
import { isSketchNext } from '../sketch-file/content.js';
import type { Logger } from './log.js';

/**
 * The matrices at several paths, opened one after another.
 * @param first - the first of them, where it has been opened already
 * @throws LevattnError where one is a sketch, or the mask is of another number of rows than all of them
 */
export async function* openEach(
  paths: readonly string[],
  options: KeyOptions,
  log: Logger,
  first?: ByteReader,
): AsyncGenerator<MatrixReader, void, undefined> {
  let like = options.like;
  const rowMask = await keyMask(options);
  const mask = rowMask && new StackedMask(rowMask, options.mask!);
  for (const [i, path] of paths.entries()) {
    const bytes = i === 0 && first ? first : await openInput(path, 'K');
    if (await isSketchNext(bytes)) {
      throw dataError(`${bytes.name}: is a sketch, no matrix; give it alone, or unite several with levattn merge`);
    }
    const reader = await openInputMatrix(bytes, { ...options, like }, log);
    like ??= expectedOf(reader);
    yield mask?.withoutPadding(reader, i === paths.length - 1) ?? reader;
    reportTrailing(bytes, log);
  }
}
