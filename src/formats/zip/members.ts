/** The members of a zip archive, stored or deflated, by yauzl, which checks their lengths; checksums are checked here. */

import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { Entry, RandomAccessReader, ZipFile } from 'yauzl';
import { dataError, LevattnError } from '../../errors.js';
import { ByteReader, type ByteSource } from '../bytes/reader.js';
import type { SeekableFile } from '../seeking.js';

/** The methods of members that are not compressed, and of those that are read. */
const STORED = 0;
const DEFLATED = 8;
/** Bytes read at a time. */
const CHUNK_BYTES = 1 << 18;
/** Bytes around a small part that are read with it. */
const WINDOW_BYTES = 1 << 14;
/** More members than this are not looked at. */
const MAX_MEMBERS = 65_536;
/** What zip archives may be compressed with, and yauzl does not undo. */
const METHODS: { readonly [method: number]: string } = {
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'zstd',
  95: 'xz',
};

/** What to do about an archive, by what is wrong with it. */
export interface ZipAdvice {
  readonly damaged: string;
  readonly compressed: string;
  readonly encrypted: string;
  readonly tooMany: string;
}

/** A member of an archive, no folder. */
export interface ZipMember {
  readonly name: string;
  /** Bytes in it, as the archive says. */
  readonly size: number;
  /** Whether it is stored as it is: its bytes can then be read at any place. */
  readonly stored: boolean;
  /** Its checksum, as the archive says. */
  readonly crc32: number;
  /**
   * Opens its bytes; at their end the checksum is checked. A stored one has {@link ByteSource.readAt}, which checks nothing.
   * @param what - names the member in messages
   * @throws LevattnError where it cannot be read
   */
  open(what: string): Promise<ByteReader>;
}

/**
 * Lists the members of an archive.
 * @param source - names the archive in messages
 * @throws LevattnError where it is damaged
 */
export async function listMembers(file: SeekableFile, source: string, advice: ZipAdvice): Promise<ZipMember[]> {
  const yauzl = await import('yauzl');
  const members: ZipMember[] = [];
  try {
    const reader = randomAccess(yauzl.RandomAccessReader, file);
    // Names are no paths here: any is taken, yauzl's own check does not.
    const zip = await yauzl.fromRandomAccessReaderPromise(reader, file.length, {
      autoClose: false,
      decodeStrings: false,
    });
    for await (const entry of zip.eachEntry()) {
      const name = yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
      if (name.endsWith('/')) continue;
      if (members.length === MAX_MEMBERS)
        throw dataError(`${source}: more than ${MAX_MEMBERS} members; ${advice.tooMany}`);
      if (entry.relativeOffsetOfLocalHeader + entry.compressedSize > file.length)
        throw new Error('a member lies beyond its end');
      members.push({
        name,
        size: entry.uncompressedSize,
        stored: entry.compressionMethod === STORED,
        crc32: entry.crc32,
        open: (what) => openEntry(zip, file, entry, what, advice),
      });
    }
  } catch (error) {
    throw damaged(error, source, advice);
  }
  return members;
}

async function openEntry(
  zip: ZipFile,
  file: SeekableFile,
  entry: Entry,
  name: string,
  advice: ZipAdvice,
): Promise<ByteReader> {
  try {
    if (entry.isEncrypted()) throw dataError(`${name} is encrypted; ${advice.encrypted}`);
    const { compressionMethod: method } = entry;
    if (method !== STORED && method !== DEFLATED) {
      throw dataError(
        `${name} is compressed by ${METHODS[method] ?? `method ${method}`}, which is not read; ${advice.compressed}`,
      );
    }
    const { fileDataStart, fileName } = await zip.readLocalFileHeaderPromise(entry);
    // Parts of a member are read without its checksum, so that it must be this one.
    if (!fileName.equals(entry.fileNameRaw)) throw new Error('its directory and its header have other names');
    const source = streamSource(await zip.openReadStreamPromise(entry), entry.crc32, name, advice);
    if (method !== STORED) return new ByteReader(source);
    return new ByteReader({ ...source, readAt: partOf(file, fileDataStart, entry.uncompressedSize) });
  } catch (error) {
    throw damaged(error, name, advice);
  }
}

/** A part of a file, to be read at any place. */
const partOf =
  ({ readAt }: SeekableFile, start: number, length: number): NonNullable<ByteSource['readAt']> =>
  (into, offset) =>
    readAt(into.subarray(0, Math.max(0, length - offset)), start + offset);

function streamSource(stream: Readable, checksum: number, name: string, advice: ZipAdvice): ByteSource {
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
          throw damaged(error, name, advice);
        });
        if (next.done && sum !== checksum) throw wrongChecksum(name, advice);
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

/** The error for a member whose bytes are not those that were written. */
export const wrongChecksum = (name: string, advice: ZipAdvice): LevattnError =>
  damaged(new Error('its checksum is wrong'), name, advice);

const damaged = (error: unknown, name: string, advice: ZipAdvice): LevattnError =>
  error instanceof LevattnError
    ? error
    : dataError(`${name}: damaged zip archive (${(error as Error).message}); ${advice.damaged}`, error);

/** A file as yauzl wants it. Its directory is read a few bytes at a time, and so from a window. */
function randomAccess(Base: typeof RandomAccessReader, file: SeekableFile): RandomAccessReader {
  const readSmall = windowed(file);
  class Reader extends Base {
    override read(
      buffer: Buffer,
      offset: number,
      length: number,
      position: number,
      callback: (error: Error | null, count?: number) => void,
    ): void {
      readSmall(buffer.subarray(offset, offset + length), position).then((count) => callback(null, count), callback);
    }
    override _readStreamForRange(start: number, end: number): Readable {
      return Readable.from(piecesOf(file, start, end), { objectMode: false, highWaterMark: CHUNK_BYTES });
    }
    override close(callback: (error: Error | null) => void): void {
      callback(null);
    }
  }
  return new Reader();
}

/** Reads small parts of a file that lie close together with few reads of it. */
function windowed(file: SeekableFile): SeekableFile['readAt'] {
  let window = new Uint8Array(0);
  let begin = 0;
  return async (into, position) => {
    if (into.length > WINDOW_BYTES) return file.readAt(into, position);
    if (position < begin || position + into.length > begin + window.length) {
      const bytes = new Uint8Array(WINDOW_BYTES);
      window = bytes.subarray(0, await file.readAt(bytes, position));
      begin = position;
    }
    const part = window.subarray(position - begin, position - begin + into.length);
    into.set(part);
    return part.length;
  };
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
