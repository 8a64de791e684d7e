/** Tables for the tests of the Arrow reader, written by apache-arrow: an implementation other than the one under test. */

import {
  type DataType,
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  LargeList,
  List,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Table,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';

export type Form = 'stream' | 'file';

/** A table as bytes. */
export function bytesOf(table: Table, form: Form): Uint8Array {
  const writer = form === 'file' ? new RecordBatchFileWriter() : new RecordBatchStreamWriter();
  writer.writeAll(table);
  return writer.finish().toUint8Array(true);
}

/** A stream of several batches as bytes, with the schema's metadata. */
export function tableOf(columns: Record<string, Vector>[], metadata = new Map<string, string>()): Table {
  const fields = Object.entries(columns[0]!).map(([name, vector]) => new Field(name, vector.type, true));
  const schema = new Schema(fields, metadata);
  const batches = columns.map((batch) => {
    const children = Object.values(batch).map((vector) => vector.data[0]!);
    const length = children[0]!.length;
    return new RecordBatch(schema, makeData({ type: new Struct(fields), length, children, nullCount: 0 }));
  });
  return new Table(schema, batches);
}

const FLOATS = { float16: new Float16(), float32: new Float32(), float64: new Float64() };
export type FloatName = keyof typeof FLOATS;

/** A type of list column. */
export function listType(
  kind: 'FixedSizeList' | 'List' | 'LargeList',
  d: number,
  name: FloatName = 'float32',
): DataType {
  const item = new Field('item', FLOATS[name] as DataType, true);
  if (kind === 'FixedSizeList') return new FixedSizeList(d, item);
  return kind === 'List' ? new List(item) : new LargeList(item);
}

/** A column of the rows, each a list. */
export const listVector = (type: DataType, rows: readonly (readonly (number | null)[] | null)[]): Vector =>
  vectorFromArray(rows as unknown[], type);

/** Values cut into rows. */
export const rowsOf = (values: readonly number[], d: number): number[][] =>
  Array.from({ length: values.length / d }, (_, i) => values.slice(i * d, (i + 1) * d));
