/** Keys that are padding: the mask that says so, for commands that read K. */

import type { Command } from 'commander';
import { maskFor, readMask, withoutPadding } from '../matrix/mask.js';
import type { MatrixReader } from '../matrix/row-block.js';
import { openInput } from './inputs.js';
import type { InputOptions } from './options.js';

/** How K is read. */
export interface KeyOptions extends InputOptions {
  readonly mask?: string;
}

/** Adds the option. */
export const addMaskOption = (command: Command): Command =>
  command.option(
    '--mask <file>',
    'one number a key, 0 for padding that no query sees: npy of booleans or integers, (n) or (batch, n), or text of 0 and 1',
  );

/**
 * The mask of the keys that are read, n bytes; undefined where there is none.
 * @throws LevattnError where it is of other examples
 */
export async function keyMask({ mask, target }: KeyOptions): Promise<Uint8Array | undefined> {
  if (mask === undefined) return undefined;
  return maskFor(await readMask(await openInput(mask, 'mask')), target, mask);
}

/** The reader without what the mask takes out. */
export async function maskKeys(reader: MatrixReader, options: KeyOptions): Promise<MatrixReader> {
  const mask = await keyMask(options);
  return mask ? withoutPadding(reader, mask, options.mask!) : reader;
}
