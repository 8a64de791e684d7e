/** Writes columns as an Arrow IPC file of one row, in which each column is a list of numbers. */

import { dataError } from '../errors.js';
import { type Column, dtypeOf } from './columns.js';
import { aligned, BEGINNING, END_OF_MESSAGES, frameFooter, frameMessage, wordsOf } from './framing.js';

/** Offsets of a list are 32-bit. */
const MAX_NUMBERS = 2 ** 31 - 1;

/** Bytes of a chunk at most; the system takes less than 2^31 at a time. */
const CHUNK_BYTES = 1 << 26;

/** Where a validity buffer would stand: nothing is missing. */
const NO_VALIDITY = new Uint8Array(0);

/**
 * The bytes of the file: the first chunk holds the schema, the last one the footer; those between share the columns' memory.
 * @param metadata - the schema's; the last entry comes first in the bytes
 * @throws LevattnError where a column is too long for a list
 */
export async function encodeArrowFile(
  columns: readonly Column[],
  metadata: ReadonlyMap<string, string>,
): Promise<Uint8Array[]> {
  for (const { name, values } of columns) refuseTooLong(name, values.length);
  const [arrow, { BufferRegion, FieldNode, RecordBatch }, { FileBlock, Footer }] = await Promise.all([
    import('apache-arrow'),
    import('apache-arrow/ipc/metadata/message'),
    import('apache-arrow/ipc/metadata/file'),
  ]);
  const { Field, List, Message, MetadataVersion, Schema } = arrow;
  const types = { float64: new arrow.Float64(), float32: new arrow.Float32(), int32: new arrow.Int32() };
  const fields = columns.map(
    ({ name, values }) => new Field(name, new List(new Field('item', types[dtypeOf(values)]))),
  );
  const schema = new Schema(fields, new Map(metadata));
  const buffers = columns.flatMap(({ values }) => [
    NO_VALIDITY,
    wordsOf(0, values.length),
    NO_VALIDITY,
    bytesOf(values),
  ]);
  const nodes = columns.flatMap(({ values }) => [new FieldNode(1, 0), new FieldNode(values.length, 0)]);
  let bodyLength = 0;
  const regions = buffers.map(({ length }) => {
    const region = new BufferRegion(bodyLength, length);
    bodyLength += aligned(length);
    return region;
  });

  const head = Buffer.concat([BEGINNING, frameMessage(Message.encode(Message.from(schema)))]);
  const batch = new RecordBatch(1, nodes, regions, null);
  const row = frameMessage(Message.encode(Message.from(batch, bodyLength)));
  const block = new FileBlock(row.length, bodyLength, head.length);
  const footer = Footer.encode(new Footer(schema, MetadataVersion.V5, [block], []));
  return [head, row, ...buffers.flatMap(chunksOf), Buffer.concat([END_OF_MESSAGES, frameFooter(footer)])];
}

/**
 * @param length - of the column, in numbers
 * @throws LevattnError where a list cannot be as long
 */
export function refuseTooLong(name: string, length: number): void {
  if (length <= MAX_NUMBERS) return;
  throw dataError(
    `${name} of the sketch has ${length} numbers, and a sketch file holds at most ${MAX_NUMBERS} in an array; raise --eps, so that it keeps fewer rows`,
  );
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Column['values']): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** A buffer in pieces, and what fills it up. */
function chunksOf(buffer: Uint8Array): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < buffer.length; at += CHUNK_BYTES) chunks.push(buffer.subarray(at, at + CHUNK_BYTES));
  const padding = aligned(buffer.length) - buffer.length;
  if (padding > 0) chunks.push(new Uint8Array(padding));
  return chunks;
}
