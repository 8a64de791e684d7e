/** Parquet's numbers: which of its types are numbers, and what lies in pages as arrays of numbers. */

import type { DecodedArray, SchemaElement } from 'hyparquet';
import type { Dtype } from '../../rows/row-block.js';
import type { IdType } from '../../rows/row-ids.js';
import { ELEMENTS, type ElementName, elementsIn, wordsFrom } from '../elements.js';
import { decimalConverter, decimalTexts } from './decimals.js';
import { durationOf } from './durations.js';

/** Ids of a page: words of 64 bits, or text in UTF-8. */
export type IdArray = BigInt64Array | Uint8Array[];

/** Numbers of a page. */
export type NumberArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** A type of numbers. */
export interface NumberType {
  readonly kind: 'floating' | 'boolean' | 'integer' | 'time';
  /** As messages spell it: `Float32`, `Decimal(4, 1)`. */
  readonly name: string;
  /** The type that rows of it arrive as. */
  readonly dtype: Dtype;
  /** Numbers from what a page holds, without what is missing. */
  readonly convert: (raw: DecodedArray) => NumberArray;
  /** Of whole numbers and decimals: what they are as ids, 64 bits each, or as text with all digits. */
  readonly ids?: { readonly type: IdType; readonly convert: (raw: DecodedArray) => IdArray } | undefined;
}

/** Integers by what they are converted to; plain ones have 32 or 64 bits. */
const INTEGERS: { readonly [converted: string]: ElementName } = {
  INT_8: 'int8',
  INT_16: 'int16',
  INT_32: 'int32',
  INT_64: 'int64',
  UINT_8: 'uint8',
  UINT_16: 'uint16',
  UINT_32: 'uint32',
  UINT_64: 'uint64',
};

/** The type of numbers of a leaf; undefined where it holds something else. */
export function numberTypeOf(element: SchemaElement): NumberType | undefined {
  const { type, type_length: length, converted_type: converted, logical_type: logical } = element;
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') return decimalType(element);
  if (type === 'FLOAT') return floating('float32', (raw) => (raw instanceof Float32Array ? raw : new Float32Array()));
  if (type === 'DOUBLE') return floating('float64', (raw) => (raw instanceof Float64Array ? raw : new Float64Array()));
  if (type === 'FIXED_LEN_BYTE_ARRAY' && length === 2 && logical?.type === 'FLOAT16')
    return floating('float16', halves);
  if (type === 'BOOLEAN') {
    return {
      kind: 'boolean',
      name: 'Bool',
      dtype: 'float32',
      convert: (raw) => Uint8Array.from(raw as boolean[], Number),
    };
  }
  if ((type !== 'INT32' && type !== 'INT64') || durationOf(element) !== undefined) return undefined;
  if (converted !== undefined) return integerType(INTEGERS[converted], type);
  if (logical?.type === 'INTEGER') {
    return integerType(INTEGERS[`${logical.isSigned ? 'INT' : 'UINT'}_${logical.bitWidth}`], type);
  }
  // Dates, times and what later versions of the format add are no numbers here.
  return logical === undefined ? integerType(type === 'INT32' ? 'int32' : 'int64', type) : undefined;
}

const floating = (element: ElementName, convert: NumberType['convert']): NumberType => ({
  kind: 'floating',
  name: spelled(element),
  dtype: ELEMENTS[element].dtype,
  convert,
});

function decimalType({ type, logical_type: logical, precision, scale }: SchemaElement): NumberType | undefined {
  const [digits, places] =
    logical?.type === 'DECIMAL' ? [logical.precision, logical.scale ?? 0] : [precision, scale ?? 0];
  const convert = decimalConverter(type, places);
  const ids = { type: 'utf8', convert: decimalTexts(places) } as const;
  return convert && { kind: 'floating', name: `Decimal(${digits}, ${places})`, dtype: 'float64', convert, ids };
}

/** @param physical - how its values lie in pages, where small ones take as much as large ones */
function integerType(element: ElementName | undefined, physical: 'INT32' | 'INT64'): NumberType | undefined {
  if (element === undefined) return undefined;
  const unsigned = element.startsWith('u');
  const stored = ELEMENTS[`${unsigned ? 'u' : ''}${physical === 'INT32' ? 'int32' : 'int64'}`];
  return {
    kind: 'integer',
    name: spelled(element),
    dtype: ELEMENTS[element].dtype,
    convert(raw) {
      const numbers = new Float64Array(raw.length);
      elementsIn(stored, bytesOf(raw))(0, raw.length, numbers, 0, 1);
      return numbers;
    },
    ids: { type: unsigned ? 'uint64' : 'int64', convert: (raw) => wordsFrom(stored, bytesOf(raw)) },
  };
}

/** The bytes of whole numbers; of none, none. */
export function bytesOf(raw: DecodedArray): Uint8Array {
  if (raw instanceof Int32Array || raw instanceof BigInt64Array) {
    return new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength);
  }
  if (raw.length > 0) throw new RangeError('whole numbers of another type');
  return new Uint8Array();
}

function halves(raw: DecodedArray): Float32Array {
  const bytes = new Uint8Array(2 * raw.length);
  for (const [i, half] of (raw as Uint8Array[]).entries()) bytes.set(half, 2 * i);
  const numbers = new Float32Array(raw.length);
  elementsIn(ELEMENTS.float16, bytes)(0, raw.length, numbers, 0, 1);
  return numbers;
}

/** A type as Arrow's libraries spell it. */
const spelled = (element: ElementName): string => element[0]!.toUpperCase() + element.slice(1);
