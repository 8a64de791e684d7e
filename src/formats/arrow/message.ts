/** Arrow IPC messages: their metadata decoded, and every number in it checked against the message's body. */

import { FlatTable, int64At } from './flatbuffer.js';
import { type ArrowSchema, decodeSchema } from './schema.js';

/** A part of a message's body: bytes `offset` to `offset + length`. */
export interface Region {
  readonly offset: number;
  readonly length: number;
}

/** A column of a batch, or a part of a nested one. */
export interface FieldNode {
  /** Entries, >= 0. */
  readonly length: number;
  /** Missing entries; below 0 where the writer did not count them. */
  readonly nullCount: number;
}

/** Rows of a table: what is in the body, and where. */
export interface BatchHeader {
  readonly rows: number;
  /** One for each field and child, parents first. */
  readonly nodes: readonly FieldNode[];
  /** The buffers of each node in turn; each lies within the body. */
  readonly buffers: readonly Region[];
  /** How many data buffers each column of views has. */
  readonly variadicCounts: readonly number[];
  /** How the buffers are compressed, if they are. */
  readonly compression: string | undefined;
}

/** Values of a dictionary, or rows. */
interface BatchContent {
  readonly bodyLength: number;
  readonly batch: BatchHeader;
  /** Whether unions still have a validity buffer (metadata version 4). */
  readonly unionValidity: boolean;
}

/** A message's metadata. */
export type Message =
  | { readonly kind: 'schema'; readonly bodyLength: number; readonly schema: ArrowSchema }
  | (BatchContent & { readonly kind: 'batch' })
  | (BatchContent & {
      readonly kind: 'dictionary';
      readonly id: bigint;
      /** Whether its values come after those that the dictionary has; else instead of them. */
      readonly isDelta: boolean;
    })
  | { readonly kind: 'other'; readonly bodyLength: number; readonly what: string; readonly instead: string };

/** A message of a file, as the footer lists it. */
export interface Block {
  /** Where it begins, from the file's first byte on. */
  readonly offset: number;
  readonly metadataLength: number;
  readonly bodyLength: number;
}

/** What a file's footer says. */
export interface Footer {
  readonly schema: ArrowSchema;
  /** The schema as the metadata of a message. */
  readonly schemaMetadata: Uint8Array;
  readonly dictionaries: readonly Block[];
  readonly batches: readonly Block[];
}

/** Metadata versions by their number in the message: V4 since Arrow 0.8, V5 since 1.0. */
const V4 = 3;
const V5 = 4;
/** Numbers past this are none of a version to come. */
const LAST_VERSION = 15;

const SCHEMA = 1;
const DICTIONARY = 2;
const BATCH = 3;
const TENSOR = 4;
const SPARSE_TENSOR = 5;

const CODECS = ['LZ4', 'ZSTD'];

/** Bytes of a block in a footer. */
const BLOCK_BYTES = 24;

/**
 * @param metadata - a message's metadata, whole
 * @throws RangeError where it is damaged or of an unknown kind
 */
export function decodeMessage(metadata: Uint8Array): Message {
  const message = FlatTable.root(metadata);
  const version = message.int16(0);
  const kind = message.uint8(1);
  const header = message.table(2);
  const bodyLength = message.int64(3);
  if (version < 0 || version > LAST_VERSION || !header || bodyLength < 0) {
    throw new RangeError('no header, no version or a negative length');
  }
  const other = otherKind(kind) ?? otherVersion(version);
  if (other) return { kind: 'other', bodyLength, ...other };
  if (kind === SCHEMA) return { kind: 'schema', bodyLength, schema: decodeSchema(header) };
  const data = kind === DICTIONARY ? header.table(1) : header;
  if ((kind !== BATCH && kind !== DICTIONARY) || !data) throw new RangeError('a message of an unknown kind');
  const content = { bodyLength, batch: decodeBatch(data, bodyLength), unionValidity: version === V4 };
  return kind === BATCH
    ? { kind: 'batch', ...content }
    : { kind: 'dictionary', ...content, id: header.bigint(0), isDelta: header.uint8(2) !== 0 };
}

/** Messages that are no part of a table. */
function otherKind(kind: number): { readonly what: string; readonly instead: string } | undefined {
  if (kind === TENSOR) {
    return {
      what: 'an Arrow IPC tensor',
      instead: 'convert it with Python: np.save("K.npy", pyarrow.ipc.read_tensor(pyarrow.OSFile(FILE)).to_numpy())',
    };
  }
  if (kind !== SPARSE_TENSOR) return undefined;
  return {
    what: 'an Arrow IPC sparse tensor',
    instead: 'write it as a dense one with Python: np.save("K.npy", tensor.to_numpy())',
  };
}

function otherVersion(version: number): { readonly what: string; readonly instead: string } | undefined {
  if (version >= V4 && version <= V5) return undefined;
  const age = version < V4 ? 'of before Arrow 0.8' : 'of a version to come';
  return {
    what: `Arrow IPC with metadata V${version + 1}, ${age}`,
    instead: 'write it again with metadata V5, as Arrow does since 1.0',
  };
}

/**
 * A file's footer.
 * @throws RangeError where it is damaged
 */
export function decodeFooter(footer: Uint8Array): Footer {
  const table = FlatTable.root(footer);
  const schema = table.table(1);
  if (!schema) throw new RangeError('a footer without a schema');
  const blocks = (field: number): Block[] =>
    table.structs(field, BLOCK_BYTES).map((block) => ({
      offset: int64At(block, 0),
      metadataLength: block.getInt32(8, true),
      bodyLength: int64At(block, 16),
    }));
  const schemaMetadata = messageOfSchema(footer, table.int16(0), table.positionOf(1)!);
  return { schema: decodeSchema(schema), schemaMetadata, dictionaries: blocks(2), batches: blocks(3) };
}

/** Bytes of a message's own table, with what stands before it. */
const MESSAGE_BYTES = 32;

/** A message of the schema in a footer: the footer itself, behind the table of a message that refers to its schema. */
function messageOfSchema(footer: Uint8Array, version: number, schemaAt: number): Uint8Array {
  const message = Buffer.alloc(MESSAGE_BYTES + footer.length);
  // The table is at 16; what stands at 4 says where its fields are: the version, the kind of the header, the header.
  message.writeUInt32LE(16, 0);
  for (const [i, word] of [10, 12, 4, 6, 8].entries()) message.writeUInt16LE(word, 4 + 2 * i);
  message.writeInt32LE(16 - 4, 16);
  message.writeInt16LE(version, 20);
  message.writeUInt8(SCHEMA, 22);
  message.writeUInt32LE(MESSAGE_BYTES + schemaAt - 24, 24);
  message.set(footer, MESSAGE_BYTES);
  return message;
}

/** Whether bytes begin with a schema message's metadata, as far as they show it. Never throws. */
export const looksLikeSchema = (metadata: Uint8Array): boolean => looksLike(metadata, [SCHEMA]);

/** The same of a tensor. */
export const looksLikeTensor = (metadata: Uint8Array): boolean => looksLike(metadata, [TENSOR, SPARSE_TENSOR]);

function looksLike(metadata: Uint8Array, kinds: readonly number[]): boolean {
  try {
    const message = FlatTable.root(metadata);
    const version = message.int16(0);
    return version >= 0 && version <= V5 && kinds.includes(message.uint8(1));
  } catch {
    return false;
  }
}

function decodeBatch(table: FlatTable, bodyLength: number): BatchHeader {
  const rows = table.int64(0);
  const nodes = pairs(table.int64s(1, 2), (length, nullCount) => ({ length, nullCount }));
  const buffers = pairs(table.int64s(2, 2), (offset, length) => ({ offset, length }));
  const compression = table.table(3);
  const variadicCounts = table.int64s(4);
  const sound =
    rows >= 0 &&
    nodes.every(({ length }) => length >= 0) &&
    variadicCounts.every((count) => count >= 0) &&
    buffers.every(({ offset, length }) => offset >= 0 && length >= 0 && offset + length <= bodyLength);
  if (!sound) throw new RangeError('a negative number, or a buffer outside the body');
  return {
    rows,
    nodes,
    buffers,
    variadicCounts,
    compression: compression && (CODECS[compression.uint8(0)] ?? 'unknown'),
  };
}

function pairs<T>(words: readonly number[], make: (first: number, second: number) => T): T[] {
  return Array.from({ length: words.length / 2 }, (_, i) => make(words[2 * i]!, words[2 * i + 1]!));
}
