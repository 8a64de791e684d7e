/** A small Arrow table whole, as apache-arrow's own type: for universal sets and the like, never for a matrix. */

import type { Table } from 'apache-arrow';
import { dataError } from '../../../errors.js';
import { checkBatch, refuseCompression } from './batch.js';
import type { ArrowInput, SchemaSource } from './input.js';

/** Bytes of a body read at a time: what a damaged length promises is not taken before it arrives. */
const PIECE_BYTES = 1 << 20;

/**
 * Reads all rows into memory; consumes exactly the input.
 * @throws LevattnError where the data break off or are damaged
 */
export async function readArrowTable(input: ArrowInput): Promise<Table> {
  const parts: Uint8Array[] = [];
  for (let message = await input.next(); message; message = await input.next()) {
    const { kind, batch, metadata, body } = message;
    if (kind === 'batch') checkBatch(input, message);
    else refuseCompression(input, batch);
    parts.push(frame(metadata));
    for (let left = body.length; left > 0; left -= PIECE_BYTES) {
      const piece = new Uint8Array(Math.min(left, PIECE_BYTES));
      await body.read(piece);
      parts.push(piece);
    }
    if (kind === 'batch') input.nextRow += batch.rows;
  }
  try {
    return await tableFrom(input.schemaSource, parts);
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw dataError(
      `${input.bytes.name}: not a valid Arrow table (${reason}); the input is damaged: write it again`,
      error,
    );
  }
}

/** Hands a stream of the schema and the framed batches to the library. */
async function tableFrom(schema: SchemaSource, batches: readonly Uint8Array[]): Promise<Table> {
  const { Message, tableFromIPC } = await import('apache-arrow');
  let metadata = schema.bytes;
  if (schema.in === 'footer') {
    const { Footer } = await import('apache-arrow/ipc/metadata/file');
    metadata = Message.encode(Message.from(Footer.decode(schema.bytes).schema));
  }
  return tableFromIPC(Buffer.concat([frame(metadata), ...batches]));
}

/** Metadata with what stands before it in the stream format, padded so that what follows is aligned. */
function frame(metadata: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(8 + Math.ceil(metadata.length / 8) * 8);
  framed.writeInt32LE(-1, 0);
  framed.writeInt32LE(framed.length - 8, 4);
  framed.set(metadata, 8);
  return framed;
}
