/** Keys that are padding: the mask that says so, for commands that read K or what was made of it. */

import type { Command } from 'commander';
import { dataError } from '../errors.js';
import { maskFor, readMask, withoutPadding } from '../input/mask.js';
import { checkMask, countMasked } from '../matrix/masked-rows.js';
import type { MatrixReader } from '../matrix/row-block.js';
import type { UniversalSet } from '../sketch/universal-set.js';
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
    'one number a key, 0 for padding that no query sees: npy of booleans or integers, (n) or (batch, n), or text of 0 and 1; U and sketches know theirs',
  );

/**
 * The mask of the keys that are read, n bytes; undefined where there is none.
 * @throws LevattnError where it is of other examples, or no key counts
 */
export const keyMask = ({ mask, target }: KeyOptions): Promise<Uint8Array | undefined> => maskAt(mask, target);

/** The mask in a file for the rows that are read; undefined where no file is named. */
export async function maskAt(
  path: string | undefined,
  target: InputOptions['target'],
): Promise<Uint8Array | undefined> {
  if (path === undefined) return undefined;
  const bytes = await openInput(path, 'mask');
  const mask = await readMask(bytes);
  await bytes.close();
  if (countMasked(mask.values) === mask.values.length) {
    throw dataError(
      `${bytes.name}: all is padding, as no entry is other than 0; give 1 for what counts: an additive mask is np.save(FILE, mask >= 0), the reverse of a mask np.save(FILE, ~mask)`,
    );
  }
  return maskFor(mask, target, bytes.name);
}

/** The reader without what the mask takes out. */
export async function maskKeys(reader: MatrixReader, options: KeyOptions): Promise<MatrixReader> {
  const mask = await keyMask(options);
  return mask ? withoutPadding(reader, mask, options.mask!) : reader;
}

/**
 * The mask of the keys, which must be the one that a universal set or a sketch was made with.
 * @param needed - whether K is read beside it, so that it must be read with the same mask
 * @param name - of the set, in messages
 * @throws LevattnError where it is another, or there is none and K is read
 */
export async function maskOfSet(
  set: UniversalSet,
  needed: boolean,
  options: KeyOptions,
  name: string,
): Promise<Uint8Array | undefined> {
  const mask = await keyMask(options);
  if (mask || needed) checkMask(set, mask, name, options.mask);
  return mask;
}
