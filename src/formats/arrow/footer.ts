/**
 * An Arrow file by its footer, where the input can seek: the footer says which dictionaries and batches the file has, in which order, and
 * where they begin.
 */

import { LevattnError } from '../../errors.js';
import type { ByteReader } from '../bytes/reader.js';
import {
  decodeAt,
  decodes,
  FOOTER_END_BYTES,
  findFirstFrame,
  findFooter,
  findFrame,
  type Look,
  lookFar,
  MAGIC,
  MAX_METADATA_BYTES,
} from './frame.js';
import { type Block, decodeFooter, decodeMessage, type Footer } from './message.js';

/** The magic word and its padding. */
export const MAGIC_BYTES = 8;

/** The most bytes between the last batch and the footer of the same file: the end marker and padding. No file is as short. */
const MOST_BETWEEN = 64;

/** A file's footer, and where the file ends. */
export interface FileIndex extends Footer {
  /** The footer's bytes. */
  readonly bytes: Uint8Array;
  /** Bytes of the file. */
  readonly length: number;
}

/**
 * The footer of the file that begins at the reader's next byte; undefined where the input cannot seek or where no footer is found, as where
 * the file is cut short. Consumes nothing.
 */
export async function findIndex(bytes: ByteReader): Promise<FileIndex | undefined> {
  const { size, source, position } = bytes;
  if (!source.readAt || size === undefined) return undefined;
  const look = lookFar(bytes);
  // Mostly nothing follows the file. Where something does, the first footer is this file's.
  const last = await footerThatEndsAt(look, size - position);
  if (last && endOfBlocks(last) + MOST_BETWEEN >= footerStart(last)) return last;
  const first = await firstFooter(bytes, look);
  if (first) return first;
  return last && (await listsMessages(bytes, look, last)) ? last : undefined;
}

/** Where a footer begins among the bytes that are looked at, and the footer. */
export interface FoundFooter {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/**
 * Goes over a file's messages to its footer, without consuming them.
 * @param from - where the first message begins
 * @throws LevattnError where the messages break off or are damaged
 */
export async function walkToFooter(bytes: ByteReader, look: Look, from: number): Promise<FoundFooter> {
  for (let offset = from; ; ) {
    const frame = await (offset === from ? findFirstFrame : findFrame)(bytes, look, offset);
    if (frame === 'end' || frame === 'cut') throw bytes.breaksOff('data ends before the Arrow schema in the footer');
    const { prefix, length, metadata } = frame;
    if (length === 0 || (prefix === 4 && !decodes(metadata))) {
      const at = length === 0 ? offset + prefix : offset;
      return { at, bytes: await findFooter(bytes, look, at) };
    }
    const { bodyLength } = decodeAt(bytes, bytes.position + offset, () => decodeMessage(metadata));
    offset += prefix + length + bodyLength;
  }
}

/** The footer that the messages lead to; undefined where they do not. */
async function firstFooter(bytes: ByteReader, look: Look): Promise<FileIndex | undefined> {
  try {
    return indexFrom(await walkToFooter(bytes, look, MAGIC_BYTES));
  } catch (error) {
    // Whoever reads the messages in order says what is the matter with them.
    if (error instanceof LevattnError) return undefined;
    throw error;
  }
}

/** The footer whose file ends `length` bytes on; undefined where none does. */
async function footerThatEndsAt(look: Look, length: number): Promise<FileIndex | undefined> {
  if (length < MAGIC_BYTES + FOOTER_END_BYTES) return undefined;
  const end = Buffer.from((await look(length - FOOTER_END_BYTES, FOOTER_END_BYTES)).subarray(0, FOOTER_END_BYTES));
  if (end.length < FOOTER_END_BYTES || !end.subarray(4).equals(MAGIC)) return undefined;
  const footerLength = end.readInt32LE(0);
  const at = length - FOOTER_END_BYTES - footerLength;
  if (footerLength <= 0 || footerLength > MAX_METADATA_BYTES || at < MAGIC_BYTES) return undefined;
  return indexFrom({ at, bytes: (await look(at, footerLength)).slice(0, footerLength) });
}

/** A footer decoded; undefined where it is none, or lists what does not lie before it. */
function indexFrom({ at, bytes }: FoundFooter): FileIndex | undefined {
  try {
    const index: FileIndex = { ...decodeFooter(bytes), bytes, length: at + bytes.length + FOOTER_END_BYTES };
    const within = blocksOf(index).every(
      ({ offset, metadataLength, bodyLength }) =>
        offset >= MAGIC_BYTES && metadataLength > 0 && bodyLength >= 0 && offset + metadataLength + bodyLength <= at,
    );
    return within ? index : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const blocksOf = ({ dictionaries, batches }: Footer): Block[] => [...dictionaries, ...batches];

const footerStart = ({ bytes, length }: FileIndex): number => length - bytes.length - FOOTER_END_BYTES;

const endOfBlocks = (index: FileIndex): number =>
  blocksOf(index).reduce(
    (end, { offset, metadataLength, bodyLength }) => Math.max(end, offset + metadataLength + bodyLength),
    MAGIC_BYTES,
  );

/** Whether a message begins wherever a footer says so. */
async function listsMessages(bytes: ByteReader, look: Look, index: FileIndex): Promise<boolean> {
  for (const { offset } of blocksOf(index)) {
    const frame = await findFrame(bytes, look, offset).catch(() => undefined);
    if (!frame || typeof frame === 'string' || !decodes(frame.metadata)) return false;
  }
  return true;
}
