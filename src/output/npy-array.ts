/** npy arrays of any number of axes, written from their first number to their last. */

import { encodeNpyHeader } from '../formats/npy.js';
import type { Dtype, Values } from '../rows/row-block.js';
import type { ByteSink } from './table.js';

/** Writes one array. */
export interface ArrayWriter {
  /** Writes the next numbers, of the array's dtype. */
  write(values: Values): Promise<void>;
  /** Ends the array. */
  end(): Promise<void>;
}

/**
 * Begins an array.
 * @param lengths - of its axes
 * @throws RangeError at the end, where there were more or fewer numbers
 */
export function arrayWriter(lengths: readonly number[], dtype: Dtype, sink: ByteSink): ArrayWriter {
  const expected = lengths.reduce((all, length) => all * length, 1);
  let written = 0;
  let begun = false;
  const begin = async (): Promise<void> => {
    if (!begun) await sink.write(encodeNpyHeader(dtype === 'float32' ? '<f4' : '<f8', lengths));
    begun = true;
  };
  return {
    write: async ({ buffer, byteOffset, byteLength, length }) => {
      await begin();
      await sink.write(new Uint8Array(buffer, byteOffset, byteLength));
      written += length;
    },
    end: async () => {
      await begin();
      if (written !== expected) throw new RangeError(`${written} numbers where ${expected} were said`);
    },
  };
}
