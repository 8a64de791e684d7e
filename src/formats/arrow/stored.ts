/** Numbers as they lie in a batch's buffers, and what makes values of them. */

import { type ConvertElements, elementsIn } from '../elements.js';
import { decimalsIn } from './decimals.js';
import type { DictionaryLookup, DictionaryValues } from './dictionary-values.js';
import type { ArrowInput } from './input.js';
import { bufferAt, nodeAt } from './layout.js';
import type { BatchHeader, FieldNode, Region } from './message.js';
import type { ArrowField, Storage } from './schema.js';

/** A buffer that is read for a column. */
export interface Piece {
  readonly region: Region;
  /** Bits of it that belong to one entry; undefined where it is needed whole, whichever entries are read. */
  readonly bits: number | undefined;
}

/** A column's numbers in a batch, before their bytes have been read. */
export interface Stored {
  readonly pieces: readonly Piece[];
  /**
   * The numbers of some entries; entry 0 of them is the column's entry `first`.
   * @param bytes - of each piece: from that entry on, or whole
   */
  open(bytes: readonly Uint8Array[], first: number): OpenNumbers;
}

/** Numbers whose bytes are in memory. */
export interface OpenNumbers {
  /** Their values; NaN where there is none. */
  readonly convert: ConvertElements;
  /** The first of entries `from` to `to` that has no value; -1 where each has one. */
  firstNull(from: number, to: number): number;
}

/** Where a column stands in a batch. */
export interface StoredPlace {
  readonly node: number;
  readonly buffer: number;
}

/** What is needed to find a column's numbers. */
export interface StoredIn {
  readonly input: ArrowInput;
  readonly header: BatchHeader;
  readonly dictionaries: DictionaryLookup;
  /** The column's name as messages show it. */
  readonly name: string;
}

/**
 * The numbers of a column, or of the entries of its lists.
 * @param entries - how many it must have
 * @throws LevattnError where its buffers are too short
 */
export function storedNumbers(where: StoredIn, { storage }: ArrowField, place: StoredPlace, entries: number): Stored {
  return storedAs(where, storage!, place, entries);
}

function storedAs(where: StoredIn, storage: Storage, place: StoredPlace, entries: number): Stored {
  if (storage.kind === 'runs') return storedRuns(where, storage, place, entries);
  const { input, header, name, dictionaries } = where;
  const bits = bitsOf(storage);
  const values = { region: bufferAt(header, place.buffer + 1), bits };
  if (nodeAt(header, place.node).length < entries || values.region.length * 8 < entries * bits) {
    throw input.damaged(`column ${name} lacks values`);
  }
  const validity = validityOf(where, nodeAt(header, place.node), bufferAt(header, place.buffer), entries);
  const pieces = [...(validity ? [{ region: validity, bits: 1 }] : []), values];
  return {
    pieces,
    open(bytes) {
      const isThere = validity && bytes[0];
      const content = bytes.at(-1)!;
      switch (storage.kind) {
        case 'plain':
          return withNulls(elementsIn(storage.element, content), isThere);
        case 'time':
          return withNulls(divided(elementsIn(storage.element, content), storage.divisor), isThere);
        case 'bits':
          return withNulls(bitsIn(content), isThere);
        case 'decimal':
          return withNulls(decimalsIn(content, storage.bytes, storage.scale), isThere);
        case 'dictionary':
          return fromDictionary(elementsIn(storage.dictionary.indices, content), isThere, {
            values: dictionaries.get(storage.dictionary.id),
            lacks: (position) => dictionaries.lacks(storage.dictionary.id, name, position),
          });
      }
    },
  };
}

/** Bits of one entry's value, or of its place in a dictionary. */
function bitsOf(storage: Exclude<Storage, { kind: 'runs' }>): number {
  if (storage.kind === 'bits') return 1;
  if (storage.kind === 'decimal') return 8 * storage.bytes;
  return 8 * (storage.kind === 'plain' || storage.kind === 'time' ? storage.element : storage.dictionary.indices).size;
}

/**
 * The buffer that says which entries have a value; undefined where all have one.
 * @throws LevattnError where it is missing or too short
 */
export function validityOf(
  { input, name }: Pick<StoredIn, 'input' | 'name'>,
  { nullCount }: FieldNode,
  region: Region,
  entries: number,
): Region | undefined {
  if (nullCount === 0 || (nullCount < 0 && region.length === 0)) return undefined;
  if (region.length * 8 < entries) throw input.damaged(`column ${name} lacks its validity buffer`);
  return region;
}

/** Whether entry `i` has a value. */
export const isSet = (bitmap: Uint8Array, i: number): boolean => (bitmap[i >> 3]! & (1 << (i & 7))) !== 0;

/** The first of entries `from` to `to` whose bit is not set; -1 where each is. */
export function firstUnset(bitmap: Uint8Array, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    if ((i & 7) === 0 && bitmap[i >> 3] === 0xff) i += 7;
    else if (!isSet(bitmap, i)) return i;
  }
  return -1;
}

const noNull = (): number => -1;

function withNulls(convert: ConvertElements, isThere: Uint8Array | undefined): OpenNumbers {
  if (!isThere) return { convert, firstNull: noNull };
  return {
    convert(from, count, into, at, stride) {
      convert(from, count, into, at, stride);
      for (let i = firstUnset(isThere, from, from + count); i >= 0; i = firstUnset(isThere, i + 1, from + count)) {
        into[at + (i - from) * stride] = Number.NaN;
      }
    },
    firstNull: (from, to) => firstUnset(isThere, from, to),
  };
}

/** Dates and times as days and seconds. */
const divided =
  (convert: ConvertElements, divisor: number): ConvertElements =>
  (from, count, into, at, stride) => {
    convert(from, count, into, at, stride);
    for (let i = 0, to = at; i < count; i++, to += stride) into[to] = into[to]! / divisor;
  };

const bitsIn =
  (bytes: Uint8Array): ConvertElements =>
  (from, count, into, at, stride) => {
    for (let i = from, to = at; i < from + count; i++, to += stride) into[to] = isSet(bytes, i) ? 1 : 0;
  };

/** Values by their positions in a dictionary. */
function fromDictionary(
  indices: ConvertElements,
  isThere: Uint8Array | undefined,
  { values, lacks }: { readonly values: DictionaryValues; readonly lacks: (position: number) => Error },
): OpenNumbers {
  let positions = new Float64Array(0);

  /** Finds each entry's position in the dictionary, -1 where it has no value. */
  const locate = (from: number, count: number): void => {
    if (positions.length < count) positions = new Float64Array(count);
    indices(from, count, positions, 0, 1);
    for (let i = 0; i < count; i++) {
      const position = positions[i]!;
      if (isThere && !isSet(isThere, from + i)) positions[i] = -1;
      else if (!(position >= 0 && position < values.length)) throw lacks(position);
      else if (values.nulls && isSet(values.nulls, position)) positions[i] = -1;
    }
  };

  return {
    convert(from, count, into, at, stride) {
      locate(from, count);
      for (let i = 0, to = at; i < count; i++, to += stride) {
        into[to] = positions[i]! < 0 ? Number.NaN : values.numbers[positions[i]!]!;
      }
    },
    firstNull(from, to) {
      if (!isThere && !values.nulls) return -1;
      locate(from, to - from);
      const found = positions.subarray(0, to - from).indexOf(-1);
      return found < 0 ? -1 : from + found;
    },
  };
}

/** Runs of one value each, in two children: where each run ends, and its value. */
function storedRuns(
  where: StoredIn,
  { ends, values }: Extract<Storage, { kind: 'runs' }>,
  { node, buffer }: StoredPlace,
  entries: number,
): Stored {
  const { input, header, name } = where;
  const runs = nodeAt(header, node + 1).length;
  const endsRegion = bufferAt(header, buffer + 1);
  if (nodeAt(header, node).length < entries || endsRegion.length < runs * ends.size) {
    throw input.damaged(`column ${name} lacks values`);
  }
  const valuesOfRuns = storedAs(where, values, { node: node + 2, buffer: buffer + 2 }, runs);
  return {
    pieces: [endsRegion, ...valuesOfRuns.pieces.map(({ region }) => region)].map((region) => ({
      region,
      bits: undefined,
    })),
    open(bytes, first) {
      const limits = new Float64Array(runs);
      elementsIn(ends, bytes[0]!.subarray(0, runs * ends.size))(0, runs, limits, 0, 1);
      const ascending = limits.every((limit, i) => limit > (limits[i - 1] ?? 0));
      if (!ascending || (limits.at(-1) ?? 0) < entries)
        throw input.damaged(`column ${name} has runs that end too early`);
      return fromRuns(limits, valuesOfRuns.open(bytes.slice(1), 0), first);
    },
  };
}

/** @param limits - where each run ends, ascending */
function fromRuns(limits: Float64Array, values: OpenNumbers, first: number): OpenNumbers {
  const runs = limits.length;
  const numbers = new Float64Array(runs);
  values.convert(0, runs, numbers, 0, 1);
  let run = 0;

  /** The run of an entry; mostly that of the entry before or the next. */
  const find = (entry: number): number => {
    const at = first + entry;
    if (run > 0 && at < limits[run - 1]!) run = 0;
    while (at >= limits[run]!) run++;
    return run;
  };

  return {
    convert(from, count, into, at, stride) {
      for (let i = 0, to = at; i < count; i++, to += stride) into[to] = numbers[find(from + i)]!;
    },
    firstNull(from, to) {
      for (let i = from; i < to; i++) {
        const at = find(i);
        if (values.firstNull(at, at + 1) >= 0) return i;
        i = Math.max(i, limits[at]! - first - 1);
      }
      return -1;
    },
  };
}

/** An array of `length` numbers of which some may have no value. */
export function numbersOf(
  open: OpenNumbers,
  length: number,
): { readonly numbers: Float64Array; readonly nulls: number[] } {
  const numbers = new Float64Array(length);
  open.convert(0, length, numbers, 0, 1);
  const nulls: number[] = [];
  for (let i = open.firstNull(0, length); i >= 0; i = i + 1 < length ? open.firstNull(i + 1, length) : -1)
    nulls.push(i);
  return { numbers, nulls };
}
