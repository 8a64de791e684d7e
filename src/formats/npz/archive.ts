/** The arrays in a zip archive, stored or deflated, by yauzl, which checks their lengths; checksums are checked here. */

import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { Entry, RandomAccessReader, ZipFile } from 'yauzl';
import { dataError, LevattnError } from '../../errors.js';
import { shownName } from '../arrow/schema.js';
import { ByteReader, type ByteSource } from '../bytes/reader.js';
import { kindOfArchive } from '../not-read/archives.js';
import { NPY_MAGIC } from '../npy/header.js';
import type { SeekableFile } from '../seeking.js';

/** The ending of an array's name in the archive. */
const NPY = '.npy';
/** What macOS puts beside files, and what begins with `._`: their attributes, whatever the ending. */
const BESIDE_FILES = /(^|\/)(__MACOSX\/|\._|\.DS_Store$)/;
/** The methods of entries that are not compressed, and of those that np.savez_compressed writes. */
const STORED = 0;
const DEFLATED = 8;
/** Bytes read at a time. */
const CHUNK_BYTES = 1 << 18;
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
  const members: string[] = [];
  try {
    const reader = randomAccess(yauzl.RandomAccessReader, file);
    // Names are no paths here: NumPy takes any, yauzl's own check does not.
    const zip = await yauzl.fromRandomAccessReaderPromise(reader, file.length, {
      autoClose: false,
      decodeStrings: false,
    });
    for await (const entry of zip.eachEntry()) {
      const member = yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
      if (member.endsWith('/')) continue;
      if (members.length === MAX_MEMBERS)
        throw dataError(`${source}: more than ${MAX_MEMBERS} members; save one array on its own`);
      members.push(member);
      const name = member.endsWith(NPY) ? member.slice(0, -NPY.length) : member;
      const open = (): Promise<ByteReader> => openEntry(zip, file, entry, `${source}: array ${shownName(name)}`);
      const certain = member.endsWith(NPY) && !BESIDE_FILES.test(member);
      if (certain || (await beginsAsNpy(open))) arrays.push({ name, open });
    }
  } catch (error) {
    throw damaged(error, source);
  }
  if (arrays.length > 0) return arrays;
  const kind = kindOfArchive(members);
  throw dataError(`${source}: ${kind.what}, which is not read; ${kind.instead}`);
}

/** Whether a member is an array by its first bytes, as NumPy tells; one that cannot be opened is none. */
async function beginsAsNpy(open: () => Promise<ByteReader>): Promise<boolean> {
  try {
    const bytes = await open();
    const head = await bytes.peek(NPY_MAGIC.length);
    await bytes.close();
    return NPY_MAGIC.every((byte, i) => head[i] === byte);
  } catch {
    return false;
  }
}

async function openEntry(zip: ZipFile, file: SeekableFile, entry: Entry, name: string): Promise<ByteReader> {
  try {
    if (entry.isEncrypted()) throw dataError(`${name} is encrypted; extract it and name the file: unzip FILE`);
    const { compressionMethod: method } = entry;
    if (method !== STORED && method !== DEFLATED) {
      throw dataError(
        `${name} is compressed by ${METHODS[method] ?? `method ${method}`}, which is not read; extract it and name the file, or save it with np.savez_compressed`,
      );
    }
    const source = streamSource(await zip.openReadStreamPromise(entry), entry.crc32, name);
    if (method !== STORED) return new ByteReader(source);
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
