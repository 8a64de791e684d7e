/** What a matrix format is to the rest of the program. To add one: write its file, list it in `../open.ts`. */

import type { ExpectedColumns } from '../rows/column-names.js';
import type { HeadOptions } from '../rows/heads/matrices.js';
import type { MatrixReader } from '../rows/row-block.js';
import type { ByteReader } from './bytes/reader.js';
import type { MissingChoice } from './missing.js';
import type { NamedTensor } from './tensors.js';

/** How to read a matrix, as far as its bytes do not tell. */
export interface ReadOptions extends HeadOptions {
  /** Arrow, Parquet, NDJSON: the list column that holds the rows. */
  readonly column?: string | undefined;
  /**
   * Arrow, Parquet, CSV, NDJSON: the numeric columns that make a row, in this order, by name, 0-based position, range `a:b` with both ends
   * in it, or glob; `all` alone: every column of numbers.
   */
  readonly columns?: readonly string[] | undefined;
  /** Columns to leave out, written as in `columns`. */
  readonly exclude?: readonly string[] | undefined;
  /** The columns that this input must have, if another input that belongs to it has named columns. */
  readonly like?: ExpectedColumns | undefined;
  /**
   * What happens to a missing value (a null, an empty field, NA), or to all values of a missing list: an error that names it (the
   * default), NaN, or a replacement. If `error` is given explicitly, NaN that is spelled in a text is missing, too.
   */
  readonly missing?: MissingChoice | undefined;
  /** Whether a column of ones is added after the others. */
  readonly intercept?: boolean | undefined;
  /** Threads that decode, the caller's included, where a format has work for several; 1 by default. */
  readonly threads?: number | undefined;
  /** Called with a one-line warning about the input: columns reordered by name, comments skipped. */
  readonly warn?: ((message: string) => void) | undefined;
  /** Arrow, Parquet, CSV, NDJSON: the column of the rows' ids, whole numbers or text; it is not part of the matrix. */
  readonly idColumn?: string | undefined;
  /**
   * Arrow, Parquet, CSV, NDJSON: columns whose cells, whole numbers or text, are read in addition to the rows, by name or 0-based position,
   * even if they are also part of the matrix. A missing cell is read as the empty text or as any whole number.
   */
  readonly beside?: readonly string[] | undefined;
  /** CSV, NDJSON: whether text that is not a number counts as missing, if missing values are replaced; {@link beside} may return the text. */
  readonly wordsLack?: boolean | undefined;
  /** CSV: whether the first row names the columns; recognised by default. */
  readonly header?: boolean | undefined;
  /** safetensors, npz, pt: the tensor or array that is the matrix. */
  readonly tensor?: string | undefined;
  /** CSV: the field delimiter, one character; recognised by default. */
  readonly delimiter?: string | undefined;
  /** CSV: the decimal sign; recognised by default. */
  readonly decimal?: '.' | ',' | undefined;
  /** CSV: whether quotes enclose fields, which is the default; otherwise they are ordinary characters. */
  readonly quotes?: boolean | undefined;
}

/** How many of an input's first bytes {@link MatrixFormat.recognise} is shown, fewer where the input is shorter. */
export const RECOGNISE_BYTES = 4096;

/** A file format that holds a matrix. */
export interface MatrixFormat {
  /** The name, as `--input-format` spells it. */
  readonly name: string;
  /** Whether it holds columns that have names, of which one may hold ids. */
  readonly hasColumns?: boolean | undefined;
  /**
   * Where it is a container: every tensor in it, the reader being at its first byte, which is consumed.
   * @param tensor - one that is named: others need not be looked at
   */
  listTensors?(bytes: ByteReader, tensor?: string): Promise<readonly NamedTensor[]>;
  /**
   * Where it is a container: one of its arrays as npy; the only one where none is named.
   * @throws LevattnError where there is no such array, or several and none is named
   */
  openNpy?(bytes: ByteReader, tensor?: string): Promise<ByteReader>;
  /** Whether an input that begins with these bytes is in this format. */
  recognise(head: Uint8Array): boolean;
  /**
   * Opens the matrix that begins at the next byte. Consumes the header; reading the rows consumes exactly the rest of
   * the matrix where the format says where it ends, so that another matrix may follow. Of an array of more than two axes,
   * the rows of all matrices, with its {@link MatrixReader.shape}.
   * @throws LevattnError where the header is bad or holds no suitable matrix
   */
  open(bytes: ByteReader, options: ReadOptions): Promise<MatrixReader>;
}
