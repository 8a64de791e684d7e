/**
 * Results on their way out: columns in batches, whatever the format they are written in. To add a format: write its
 * file, list it in `formats.ts`.
 */

import type { Dtype, Values } from '../rows/row-block.js';
import type { IdType, RowId } from '../rows/row-ids.js';

/** A column of results. */
export type ColumnSpec =
  /** Whole numbers 0 … 2^53, handed over as float64, or real numbers. */
  | { readonly name: string; readonly type: 'uint64' | 'float64' }
  /** What rows are called. */
  | { readonly name: string; readonly type: 'id'; readonly of: IdType }
  /** Decimals, handed over as text with `scale` digits after the point; the empty text where one is missing. */
  | { readonly name: string; readonly type: 'decimal'; readonly precision: number; readonly scale: number }
  /** A row of `size` numbers in every cell; only the binary formats write it. */
  | { readonly name: string; readonly type: 'list'; readonly of: Dtype; readonly size: number };

/** What a table of results looks like. */
export interface TableSchema {
  readonly columns: readonly ColumnSpec[];
  /** How many of the first columns, together, are the index of a row, for formats that hold nothing else; default 1. */
  readonly index?: number | undefined;
  /** Key-value pairs for formats that carry them (Arrow schema metadata). */
  readonly metadata?: ReadonlyMap<string, string> | undefined;
  /** The only pair of {@link metadata}, its value in UTF-8, where it may be long: for formats that take it so. */
  readonly longMetadata?: LongMetadata | undefined;
}

/** A pair whose value is long. */
export interface LongMetadata {
  readonly key: string;
  /** Makes it. */
  readonly value: () => Uint8Array;
}

/** What a column may be handed over as. */
export type Cells = Values | readonly RowId[];

/** Some rows of a table, column by column, in the schema's order. */
export interface TableBatch<C extends Cells = Values> {
  readonly rows: number;
  /** Per column `rows` numbers or ids, or rows x size row-major for a list; float64, or the list's dtype. */
  readonly columns: readonly C[];
}

/** Writes one table. */
export interface TableWriter {
  /** Writes some rows; resolves when the sink has taken them, so that a slow reader holds the work back. */
  write(batch: TableBatch<Cells>): Promise<void>;
  /** Writes what the format ends with. The sink stays open: its owner commits or closes it. */
  end(): Promise<void>;
}

/** Where bytes go. */
export interface ByteSink {
  /** Resolves when the bytes are taken. The array may be reused afterwards. */
  write(bytes: Uint8Array): Promise<void>;
}

/** A sink on a path. One of `commit` and `abort` ends it; after either, `abort` does nothing. */
export interface FileSink extends ByteSink {
  /**
   * Makes the file appear at its path, whole and on disk.
   * @throws LevattnError where that fails; nothing has changed at the path then
   */
  commit(): Promise<void>;
  /** Gives the file up: what stood at its path before stands there still. */
  abort(): Promise<void>;
}

/** The key of the document in the schema's metadata. */
export const DOCUMENT_KEY = 'levattn';
