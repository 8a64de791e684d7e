/**
 * The npy header, versions 1 to 3: magic, version, length, and a Python dictionary with `descr`, `fortran_order` and
 * `shape`.
 */

import { dataError } from '../../errors.js';
import type { ByteReader } from '../bytes/reader.js';
import type { ElementType } from '../elements.js';
import { type NumericDtype, type OtherDtype, readDtype } from './dtype.js';
import { type Literal, parseLiteral } from './literal.js';

/** What every npy file begins with: `\x93NUMPY`. */
export const NPY_MAGIC: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Versions 2 and 3 allow 4 GiB, for records of many fields: a field takes some 30 bytes. What is past this is damage. */
const MAX_HEADER_BYTES = 1 << 26;

/** An array in an npy file. */
export interface NpyHeader {
  readonly type: ElementType;
  readonly bigEndian: boolean;
  readonly fortranOrder: boolean;
  /** Lengths, each >= 0; exact up to 2^53. */
  readonly shape: readonly number[];
}

/** The orders of elements that a reader of an array goes by: C alone, or by what the header says. */
export type NpyOrders = 'C' | 'both';

/** An array in an npy file, of elements of any type. */
export interface NpyDescription extends Pick<NpyHeader, 'fortranOrder' | 'shape'> {
  /** The dtype as the header spells it. */
  readonly descr: Literal;
  readonly elements: NumericDtype | OtherDtype;
}

/**
 * Reads the header that begins at the next byte.
 *
 * @param orders - what the caller reads: with `C` an array whose elements lie in Fortran order, which would be read as another, is
 *   refused; with `both` the caller goes by {@link NpyHeader.fortranOrder}
 * @throws LevattnError where it is cut short, malformed, of a type that is not a number, or of an order that is not read
 */
export async function readNpyHeader(bytes: ByteReader, orders: NpyOrders): Promise<NpyHeader> {
  const { elements, descr, fortranOrder, shape } = await describeNpy(bytes);
  if (!('type' in elements)) {
    throw dataError(`${bytes.name}: holds ${elements.what}${spellDtype(descr)}; ${elements.instead}`);
  }
  // Along one axis both orders are the same.
  if (orders === 'C' && fortranOrder && shape.filter((length) => length !== 1).length > 1) {
    throw dataError(
      `${bytes.name}: array of shape (${shape.join(', ')}) in Fortran order, which is not read here; save it with np.save(FILE, np.ascontiguousarray(a))`,
    );
  }
  return { ...elements, fortranOrder, shape };
}

/** A dtype as NumPy prints it; nothing of a list of fields. */
const spellDtype = (descr: Literal): string => (typeof descr === 'string' ? ` (dtype '${descr}')` : '');

/**
 * Reads the header that begins at the next byte, of whatever type.
 * @throws LevattnError where it is cut short or malformed
 */
export async function describeNpy(bytes: ByteReader): Promise<NpyDescription> {
  const begin = bytes.position;
  const start = (await bytes.peek(12)).slice();
  if (!NPY_MAGIC.every((byte, i) => i >= start.length || start[i] === byte)) {
    throw dataError(
      `${bytes.name}: not an npy file (its first bytes are not \\x93NUMPY); check the path or the format`,
    );
  }
  const version = start[6];
  if (version !== undefined && (version < 1 || version > 3)) {
    throw dataError(`${bytes.name}: npy version ${version} is not known; save it again with np.save`);
  }
  const prefix = version === 1 ? 10 : 12;
  if (start.length < prefix) throw bytes.breaksOff('data ends in the npy header');
  const view = new DataView(start.buffer);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES) {
    throw dataError(
      `${bytes.name}: npy header of ${length} bytes, more than any array has; save it again with np.save`,
    );
  }
  bytes.consume(prefix);
  const text = await bytes.peek(length);
  if (text.length < length) throw bytes.breaksOff('data ends in the npy header');
  const header = parseHeader(bytes.name, new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(text));
  bytes.consume(length);
  const place = { ...header, offset: bytes.position - begin };
  return { ...header, elements: readDtype(header.descr, place) };
}

/**
 * The header of an array in C order, for a writer.
 * @param descr - the element type as NumPy spells it, such as `<f4` or `<u8`
 * @param shape - one length for each dimension
 * @returns version 1, padded so that the data begin at a multiple of 64 bytes
 */
export function encodeNpyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const header = new Uint8Array(length).fill(0x20);
  header.set([...NPY_MAGIC, 1, 0]);
  new DataView(header.buffer).setUint16(8, length - 10, true);
  header.set(new TextEncoder().encode(text), 10);
  header[length - 1] = 0x0a;
  return header;
}

function parseHeader(name: string, text: string): Pick<NpyDescription, 'descr' | 'fortranOrder' | 'shape'> {
  let fields: Literal;
  try {
    fields = parseLiteral(text);
  } catch (error) {
    throw badHeader(name, error);
  }
  if (!(fields instanceof Map)) throw badHeader(name);
  const descr = fields.get('descr');
  const fortranOrder = fields.get('fortran_order');
  const shape = fields.get('shape');
  if (descr === undefined || typeof fortranOrder !== 'boolean' || !isShape(shape)) throw badHeader(name);
  return { descr, fortranOrder, shape };
}

const badHeader = (name: string, cause?: unknown): Error =>
  dataError(
    `${name}: npy header is not a dictionary with descr, fortran_order and shape; save it again with np.save`,
    cause,
  );

const isShape = (value: Literal | undefined): value is number[] =>
  Array.isArray(value) && value.every((length) => typeof length === 'number' && length >= 0 && length < 2 ** 63);
