/**
 * A matrix in one column of lists: in each batch the rows lie one after another, so they are read as they come, whatever
 * the batch's size. The buffers come in order: validity, offsets, the values' validity, the values.
 */

import { dataError } from '../../../errors.js';
import type { ByteReader } from '../../bytes.js';
import { type ReadRows, readRowMajor } from '../rows.js';
import { type BatchReader, type CheckedBatch, refuseNulls } from './batch.js';
import { checkWidth, type ListColumn } from './choose.js';
import type { ArrowInput } from './input.js';
import { bufferAt, nodeAt } from './layout.js';
import type { Region } from './message.js';

/** Reads a column of lists. */
export function readLists(input: ArrowInput, column: ListColumn): BatchReader {
  const { name, element } = column;
  let d = column.d;
  let readRows: ReadRows | undefined;
  /** What `readRows` reads from: a decompressed batch does not come from the input itself. */
  let readFrom: ByteReader | undefined;

  /** Checks that every list has d entries; returns where the first begins among the values. */
  const checkOffsets = async ({ header: { rows }, body }: CheckedBatch, offsets: Region): Promise<number> => {
    const width = column.offsetBytes / 4;
    const length = (rows + 1) * column.offsetBytes;
    if (offsets.length < length) throw input.damaged(`column ${name} lacks offsets`);
    await body.enter(offsets);
    let first = -1;
    let previous = -1;
    let row = input.nextRow - 1;
    await body.scan(length, (piece) => {
      const words = new Int32Array(piece.buffer, 0, piece.length / 4);
      for (let i = 0; i < words.length; i += width, row++) {
        const offset = width === 1 ? words[i]! : words[i + 1]! * 0x1_0000_0000 + (words[i]! >>> 0);
        if (first < 0) {
          first = offset;
          if (first < 0) throw input.damaged(`column ${name} has a negative offset`);
        } else {
          checkRow(row, offset - previous);
        }
        previous = offset;
      }
    });
    return first;
  };

  const checkRow = (row: number, entries: number): void => {
    if (d === undefined) {
      checkWidth(entries, `row ${row} of column ${name}`, input.bytes.name);
      d = entries;
    }
    if (entries === d) return;
    if (entries < 0) throw input.damaged(`column ${name} has offsets that go back`);
    throw dataError(
      `${input.bytes.name}: row ${row} of column ${name} has ${entries} entries, row 0 has ${d}; all rows must have as many`,
    );
  };

  return {
    get d() {
      return d;
    },
    async begin(batch) {
      const { header, body, places } = batch;
      const { rows } = header;
      const { node, buffer } = places[column.index]!;
      const entries = { column: name, from: 0, count: rows, perRow: 1 };
      await refuseNulls(input, body, nodeAt(header, node), bufferAt(header, buffer), entries);
      const first = column.offsetBytes === 0 ? 0 : await checkOffsets(batch, bufferAt(header, buffer + 1));
      const child = buffer + (column.offsetBytes === 0 ? 1 : 2);
      const values = bufferAt(header, child + 1);
      const perRow = d!;
      const count = rows * perRow;
      if (nodeAt(header, node + 1).length < first + count || values.length < (first + count) * element.size) {
        throw input.damaged(`column ${name} lacks values`);
      }
      const inner = { column: name, from: first, count, perRow };
      await refuseNulls(input, body, nodeAt(header, node + 1), bufferAt(header, child), inner);
      await body.enter(values, first * element.size);
      if (readFrom !== body.bytes) readRows = readRowMajor(body.bytes, element, perRow);
      readFrom = body.bytes;
    },
    read: (into, maxRows) => readRows!(into, maxRows),
    ahead: () => 0,
  };
}
