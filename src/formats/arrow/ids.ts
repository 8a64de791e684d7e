/** The column of ids beside a matrix: whole numbers or text, of the rows that are being read. */

import { dataError } from '../../errors.js';
import { type IdType, RowIds } from '../../rows/row-ids.js';
import { type ElementType, wordsFrom } from '../elements.js';
import type { CheckedBatch } from './batch.js';
import { decimalTexts } from './decimals.js';
import type { ArrowInput } from './input.js';
import { bufferAt, nodeAt } from './layout.js';
import type { Region } from './message.js';
import type { ArrowField } from './schema.js';

/** Types of text. */
export const TEXT_TYPES = ['Utf8', 'LargeUtf8', 'Utf8View'] as const;

/** The column of the rows' ids. */
export interface IdColumn {
  /** Its name as messages show it. */
  readonly name: string;
  /** Its position in the schema. */
  readonly index: number;
  readonly type: IdType;
  /** Of whole numbers, and of positions in a dictionary of text. */
  readonly element: ElementType | undefined;
  /** How text lies in the data. */
  readonly text: (typeof TEXT_TYPES)[number] | undefined;
  /** Of decimals, which are ids as text with all their digits. */
  readonly decimal?: { readonly bytes: 4 | 8 | 16 | 32; readonly scale: number } | undefined;
  /** Of positions in a dictionary: the field. */
  readonly values?: ArrowField | undefined;
  /** Whether nulls are the empty text, or any whole number; else they are errors. */
  readonly nullable?: boolean | undefined;
}

/** Text of a dictionary, as far as it has come. */
export type TextOf = (field: ArrowField) => RowIds;

/** Reads the ids of one batch after another. */
export interface IdReader {
  /** Begins a batch, whose first row is the input's next one, and leaves its body as it is. */
  begin(batch: CheckedBatch, fetch: Fetch): void;
  /** Adds the ids of rows `from` to `from + count` of the batch. */
  read(from: number, count: number, ids: RowIds): Promise<void>;
}

/** Gives `length` bytes of a batch's buffer, by its number, from byte `at` on. */
export type Fetch = (buffer: number, at: number, length: number) => Promise<Uint8Array>;

/** Buffers at their place in a source that can seek. */
export const fetchFrom =
  (input: ArrowInput, { header, body }: CheckedBatch): Fetch =>
  async (buffer, at, length) => {
    const start = body.start + bufferAt(header, buffer).offset + at;
    if (start + length > (body.bytes.size ?? Number.POSITIVE_INFINITY)) throw input.cutShort();
    const bytes = new Uint8Array(length);
    for (let filled = 0, count = 0; filled < length; filled += count) {
      count = await body.bytes.source.readAt!(bytes.subarray(filled), start + filled);
      if (count === 0) throw input.cutShort();
    }
    return bytes;
  };

/** Buffers that are held. */
export const fetchHeld =
  (held: ReadonlyMap<number, Uint8Array>): Fetch =>
  async (buffer, at, length) =>
    held.get(buffer)!.subarray(at, at + length);

/** Bytes of a view, and of the text that fits into it. */
const VIEW_BYTES = 16;
const INLINE_BYTES = 12;
/** Rows whose ids are read at once where not said: every look at a file's bytes costs a tenth of a millisecond. */
const WINDOW_ROWS = 1 << 15;
/** More text than this in the ids of a block of rows is damage. */
const MAX_TEXT_BYTES = 1 << 28;

/** How ids are read. */
export interface ReadIdsOptions {
  /** Rows whose ids are read at once. */
  readonly windowRows?: number;
  /** Of columns that hold positions in a dictionary of text: what that holds. */
  readonly textOf?: TextOf;
}

/** Reads a column of ids. */
export function readIds(
  input: ArrowInput,
  column: IdColumn,
  { windowRows = WINDOW_ROWS, textOf }: ReadIdsOptions = {},
): IdReader {
  const { name, index, element } = column;
  let fetch: Fetch;
  let batch: CheckedBatch;
  /** The column's first buffer in the batch, and the batch's first row. */
  let firstBuffer = 0;
  let firstRow = 0;
  /** Ids of some of the batch's rows, and the first of these. */
  const window = new RowIds();
  let windowFrom = 0;

  /** Bytes of one of the column's buffers, by its number among them. */
  const take = async (buffer: number, at: number, length: number): Promise<Uint8Array> => {
    if (at + length > regionOf(buffer).length) throw input.damaged(`column ${name} lacks values`);
    return fetch(firstBuffer + buffer, at, length);
  };
  const regionOf = (buffer: number): Region => bufferAt(batch.header, firstBuffer + buffer);

  /** Which of some rows, counted from the first of them, have a null; none where no row has one. */
  const nullsAt = async (from: number, count: number): Promise<number[]> => {
    const { nullCount } = nodeAt(batch.header, batch.places[index]!.node);
    if (nullCount === 0 || (nullCount < 0 && regionOf(0).length === 0)) return [];
    const firstByte = from >> 3;
    const bits = await take(0, firstByte, ((from + count + 7) >> 3) - firstByte);
    const found: number[] = [];
    for (let i = from; i < from + count; i++) {
      if (!(bits[(i >> 3) - firstByte]! & (1 << (i & 7)))) found.push(i - from);
    }
    return found;
  };

  /** Positions in a dictionary of text, and what is there; nothing where there is a null. */
  const readPositions = async (
    from: number,
    count: number,
    ids: RowIds,
    nulls: readonly number[],
    field: ArrowField,
  ): Promise<void> => {
    const { size } = element!;
    const positions = wordsFrom(element!, await take(1, from * size, count * size));
    const there = textOf!(field);
    const missing = new Set(nulls);
    for (let i = 0; i < count; i++) {
      const position = Number(positions[i]);
      if (missing.has(i)) ids.add('utf8', '');
      else if (position >= 0 && position < there.length) ids.addFrom(there, position, position + 1);
      else throw input.damaged(`column ${name} refers to value ${position} of a dictionary that has ${there.length}`);
    }
  };

  const checkedLength = (bytes: number): number => {
    if (bytes > MAX_TEXT_BYTES) throw input.damaged(`column ${name} has ids of ${bytes} bytes`);
    return bytes;
  };

  const readOffsetText = async (from: number, count: number, ids: RowIds): Promise<void> => {
    const wide = column.text === 'LargeUtf8';
    const size = wide ? 8 : 4;
    const bytes = await take(1, from * size, (count + 1) * size);
    const words = new Int32Array(new Uint8Array(bytes).buffer);
    const offset = (i: number): number => (wide ? words[2 * i + 1]! * 2 ** 32 + (words[2 * i]! >>> 0) : words[i]!);
    const start = offset(0);
    const ends = new Uint32Array(count);
    let last = start;
    for (let i = 0; i < count; i++) {
      const end = offset(i + 1);
      if (!(last >= 0 && end >= last)) throw input.damaged(`column ${name} has offsets that go back`);
      ends[i] = end - start;
      last = end;
    }
    ids.addText(await take(2, start, checkedLength(last - start)), ends);
  };

  const readViewText = async (from: number, count: number, ids: RowIds): Promise<void> => {
    const bytes = await take(1, from * VIEW_BYTES, count * VIEW_BYTES);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const lengthOf = (i: number): number => view.getInt32(i * VIEW_BYTES, true);
    const placeOf = (i: number): { readonly buffer: number; readonly at: number } => ({
      buffer: view.getInt32(i * VIEW_BYTES + 8, true),
      at: view.getInt32(i * VIEW_BYTES + 12, true),
    });
    const buffers = buffersOf(batch, index) - 2;
    const spans = new Map<number, { from: number; to: number; bytes: Uint8Array }>();
    let total = 0;
    for (let i = 0; i < count; i++) {
      const length = lengthOf(i);
      if (length < 0) throw input.damaged(`column ${name} has text of a negative length`);
      total += length;
      if (length <= INLINE_BYTES) continue;
      const { buffer, at } = placeOf(i);
      if (!(buffer >= 0 && buffer < buffers && at >= 0)) throw input.damaged(`column ${name} refers to text elsewhere`);
      const span = spans.get(buffer);
      if (!span) spans.set(buffer, { from: at, to: at + length, bytes: new Uint8Array(0) });
      else {
        span.from = Math.min(span.from, at);
        span.to = Math.max(span.to, at + length);
      }
    }
    for (const [buffer, span] of spans) span.bytes = await take(2 + buffer, span.from, span.to - span.from);
    const text = new Uint8Array(checkedLength(total));
    const ends = new Uint32Array(count);
    let done = 0;
    for (let i = 0; i < count; i++) {
      const length = lengthOf(i);
      if (length <= INLINE_BYTES) {
        const inline = i * VIEW_BYTES + 4;
        text.set(bytes.subarray(inline, inline + length), done);
      } else {
        const { buffer, at } = placeOf(i);
        const span = spans.get(buffer)!;
        text.set(span.bytes.subarray(at - span.from, at - span.from + length), done);
      }
      done += length;
      ends[i] = done;
    }
    ids.addText(text, ends);
  };

  /** Decimals with all their digits. */
  const readDecimals = async (
    { bytes: size, scale }: NonNullable<IdColumn['decimal']>,
    from: number,
    count: number,
    ids: RowIds,
  ): Promise<void> => {
    for (const text of decimalTexts(await take(1, from * size, count * size), size, scale)) ids.add('utf8', text);
  };

  const readWindow = async (from: number, count: number): Promise<void> => {
    window.clear();
    windowFrom = from;
    const nulls = await nullsAt(from, count);
    if (nulls.length > 0 && !column.nullable) {
      const row = firstRow + from + nulls[0]!;
      throw dataError(`${input.bytes.name}: row ${row} has a null in column ${name}; fill or drop such rows first`);
    }
    if (column.values) await readPositions(from, count, window, nulls, column.values);
    else if (column.type !== 'utf8') {
      window.addWords(column.type, wordsFrom(element!, await take(1, from * element!.size, count * element!.size)));
    } else {
      const { decimal } = column;
      const readText: typeof readOffsetText = decimal
        ? (first, rows, into) => readDecimals(decimal, first, rows, into)
        : column.text === 'Utf8View'
          ? readViewText
          : readOffsetText;
      if (nulls.length === 0) await readText(from, count, window);
      else {
        // In the place of a null there may be anything.
        const text = new RowIds();
        await readText(from, count, text);
        let next = 0;
        for (const at of [...nulls, count]) {
          window.addFrom(text, next, at);
          if (at < count) window.add('utf8', '');
          next = at + 1;
        }
      }
    }
  };

  return {
    begin(next, fetchNext) {
      batch = next;
      fetch = fetchNext;
      firstBuffer = next.places[index]!.buffer;
      firstRow = input.nextRow;
      window.clear();
    },
    async read(from, count, ids) {
      for (let at = from; at < from + count; ) {
        const there = window.length > 0 && at >= windowFrom && at < windowFrom + window.length;
        if (!there) await readWindow(at, Math.min(windowRows, batch.header.rows - at));
        const to = Math.min(from + count, windowFrom + window.length);
        ids.addFrom(window, at - windowFrom, to - windowFrom);
        at = to;
      }
    },
  };
}

/** Buffers of a column. */
const buffersOf = ({ header, places }: CheckedBatch, column: number): number =>
  (places[column + 1]?.buffer ?? header.buffers.length) - places[column]!.buffer;
