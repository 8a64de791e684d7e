/**
 * A matrix in several columns of numbers: a row is complete only when the last column's values have come, so a batch's
 * columns are held in memory; those of a large batch in a file that can seek are read at their places instead.
 */

import type { Values } from '../../rows/row-block.js';
import { interleave } from '../elements.js';
import type { ReadRows } from '../rows.js';
import { type BatchReader, type CheckedBatch, nullAt, type Reading } from './batch.js';
import type { Body } from './body.js';
import type { NumberColumns } from './choose.js';
import { BLOCK_BYTES, bitsPerEntry, entriesAt, Memory } from './held.js';
import { type OpenNumbers, type Stored, storedNumbers } from './stored.js';

/** The fewest rows that are read at a time at their places, however many columns there are; a multiple of 8. */
const BLOCK_ROWS = 64;

/** Reads columns of numbers. */
export function readNumbers(
  { input, dictionaries, putMissing, holdBytes }: Reading,
  { columns, d }: NumberColumns,
): BatchReader {
  const memory = new Memory(input);
  let readRows: ReadRows;
  let skipRows: (rows: number) => Promise<number>;
  let ahead: () => number;

  const storedIn = ({ header, places }: CheckedBatch): Stored[] =>
    columns.map(({ name, index, field }) =>
      storedNumbers({ input, header, dictionaries, name }, field, places[index]!, header.rows),
    );

  /** @throws LevattnError naming the first row that has a null, `firstRow` being that of the batch */
  const refuseNulls = (opened: readonly OpenNumbers[], rows: number, firstRow: number): void => {
    if (putMissing) return;
    let first = rows;
    let column = -1;
    for (const [j, { firstNull }] of opened.entries()) {
      const row = firstNull(0, first);
      if (row >= 0) [first, column] = [row, j];
    }
    if (column >= 0) throw nullAt(input, firstRow + first, columns[column]!.name);
  };

  /** Rows of the columns from entry `from` on. */
  const give = (opened: readonly OpenNumbers[], from: number, rows: number, into: Values): void => {
    const converters = opened.map(({ convert }) => convert);
    interleave(converters, from, rows, into);
    if (!putMissing) return;
    for (const [j, column] of opened.entries()) {
      for (let row = column.firstNull(from, from + rows); row >= 0; row = column.firstNull(row + 1, from + rows)) {
        putMissing(into, (row - from) * d + j);
      }
    }
  };

  /** Reads the columns to memory, in the order in which they come. */
  const hold = async (stored: readonly Stored[], body: Body, rows: number): Promise<void> => {
    const opened = await memory.hold(body, stored, 0, rows);
    refuseNulls(opened, rows, input.nextRow);
    const rowBytes = bitsPerEntry(stored) / 8;
    let given = 0;
    // Of a decompressed batch it is not known how many of its bytes belong to a row.
    ahead = () => (body.bytes === input.bytes ? (rows - given) * rowBytes : 0);
    readRows = async (into, maxRows) => {
      const count = Math.min(maxRows, rows - given);
      give(opened, given, count, into);
      given += count;
      return count;
    };
    skipRows = async (most) => {
      given += most;
      return most;
    };
  };

  /** Leaves the columns where they are. */
  const seek = (stored: readonly Stored[], body: Body, rows: number): void => {
    const rowBits = bitsPerEntry(stored);
    const blockRows = Math.max(BLOCK_ROWS, Math.floor((8 * BLOCK_BYTES) / rowBits / 8) * 8);
    const open = entriesAt(input, body, stored);
    const firstRow = input.nextRow;
    let opened: readonly OpenNumbers[] = [];
    let loaded = 0;
    let given = 0;
    let blockFrom = 0;
    ahead = () => (given === rows ? 0 : (-given * rowBits) / 8);
    /** Rows at hand, at most `most`. */
    const atHand = async (most: number): Promise<number> => {
      if (given === loaded) {
        const count = Math.min(blockRows, rows - loaded);
        opened = await open(loaded, count);
        refuseNulls(opened, count, firstRow + loaded);
        blockFrom = loaded;
        loaded += count;
      }
      return Math.min(most, loaded - given);
    };
    const goOn = async (count: number): Promise<number> => {
      given += count;
      if (given === rows) await body.finish();
      return count;
    };
    readRows = async (into, maxRows) => {
      const count = await atHand(maxRows);
      give(opened, given - blockFrom, count, into);
      return goOn(count);
    };
    skipRows = async (most) => goOn(await atHand(most));
  };

  return {
    d,
    async begin(batch) {
      const { header, body } = batch;
      const stored = storedIn(batch);
      const large = (header.rows * bitsPerEntry(stored)) / 8 > holdBytes && body.bytes.source.readAt !== undefined;
      if (large) seek(stored, body, header.rows);
      else await hold(stored, body, header.rows);
    },
    read: (into, maxRows) => readRows(into, maxRows),
    skip: (rows) => skipRows(rows),
    ahead: () => ahead?.() ?? 0,
  };
}
