/** K in one file or several, with its mask. */

import { dataError } from '../errors.js';
import { type FirstFile, Input } from './input.js';
import { type KeyOptions, keyMask, rowsOfMask } from './key-mask.js';
import type { Notices } from './notices.js';

/**
 * The rows of K at several paths, one below the other.
 * @param first - the first of them, where it has been opened already
 * @throws LevattnError where the mask cannot be read; on reading, where a file is a sketch, or the mask is of another number of rows
 *   than all of them
 */
export async function keysInput(
  paths: readonly string[],
  options: KeyOptions,
  notices: Notices,
  first?: FirstFile,
): Promise<Input> {
  const rowMask = rowsOfMask(await keyMask(options), options);
  return new Input(paths, { ...options, role: 'K', rowMask, refuseSketch }, notices, first);
}

const refuseSketch = (name: string): Error =>
  dataError(`${name}: is a sketch, no matrix; give it alone, or unite several with levattn merge`);
