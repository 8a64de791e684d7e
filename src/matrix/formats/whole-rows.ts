/** Whole rows from bytes that come in pieces of any length. */

import type { ByteReader } from '../bytes.js';

/** Reads rows of a fixed length in bytes, one after another. */
export interface WholeRows {
  /**
   * Reads as soon as one whole row is at hand, at most what `into` holds and never a byte past it.
   * @param into - room for one row or more, a multiple of the row's length
   * @returns whole rows at the beginning of `into`; 0 where the bytes end, in the middle of a row or before one
   */
  read(into: Uint8Array): Promise<number>;
}

/** A reader of rows of `rowBytes` bytes each. The part of a row that came last is held for the next call. */
export function wholeRows(bytes: ByteReader, rowBytes: number): WholeRows {
  const part = new Uint8Array(rowBytes);
  let held = 0;
  return {
    async read(into) {
      into.set(part.subarray(0, held));
      let filled = held;
      while (filled < rowBytes) {
        const count = await bytes.readSome(into.subarray(filled));
        if (count === 0) return 0;
        filled += count;
      }
      const rows = Math.floor(filled / rowBytes);
      part.set(into.subarray(rows * rowBytes, filled));
      held = filled - rows * rowBytes;
      return rows;
    },
  };
}
