/** What is in a data page: its levels, and its values as they are encoded. Lengths are checked before hyparquet decodes what they are of. */

import type { ColumnMetaData, DecodedArray } from 'hyparquet';
import type { parquetHeader } from 'hyparquet/src/column.js';
import { byteStreamSplit } from 'hyparquet/src/encoding.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { readDeltaBytes, readDeltas } from './deltas.js';
import { readRuns, repeatsThroughout, widthOf } from './runs.js';

/** The header of a page. */
export type PageHeader = ReturnType<typeof parquetHeader>;

/** The largest levels of a column; 0 where it has none. */
export interface LargestLevels {
  readonly repetition: number;
  readonly definition: number;
}

/** The levels of a page, and where its values begin. */
export interface Levels {
  /** For lists: 0 where a row begins. Else undefined. */
  readonly repetition: Uint8Array | undefined;
  /** The largest where a value is; undefined where all are. */
  readonly definition: Uint8Array | undefined;
  /** Values that are there. */
  readonly present: number;
  readonly end: number;
}

/** Bytes of the length before levels in pages of version 1, and before truth values. */
const LENGTH_BYTES = 4;

/** Bits of a plain value. */
const PLAIN_BITS: { readonly [type: string]: number } = {
  BOOLEAN: 1,
  INT32: 32,
  INT64: 64,
  INT96: 96,
  FLOAT: 32,
  DOUBLE: 64,
};

/**
 * The levels of a page: in version 1 each with its length before it, in version 2 of lengths that the header tells.
 * @param page - decompressed
 * @throws RangeError where they are damaged
 */
export function readLevels(page: Uint8Array, header: PageHeader, largest: LargestLevels): Levels {
  const { data_page_header: v1, data_page_header_v2: v2 } = header;
  const count = (v2 ?? v1)!.num_values;
  let end = 0;
  const read = (most: number, v2Length: number | undefined, mayBeAlike: boolean): Uint8Array | undefined => {
    const start = end + (v2 || most === 0 ? 0 : LENGTH_BYTES);
    end = start + (v2Length ?? (most === 0 ? 0 : lengthAt(page, end)));
    if (end > page.length) throw new RangeError('levels longer than their page');
    if (most === 0) return undefined;
    const bytes = page.subarray(0, end);
    // The usual page lacks nothing: its levels need not be written out.
    if (mayBeAlike && repeatsThroughout(bytes, start, widthOf(most), most, count)) return undefined;
    const levels = new Uint8Array(count);
    readRuns(bytes, start, widthOf(most), levels);
    for (let i = 0; i < count; i++)
      if (levels[i]! > most) throw new RangeError('a level that its column does not have');
    return levels;
  };
  const repetition = read(largest.repetition, v2?.repetition_levels_byte_length, false);
  const definition = read(largest.definition, v2?.definition_levels_byte_length, true);
  let present = count;
  if (definition) for (let i = 0; i < count; i++) if (definition[i]! < largest.definition) present--;
  return { repetition, definition: present < count ? definition : undefined, present, end };
}

/** Whether values are places in the dictionary. */
export const isDictionary = (encoding: string | undefined): boolean => encoding?.endsWith('_DICTIONARY') === true;

/**
 * Places in the dictionary, behind their width in bits.
 * @throws RangeError where there are fewer
 */
export function readPlaces(page: Uint8Array, at: number, count: number): Uint32Array {
  const places = new Uint32Array(count);
  if (count === 0) return places;
  const width = page[at];
  if (width === undefined) throw new RangeError('a page without the width of its values');
  readRuns(page, at + 1, width, places);
  return places;
}

/**
 * Values that are not places in the dictionary; undefined where nothing reads their encoding.
 * @param count - of values that are there
 * @throws Error of any kind where they are damaged
 */
export function readValues(
  bytes: Uint8Array,
  count: number,
  encoding: string | undefined,
  { type, type_length: length }: { readonly type?: ColumnMetaData['type']; readonly type_length?: number },
): DecodedArray | undefined {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  switch (encoding) {
    case 'PLAIN':
    case 'BYTE_STREAM_SPLIT': {
      if (count === 0) return [];
      const bits = type === 'FIXED_LEN_BYTE_ARRAY' ? 8 * (length ?? 0) : (PLAIN_BITS[type!] ?? 0);
      if (Math.ceil((count * bits) / 8) > bytes.length) throw new RangeError('a page with fewer values than it says');
      return encoding === 'PLAIN'
        ? readPlain(reader, type!, count, length)
        : byteStreamSplit(reader, count, type!, length);
    }
    case 'RLE':
      return type === 'BOOLEAN' ? readBooleans(bytes, count) : undefined;
    case 'DELTA_BINARY_PACKED': {
      const numbers = type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count);
      readDeltas(reader, numbers);
      return numbers;
    }
    case 'DELTA_LENGTH_BYTE_ARRAY':
    case 'DELTA_BYTE_ARRAY':
      return readDeltaBytes(reader, count, encoding === 'DELTA_BYTE_ARRAY');
    default:
      return undefined;
  }
}

function readBooleans(bytes: Uint8Array, count: number): boolean[] {
  const values = new Uint8Array(count);
  if (count > 0) readRuns(bytes.subarray(0, LENGTH_BYTES + lengthAt(bytes, 0)), LENGTH_BYTES, 1, values);
  return Array.from(values, Boolean);
}

/** The length in bytes before levels or truth values. */
function lengthAt(page: Uint8Array, at: number): number {
  if (at + LENGTH_BYTES > page.length) throw new RangeError('a page without its levels');
  return new DataView(page.buffer, page.byteOffset).getUint32(at, true);
}
