/** gzip as a stream: one member or several, by Node's zlib, which checks lengths and checksums. */

import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { dataError } from '../../../errors.js';
import type { ByteReader } from '../reader.js';

/** Bytes in and out at a time. */
const CHUNK_BYTES = 1 << 17;

/**
 * The content of all members.
 * @throws LevattnError where the data are cut short or damaged
 */
export async function* gzipChunks(bytes: ByteReader): AsyncGenerator<Uint8Array, void, undefined> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  pipeline(Readable.from(pieces(bytes)), gunzip, () => {});
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') throw bytes.breaksOff(`gzip data end at byte ${bytes.position}`);
    if (!code?.startsWith('Z_')) throw error;
    throw dataError(
      `${bytes.name}: damaged gzip data before byte ${bytes.position} (${message}); write the file again`,
      error,
    );
  }
}

async function* pieces(bytes: ByteReader): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const piece = new Uint8Array(CHUNK_BYTES);
    const count = await bytes.readSome(piece);
    if (count === 0) return;
    yield piece.subarray(0, count);
  }
}
