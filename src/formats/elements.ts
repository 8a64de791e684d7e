/**
 * Numeric element types as they lie in files, and their conversion to float32 or float64.
 *
 * Elements are little-endian here (what is not is swapped before), on a little-endian machine.
 */

import type { Dtype, Values } from '../rows/row-block.js';

/** The element types that can be read. */
export type ElementName =
  | 'bool'
  | 'bfloat16'
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
  bfloat16: element('bfloat16', 2, 'float32', true),
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
 * Converts elements `from` to `from + count` of a column into `into[at]`, `into[at + stride]`, ...; `into` is of the
 * column's dtype, or float64.
 */
export type ConvertElements = (from: number, count: number, into: Values, at: number, stride: number) => void;

/**
 * The elements in bytes that stay where they are.
 * @param bytes - whole little-endian elements of `type`; copied where they are not aligned
 */
export function elementsIn(type: ElementType, bytes: Uint8Array): ConvertElements {
  const { buffer, byteOffset, length } = bytes.byteOffset % type.size === 0 ? bytes : bytes.slice();
  const count = length / type.size;
  switch (type.name) {
    case 'bfloat16':
      return convertBfloat16(new Uint16Array(buffer, byteOffset, count));
    case 'float16':
      return convertFloat16(new Uint16Array(buffer, byteOffset, count));
    case 'int64':
      return convertWords(new Int32Array(buffer, byteOffset, 2 * count));
    case 'uint64':
      return convertWords(new Uint32Array(buffer, byteOffset, 2 * count));
    default:
      return convertNumbers(new VIEWS[type.name](buffer as ArrayBuffer, byteOffset, count));
  }
}

/** Rows converted at a time by {@link interleave}: as many as stay in the nearest cache. */
const TILE_ELEMENTS = 8192;

/**
 * Makes rows of columns.
 * @param columns - one converter for each column, all of as many elements
 * @param from - the first row
 * @param into - receives `rows` rows from element 0
 */
export function interleave(columns: readonly ConvertElements[], from: number, rows: number, into: Values): void {
  const d = columns.length;
  const tileRows = Math.max(16, Math.floor(TILE_ELEMENTS / d));
  for (let done = 0; done < rows; done += tileRows) {
    const count = Math.min(tileRows, rows - done);
    for (let j = 0; j < d; j++) columns[j]!(from + done, count, into, done * d + j, d);
  }
}

/**
 * Whole numbers as 64 bits each, those of unsigned types as they are.
 * @param type - of integers
 * @param bytes - whole little-endian elements of it
 */
export function wordsFrom(type: ElementType, bytes: Uint8Array): BigInt64Array {
  if (type.size === 8) return new BigInt64Array(new Uint8Array(bytes).buffer);
  const count = bytes.length / type.size;
  const narrow = new Float64Array(count);
  elementsIn(type, bytes)(0, count, narrow, 0, 1);
  const words = new Int32Array(2 * count);
  for (let i = 0; i < count; i++) {
    words[2 * i] = narrow[i]!;
    words[2 * i + 1] = narrow[i]! < 0 ? -1 : 0;
  }
  return new BigInt64Array(words.buffer);
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

function convertNumbers(view: View): ConvertElements {
  return (from, count, into, at, stride) => {
    if (stride === 1) into.set(view.subarray(from, from + count), at);
    else for (let i = from, to = at; i < from + count; i++, to += stride) into[to] = view[i]!;
  };
}

/** 64-bit integers as pairs of words, low word first; the last addition alone rounds. */
function convertWords(words: Int32Array | Uint32Array): ConvertElements {
  return (from, count, into, at, stride) => {
    for (let i = 2 * from, to = at; i < 2 * (from + count); i += 2, to += stride) {
      into[to] = words[i + 1]! * 0x1_0000_0000 + (words[i]! >>> 0);
    }
  };
}

/** A bfloat16 is the upper half of a float32. */
function convertBfloat16(halves: Uint16Array): ConvertElements {
  const word = new Uint32Array(1);
  const value = new Float32Array(word.buffer);
  return (from, count, into, at, stride) => {
    if (stride === 1 && into instanceof Float32Array) {
      const words = new Uint32Array(into.buffer, into.byteOffset + 4 * at, count);
      for (let i = 0; i < count; i++) words[i] = halves[from + i]! << 16;
      return;
    }
    for (let i = from, to = at; i < from + count; i++, to += stride) {
      word[0] = halves[i]! << 16;
      into[to] = value[0]!;
    }
  };
}

function convertFloat16(halves: Uint16Array): ConvertElements {
  float16Values ??= makeFloat16Values();
  const values = float16Values;
  return (from, count, into, at, stride) => {
    for (let i = from, to = at; i < from + count; i++, to += stride) into[to] = values[halves[i]!]!;
  };
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
