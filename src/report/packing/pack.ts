/**
 * Reports of heads as short JSON, for pages of many heads: lists of numbers are packed, and lists of records go by columns. What comes out
 * again is what went in, its lists to six digits.
 */

import { type PackedNumbers, packNumbers, unpackNumbers } from './numbers.js';

/** What stands for a list: of numbers, of texts, or of records by columns. */
type PackedList =
  | { readonly $numbers: PackedNumbers; readonly typed?: true }
  | { readonly $texts: readonly string[]; readonly at: PackedNumbers }
  | { readonly $rows: number; readonly columns: Readonly<Record<string, PackedList>> };

/** What a value is packed as: plain JSON but for lists. */
export type Packed =
  | null
  | boolean
  | number
  | string
  | PackedList
  | readonly Packed[]
  | { readonly [key: string]: Packed };

/** Single numbers that JSON has no way to write. */
const NAMED: Readonly<Record<string, number>> = {
  $nan: Number.NaN,
  $inf: Number.POSITIVE_INFINITY,
  '-$inf': Number.NEGATIVE_INFINITY,
};

/** Packs a value: numbers, texts, lists and plain objects. Properties that are undefined are left out. */
export function pack(value: unknown): Packed {
  if (typeof value === 'number') return nameOf(value) ?? value;
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (value instanceof Float64Array) return { $numbers: packNumbers(value), typed: true };
  if (Array.isArray(value)) return packList(value) ?? value.map(pack);
  const fields = Object.entries(value as object).filter(([, one]) => one !== undefined);
  return Object.fromEntries(fields.map(([key, one]) => [key, pack(one)]));
}

const nameOf = (value: number): string | undefined => Object.keys(NAMED).find((name) => Object.is(NAMED[name], value));

/** Lists of one kind; undefined: others. */
function packList(list: readonly unknown[]): PackedList | undefined {
  if (list.every((one) => typeof one === 'number')) return { $numbers: packNumbers(list) };
  if (list.every((one) => typeof one === 'string')) {
    const texts = [...new Set(list)];
    return { $texts: texts, at: packNumbers(list.map((one) => texts.indexOf(one))) };
  }
  if (list.length === 0 || !list.every(isRecord)) return undefined;
  const keys = Object.keys(list[0]!).filter((key) => list[0]![key] !== undefined);
  const columns = keys.map((key) => [key, packList(list.map((row) => row[key]))] as const);
  if (columns.some(([, column]) => column === undefined || '$rows' in column)) return undefined;
  return { $rows: list.length, columns: Object.fromEntries(columns) as Record<string, PackedList> };
}

const isRecord = (one: unknown): one is Record<string, unknown> =>
  typeof one === 'object' && one !== null && !Array.isArray(one) && !(one instanceof Float64Array);

/** The value again; lists of numbers are Float64Array where they were, else arrays. */
export function unpack(packed: Packed): unknown {
  if (typeof packed === 'string') return NAMED[packed] ?? packed;
  if (typeof packed !== 'object' || packed === null) return packed;
  if (Array.isArray(packed)) return packed.map(unpack);
  if (isList(packed)) return unpackList(packed);
  return Object.fromEntries(Object.entries(packed).map(([key, one]) => [key, unpack(one)]));
}

const isList = (packed: object): packed is PackedList =>
  '$numbers' in packed || '$texts' in packed || '$rows' in packed;

function unpackList(list: PackedList): Float64Array | unknown[] {
  if ('$numbers' in list) return list.typed ? unpackNumbers(list.$numbers) : [...unpackNumbers(list.$numbers)];
  if ('$texts' in list) return Array.from(unpackNumbers(list.at), (at) => list.$texts[at]);
  const columns = Object.entries(list.columns).map(([key, column]) => [key, unpackList(column)] as const);
  return Array.from({ length: list.$rows }, (_, i) =>
    Object.fromEntries(columns.map(([key, cells]) => [key, cells[i]])),
  );
}
