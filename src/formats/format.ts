/** What a matrix format is to the rest of the program. To add one: write its file, list it in `../open.ts`. */

import type { ExpectedColumns } from '../rows/column-names.js';
import type { HeadOptions } from '../rows/heads/matrices.js';
import type { MatrixReader } from '../rows/row-block.js';
import type { ByteReader } from './bytes/reader.js';
import type { MissingChoice } from './missing.js';
import type { NamedTensor } from './tensors.js';

/** How to read a matrix, where its bytes alone do not say. */
export interface ReadOptions extends HeadOptions {
  /** Arrow, Parquet, NDJSON: the list column that holds the rows. */
  readonly column?: string | undefined;
  /**
   * Arrow, Parquet, CSV, NDJSON: the numeric columns that make a row, in this order, by name, 0-based position, range `a:b` with both ends
   * in it, or glob; `all` alone: every column of numbers.
   */
  readonly columns?: readonly string[] | undefined;
  /** The same of columns that are no part of a row. */
  readonly exclude?: readonly string[] | undefined;
  /** The columns that this input must have, where another one that goes with it has names for its own. */
  readonly like?: ExpectedColumns | undefined;
  /**
   * What becomes of a value that is not there (a null, an empty field, NA), or of all values of a list that is not there: an error
   * that names it, which is the default, NaN, or what stands for it. With `error` said, NaN that is spelled in a text counts as one.
   */
  readonly missing?: MissingChoice | undefined;
  /** Whether a column of ones stands behind the others. */
  readonly intercept?: boolean | undefined;
  /** Told in one line of what the user should know of the input: columns put in order by name, comments passed over. */
  readonly warn?: ((message: string) => void) | undefined;
  /** Arrow, Parquet, CSV, NDJSON: the column of the rows' ids, whole numbers or text, which is no part of the matrix. */
  readonly idColumn?: string | undefined;
  /**
   * Arrow, Parquet, CSV, NDJSON: columns whose cells, whole numbers or text, come beside the rows, by name or 0-based position, whatever
   * else they are; the empty text, or any whole number, stands for what is missing.
   */
  readonly beside?: readonly string[] | undefined;
  /** CSV, NDJSON: whether what is no number counts as missing, where something stands for that; {@link beside} may tell what it is. */
  readonly wordsLack?: boolean | undefined;
  /** CSV: whether the first row names the columns; recognised where not given. */
  readonly header?: boolean | undefined;
  /** safetensors, npz, pt: the tensor or array that is the matrix. */
  readonly tensor?: string | undefined;
  /** CSV: the field delimiter, one character; recognised where not given. */
  readonly delimiter?: string | undefined;
  /** CSV: the decimal sign; recognised where not given. */
  readonly decimal?: '.' | ',' | undefined;
  /** CSV: whether quotes enclose fields, which is the default; else they are characters like any other. */
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
