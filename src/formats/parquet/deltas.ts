/** Values as differences from the ones before, and bytes whose lengths are. hyparquet decodes blocks of differences; their header is checked here. */

import type { DecodedArray } from 'hyparquet';
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { readVarInt } from 'hyparquet/src/thrift.js';

/** A block of more values than this is damage: writers put 128 or 256 in each. */
const MAX_BLOCK = 1 << 20;

interface Reader {
  readonly view: DataView<ArrayBufferLike>;
  offset: number;
}

/**
 * Whole numbers.
 * @param into - as many as it has elements
 * @throws RangeError where the blocks are damaged
 */
export function readDeltas(reader: Reader, into: Int32Array | BigInt64Array): void {
  if (into.length === 0) return;
  const { view, offset } = reader;
  const header = { view, offset };
  const block = readVarInt(header);
  const parts = readVarInt(header);
  // A header without parts would be read for ever, and one of 2^31 parts takes as much memory.
  if (!(parts > 0 && block > 0 && block <= MAX_BLOCK && block % (8 * parts) === 0)) {
    throw new RangeError(`blocks of ${block} values in ${parts} parts`);
  }
  deltaBinaryUnpack(reader, into.length, into);
}

/**
 * Bytes behind their lengths.
 * @param prefixed - whether each begins as the one before does, for a length that is told first
 * @throws RangeError where they are damaged
 */
export function readDeltaBytes(reader: Reader, count: number, prefixed: boolean): DecodedArray {
  const prefixes = new Int32Array(prefixed ? count : 0);
  readDeltas(reader, prefixes);
  const lengths = new Int32Array(count);
  readDeltas(reader, lengths);
  const { buffer, byteOffset, byteLength } = reader.view;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  let at = reader.offset;
  let before: Uint8Array = new Uint8Array();
  return Array.from(lengths, (length, i) => {
    const prefix = prefixes[i] ?? 0;
    if (!(length >= 0 && at + length <= bytes.length && prefix >= 0 && prefix <= before.length)) {
      throw new RangeError('bytes past the end of their page');
    }
    const rest = bytes.subarray(at, at + length);
    at += length;
    before = prefix === 0 ? rest : Buffer.concat([before.subarray(0, prefix), rest]);
    return before;
  });
}
