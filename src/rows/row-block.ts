/**
 * Row blocks: the one currency between readers, kernels and sketches.
 *
 * A reader turns bytes into rows and knows nothing of sketches; a sketch turns row blocks into state and knows nothing
 * of files. Buffers are reused: a block is valid until the next one is asked for.
 */

import type { ColumnNames } from './column-names.js';
import type { LateReads } from './late-reads.js';
import type { IdList, IdType, RowIds } from './row-ids.js';

/** Matrix entries, row-major. float16 and the small integers arrive as float32, 32- and 64-bit integers as float64. */
export type Values = Float32Array | Float64Array;

/** The two element types a block can have. */
export type Dtype = 'float32' | 'float64';

/** `rows` consecutive rows of an n x d matrix. */
export interface RowBlock {
  /** Global 0-based index of the first row. */
  readonly start: number;
  /** Rows in the block, >= 1. */
  readonly rows: number;
  /** Columns, >= 1. */
  readonly d: number;
  /** Row-major values; element (i, j) is `values[i * d + j]`. Length at least rows * d. */
  readonly values: Values;
  /** The rows' ids, `rows` of them; all blocks of a matrix have them or none. */
  readonly ids?: IdList | undefined;
  /** One number a row, `rows` of them: 0 for padding, whose values count for nothing; undefined where every row counts. */
  readonly mask?: Uint8Array | undefined;
}

/** A column of a table, of which the matrix has some. */
export interface ColumnOfTable {
  /** Undefined where the file has no names. */
  readonly name: string | undefined;
  /** What it holds, as the choice of columns sees it. */
  readonly kind: string;
  /** Its type as messages spell it. */
  readonly type: string;
  /** Of text that is read as dates and times: what has passed since 1970-01-01. */
  readonly unit?: 'days' | 'seconds' | undefined;
}

/** Where a reader stands, for progress and for messages. */
export interface ReadProgress {
  /** Bytes consumed so far. */
  readonly bytes: number;
  /** Bytes in all, where the input says so. */
  readonly totalBytes: number | undefined;
}

/** An axis along which matrices lie side by side. */
export type HeadAxis = 'layer' | 'batch' | 'head';

/** A matrix opened for one pass from its first row to its last. */
export interface MatrixReader {
  /** The path as the user gave it, or `stdin`. */
  readonly name: string;
  /** The format, as `--input-format` spells it. */
  readonly format: string;
  /** One phrase on what is read, shown to the user: element type, chosen columns. */
  readonly description: string;
  /** Columns or tensors that could belong to the matrix and were left out because nobody named them, with what they hold; else empty. */
  readonly leftOut: readonly string[];
  /** What the columns are called, where the format has names and each column has one of its own. */
  readonly columnNames?: ColumnNames | undefined;
  /** Of a table: all its columns, those that are no part of the matrix, too. */
  readonly table?: readonly ColumnOfTable[] | undefined;
  /** Of columns of numbers: their 0-based positions in `table`, in the order of the matrix. */
  readonly picked?: readonly number[] | undefined;
  /** Whether all columns are integers that nobody asked for, one of which may be a row number. */
  readonly onlyIntegers?: boolean | undefined;
  /** Columns, >= 1. */
  readonly d: number;
  /** Element type that {@link MatrixReader.read} fills. */
  readonly dtype: Dtype;
  /**
   * Lengths of all axes, where there are more than two: the rows are then those of all matrices, in the order of the array.
   */
  readonly shape?: readonly number[] | undefined;
  /** Of one matrix of several: the head it is of, the example of a batch, and the layer of a model. */
  readonly at?: Readonly<Partial<Record<HeadAxis, number>>> | undefined;
  /** How many heads and examples there are, of which {@link MatrixReader.at} is one. */
  readonly among?: Readonly<Partial<Record<HeadAxis, number>>> | undefined;
  /** Rows in all, where the header says so. */
  readonly rows: number | undefined;
  /** Whether other threads decode the rows before they are asked for. */
  readonly decodedAhead?: boolean | undefined;
  /** Key-value metadata of the container (Arrow schema metadata), else empty. */
  readonly metadata: ReadonlyMap<string, string>;
  /** One number a row, 0 for padding, which the reader gives as zeros; undefined where every row counts. */
  readonly mask?: Uint8Array | undefined;
  /** The type of the rows' ids, where {@link ReadOptions.idColumn} named a column of them. */
  readonly idType?: IdType | undefined;
  /** The types of what {@link ReadOptions.beside} asked for; their cells are added to {@link RowIds.beside}. */
  readonly beside?: readonly IdType[] | undefined;
  /**
   * Reads the next rows.
   *
   * Returns as soon as at least one whole row is at hand, so that a slow pipe is not held back: fewer than `maxRows`
   * does not mean the end.
   *
   * @param into - receives rows row-major from element 0; of the reader's dtype, length >= maxRows * d
   * @param maxRows - the most rows to read, >= 1
   * @param ids - where the reader has ids: receives those of the rows read, behind what it holds
   * @param late - receives parts of files that are still to be read into `into`, if the reader can leave them to others
   * @returns the rows read; 0 at the end
   * @throws LevattnError where the data is bad or breaks off, naming the row
   */
  read(into: Values, maxRows: number, ids?: RowIds, late?: LateReads): Promise<number>;
  /**
   * Passes over the next rows without reading them; present where that may be quick.
   * @param rows - at most
   * @returns how many were passed over, fewer at the end; undefined where they must be read
   */
  skip?(rows: number): Promise<number | undefined>;
  /** How far the reading has come. */
  progress(): ReadProgress;
  /** Lets go of the input. */
  close(): Promise<void>;
}

/** An array for `length` entries of `dtype`. */
export const allocate = (dtype: Dtype, length: number): Values =>
  dtype === 'float32' ? new Float32Array(length) : new Float64Array(length);

/** The element type of an array. */
export const dtypeOf = (values: Values): Dtype => (values instanceof Float32Array ? 'float32' : 'float64');

/** Refuses a block that is not one, for callers from outside. */
export function checkBlock({ rows, d, values, ids, mask }: RowBlock): void {
  if (!(values instanceof Float32Array || values instanceof Float64Array)) {
    throw new TypeError('the values of a block must be a Float32Array or a Float64Array');
  }
  if (!(rows >= 1 && d >= 1 && values.length >= rows * d)) {
    throw new RangeError(`a block of ${rows} x ${d} with ${values.length} values`);
  }
  if (ids && ids.length < rows) throw new RangeError(`a block of ${rows} rows with ${ids.length} ids`);
  if (mask && mask.length < rows) throw new RangeError(`a block of ${rows} rows with a mask of ${mask.length}`);
}
