/** Compressed inputs: recognised by their first bytes and undone on the way, as a whole, whatever format is inside. */

import { gzipChunks } from './compression/gzip.js';
import { GZIP_MAGIC, SKIPPABLE_END, ZSTD_MAGIC } from './compression/magic.js';
import { ByteReader, type ByteSource } from './reader.js';

/** The compressions that are undone. */
export type Compression = 'gzip' | 'zstd';

/** As many first bytes as tell them apart. */
const MAGIC_BYTES = 4;

/** The compression of an input that begins with these bytes, if it is one that is undone. */
export function recogniseCompression(head: Uint8Array): Compression | undefined {
  if (GZIP_MAGIC.every((byte, i) => head[i] === byte)) return 'gzip';
  const zstd = ZSTD_MAGIC.every((byte, i) => head[i] === byte) || isSkippable(head);
  return zstd ? 'zstd' : undefined;
}

/** A frame without content, as pzstd writes before each of its frames. */
const isSkippable = (head: Uint8Array): boolean =>
  (head[0]! & 0xf0) === 0x50 && SKIPPABLE_END.every((byte, i) => head[i + 1] === byte);

/** The input itself, or what it holds where it is compressed. Waits for the first bytes; consumes none of them. */
export async function undoCompression(bytes: ByteReader): Promise<ByteReader> {
  const compression = recogniseCompression(await bytes.peek(MAGIC_BYTES));
  if (!compression) return bytes;
  // fzstd is loaded only where it is needed.
  const chunks = compression === 'gzip' ? gzipChunks(bytes) : (await import('./compression/zstd.js')).zstdChunks(bytes);
  return new ByteReader(contentSource(bytes, compression, chunks));
}

function contentSource(
  bytes: ByteReader,
  compression: Compression,
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
): ByteSource {
  let chunk: Uint8Array = new Uint8Array(0);
  return {
    name: bytes.name,
    path: bytes.source.path,
    identity: bytes.source.identity,
    compression,
    size: undefined,
    streaming: bytes.source.streaming,
    copied: bytes.source.copied,
    read: async (into) => {
      while (chunk.length === 0) {
        const next = await chunks.next();
        if (next.done) return 0;
        chunk = next.value;
      }
      const count = Math.min(into.length, chunk.length);
      into.set(chunk.subarray(0, count));
      chunk = chunk.subarray(count);
      return count;
    },
    staysOpen: bytes.source.staysOpen,
    close: async () => {
      if (bytes.source.staysOpen) return;
      await chunks.return();
      await bytes.close();
    },
  };
}
