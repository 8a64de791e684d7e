/** Undoes the compression of pages. What decodes it is loaded when a file needs it. */

import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { ColumnMetaData, Compressors } from 'hyparquet';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { decompressZstd, decompressZstdInPlace, prepareZstd } from '../bytes/compression/zstd.js';
import { uncompressSnappy } from './kernel.js';

type Codec = ColumnMetaData['codec'];

/** Node's own are faster than decoders in JavaScript, and stop at the length that is promised; zstd with its limits. */
let codecs: Compressors = {
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
  ZSTD: decompressZstd,
};

/** Compressed bytes of a column from which on a decoder of zstd is started whose pages take no new memory: the start takes 10 ms. */
const MANY_BYTES = 1 << 22;

/**
 * Must have been waited for before {@link decompress}.
 * @param bytes - that are to come of it, compressed
 */
export async function prepareCodec(codec: Codec, bytes: number): Promise<void> {
  if (codec === 'ZSTD') await prepareZstd(bytes >= MANY_BYTES);
  else if ((codec === 'LZ4' || codec === 'LZ4_RAW') && !codecs[codec])
    codecs = { ...(await import('hyparquet-compressors')).compressors, ...codecs };
}

/**
 * What was compressed.
 * @param inPlace - whether it may lie where the next page will come
 * @throws Error of any kind where it is damaged, or has another length
 */
export function decompress(bytes: Uint8Array, length: number, codec: Codec, inPlace: boolean): Uint8Array {
  // Of nothing, writers differ in what they make.
  if (length === 0) return new Uint8Array();
  if (codec === 'ZSTD' && inPlace) return decompressZstdInPlace(bytes, length);
  const passing = codec === 'SNAPPY' ? uncompressSnappy(bytes, length) : undefined;
  if (passing) return inPlace ? passing : passing.slice();
  return decompressPage(bytes, length, codec, codecs);
}
