/** Keys that are padding: the mask that says so. */

import { dataError } from '../errors.js';
import { checkMask, countMasked } from '../rows/masked-rows.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import { maskFor, readMask } from './mask.js';
import { openInput } from './open.js';
import type { InputOptions } from './options.js';
import { sourceOf } from './sources.js';

/** How K is read. */
export interface KeyOptions extends InputOptions {
  readonly mask?: string;
}

/** Which rows are padding. */
export interface RowMask {
  /** One number a row, 0 for padding. */
  readonly values: Uint8Array;
  /** Names the mask in messages. */
  readonly name: string;
  /** What a row is. */
  readonly of: 'key' | 'query';
}

/** The mask of the keys, as it takes their rows out. */
export const rowsOfMask = (values: Uint8Array | undefined, { mask }: KeyOptions): RowMask | undefined =>
  values && { values, name: mask!, of: 'key' };

/**
 * The mask of the keys that are read, n bytes; undefined where there is none.
 * @throws LevattnError where it is of other examples, or no key counts
 */
export const keyMask = (options: KeyOptions): Promise<Uint8Array | undefined> => maskAt(options.mask, options);

/** The mask in a file for the rows that are read; undefined where no file is named. */
export async function maskAt(path: string | undefined, options: InputOptions): Promise<Uint8Array | undefined> {
  if (path === undefined) return undefined;
  const { name, place } = await sourceOf(path, options);
  const bytes = await openInput(name, 'mask');
  const mask = await readMask(bytes);
  await bytes.close();
  if (countMasked(mask.values) === mask.values.length) {
    throw dataError(
      `${bytes.name}: all is padding, as no entry is other than 0; give 1 for what counts: an additive mask is np.save(FILE, mask >= 0), the reverse of a mask np.save(FILE, ~mask)`,
    );
  }
  // One that is named by its example is of that alone.
  return maskFor(mask, place.batch === undefined ? options.target : undefined, bytes.name);
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
