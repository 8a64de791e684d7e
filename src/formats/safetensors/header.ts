/**
 * The safetensors header: its length in 8 bytes, then a JSON object with the type, the shape and the place of every tensor.
 * Every number in it is checked here, so that what comes out can be trusted but for the file's own length.
 */

import { dataError, type LevattnError } from '../../errors.js';
import { shownName } from '../arrow/schema.js';
import type { ByteReader } from '../bytes/reader.js';
import { hasControlBytes } from '../csv/recognise.js';
import { ELEMENTS, type ElementType } from '../elements.js';
import { type NamedTensor, spellShape } from '../tensors.js';
import { repeatedName } from './json.js';

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
/** The format's own limit. */
const MAX_HEADER_BYTES = 100_000_000;
const BRACE = 0x7b;
const QUOTE = 0x22;
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

const PACKED = 'it is packed: write it as F16 or F32 with what made it, as its scales belong to it';

/** What to do about the other types, by their first letters. */
const INSTEAD: { readonly [letters: string]: string } = {
  F8: 'convert it to F32 first: safetensors.torch.save_file({"K": safetensors.torch.load_file(FILE)["NAME"].float()}, OUT), multiplied by its scales where it has some',
  C6: 'convert it to F32 first: torch.view_as_real(a).flatten(-2)',
  F4: PACKED,
  F6: PACKED,
};

/** Whether bytes begin as a safetensors file does: the length of a header, then an object; one too long must have a name in it. */
export const looksLikeSafetensors = (head: Uint8Array): boolean =>
  head.length > LENGTH_BYTES &&
  head[LENGTH_BYTES] === BRACE &&
  (lengthIn(head) <= MAX_HEADER_BYTES || head[LENGTH_BYTES + 1] === QUOTE);

/** As much of a longer header as is enough to be sure of it. */
const SURE_BYTES = 64;

/** Whether bytes are safetensors for certain. Rows of small integers may begin as a length and a brace do. */
export function surelySafetensors(head: Uint8Array): boolean {
  if (!looksLikeSafetensors(head)) return false;
  const length = lengthIn(head);
  const text = head.subarray(LENGTH_BYTES, LENGTH_BYTES + Math.min(length, MAX_HEADER_BYTES));
  const whole = text.length === length && /\}\s*$/.test(Buffer.from(text).toString('latin1'));
  return (whole || (length > text.length && text.length >= SURE_BYTES)) && !hasControlBytes(text);
}

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
      `${bytes.name}: a safetensors header of ${length} bytes, more than the ${MAX_HEADER_BYTES} that the format allows; check the path or the format`,
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
  const repeated = repeatedName(text, undefined, Object.keys(fields).length);
  if (repeated !== undefined) throw badHeader(name, `tensor ${shownName(repeated)} comes twice in it`);
  const tensors: SafeTensor[] = [];
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [key, value] of Object.entries(fields)) {
    if (key === METADATA) metadata = textValues(value);
    else tensors.push(parseTensor(name, key, value));
  }
  return { tensors, metadata, dataBytes: checkPlaces(name, tensors) };
}

/**
 * Holds tensors to the format: they lie one after another, without holes and without a byte that belongs to two.
 * @returns bytes of all of them
 */
function checkPlaces(file: string, tensors: readonly SafeTensor[]): number {
  let next = 0;
  for (const { name, begin, end } of [...tensors].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== next) {
      const what =
        begin > next ? `${begin - next} bytes of no tensor lie before` : 'bytes of another tensor are those of';
      throw badHeader(file, `${what} tensor ${shownName(name)}, which the format forbids`);
    }
    next = end;
  }
  return next;
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
  const instead = element ? undefined : INSTEAD[dtype.slice(0, 2)];
  return { name, shape, typeName: dtype, element, instead, begin, end };
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
