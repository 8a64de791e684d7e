/** The arrays in a zip archive, stored or deflated, by yauzl, which checks their lengths; checksums are checked here. */

import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { Entry, RandomAccessReader, ZipFile } from 'yauzl';
import { dataError, LevattnError } from '../../../errors.js';
import { ByteReader, type ByteSource } from '../../bytes.js';
import { shownName } from '../arrow/schema.js';
import type { SeekableFile } from '../seeking.js';

/** The ending of an array's name in the archive. */
const NPY = '.npy';
/** What torch.save puts into an archive, and nothing else does. */
const TORCH = /(^|\/)data\.pkl$/;
/** The method of entries that are not compressed. */
const STORED = 0;
/** Bytes read at a time. */
const CHUNK_BYTES = 1 << 18;
/** More arrays than this are not looked at. */
const MAX_ARRAYS = 65_536;

/** An array in an archive. */
export interface ArchivedArray {
  /** Its name, without `.npy`. */
  readonly name: string;
  /** Opens its npy bytes. */
  open(): Promise<ByteReader>;
}

/**
 * Lists the arrays of an archive.
 * @param source - names the archive in messages
 * @throws LevattnError where it is damaged
 */
export async function listArrays(file: SeekableFile, source: string): Promise<ArchivedArray[]> {
  const yauzl = await import('yauzl');
  const arrays: ArchivedArray[] = [];
  try {
    const reader = randomAccess(yauzl.RandomAccessReader, file);
    const zip = await yauzl.fromRandomAccessReaderPromise(reader, file.length, { autoClose: false });
    for await (const entry of zip.eachEntry()) {
      if (TORCH.test(entry.fileName))
        throw dataError(`${source}: written by torch.save, for Python alone; write it with numpy.save or safetensors`);
      if (!entry.fileName.endsWith(NPY)) continue;
      if (arrays.length === MAX_ARRAYS)
        throw dataError(`${source}: more than ${MAX_ARRAYS} arrays; save one on its own`);
      const name = entry.fileName.slice(0, -NPY.length);
      arrays.push({ name, open: () => openEntry(zip, file, entry, `${source}: array ${shownName(name)}`) });
    }
  } catch (error) {
    throw damaged(error, source);
  }
  return arrays;
}

async function openEntry(zip: ZipFile, file: SeekableFile, entry: Entry, name: string): Promise<ByteReader> {
  try {
    if (entry.isEncrypted()) throw new Error('it is encrypted');
    const source = streamSource(await zip.openReadStreamPromise(entry), entry.crc32, name);
    if (entry.compressionMethod !== STORED) return new ByteReader(source);
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    return new ByteReader({ ...source, readAt: partOf(file, fileDataStart, entry.uncompressedSize) });
  } catch (error) {
    throw damaged(error, name);
  }
}

/** A part of a file, to be read at any place. */
const partOf =
  ({ readAt }: SeekableFile, start: number, length: number): NonNullable<ByteSource['readAt']> =>
  (into, offset) =>
    readAt(into.subarray(0, Math.max(0, length - offset)), start + offset);

function streamSource(stream: Readable, checksum: number, name: string): ByteSource {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let chunk: Uint8Array = new Uint8Array(0);
  let sum = 0;
  return {
    name,
    size: undefined,
    streaming: false,
    read: async (into) => {
      while (chunk.length === 0) {
        const next = await chunks.next().catch((error: unknown) => {
          throw damaged(error, name);
        });
        if (next.done && sum !== checksum) throw damaged(new Error('its checksum is wrong'), name);
        if (next.done) return 0;
        chunk = next.value;
        sum = crc32(chunk, sum);
      }
      const count = Math.min(into.length, chunk.length);
      into.set(chunk.subarray(0, count));
      chunk = chunk.subarray(count);
      return count;
    },
    close: async () => {
      stream.destroy();
    },
  };
}

const damaged = (error: unknown, name: string): LevattnError =>
  error instanceof LevattnError
    ? error
    : dataError(`${name}: damaged zip archive (${(error as Error).message}); save it again with np.savez`, error);

/** A file as yauzl wants it. */
function randomAccess(Base: typeof RandomAccessReader, file: SeekableFile): RandomAccessReader {
  class Reader extends Base {
    override _readStreamForRange(start: number, end: number): Readable {
      return Readable.from(piecesOf(file, start, end), { objectMode: false, highWaterMark: CHUNK_BYTES });
    }
    override close(callback: (error: Error | null) => void): void {
      callback(null);
    }
  }
  return new Reader();
}

async function* piecesOf(file: SeekableFile, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; ) {
    const piece = new Uint8Array(Math.min(CHUNK_BYTES, end - at));
    const count = await file.readAt(piece, at);
    if (count === 0) return;
    yield piece.subarray(0, count);
    at += count;
  }
}
