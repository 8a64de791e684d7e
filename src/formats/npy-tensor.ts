/** A tensor of a container as npy: a header, and its elements after it. */

import { dataError } from '../errors.js';
import { shownName } from './arrow/schema.js';
import { ByteReader } from './bytes/reader.js';
import type { ElementType } from './elements.js';
import { npyDescr } from './npy/dtype.js';
import { encodeNpyHeader } from './npy/header.js';
import type { NamedTensor } from './tensors.js';

/** Where the elements of a tensor come from. */
export interface Elements {
  /** Gives them from its next byte on, in C order. */
  readonly bytes: ByteReader;
  /** Bytes of all of them. */
  readonly length: number;
  readonly bigEndian: boolean;
  close(): Promise<void>;
}

/**
 * The npy bytes of a tensor.
 * @param source - names the container in messages
 * @param open - opens the elements; not called where npy has no such type
 * @throws LevattnError where it has none
 */
export async function npyOfTensor(
  { name, typeName, shape }: NamedTensor,
  element: ElementType,
  source: string,
  open: () => Promise<Elements>,
): Promise<ByteReader> {
  const descr = npyDescr(element);
  if (descr === undefined) {
    throw dataError(
      `${source}: tensor ${shownName(name)} is of type ${typeName}, where booleans or whole numbers are expected; convert it to one of these`,
    );
  }
  const { bytes, length: elementBytes, bigEndian, close } = await open();
  const header = encodeNpyHeader(bigEndian ? descr.replace('<', '>') : descr, shape);
  const length = header.length + elementBytes;
  let done = 0;
  return new ByteReader({
    name: source,
    size: length,
    streaming: bytes.source.streaming,
    read: async (into) => {
      const part = into.subarray(0, length - done);
      const begun = header.subarray(done, done + part.length);
      part.set(begun);
      const count = begun.length || (await bytes.readSome(part));
      done += count;
      return count;
    },
    close,
  });
}
