/**
 * Reads an Arrow IPC file of one row of lists of numbers, once its checksum has been found right. Still every length in it is
 * checked: a right checksum shows that it is as it was written, not that a sketch was.
 */

import { type BatchHeader, decodeMessage, type Region } from '../formats/arrow/message.js';
import type { ArrowField, ArrowSchema } from '../formats/arrow/schema.js';
import type { Column, Dtype, Numbers } from './columns.js';
import { BEGINNING, END_OF_MESSAGES, messageLength, PREFIX_BYTES } from './framing.js';

/** Parts of the batch for each column: the list and its numbers. */
const NODES = 2;
/** Validity and offsets of the list, validity and values of its numbers. */
const BUFFERS = 4;

const ARRAYS = { float64: Float64Array, float32: Float32Array, int32: Int32Array };

/**
 * The schema at the beginning of a file.
 * @param head - the magic word and the schema message
 * @throws RangeError where it is none
 */
export function decodeHead(head: Uint8Array): ArrowSchema {
  const message = decodeMessage(head.subarray(BEGINNING.length + PREFIX_BYTES));
  if (message.kind !== 'schema') throw new RangeError('no schema comes first');
  return message.schema;
}

/**
 * The columns. Arrays lie in the bytes they are read from where these are aligned, else in copies.
 * @param messages - what follows the schema, up to the footer
 * @throws RangeError where they are not one row of lists, as the schema says
 */
export function decodeColumns(fields: readonly ArrowField[], messages: Uint8Array): Column[] {
  const bodyStart = messageLength(messages);
  if (!(bodyStart <= messages.length)) throw new RangeError('no row');
  const message = decodeMessage(messages.subarray(PREFIX_BYTES, bodyStart));
  if (message.kind !== 'batch') throw new RangeError('something else than a row');
  const { batch, bodyLength } = message;
  const bodyEnd = bodyStart + bodyLength;
  if (!END_OF_MESSAGES.equals(messages.subarray(bodyEnd))) throw new RangeError('more than one row, or less');
  const agrees =
    batch.rows === 1 &&
    batch.compression === undefined &&
    batch.nodes.length === NODES * fields.length &&
    batch.buffers.length === BUFFERS * fields.length;
  if (!agrees) throw new RangeError('a row that is not as the schema says');
  const body = messages.subarray(bodyStart, bodyEnd);
  return fields.map((field, i) => ({ name: field.name, values: decodeColumn(field, i, batch, body) }));
}

function decodeColumn(field: ArrowField, index: number, { nodes, buffers }: BatchHeader, body: Uint8Array): Numbers {
  const dtype = field.children[0]?.element?.name;
  if (field.type !== 'List' || field.encoded || !isDtype(dtype)) {
    throw new RangeError(`column ${field.name} is no list of float64, float32 or int32`);
  }
  const list = nodes[NODES * index]!;
  const numbers = nodes[NODES * index + 1]!;
  const offsets = arrayIn(body, buffers[BUFFERS * index + 1]!, 'int32', 2);
  if (list.length !== 1 || list.nullCount !== 0 || numbers.nullCount !== 0) {
    throw new RangeError(`column ${field.name} is not one list without nulls`);
  }
  if (offsets[0] !== 0 || offsets[1] !== numbers.length) {
    throw new RangeError(`column ${field.name} is not of one length`);
  }
  return arrayIn(body, buffers[BUFFERS * index + 3]!, dtype, numbers.length);
}

const isDtype = (name: string | undefined): name is Dtype => name !== undefined && Object.hasOwn(ARRAYS, name);

function arrayIn(body: Uint8Array, { offset, length }: Region, dtype: Dtype, count: number): Numbers {
  const kind = ARRAYS[dtype];
  const byteLength = count * kind.BYTES_PER_ELEMENT;
  if (length < byteLength) throw new RangeError('a column that is cut short');
  const bytes = body.subarray(offset, offset + byteLength);
  const placed: Uint8Array = bytes.byteOffset % kind.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  return new kind(placed.buffer as ArrayBuffer, placed.byteOffset, count);
}
