/** A matrix on its way out, row by row: float32 stays float32. */

import type { Dtype, Values } from '../rows/row-block.js';
import type { IdList, IdType } from '../rows/row-ids.js';
import type { ResultFormat } from './formats.js';
import { type ArrayWriter, arrayWriter } from './npy-array.js';
import type { ByteSink, Cells, TableSchema, TableWriter } from './table.js';

/** What a matrix is before its rows are known. */
export interface MatrixShape {
  /** Rows; npy begins with their number, the others do without. */
  readonly n: number | undefined;
  readonly d: number;
  readonly dtype: Dtype;
  /** What a row is called: the list column of Arrow, and its first letter the columns of CSV; default `key`. */
  readonly name?: string | undefined;
  /** The type of the rows' ids, which Arrow, Parquet and CSV have in a column `id` before the others. */
  readonly ids?: IdType | undefined;
}

/** Writes one matrix. */
export interface MatrixWriter {
  /** Writes `rows` rows from the front of `values`, row-major, with their ids where there are any. */
  write(values: Values, rows: number, ids?: IdList): Promise<void>;
  /** Writes what the format ends with. */
  end(): Promise<void>;
}

/** Where a matrix goes. */
export interface MatrixOutput {
  readonly format: Pick<ResultFormat, 'name'>;
  readonly sink: ByteSink;
  /** Begins a table. */
  begin(schema: TableSchema): TableWriter;
  /** Begins an npy array. */
  array(lengths: readonly number[], dtype: Dtype): ArrayWriter;
}

/** An output in a format. */
export const outputIn = (format: ResultFormat, sink: ByteSink): MatrixOutput & { readonly format: ResultFormat } => ({
  format,
  sink,
  begin: (schema) => format.open(schema, sink),
  array: (lengths, dtype) => arrayWriter(lengths, dtype, sink),
});

/**
 * Begins a matrix in an output's format: npy, one list column of Arrow or Parquet, columns k0, k1, … of CSV (o0, o1, … of an
 * `output`), an array a line of NDJSON.
 */
export function matrixWriter(output: MatrixOutput, shape: MatrixShape): MatrixWriter {
  switch (output.format.name) {
    case 'npy':
      return npyRows(output, shape);
    case 'ndjson':
      return ndjsonRows(shape, output.sink);
    case 'arrow':
    case 'parquet':
      return tableRows(output, shape);
    default:
      return columnRows(output, shape);
  }
}

/** @throws RangeError where the number of rows is not known, or not what was said */
function npyRows(output: MatrixOutput, { n, d, dtype }: MatrixShape): MatrixWriter {
  if (n === undefined) throw new RangeError('npy begins with the number of rows');
  const array = output.array([n, d], dtype);
  return { write: (values, rows) => array.write(values.subarray(0, rows * d)), end: () => array.end() };
}

function ndjsonRows({ d }: MatrixShape, sink: ByteSink): MatrixWriter {
  return {
    write: async (values, rows) => {
      const lines = Array.from(
        { length: rows },
        (_, i) => `${JSON.stringify([...values.subarray(i * d, (i + 1) * d)])}\n`,
      );
      await sink.write(Buffer.from(lines.join('')));
    },
    end: async () => {},
  };
}

/** The column of ids, where there is one. */
const idColumns = ({ ids }: MatrixShape): TableSchema['columns'] => (ids ? [{ name: 'id', type: 'id', of: ids }] : []);

/** The ids of some rows as that column. */
const idCells = ({ ids: type }: MatrixShape, rows: number, ids: IdList | undefined): Cells[] =>
  type ? [Array.from({ length: rows }, (_, i) => ids!.at(i)!)] : [];

function tableRows(output: MatrixOutput, shape: MatrixShape): MatrixWriter {
  const { d, dtype, name = 'key' } = shape;
  const writer = output.begin({ columns: [...idColumns(shape), { name, type: 'list', of: dtype, size: d }] });
  return {
    write: (values, rows, ids) => writer.write({ rows, columns: [...idCells(shape, rows, ids), values] }),
    end: () => writer.end(),
  };
}

function columnRows(output: MatrixOutput, shape: MatrixShape): MatrixWriter {
  const { d, name = 'key' } = shape;
  const numbers = Array.from({ length: d }, (_, j) => ({ name: `${name[0]}${j}`, type: 'float64' }) as const);
  const writer = output.begin({ columns: [...idColumns(shape), ...numbers] });
  return {
    write: async (values, rows, ids) => {
      const columns = numbers.map((_, j) => Float64Array.from({ length: rows }, (_, i) => values[i * d + j]!));
      await writer.write({ rows, columns: [...idCells(shape, rows, ids), ...columns] });
    },
    end: () => writer.end(),
  };
}
