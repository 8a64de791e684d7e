/** The framing of Arrow IPC: where messages and a file's footer begin and end. Looks ahead and consumes nothing. */

import { dataError, type LevattnError } from '../../errors.js';
import type { ByteReader } from '../bytes/reader.js';
import { decodeMessage, looksLikeSchema } from './message.js';

/** What the file format begins and ends with: `ARROW1`. */
export const MAGIC: Buffer = Buffer.from('ARROW1');
/** The length that says that the real one follows; before Arrow 0.15 there was none. */
export const CONTINUATION = -1;
/**
 * Metadata and footers past this are damage. A batch of 8,192 columns has 0.4 MB, 2 million batches a footer of 48 MB; the schema of a
 * universal set of 8,192 columns holds a triangular matrix of 358 MB.
 */
export const MAX_METADATA_BYTES = 1 << 29;
/** How far a schema or footer is looked for where nothing says how long it is, or where it can only be had by holding what comes before it. */
const MAX_SEARCH_BYTES = 1 << 26;

/** Read at least at a time where the source can seek: most metadata of one column fit. */
const SEEK_BYTES = 4096;

/**
 * Bytes from `offset` bytes after the reader's next one: at least `length`, fewer only at the end, more where they are at
 * hand. Valid until the next call on the reader.
 */
export type Look = (offset: number, length: number) => Promise<Uint8Array>;

/** Looks ahead in the reader's own buffer, which grows to hold everything from its next byte on. */
export function lookNear(bytes: ByteReader): Look {
  return async (offset, length) => {
    if ((await bytes.peek(offset + length)).length <= offset) return new Uint8Array(0);
    return (await bytes.peekSome(Number.POSITIVE_INFINITY)).subarray(offset);
  };
}

/**
 * Looks anywhere in a source that can seek, else near, within bounds.
 * @throws LevattnError where that is too far for a source that cannot seek
 */
export function lookFar(bytes: ByteReader): Look {
  const { readAt } = bytes.source;
  const start = bytes.position;
  if (readAt) {
    return async (offset, length) => {
      const into = new Uint8Array(Math.max(length, SEEK_BYTES));
      let filled = 0;
      for (let count = -1; filled < length && count !== 0; filled += count) {
        count = await readAt(into.subarray(filled), start + offset + filled);
      }
      return into.subarray(0, filled);
    };
  }
  const near = lookNear(bytes);
  return async (offset, length) => {
    if (offset + length <= MAX_SEARCH_BYTES) return near(offset, length);
    throw dataError(
      `${bytes.name}: an Arrow file whose schema is only at its end; name the file itself instead of a pipe, or write the stream format`,
    );
  };
}

/** The error for a message that cannot be one. */
export const damagedAt = (bytes: ByteReader, at: number, reason: string, cause?: unknown): LevattnError =>
  dataError(
    `${bytes.name}: not a valid Arrow message at byte ${at} (${reason}); the input is damaged: write it again`,
    cause,
  );

/** A message's metadata, with what stands before it. */
export interface Frame {
  /** Bytes before the metadata: 8, or 4 in inputs of before Arrow 0.15; none before a bare schema. */
  readonly prefix: number;
  /** Bytes of metadata; 0 for the end marker. */
  readonly length: number;
  readonly metadata: Uint8Array;
}

/**
 * The message at `offset`; `end` where no byte follows, `cut` where too few do.
 * @throws LevattnError where the length cannot be one
 */
export async function findFrame(bytes: ByteReader, look: Look, offset = 0): Promise<Frame | 'end' | 'cut'> {
  const at = bytes.position + offset;
  const first = await look(offset, 4);
  if (first.length === 0) return 'end';
  if (first.length < 4) return 'cut';
  const prefix = int32(first, 0) === CONTINUATION ? 8 : 4;
  const head = await look(offset, prefix);
  if (head.length < prefix) return 'cut';
  const length = int32(head, prefix - 4);
  if (length < 0 || length > MAX_METADATA_BYTES) throw damagedAt(bytes, at, `metadata of ${length} bytes`);
  const view = await look(offset, prefix + length);
  if (view.length < prefix + length) return 'cut';
  return { prefix, length, metadata: view.slice(prefix, prefix + length) };
}

/** Multiples of this are where messages begin. */
const ALIGNMENT = 8;
/** Bytes of a schema that tell that it is one. */
const SCHEMA_HEAD_BYTES = 64;

/**
 * A schema's message at `offset` that stands without its prefix, as current versions of Polars begin files; undefined where there is none.
 * It ends where a message or the end marker begins.
 */
async function findBareSchema(look: Look, offset = 0): Promise<Frame | undefined> {
  if (!looksLikeSchema(await look(offset, SCHEMA_HEAD_BYTES))) return undefined;
  let end = ALIGNMENT;
  while (end <= MAX_SEARCH_BYTES) {
    const view = await look(offset, end + 8);
    if (view.length < end + 8) return undefined;
    const { length } = view;
    while (end + 8 <= length && !beginsMessage(view, end)) end += ALIGNMENT;
    if (end + 8 > length) continue;
    const messageLength = int32(view, end + 4);
    if (messageLength === 0 || decodes((await look(offset + end + 8, messageLength)).slice())) {
      const metadata = (await look(offset, end)).slice(0, end);
      if (decodes(metadata)) return { prefix: 0, length: end, metadata };
    }
    end += ALIGNMENT;
  }
  return undefined;
}

/** Whether the word that messages begin with stands at `at`, and a length that can be one. */
function beginsMessage(view: Uint8Array, at: number): boolean {
  if (int32(view, at) !== CONTINUATION) return false;
  const length = int32(view, at + 4);
  return length >= 0 && length <= MAX_METADATA_BYTES;
}

/** The first message at `offset`, whether it has its prefix or is a bare schema. */
export async function findFirstFrame(bytes: ByteReader, look: Look, offset = 0): Promise<Frame | 'end' | 'cut'> {
  const frame = await findFrame(bytes, look, offset);
  if (typeof frame === 'string' || frame.prefix !== 4 || decodes(frame.metadata)) return frame;
  return (await findBareSchema(look, offset)) ?? frame;
}

/** Decodes metadata that begin at byte `at`; whatever is wrong with it ends in one error. */
export function decodeAt<T>(bytes: ByteReader, at: number, decodeMetadata: () => T): T {
  try {
    return decodeMetadata();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const reason = error.message.includes('DataView') ? 'an offset past its end' : error.message;
    throw damagedAt(bytes, at, reason, error);
  }
}

/** Whether metadata are those of a message. */
export function decodes(metadata: Uint8Array): boolean {
  try {
    decodeMessage(metadata);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * The footer of a file at `offset`: as many bytes as the number behind it says, then that number and the magic word.
 * @throws LevattnError where it is cut short or none
 */
export async function findFooter(bytes: ByteReader, look: Look, offset = 0): Promise<Uint8Array> {
  const at = bytes.position + offset;
  let seen = 0;
  while (seen <= MAX_SEARCH_BYTES) {
    const view = await look(offset, seen + 1);
    if (view.length <= seen) throw bytes.breaksOff(`data ends in the Arrow footer, which begins at byte ${at}`);
    const buffer = Buffer.from(view.buffer, view.byteOffset, view.length);
    let end = buffer.indexOf(MAGIC, Math.max(4, seen - MAGIC.length + 1));
    while (end >= 0 && int32(view, end - 4) !== end - 4) end = buffer.indexOf(MAGIC, end + 1);
    if (end >= 0) return view.slice(0, end - 4);
    seen = view.length;
  }
  throw damagedAt(bytes, at, 'no message and no footer');
}

/** Bytes from a footer's end to the end of the file: its length and the magic word. */
export const FOOTER_END_BYTES = 4 + MAGIC.length;

const int32 = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getInt32(at, true);
