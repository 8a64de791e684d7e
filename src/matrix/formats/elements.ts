/**
 * Numeric element types as they lie in files, and their conversion to float32 or float64.
 *
 * Elements are little-endian here (what is not is swapped before), on a little-endian machine.
 */

import type { Dtype, Values } from '../row-block.js';

/** The element types that can be read. */
export type ElementName =
  | 'bool'
  | 'float16'
  | 'float32'
  | 'float64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64';

/** A numeric type in a file. */
export interface ElementType {
  readonly name: ElementName;
  /** Bytes per element. */
  readonly size: 1 | 2 | 4 | 8;
  /** The type that rows of it arrive as: the smallest that holds every value, but for 64-bit integers past 2^53. */
  readonly dtype: Dtype;
  /** Whether it is a floating-point type. */
  readonly floating: boolean;
}

const element = (name: ElementName, size: 1 | 2 | 4 | 8, dtype: Dtype, floating = false): ElementType => ({
  name,
  size,
  dtype,
  floating,
});

/** Every element type by name. */
export const ELEMENTS: { readonly [name in ElementName]: ElementType } = {
  bool: element('bool', 1, 'float32'),
  float16: element('float16', 2, 'float32', true),
  float32: element('float32', 4, 'float32', true),
  float64: element('float64', 8, 'float64', true),
  int8: element('int8', 1, 'float32'),
  int16: element('int16', 2, 'float32'),
  int32: element('int32', 4, 'float64'),
  int64: element('int64', 8, 'float64'),
  uint8: element('uint8', 1, 'float32'),
  uint16: element('uint16', 2, 'float32'),
  uint32: element('uint32', 4, 'float64'),
  uint64: element('uint64', 8, 'float64'),
};

/** Whether the bytes of `type` are those of the values it arrives as, so that they can be read in place. */
export const isVerbatim = (type: ElementType): boolean => type.name === type.dtype;

/**
 * Converts `count` elements into `into[at]`, `into[at + stride]`, ...
 * @param bytes - `count` little-endian elements of `type` from byte 0
 * @param into - of the type's dtype, or float64
 */
export function convertElements(
  type: ElementType,
  bytes: Uint8Array,
  count: number,
  into: Values,
  at: number,
  stride: number,
): void {
  const { buffer, byteOffset } = bytes.byteOffset % type.size === 0 ? bytes : bytes.slice(0, count * type.size);
  if (type.name === 'float16') convertFloat16(new Uint16Array(buffer, byteOffset, count), into, at, stride);
  else if (type.name === 'int64') convertWords(new Int32Array(buffer, byteOffset, 2 * count), into, at, stride);
  else if (type.name === 'uint64') convertWords(new Uint32Array(buffer, byteOffset, 2 * count), into, at, stride);
  else copyStrided(new VIEWS[type.name](buffer as ArrayBuffer, byteOffset, count), into, at, stride);
}

/** Types whose typed array already shows their values; a bool is a byte of 0 or 1. */
const VIEWS = {
  bool: Uint8Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
};

type View = InstanceType<(typeof VIEWS)[keyof typeof VIEWS]>;

function copyStrided(from: View, into: Values, at: number, stride: number): void {
  if (stride === 1) {
    into.set(from, at);
    return;
  }
  for (let i = 0, to = at; i < from.length; i++, to += stride) into[to] = from[i]!;
}

/** 64-bit integers as pairs of words, low word first; the last addition alone rounds. */
function convertWords(words: Int32Array | Uint32Array, into: Values, at: number, stride: number): void {
  for (let i = 0, to = at; i < words.length; i += 2, to += stride) {
    into[to] = words[i + 1]! * 0x1_0000_0000 + (words[i]! >>> 0);
  }
}

function convertFloat16(from: Uint16Array, into: Values, at: number, stride: number): void {
  float16Values ??= makeFloat16Values();
  const values = float16Values;
  for (let i = 0, to = at; i < from.length; i++, to += stride) into[to] = values[from[i]!]!;
}

/** The value of every float16 by its bits; 256 KiB, made when first needed. */
let float16Values: Float32Array | undefined;

function makeFloat16Values(): Float32Array {
  const values = new Float32Array(0x1_0000);
  for (let bits = 0; bits < values.length; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0x1f) values[bits] = fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    else if (exponent === 0) values[bits] = sign * fraction * 2 ** -24;
    else values[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return values;
}
