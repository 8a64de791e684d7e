/** Arrow streams with any numbers in their metadata, encoded by apache-arrow. */

import { Field, FixedSizeList, Float32, List, Schema } from 'apache-arrow';
import { RecordBatch as BatchMetadata, BufferRegion, FieldNode, Message } from 'apache-arrow/ipc/metadata/message';

/** A batch. */
export interface Crafted {
  readonly rows: number;
  /** Length and null count of each node: `2 0, 4 0`. */
  readonly nodes: string;
  /** Offset and length of each buffer: `0 8, 8 16`. */
  readonly buffers: string;
  readonly body: Uint8Array;
  /** What the message says of its body, if not the truth. */
  readonly bodyLength?: number;
}

/** A stream of one batch, with the end marker. */
export function craft(fields: readonly Field[], { rows, nodes, buffers, body, bodyLength }: Crafted): Uint8Array {
  const batch = new BatchMetadata(
    rows,
    pairs(nodes).map(([length, nulls]) => new FieldNode(length, nulls)),
    pairs(buffers).map(([offset, length]) => new BufferRegion(offset, length)),
    null,
  );
  return join(
    message(Message.encode(Message.from(new Schema([...fields])))),
    message(Message.encode(Message.from(batch, bodyLength ?? body.length))),
    body,
    Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
  );
}

const pairs = (text: string): [number, number][] =>
  text === '' ? [] : text.split(', ').map((pair) => pair.split(' ').map(Number) as [number, number]);

/** A message as a stream has it: its metadata padded to 8 bytes. */
function message(metadata: Uint8Array): Buffer {
  const framed = Buffer.alloc(8 + Math.ceil(metadata.length / 8) * 8);
  framed.writeInt32LE(-1, 0);
  framed.writeInt32LE(framed.length - 8, 4);
  framed.set(metadata, 8);
  return framed;
}

export const floats = (values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
export const ints = (values: readonly number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer);
export const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

const item = new Field('item', new Float32(), true);
/** A column of fixed-size lists. */
export const fixedField = (size: number): Field[] => [new Field('key', new FixedSizeList(size, item), true)];
/** A column of lists of any length. */
export const listField: Field[] = [new Field('key', new List(item), true)];
/** Two columns of numbers. */
export const twoFields: Field[] = ['a', 'b'].map((name) => new Field(name, new Float32(), true));
