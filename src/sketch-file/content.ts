/**
 * Sketch files (`.lev`): what a sketch is of, as JSON, and its state, in an Arrow IPC file with a checksum of every byte
 * (docs/sketch-format.md). A damaged file is never taken for a sketch.
 */

import { dataError, type LevattnError } from '../errors.js';
import type { ArrowSchema } from '../formats/arrow/schema.js';
import type { ByteReader } from '../formats/bytes/reader.js';
import { openBytes } from '../formats/bytes/sources.js';
import { openFileSink } from '../output/sink.js';
import type { State } from '../sketch/state.js';
import { VERSION } from '../version.js';
import { isSealed, NO_CHECKSUM, seal } from './checksum.js';
import { putTogether, takeApart } from './columns.js';
import { CHECKSUM_KEY, entryBytes, FORMAT_KEY, HEADER_KEY, KIND, KIND_KEY, STATE_KEY, VERSION_KEY } from './entries.js';
import { BEGINNING, headOf, tailOf } from './framing.js';
import { isList, isObject, type JsonObject, jsonFrom, parseJson } from './json.js';
import { decodeColumns, decodeHead } from './read-arrow.js';
import { encodeArrowFile } from './write-arrow.js';

/** The formats that this program writes and reads, which are all there have been. Those with units are apart: a reader that does not know units would mix them. */
const FORMATS = { one: '1', several: '2', oneWithUnits: '3', severalWithUnits: '4' } as const;
const KNOWN_FORMATS: readonly string[] = Object.values(FORMATS);

/** What the header of several sketches says that they are. */
export const SEVERAL = 'sketches';

/** Whether the columns of a sketch have units. */
const hasUnits = ({ columns }: JsonObject): boolean => isObject(columns) && columns.units !== undefined;

function formatOf(header: JsonObject): string {
  if (header.kind !== SEVERAL) return hasUnits(header) ? FORMATS.oneWithUnits : FORMATS.one;
  const places = isList(header.places) ? header.places : [];
  const anyUnits = places.some((place) => isObject(place) && isObject(place.header) && hasUnits(place.header));
  return anyUnits ? FORMATS.severalWithUnits : FORMATS.several;
}

/** Of a file's first bytes, as many as show whether it is a sketch. */
export const SKETCH_HEAD_BYTES = 512;

const KIND_ENTRY = entryBytes(KIND_KEY, KIND);

/** Bytes that are read at a time. */
const PIECE_BYTES = 1 << 24;

/** What a sketch file holds. */
export interface SketchContent {
  /** What the sketch is of. */
  readonly header: JsonObject;
  /** The sketch. */
  readonly state: State;
}

/** Whether an input that begins with these bytes, {@link SKETCH_HEAD_BYTES} or all there are, is a sketch file. */
export function isSketch(head: Uint8Array): boolean {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, SKETCH_HEAD_BYTES));
  return bytes.subarray(0, BEGINNING.length).equals(BEGINNING) && bytes.includes(KIND_ENTRY);
}

/** Whether the input that begins at the reader's next byte is a sketch file; of any other no more is waited for than its first word. */
export async function isSketchNext(reader: ByteReader): Promise<boolean> {
  const begin = await reader.peek(BEGINNING.length);
  return BEGINNING.equals(begin) && isSketch(await reader.peek(SKETCH_HEAD_BYTES));
}

/**
 * The bytes of a sketch file, in chunks. They share the memory of the state's arrays, which must not change until the chunks have
 * been written. The same content gives the same bytes.
 * @throws LevattnError where an array has 2^31 numbers or more
 */
export async function encodeSketch({ header, state }: SketchContent): Promise<Uint8Array[]> {
  const { json, columns } = takeApart(state);
  const metadata = new Map([
    [HEADER_KEY, jsonFrom(header)],
    [STATE_KEY, jsonFrom(json)],
    [CHECKSUM_KEY, NO_CHECKSUM],
    [VERSION_KEY, VERSION],
    [FORMAT_KEY, formatOf(header)],
    // Last here is first in the bytes.
    [KIND_KEY, KIND],
  ]);
  const chunks = await encodeArrowFile(columns, metadata);
  seal(chunks);
  return chunks;
}

/**
 * The content of a sketch file. Its arrays lie in the bytes.
 * @param name - names the file in messages
 * @throws LevattnError where it is none, of another format, or damaged
 */
export async function decodeSketch(bytes: Uint8Array, name: string): Promise<SketchContent> {
  if (!isSketch(bytes)) throw noSketch(name);
  const head = headOf(bytes);
  if (!head) throw damaged(name, 'it is cut short');
  const schema = schemaOf(head, name);
  refuseFormat(schema.metadata, name);
  const tail = tailOf(bytes);
  if (!tail || head.length + tail.length > bytes.length) {
    throw damaged(name, 'it is cut short, or something follows it');
  }
  const messages = bytes.subarray(head.length, bytes.length - tail.length);
  if (!isSealed(head, messages, tail)) throw damaged(name, 'its checksum is wrong');
  return contentOf(schema, messages, name);
}

/**
 * Reads a sketch file.
 * @param path - of a file or a pipe, also one that is compressed; `-` is standard input
 * @throws LevattnError where it cannot be read, is none, of another format, or damaged
 */
export async function readSketch(path: string): Promise<SketchContent> {
  return readSketchFrom(await openBytes(path));
}

/** Reads the sketch file that an input is, to its end, as {@link readSketch}. */
export async function readSketchFrom(reader: ByteReader): Promise<SketchContent> {
  try {
    reader.refuseTensor('a sketch');
    if (!isSketch(await reader.peek(SKETCH_HEAD_BYTES))) throw noSketch(reader.name);
    return await decodeSketch(await readAll(reader), reader.name);
  } finally {
    await reader.close();
  }
}

/**
 * Writes a sketch file, which appears at its path whole or not at all. The state must not change meanwhile.
 * @throws LevattnError where it cannot be written
 */
export async function writeSketch(path: string, content: SketchContent): Promise<void> {
  const chunks = await encodeSketch(content);
  const sink = await openFileSink(path);
  for (const chunk of chunks) await sink.write(chunk);
  await sink.commit();
}

/** The schema, of which nothing but the format is used before the checksum is known to be right. */
function schemaOf(head: Uint8Array, name: string): ArrowSchema {
  try {
    return decodeHead(head);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw damaged(name, 'its schema is no schema', error);
  }
}

/** The format is looked at before the checksum, which a later one may make in another way. */
function refuseFormat(metadata: ArrowSchema['metadata'], name: string): void {
  const format = metadata.get(FORMAT_KEY);
  if (format !== undefined && KNOWN_FORMATS.includes(format)) return;
  if (format === undefined) throw damaged(name, 'it does not say its format');
  const version = JSON.stringify(metadata.get(VERSION_KEY) ?? 'unknown');
  throw dataError(
    `${name}: a sketch of format ${JSON.stringify(format)}, from levattn ${version}; levattn ${VERSION} reads formats ${KNOWN_FORMATS[0]} to ${KNOWN_FORMATS.at(-1)}: use one that reads it or make it again, or copy it anew if it should be of one of these`,
  );
}

function contentOf({ fields, metadata }: ArrowSchema, messages: Uint8Array, name: string): SketchContent {
  try {
    const json = parseJson(metadata.get(STATE_KEY), STATE_KEY);
    const header = parseJson(metadata.get(HEADER_KEY), HEADER_KEY);
    if (formatOf(header) !== metadata.get(FORMAT_KEY)) throw new RangeError('its format is not that of its kind');
    return {
      header,
      state: putTogether({ json, columns: decodeColumns(fields, messages) }),
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw dataError(
      `${name}: a sketch that contradicts itself (${error.message}); make it again with levattn sketch`,
      error,
    );
  }
}

const noSketch = (name: string): LevattnError =>
  dataError(`${name}: not a sketch, or its first bytes are damaged; give a file that levattn sketch made`);

const damaged = (name: string, reason: string, cause?: unknown): LevattnError =>
  dataError(`${name}: a damaged sketch: ${reason}; copy it anew from where it is whole, or make it again`, cause);

/** All that is left to read, in an array of its own. */
async function readAll(reader: ByteReader): Promise<Uint8Array> {
  // Room for one byte more than there are: that it stays empty shows the end.
  let bytes = new Uint8Array((reader.size ?? PIECE_BYTES) + 1);
  for (let filled = 0; ; ) {
    const piece = bytes.subarray(filled, filled + PIECE_BYTES);
    const length = await reader.readFully(piece);
    filled += length;
    if (length < piece.length) return bytes.subarray(0, filled);
    if (filled < bytes.length) continue;
    const grown = new Uint8Array(2 * bytes.length);
    grown.set(bytes);
    bytes = grown;
  }
}
