/** zstd by Node's own zlib, which has it from 22.15 on: several times as fast as in JavaScript, checksums included. */

import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';

/** What of zlib is used here, where it is there; the types of older versions lack it. */
const { createZstdDecompress, zstdDecompressSync } = zlib as unknown as {
  readonly createZstdDecompress?: () => Transform;
  readonly zstdDecompressSync?: (
    data: Uint8Array,
    options: { readonly maxOutputLength: number; readonly chunkSize: number },
  ) => Uint8Array;
};

/** Whether this Node has zstd. */
export const hasNativeZstd = createZstdDecompress !== undefined && zstdDecompressSync !== undefined;

/** What Node's errors mean. */
function spelled(error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ZSTD_error_checksum_wrong') return new RangeError('its checksum is wrong');
  return code === 'ERR_BUFFER_TOO_LARGE' ? new RangeError('not as long as it says') : (error as Error);
}

/** Bytes that zlib takes memory for at a time, at least. */
const MIN_CHUNK_BYTES = 64;

/** The content of a whole frame, `most` bytes of it at most, for which memory is taken at once: in parts, zlib would join them. */
export function nativeDecompress(frame: Uint8Array, most: number): Uint8Array {
  try {
    return zstdDecompressSync!(frame, {
      maxOutputLength: Math.max(1, most),
      chunkSize: Math.max(MIN_CHUNK_BYTES, most),
    });
  } catch (error) {
    throw spelled(error);
  }
}

/** Decompresses one frame that comes in pieces. */
export class NativeFrame {
  readonly #stream = createZstdDecompress!();
  #chunks: Uint8Array[] = [];
  #error: Error | undefined;
  /** Ends the wait that is under way: after an error nothing else does. */
  #reject: ((error: Error) => void) | undefined;

  constructor() {
    this.#stream.on('data', (chunk: Uint8Array) => this.#chunks.push(chunk));
    this.#stream.on('error', (error) => {
      this.#error = spelled(error);
      this.#reject?.(this.#error);
    });
  }

  /** Takes a piece; what of the content is ready by then. */
  async push(piece: Uint8Array): Promise<readonly Uint8Array[]> {
    if (this.#error) throw this.#error;
    await new Promise<void>((resolve, reject) => {
      this.#reject = reject;
      this.#stream.write(piece, (error) => (error ? reject(spelled(error)) : resolve()));
    });
    return this.#taken();
  }

  /** The last piece has been taken; the rest of the content. */
  async end(): Promise<readonly Uint8Array[]> {
    if (this.#error) throw this.#error;
    await new Promise<void>((resolve, reject) => {
      this.#reject = reject;
      this.#stream.once('end', resolve);
      this.#stream.end();
    });
    return this.#taken();
  }

  #taken(): readonly Uint8Array[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }

  /** Lets go of it. */
  close(): void {
    this.#stream.destroy();
  }
}
