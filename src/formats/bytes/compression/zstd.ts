/**
 * zstd by Node's own zlib where it has it; else fzstd decodes the blocks of a stream, and zstddec a frame in one piece. Of many frames that come in
 * place zstddec decodes all. Frames, limits and checksums are checked here.
 */

import { Decompress } from 'fzstd';
import { dataError, LevattnError } from '../../../errors.js';
import type { ByteReader } from '../reader.js';
import { ZSTD_MAGIC } from './magic.js';
import { hasNativeZstd, NativeFrame, nativeDecompress } from './native-zstd.js';
import { decompressInPlace, hasWasmZstd, isInWasmZstd, startWasmZstd } from './wasm-zstd.js';
import { Xxh64 } from './xxhash.js';

/** Magic, descriptor, window, dictionary and content size at most. */
const MAX_HEADER_BYTES = 18;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
/** The most that a block holds, compressed or not. */
const MAX_BLOCK_BYTES = 1 << 17;
/** What the zstd program allows unless told otherwise. */
const MAX_WINDOW_BYTES = 2 ** 27;
/** Where the descriptor stands, and its bit that says that a checksum follows the blocks. */
const DESCRIPTOR = 4;
const CHECKSUM_FLAG = 4;
/** Frames that hold no content: 0x184D2A50 to 0x184D2A5F, then their length. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_HEADER_BYTES = 8;

/** What a frame's header says. */
interface FrameHeader {
  /** Bytes of the header. */
  readonly length: number;
  readonly checksum: boolean;
  /** Bytes of content, where the header says so. */
  readonly contentSize: number | undefined;
}

/**
 * The content of all frames up to the end of the input.
 * @throws LevattnError where the data are cut short, damaged or no zstd
 */
export async function* zstdChunks(bytes: ByteReader): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    while (!(await bytes.atEnd())) {
      if (!(await skipSkippable(bytes))) yield* frameChunks(bytes);
    }
  } catch (error) {
    if (error instanceof LevattnError) throw error;
    throw dataError(
      `${bytes.name}: damaged zstd data before byte ${bytes.position} (${(error as Error).message}); write the file again`,
      error,
    );
  }
}

/** @throws Error of any kind where the frame is damaged */
async function* frameChunks(bytes: ByteReader): AsyncGenerator<Uint8Array, void, undefined> {
  const header = readFrameHeader(await bytes.peek(MAX_HEADER_BYTES));
  if (!header) throw cutShort(bytes);
  if (hasNativeZstd) return yield* nativeChunks(bytes, header);
  const head = await take(bytes, header.length);
  // fzstd takes a checksum for what follows the frame.
  head[DESCRIPTOR]! &= ~CHECKSUM_FLAG;
  let chunks: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => chunks.push(chunk));
  decoder.push(head);
  const hash = new Xxh64();
  let content = 0;
  for (let last = false; !last; ) {
    const block = readBlockHeader(await bytes.peek(BLOCK_HEADER_BYTES));
    if (!block) throw cutShort(bytes);
    last = block.last;
    decoder.push(await take(bytes, block.length), last);
    for (const chunk of chunks) {
      content += chunk.length;
      if (header.checksum) hash.update(chunk);
      if (chunk.length > 0) yield chunk;
    }
    chunks = [];
  }
  if (header.contentSize !== undefined && header.contentSize !== content)
    throw new RangeError('not as long as it says');
  if (header.checksum && uint32(await take(bytes, CHECKSUM_BYTES), 0) !== hash.low32()) throw badChecksum();
}

/** The same by Node's zlib, block by block, so that not a byte behind the frame is taken. */
async function* nativeChunks(bytes: ByteReader, header: FrameHeader): AsyncGenerator<Uint8Array, void, undefined> {
  const frame = new NativeFrame();
  let content = 0;
  let last = false;
  try {
    yield* counted(await frame.push(await take(bytes, header.length)));
    while (!last) {
      const block = readBlockHeader(await bytes.peek(BLOCK_HEADER_BYTES));
      if (!block) throw cutShort(bytes);
      last = block.last;
      yield* counted(await frame.push(await take(bytes, block.length)));
    }
    if (header.checksum) yield* counted(await frame.push(await take(bytes, CHECKSUM_BYTES)));
    yield* counted(await frame.end());
  } catch (error) {
    // Where the content ends too early, the decoder calls that damage.
    const isShort = last && header.contentSize !== undefined && content < header.contentSize;
    if (!isShort || error instanceof LevattnError || error instanceof RangeError) throw error;
    throw new RangeError(`not as long as it says: ${(error as Error).message}`);
  } finally {
    frame.close();
  }
  if (header.contentSize !== undefined && header.contentSize !== content)
    throw new RangeError('not as long as it says');

  function* counted(chunks: readonly Uint8Array[]): Generator<Uint8Array, void, undefined> {
    for (const chunk of chunks) {
      content += chunk.length;
      yield chunk;
    }
  }
}

/**
 * Must have been waited for before {@link decompressZstd} and {@link decompressZstdInPlace}.
 * @param many - whether so much is to come in place that it pays to start a decoder which has no need of new memory, beside Node's own
 */
export async function prepareZstd(many = false): Promise<void> {
  if (many || !hasNativeZstd) await startWasmZstd();
}

/**
 * The content of one frame.
 * @param frame - the whole frame and nothing else
 * @param length - bytes of content
 * @throws Error of any kind where the frame is damaged, or its content is not that long
 */
export function decompressZstd(frame: Uint8Array, length: number): Uint8Array {
  const content = decompressBy(frame, length, hasNativeZstd);
  return isInWasmZstd(content) ? content.slice() : content;
}

/** The same, valid until the next call where it {@link isInWasmZstd}. */
export const decompressZstdInPlace = (frame: Uint8Array, length: number): Uint8Array =>
  decompressBy(frame, length, hasNativeZstd && !hasWasmZstd());

function decompressBy(frame: Uint8Array, length: number, native: boolean): Uint8Array {
  const header = readFrameHeader(frame);
  if (!header) throw new RangeError('cut short');
  let end = header.length;
  let blocks = 0;
  for (let last = false; !last; blocks++) {
    const block = readBlockHeader(frame.subarray(end));
    if (!block) throw new RangeError('cut short');
    last = block.last;
    end += block.length;
  }
  if (frame.length !== end + (header.checksum ? CHECKSUM_BYTES : 0))
    throw new RangeError('cut short, or more than one frame');
  // Memory for no more than what has arrived can hold.
  if (length > blocks * MAX_BLOCK_BYTES) throw new RangeError('not as long as it says');
  if (native) {
    const content = nativeDecompress(frame, length);
    if (content.length !== length) throw new RangeError('not as long as it says');
    return content;
  }
  // The decoder would not say that it is the checksum that is wrong.
  const bare = header.checksum ? withoutChecksum(frame, end) : frame;
  // Told nothing, it would believe the header.
  const content = decompressInPlace(bare, Math.max(1, length));
  if (content.length !== length) throw new RangeError('damaged, or not as long as it says');
  if (header.checksum) {
    const hash = new Xxh64();
    hash.update(content);
    if (uint32(frame, end) !== hash.low32()) throw badChecksum();
  }
  return content;
}

/** The frame as it would be without its checksum. */
function withoutChecksum(frame: Uint8Array, end: number): Uint8Array {
  const bare = frame.slice(0, end);
  bare[DESCRIPTOR]! &= ~CHECKSUM_FLAG;
  return bare;
}

/**
 * Reads a frame's header; undefined where it is cut short.
 * @throws RangeError where it is none, or one that asks for too much
 */
function readFrameHeader(view: Uint8Array): FrameHeader | undefined {
  if (view.length < ZSTD_MAGIC.length) return undefined;
  if (ZSTD_MAGIC.some((byte, i) => view[i] !== byte)) throw new RangeError('no zstd frame');
  const descriptor = view[DESCRIPTOR];
  if (descriptor === undefined) return undefined;
  const single = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  const sizeAt = DESCRIPTOR + 1 + (single ? 0 : 1) + dictionaryBytes;
  const length = sizeAt + sizeBytes;
  if (view.length < length) return undefined;
  if (descriptor & 8) throw new RangeError('a reserved bit is set');
  if (view.subarray(sizeAt - dictionaryBytes, sizeAt).some((byte) => byte !== 0)) {
    throw new RangeError('it needs a dictionary');
  }
  const contentSize =
    sizeBytes === 0 ? undefined : littleEndian(view.subarray(sizeAt, length)) + (sizeBytes === 2 ? 256 : 0);
  const window = single ? contentSize! : windowSize(view[DESCRIPTOR + 1]!);
  if (window > MAX_WINDOW_BYTES) {
    throw new RangeError(
      `a window of ${window} bytes, at most ${MAX_WINDOW_BYTES} are read: decompress it with zstd --long=31 -dc`,
    );
  }
  return { length, checksum: (descriptor & CHECKSUM_FLAG) !== 0, contentSize };
}

const windowSize = (byte: number): number => 2 ** (10 + (byte >> 3)) * (1 + (byte & 7) / 8);

/** Reads a block's header; undefined where it is cut short. The length includes it. */
function readBlockHeader(view: Uint8Array): { readonly last: boolean; readonly length: number } | undefined {
  if (view.length < BLOCK_HEADER_BYTES) return undefined;
  const word = littleEndian(view.subarray(0, BLOCK_HEADER_BYTES));
  const type = (word >> 1) & 3;
  const size = word >> 3;
  if (type === 3 || size > MAX_BLOCK_BYTES) throw new RangeError('a block of an unknown kind or size');
  return { last: (word & 1) === 1, length: BLOCK_HEADER_BYTES + (type === 1 ? 1 : size) };
}

/** Passes over a frame that holds no content; false where there is none. */
async function skipSkippable(bytes: ByteReader): Promise<boolean> {
  const head = await bytes.peek(SKIPPABLE_HEADER_BYTES);
  if (head.length < 4 || (uint32(head, 0) & ~0xf) >>> 0 !== SKIPPABLE_MAGIC) return false;
  if (head.length < SKIPPABLE_HEADER_BYTES) throw cutShort(bytes);
  const length = SKIPPABLE_HEADER_BYTES + uint32(head, 4);
  if ((await bytes.skip(length)) < length) throw cutShort(bytes);
  return true;
}

async function take(bytes: ByteReader, length: number): Promise<Uint8Array> {
  const view = await bytes.peek(length);
  if (view.length < length) throw cutShort(bytes);
  const taken = view.slice();
  bytes.consume(length);
  return taken;
}

const cutShort = (bytes: ByteReader): LevattnError => bytes.breaksOff(`zstd data end after byte ${bytes.position}`);

const badChecksum = (): RangeError => new RangeError('its checksum is wrong');

const littleEndian = (bytes: Uint8Array): number => bytes.reduceRight((value, byte) => 256 * value + byte, 0);

const uint32 = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at, true);
