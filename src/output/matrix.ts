/** A matrix on its way out, row by row: float32 stays float32. */

import { encodeNpyHeader } from '../matrix/formats/npy.js';
import type { Dtype, Values } from '../matrix/row-block.js';
import type { ResultFormat } from './formats.js';
import type { ByteSink, TableSchema } from './table.js';

/** What a matrix is before its rows are known. */
export interface MatrixShape {
  /** Rows; npy begins with their number, the others do without. */
  readonly n: number | undefined;
  readonly d: number;
  readonly dtype: Dtype;
  /** What a row is called: the list column of Arrow, and its first letter the columns of CSV; default `key`. */
  readonly name?: string | undefined;
}

/** Writes one matrix. */
export interface MatrixWriter {
  /** Writes `rows` rows from the front of `values`, row-major. */
  write(values: Values, rows: number): Promise<void>;
  /** Writes what the format ends with. */
  end(): Promise<void>;
}

/**
 * Begins a matrix in a format: npy, one list column of Arrow or Parquet, columns k0, k1, … of CSV (o0, o1, … of an `output`), an array a
 * line of NDJSON.
 */
export function matrixWriter(format: ResultFormat, shape: MatrixShape, sink: ByteSink): MatrixWriter {
  switch (format.name) {
    case 'npy':
      return npyRows(shape, sink);
    case 'ndjson':
      return ndjsonRows(shape, sink);
    case 'arrow':
    case 'parquet':
      return tableRows(format, shape, sink);
    default:
      return columnRows(format, shape, sink);
  }
}

/** @throws RangeError where the number of rows is not known, or not what was said */
function npyRows({ n, d, dtype }: MatrixShape, sink: ByteSink): MatrixWriter {
  if (n === undefined) throw new RangeError('npy begins with the number of rows');
  let written = 0;
  const begin = async (): Promise<void> => {
    if (written === 0) await sink.write(encodeNpyHeader(dtype === 'float32' ? '<f4' : '<f8', [n, d]));
  };
  return {
    write: async (values, rows) => {
      await begin();
      const { buffer, byteOffset, BYTES_PER_ELEMENT } = values;
      await sink.write(new Uint8Array(buffer, byteOffset, rows * d * BYTES_PER_ELEMENT));
      written += rows;
    },
    end: async () => {
      await begin();
      if (written !== n) throw new RangeError(`${written} rows where ${n} were said`);
    },
  };
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

function tableRows(format: ResultFormat, { d, dtype, name = 'key' }: MatrixShape, sink: ByteSink): MatrixWriter {
  const writer = format.open({ columns: [{ name, type: 'list', of: dtype, size: d }] }, sink);
  return { write: (values, rows) => writer.write({ rows, columns: [values] }), end: () => writer.end() };
}

function columnRows(format: ResultFormat, { d, name = 'key' }: MatrixShape, sink: ByteSink): MatrixWriter {
  const schema: TableSchema = {
    columns: Array.from({ length: d }, (_, j) => ({ name: `${name[0]}${j}`, type: 'float64' })),
  };
  const writer = format.open(schema, sink);
  return {
    write: async (values, rows) => {
      const columns = schema.columns.map((_, j) => Float64Array.from({ length: rows }, (_, i) => values[i * d + j]!));
      await writer.write({ rows, columns });
    },
    end: () => writer.end(),
  };
}
