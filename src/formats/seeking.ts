/** Formats whose directory is at their end: they need an input that can seek, and that is read to its end. */

import { dataError } from '../errors.js';
import type { ByteReader, FilePlace } from './bytes/reader.js';

/** A part of a file from the reader's next byte to its end. */
export interface SeekableFile {
  /** Bytes in it. */
  readonly length: number;
  /** Fills `into` with the bytes from an offset in it on; returns how many there were, fewer only at the end. */
  readAt(into: Uint8Array, offset: number): Promise<number>;
  /** Where it lies for other threads, until the reader is closed; undefined where it is no file. */
  readonly place?: FilePlace | undefined;
}

/**
 * What a reader holds, at any place.
 * @param what - names the format in the message
 * @throws LevattnError where the input cannot seek
 */
export function seekable(bytes: ByteReader, what: string): SeekableFile {
  const { source, position, size } = bytes;
  if (!source.readAt || size === undefined) {
    const instead =
      source.compression === undefined
        ? 'name the file itself instead of a pipe'
        : `decompress it to a file first: ${source.compression} -d FILE`;
    throw dataError(`${bytes.name}: ${what} is read from its end, which needs an input that can seek; ${instead}`);
  }
  const { readAt, place } = source;
  return {
    length: size - position,
    place: place && { ...place, position: place.position + position },
    readAt: async (into, offset) => {
      let filled = 0;
      while (filled < into.length) {
        const count = await readAt(into.subarray(filled), position + offset + filled);
        if (count === 0) break;
        filled += count;
      }
      return filled;
    },
  };
}
