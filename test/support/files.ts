/** Files that tests make: a folder that goes when the tests end, and matrices in every format that is read. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Field,
  FixedSizeList,
  Float32,
  Float64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
} from 'apache-arrow';
import { afterAll } from 'vitest';
import type { Matrix } from './fixtures.js';

/** A folder for one test file. */
export interface Folder {
  readonly path: string;
  /** Path of a name in it. */
  at(name: string): string;
  /** Writes a file and returns its path. */
  write(name: string, content: string | Uint8Array): string;
}

/** Makes a folder that is removed after the tests of the file. */
export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'levattn-test-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  const at = (name: string): string => join(path, name);
  return {
    path,
    at,
    write: (name, content) => {
      writeFileSync(at(name), content);
      return at(name);
    },
  };
}

/** The element types that are written. */
type Kind = 'float32' | 'float64';

/** Rows `from` to `to` of a matrix. */
export const rowsOf = ({ d, values }: Matrix, from: number, to: number): Matrix => ({
  rows: to - from,
  d,
  values: values.slice(from * d, to * d),
});

const arrayOf = (kind: Kind, values: Float64Array): Float32Array | Float64Array =>
  kind === 'float32' ? Float32Array.from(values) : values;

/** A version 1 npy header. */
export function npyHeader(descr: string, shape: readonly (number | bigint)[]): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const length = Math.ceil((text.length + 11) / 64) * 64 - 10;
  const head = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  head.writeUInt16LE(length, 8);
  return Buffer.concat([head, Buffer.from(`${text.padEnd(length - 1)}\n`)]);
}

/** A matrix as npy. */
export function npyFrom(matrix: Matrix, kind: Kind = 'float32'): Buffer {
  const values = arrayOf(kind, matrix.values);
  const body = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([npyHeader(kind === 'float32' ? '<f4' : '<f8', [matrix.rows, matrix.d]), body]);
}

/** A matrix as CSV with shortest decimals, which read back to the same float64. */
export function csvFrom({ rows, d, values }: Matrix, header?: readonly string[]): string {
  const lines = header ? [header.join(',')] : [];
  for (let i = 0; i < rows; i++) lines.push(values.subarray(i * d, (i + 1) * d).join(','));
  return `${lines.join('\n')}\n`;
}

/** How a matrix is written as Arrow. */
export interface ArrowOptions {
  readonly kind?: Kind;
  readonly batchRows?: number;
  /** Columns of lists; each holds the matrix. Default: `key`. */
  readonly names?: readonly string[];
}

/** A matrix as Arrow, its rows in columns of lists. */
export function arrowFrom(matrix: Matrix, form: 'file' | 'stream', options: ArrowOptions = {}): Uint8Array {
  const { kind = 'float32', batchRows = 500, names = ['key'] } = options;
  const { rows, d } = matrix;
  const item = Field.new({ name: 'item', type: kind === 'float32' ? new Float32() : new Float64(), nullable: false });
  const type = new FixedSizeList(d, item as Field<Float32>);
  const schema = new Schema(names.map((name) => Field.new({ name, type, nullable: false })));
  const batches = [];
  for (let from = 0; from < rows; from += batchRows) {
    const part = rowsOf(matrix, from, Math.min(rows, from + batchRows));
    // The library writes an array that stands in two columns only once, and its offsets are wrong from there on.
    const columnOf = () => {
      const child = makeData({ type: item.type as Float32, data: arrayOf(kind, part.values.slice()) as Float32Array });
      return makeData({ type, length: part.rows, child });
    };
    const children = names.map(columnOf);
    batches.push(new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: part.rows, children })));
  }
  return tableToIPC(new Table(schema, batches), form);
}
