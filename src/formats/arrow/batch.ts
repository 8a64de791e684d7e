/** What every reader of a batch's columns needs: the batch checked against the schema. */

import { dataError, type LevattnError } from '../../errors.js';
import type { Values } from '../../rows/row-block.js';
import type { PutMissing } from '../missing.js';
import type { Body } from './body.js';
import type { DictionaryLookup } from './dictionary-values.js';
import type { ArrowInput, BatchMessage } from './input.js';
import { type Place, placeColumns } from './layout.js';
import type { BatchHeader } from './message.js';
import type { ArrowSchema } from './schema.js';

/** A batch of rows that fits the schema. */
export interface CheckedBatch {
  readonly header: BatchHeader;
  readonly body: Body;
  /** Where each field of the schema has its nodes and buffers. */
  readonly places: readonly Place[];
}

/** What the readers of an input's batches share. */
export interface Reading {
  readonly input: ArrowInput;
  readonly dictionaries: DictionaryLookup;
  /** Puts what stands for a missing value; undefined where it is an error. */
  readonly putMissing: PutMissing | undefined;
  /** Batches past this many bytes are not held where the source can seek. */
  readonly holdBytes: number;
}

/** Reads the matrix's rows of one batch after another. */
export interface BatchReader {
  /** Columns; undefined before the first batch where only the data say. */
  readonly d: number | undefined;
  /** Begins a batch of one row or more; the one before has been read to its end. */
  begin(batch: CheckedBatch): Promise<void>;
  /** Reads the next rows, at most `maxRows` and at most what is left of the batch; 0 where the bytes end. */
  read(into: Values, maxRows: number): Promise<number>;
  /** Passes over at least one of the next rows, at most `rows` and at most what is left of the batch; returns how many. */
  skip?(rows: number): Promise<number>;
  /** Bytes that the input stands ahead of the rows given so far; below 0 where they were read at their place. */
  ahead(): number;
}

/**
 * Checks a batch.
 * @param schema - of its columns, where it is not the input's
 * @throws LevattnError where it does not fit the schema
 */
export function checkBatch(
  input: ArrowInput,
  { batch, unionValidity, body }: BatchMessage,
  schema: ArrowSchema = input.schema,
): CheckedBatch {
  try {
    return { header: batch, body, places: placeColumns(schema, batch, unionValidity) };
  } catch (error) {
    if (error instanceof RangeError) throw input.damaged(error.message);
    throw error;
  }
}

/** The error for a value that is missing. */
export const nullAt = (input: ArrowInput, row: number, column: string): LevattnError =>
  dataError(
    `${input.bytes.name}: row ${row} has a null in column ${column}; fill or drop such rows first, or skip them with --missing skip`,
  );
