/** Universal sets that a command's heads share: a file of them is decoded once, for one head after another. */

import type { ByteReader } from '../formats/bytes/reader.js';
import { canReopen } from '../formats/bytes/sources.js';
import type { HeadSets } from '../universal-set/head-sets.js';

/** The sets of the last file. */
export class KeptSets {
  #name: string | undefined;
  #sets: HeadSets | undefined;

  /** Those of a file, which is closed where they are kept; undefined where they are not. */
  async of(bytes: ByteReader): Promise<HeadSets | undefined> {
    if (this.#name !== bytes.name) return undefined;
    await bytes.close();
    return this.#sets;
  }

  /** Keeps those of a file instead of the last; of a pipe, which is read once, none. */
  keep(bytes: ByteReader, sets: HeadSets): void {
    if (!canReopen(bytes.name)) return;
    this.#name = bytes.name;
    this.#sets = sets;
  }
}
