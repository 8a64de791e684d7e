/**
 * The safetensors header: its length in 8 bytes, then a JSON object with the type, the shape and the place of every tensor.
 * Every number in it is checked here, so that what comes out can be trusted but for the file's own length.
 */

import { dataError, type LevattnError } from '../../../errors.js';
import type { ByteReader } from '../../bytes.js';
import { shownName } from '../arrow/schema.js';
import { ELEMENTS, type ElementType } from '../elements.js';
import { type NamedTensor, spellShape } from '../tensors.js';

/** A tensor, and where its elements lie. */
export interface SafeTensor extends NamedTensor {
  /** Its first byte, and the one after its last, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** What a header says. */
export interface SafetensorsHeader {
  readonly tensors: readonly SafeTensor[];
  /** Bytes of data after the header. */
  readonly dataBytes: number;
  /** The text values of `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** Bytes before the header: its length. */
const LENGTH_BYTES = 8;
/** Ten thousand tensors take 1.5 MB; what is past this is damage. */
const MAX_HEADER_BYTES = 1 << 25;
const BRACE = 0x7b;
const METADATA = '__metadata__';

/** The types that are read, as the header spells them. */
const TYPES: { readonly [name: string]: ElementType } = {
  BOOL: ELEMENTS.bool,
  BF16: ELEMENTS.bfloat16,
  F16: ELEMENTS.float16,
  F32: ELEMENTS.float32,
  F64: ELEMENTS.float64,
  I8: ELEMENTS.int8,
  I16: ELEMENTS.int16,
  I32: ELEMENTS.int32,
  I64: ELEMENTS.int64,
  U8: ELEMENTS.uint8,
  U16: ELEMENTS.uint16,
  U32: ELEMENTS.uint32,
  U64: ELEMENTS.uint64,
};

/** Whether bytes begin as a safetensors file does: a length that a header may have, then an opening brace. */
export const looksLikeSafetensors = (head: Uint8Array): boolean =>
  head.length > LENGTH_BYTES && head[LENGTH_BYTES] === BRACE && lengthIn(head) <= MAX_HEADER_BYTES;

const lengthIn = (head: Uint8Array): number => Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true));

/**
 * Reads the header that begins at the next byte.
 * @throws LevattnError where it is cut short or malformed
 */
export async function readSafetensorsHeader(bytes: ByteReader): Promise<SafetensorsHeader> {
  const start = await bytes.peek(LENGTH_BYTES);
  if (start.length < LENGTH_BYTES) throw bytes.breaksOff('data ends in the safetensors header');
  const length = lengthIn(start);
  if (length > MAX_HEADER_BYTES) {
    throw dataError(
      `${bytes.name}: a safetensors header of ${length} bytes, more than any file has; check the path or the format`,
    );
  }
  bytes.consume(LENGTH_BYTES);
  const text = await bytes.peek(length);
  if (text.length < length) throw bytes.breaksOff('data ends in the safetensors header');
  const header = parseHeader(bytes.name, text);
  bytes.consume(length);
  return header;
}

function parseHeader(name: string, text: Uint8Array): SafetensorsHeader {
  let fields: unknown;
  try {
    fields = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch (error) {
    throw badHeader(name, 'it is not JSON', error);
  }
  if (!isObject(fields)) throw badHeader(name, 'it is not an object');
  const tensors: SafeTensor[] = [];
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [key, value] of Object.entries(fields)) {
    if (key === METADATA) metadata = textValues(value);
    else tensors.push(parseTensor(name, key, value));
  }
  return { tensors, metadata, dataBytes: tensors.reduce((most, { end }) => Math.max(most, end), 0) };
}

function parseTensor(file: string, name: string, value: unknown): SafeTensor {
  const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
  const where = `tensor ${shownName(name)}`;
  if (typeof dtype !== 'string' || !isLengths(shape) || !isLengths(offsets) || offsets.length !== 2) {
    throw badHeader(file, `${where} lacks dtype, shape or data_offsets`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end) throw badHeader(file, `${where} ends before it begins`);
  const element = Object.hasOwn(TYPES, dtype) ? TYPES[dtype] : undefined;
  if (element && end - begin !== shape.reduce((product, length) => product * length, element.size)) {
    throw badHeader(file, `${where} has ${end - begin} bytes, not those of ${dtype} ${spellShape(shape)}`);
  }
  return { name, shape, typeName: dtype, element, begin, end };
}

const badHeader = (name: string, reason: string, cause?: unknown): LevattnError =>
  dataError(`${name}: damaged safetensors header: ${reason}; write the file again`, cause);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isLengths = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && length >= 0);

const textValues = (value: unknown): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(isObject(value) ? value : {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
