/** A small Arrow table whole, as apache-arrow's own type: for universal sets and the like, never for a matrix. */

import type { Table } from 'apache-arrow';
import { dataError } from '../../errors.js';
import { type CheckedBatch, checkBatch } from './batch.js';
import type { Body } from './body.js';
import { BatchDecompressor } from './compressed.js';
import type { ArrowInput } from './input.js';
import type { BatchHeader } from './message.js';

/** Bytes of a body read at a time: what a damaged length promises is not taken before it arrives. */
const PIECE_BYTES = 1 << 20;

/**
 * Reads all rows into memory; consumes exactly the input.
 * @throws LevattnError where the data break off or are damaged
 */
export async function readArrowTable(input: ArrowInput): Promise<Table> {
  const decompressor = new BatchDecompressor(
    input,
    input.schema.fields.map((_, i) => i),
  );
  const parts: Uint8Array[] = [];
  for (let message = await input.next(); message; message = await input.next()) {
    const { kind, batch } = message;
    const compressed = batch.compression !== undefined;
    if (kind === 'dictionary' && compressed) throw input.damaged('a compressed dictionary, which is not read');
    const plain = kind === 'batch' ? await decompressor.plain(checkBatch(input, message)) : message;
    parts.push(frame(compressed ? await encodeBatch((plain as CheckedBatch).header, plain.body) : message.metadata));
    for (let left = plain.body.length; left > 0; left -= PIECE_BYTES) {
      const piece = new Uint8Array(Math.min(left, PIECE_BYTES));
      await plain.body.read(piece);
      parts.push(piece);
    }
    if (kind === 'batch') input.nextRow += batch.rows;
  }
  try {
    return await tableFrom(input.schemaMetadata, parts);
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw dataError(
      `${input.bytes.name}: not a valid Arrow table (${reason}); the input is damaged: write it again`,
      error,
    );
  }
}

/** Hands a stream of the schema and the framed batches to the library. */
async function tableFrom(schema: Uint8Array, batches: readonly Uint8Array[]): Promise<Table> {
  const { tableFromIPC } = await import('apache-arrow');
  return tableFromIPC(Buffer.concat([frame(schema), ...batches]));
}

/** The metadata of a batch that has been decompressed. */
async function encodeBatch({ rows, nodes, buffers }: BatchHeader, body: Body): Promise<Uint8Array> {
  const [{ Message }, metadata] = await Promise.all([
    import('apache-arrow'),
    import('apache-arrow/ipc/metadata/message'),
  ]);
  const batch = new metadata.RecordBatch(
    rows,
    nodes.map(({ length, nullCount }) => new metadata.FieldNode(length, nullCount)),
    buffers.map(({ offset, length }) => new metadata.BufferRegion(offset, length)),
    null,
  );
  return Message.encode(Message.from(batch, body.length));
}

/** Metadata with what stands before it in the stream format, padded so that what follows is aligned. */
function frame(metadata: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(8 + Math.ceil(metadata.length / 8) * 8);
  framed.writeInt32LE(-1, 0);
  framed.writeInt32LE(framed.length - 8, 4);
  framed.set(metadata, 8);
  return framed;
}
