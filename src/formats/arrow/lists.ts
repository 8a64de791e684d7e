/**
 * A matrix in one column of lists. Where the numbers lie one after another and none is missing, the rows are read as they come, whatever the
 * batch's size: the buffers come in order, validity, offsets, the values' validity, the values. Else a batch's numbers are held in memory, and
 * those of a large batch in a file that can seek are read at their places.
 */

import { dataError } from '../../errors.js';
import type { Values } from '../../rows/row-block.js';
import type { ByteReader } from '../bytes/reader.js';
import { type ReadRows, readRowMajor } from '../rows.js';
import { type BatchReader, type CheckedBatch, nullAt, type Reading } from './batch.js';
import { checkWidth, type ListColumn } from './choose.js';
import { BLOCK_BYTES, bitsPerEntry, entriesAt, Memory } from './held.js';
import { bufferAt, nodeAt } from './layout.js';
import type { Region } from './message.js';
import { firstUnset, type OpenNumbers, type Stored, storedNumbers, validityOf } from './stored.js';

/** Where the list of a row that has none begins. */
const MISSING = -1;

/** Reads a column of lists. */
export function readLists(reading: Reading, column: ListColumn): BatchReader {
  const { input, dictionaries, putMissing, holdBytes } = reading;
  const { name, item, element, offsetBytes, isView } = column;
  const memory = new Memory(input);
  let d = column.d;
  /** The row whose list said how many entries there are. */
  let told = 0;
  let readRows: ReadRows | undefined;
  /** What `readRows` reads from as it comes: a decompressed batch does not come from the input itself. */
  let readFrom: ByteReader | undefined;

  const checkRow = (row: number, entries: number): void => {
    if (entries < 0) throw input.damaged(`column ${name} has offsets that go back`);
    if (d === undefined) {
      checkWidth(entries, `row ${row} of column ${name}`, input.bytes.name);
      d = entries;
      told = row;
    }
    if (entries === d) return;
    throw dataError(
      `${input.bytes.name}: row ${row} of column ${name} has ${entries} entries, row ${told} has ${d}; all rows must have as many`,
    );
  };

  /** Checks that every list has d entries and follows the one before; returns where the first begins among the values. */
  const checkOffsets = async ({ header: { rows }, body }: CheckedBatch, offsets: Region): Promise<number> => {
    const length = (rows + 1) * offsetBytes;
    if (offsets.length < length) throw input.damaged(`column ${name} lacks offsets`);
    await body.enter(offsets);
    let first = -1;
    let previous = -1;
    let row = input.nextRow - 1;
    await body.scan(length, (piece) => {
      for (const offset of wholeNumbers(piece, offsetBytes)) {
        if (first < 0) {
          first = offset;
          if (first < 0) throw input.damaged(`column ${name} has a negative offset`);
        } else {
          checkRow(row, offset - previous);
        }
        previous = offset;
        row++;
      }
    });
    return first;
  };

  /** Where each row's list begins among the values; {@link MISSING} where it has none. */
  const findStarts = async ({ header, body, places }: CheckedBatch): Promise<Float64Array> => {
    const { rows } = header;
    const { node, buffer } = places[column.index]!;
    const validity = validityOf({ input, name }, nodeAt(header, node), bufferAt(header, buffer), rows);
    const isThere = validity && (await body.take({ offset: validity.offset, length: Math.ceil(rows / 8) }));
    const missingFrom = (row: number): number => (isThere ? firstUnset(isThere, row, rows) : -1);
    let hole = missingFrom(0);
    if (hole >= 0 && !putMissing) throw nullAt(input, input.nextRow + hole, name);
    const [starts, lengths] = await findLists(
      header.rows,
      [buffer + 1, buffer + 2].map((i) => header.buffers[i]!),
      body,
    );
    for (let row = 0; row < rows; row++) {
      if (row === hole) {
        starts[row] = MISSING;
        hole = missingFrom(row + 1);
        continue;
      }
      checkRow(input.nextRow + row, lengths === undefined ? d! : lengths[row]!);
      if (starts[row]! < 0) throw input.damaged(`column ${name} has a negative offset`);
    }
    return starts;
  };

  /** Where lists begin, and how long they are where that is not their type's. */
  const findLists = async (
    rows: number,
    [first, second]: readonly Region[],
    body: CheckedBatch['body'],
  ): Promise<[starts: Float64Array, lengths: Float64Array | undefined]> => {
    if (offsetBytes === 0) return [Float64Array.from({ length: rows }, (_, i) => i * d!), undefined];
    const take = async (region: Region, count: number): Promise<Float64Array> => {
      if (region.length < count * offsetBytes) throw input.damaged(`column ${name} lacks offsets`);
      return wholeNumbers(await body.take({ offset: region.offset, length: count * offsetBytes }), offsetBytes);
    };
    if (isView) return [await take(first!, rows), await take(second!, rows)];
    const offsets = await take(first!, rows + 1);
    return [offsets.slice(0, rows), offsets.subarray(1).map((end, i) => end - offsets[i]!)];
  };

  /** The column's entries, of which each list is a part. */
  const entriesOf = ({ header, places }: CheckedBatch, entries: number): Stored => {
    const { node, buffer } = places[column.index]!;
    const child = buffer + (offsetBytes === 0 ? 1 : isView ? 3 : 2);
    return storedNumbers({ input, header, dictionaries, name }, item, { node: node + 1, buffer: child }, entries);
  };

  const readAsTheyCome = async (batch: CheckedBatch): Promise<void> => {
    const { header, body, places } = batch;
    const first = offsetBytes === 0 ? 0 : await checkOffsets(batch, bufferAt(header, places[column.index]!.buffer + 1));
    const values = entriesOf(batch, first + header.rows * d!).pieces.at(-1)!.region;
    await body.enter(values, first * element.size);
    if (readFrom !== body.bytes) readRows = readRowMajor(body.bytes, element, d!);
    readFrom = body.bytes;
  };

  const readFromMemory = async (batch: CheckedBatch): Promise<void> => {
    const { header, body } = batch;
    const starts = await findStarts(batch);
    readFrom = undefined;
    const [from, to] = spanOf(starts, 0, header.rows, d ?? 0);
    const stored = [entriesOf(batch, to)];
    const bits = bitsPerEntry(stored);
    const large = ((to - from) * bits) / 8 > holdBytes && body.bytes.source.readAt !== undefined;
    const firstRow = input.nextRow;
    let row = 0;
    let opened: OpenNumbers | undefined;
    let openedFrom = from - (from % 8);
    let openedTo = header.rows;
    if (!large && to > 0) [opened] = await memory.hold(body, stored, openedFrom, to - openedFrom);
    const open = entriesAt(input, body, stored);
    if (large) openedTo = 0;
    readRows = async (into, maxRows) => {
      if (row === openedTo) {
        openedTo = Math.min(header.rows, row + Math.max(1, Math.floor((8 * BLOCK_BYTES) / (bits * d!))));
        const [first, last] = spanOf(starts, row, openedTo, d!);
        openedFrom = first - (first % 8);
        if (last > 0) [opened] = await open(openedFrom, last - openedFrom);
      }
      const count = Math.min(maxRows, openedTo - row);
      copyLists(opened, starts.subarray(row, row + count), openedFrom, into, firstRow + row);
      row += count;
      return count;
    };
  };

  /** @throws LevattnError where an entry is missing and nothing stands for it */
  const copyLists = (
    opened: OpenNumbers | undefined,
    starts: Float64Array,
    openedFrom: number,
    into: Values,
    firstRow: number,
  ): void => {
    const width = d!;
    for (let i = 0; i < starts.length; ) {
      const start = starts[i]!;
      let end = i + 1;
      if (start === MISSING) {
        for (let at = i * width; at < end * width; at++) putMissing!(into, at);
      } else {
        while (end < starts.length && starts[end] === start + (end - i) * width) end++;
        const from = start - openedFrom;
        const entries = (end - i) * width;
        let hole = opened!.firstNull(from, from + entries);
        if (hole >= 0 && !putMissing) {
          throw nullAt(input, firstRow + i + Math.floor((hole - from) / width), name);
        }
        opened!.convert(from, entries, into, i * width, 1);
        for (; hole >= 0; hole = opened!.firstNull(hole + 1, from + entries))
          putMissing!(into, i * width + hole - from);
      }
      i = end;
    }
  };

  return {
    get d() {
      return d;
    },
    begin(batch) {
      const { header, places } = batch;
      const { node } = places[column.index]!;
      const complete = nodeAt(header, node).nullCount === 0 && nodeAt(header, node + 1).nullCount === 0;
      const asTheyCome = complete && !isView && item.storage?.kind === 'plain';
      return asTheyCome ? readAsTheyCome(batch) : readFromMemory(batch);
    },
    read: (into, maxRows) => readRows!(into, maxRows),
    ahead: () => 0,
  };
}

/** Whole numbers of 4 or 8 bytes; none is as large as 2^53. */
function wholeNumbers(bytes: Uint8Array, size: number): Float64Array {
  const words = new Int32Array(bytes.buffer, 0, bytes.length / 4);
  if (size === 4) return new Float64Array(words);
  const numbers = new Float64Array(words.length / 2);
  for (let i = 0; i < numbers.length; i++) numbers[i] = words[2 * i + 1]! * 0x1_0000_0000 + (words[2 * i]! >>> 0);
  return numbers;
}

/** The first entry of the lists of rows `from` to `to`, and the one behind their last; 0 and 0 where there are none. */
function spanOf(starts: Float64Array, from: number, to: number, d: number): [first: number, last: number] {
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (let row = from; row < to; row++) {
    if (starts[row] === MISSING) continue;
    first = Math.min(first, starts[row]!);
    last = Math.max(last, starts[row]! + d);
  }
  return last === 0 ? [0, 0] : [first, last];
}
