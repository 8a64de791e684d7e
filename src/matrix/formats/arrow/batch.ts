/** What every reader of a batch's columns needs: the batch checked against the schema, and its columns without nulls. */

import { dataError } from '../../../errors.js';
import type { Values } from '../../row-block.js';
import type { Body } from './body.js';
import type { ArrowInput, BatchMessage } from './input.js';
import { type Place, placeColumns } from './layout.js';
import type { BatchHeader, FieldNode, Region } from './message.js';

/** A batch of rows that fits the schema. */
export interface CheckedBatch {
  readonly header: BatchHeader;
  readonly body: Body;
  /** Where each field of the schema has its nodes and buffers. */
  readonly places: readonly Place[];
}

/** Reads the matrix's rows of one batch after another. */
export interface BatchReader {
  /** Columns; undefined before the first batch where only the data say. */
  readonly d: number | undefined;
  /** Begins a batch of one row or more; the one before has been read to its end. */
  begin(batch: CheckedBatch): Promise<void>;
  /** Reads the next rows, at most `maxRows` and at most what is left of the batch; 0 where the bytes end. */
  read(into: Values, maxRows: number): Promise<number>;
  /** Bytes that the input stands ahead of the rows given so far; below 0 where they were read at their place. */
  ahead(): number;
}

/**
 * Checks a batch.
 * @throws LevattnError where it does not fit the schema
 */
export function checkBatch(input: ArrowInput, { batch, unionValidity, body }: BatchMessage): CheckedBatch {
  try {
    return { header: batch, body, places: placeColumns(input.schema, batch, unionValidity) };
  } catch (error) {
    if (error instanceof RangeError) throw input.damaged(error.message);
    throw error;
  }
}

/** Entries of one node that are to be read, and how to name them. */
export interface Entries {
  readonly column: string;
  readonly from: number;
  readonly count: number;
  /** Entries in a row. */
  readonly perRow: number;
}

/**
 * Refuses missing values among `entries`; where none are counted, the validity buffer is not looked at.
 * @throws LevattnError naming the row and the column of the first one
 */
export async function refuseNulls(
  input: ArrowInput,
  body: Body,
  node: FieldNode,
  validity: Region,
  { column, from, count, perRow }: Entries,
): Promise<void> {
  if (node.nullCount === 0 || (node.nullCount < 0 && validity.length === 0)) return;
  if (validity.length * 8 < from + count) throw input.damaged(`column ${column} lacks its validity buffer`);
  const firstByte = from >> 3;
  const end = from + count;
  await body.enter(validity, firstByte);
  await body.scan(Math.ceil(end / 8) - firstByte, (piece, at) => {
    for (let i = 0; i < piece.length; i++) {
      if (piece[i] === 0xff) continue;
      const first = 8 * (firstByte + at + i);
      for (let entry = Math.max(first, from); entry < Math.min(first + 8, end); entry++) {
        if (piece[i]! & (1 << (entry - first))) continue;
        const row = input.nextRow + Math.floor((entry - from) / perRow);
        throw dataError(`${input.bytes.name}: row ${row} has a null in column ${column}; fill or drop such rows first`);
      }
    }
  });
}
