/** Arrow IPC messages: their metadata decoded, and every number in it checked against the message's body. */

import { FlatTable } from './flatbuffer.js';
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

/** A message's metadata. */
export type Message =
  | { readonly kind: 'schema'; readonly bodyLength: number; readonly schema: ArrowSchema }
  | {
      readonly kind: 'batch' | 'dictionary';
      readonly bodyLength: number;
      readonly batch: BatchHeader;
      /** Whether unions still have a validity buffer (metadata version 4). */
      readonly unionValidity: boolean;
    };

/** Metadata versions by their number in the message: V4 since Arrow 0.8, V5 since 1.0. */
const V4 = 3;
const V5 = 4;

const SCHEMA = 1;
const DICTIONARY = 2;
const BATCH = 3;

const CODECS = ['LZ4', 'ZSTD'];

/**
 * @param metadata - a message's metadata, whole
 * @throws RangeError where it is damaged or of an unknown kind
 */
export function decodeMessage(metadata: Uint8Array): Message {
  const message = FlatTable.root(metadata);
  const version = message.int16(0);
  if (version < V4 || version > V5) throw new RangeError(`metadata version V${version + 1}`);
  const kind = message.uint8(1);
  const header = message.table(2);
  const bodyLength = message.int64(3);
  if (!header || bodyLength < 0) throw new RangeError('no header or a negative length');
  if (kind === SCHEMA) return { kind: 'schema', bodyLength, schema: decodeSchema(header) };
  const data = kind === DICTIONARY ? header.table(1) : header;
  if ((kind !== BATCH && kind !== DICTIONARY) || !data) throw new RangeError('a message of an unknown kind');
  return {
    kind: kind === BATCH ? 'batch' : 'dictionary',
    bodyLength,
    batch: decodeBatch(data, bodyLength),
    unionValidity: version === V4,
  };
}

/**
 * The schema in a file's footer.
 * @throws RangeError where it is damaged
 */
export function decodeFooter(footer: Uint8Array): ArrowSchema {
  const schema = FlatTable.root(footer).table(1);
  if (!schema) throw new RangeError('a footer without a schema');
  return decodeSchema(schema);
}

/** Whether bytes begin with a schema message's metadata, as far as they show it. Never throws. */
export function looksLikeSchema(metadata: Uint8Array): boolean {
  try {
    const message = FlatTable.root(metadata);
    const version = message.int16(0);
    return version >= 0 && version <= V5 && message.uint8(1) === SCHEMA;
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
