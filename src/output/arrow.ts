/**
 * Arrow IPC, the stream and the file format. Every batch has left for the sink when `write` resolves, so that a reader
 * at the other end sees it at once.
 */

import type { Data, Field, RecordBatchWriter, Schema } from 'apache-arrow';
import type { Dtype, Values } from '../rows/row-block.js';
import type { RowId } from '../rows/row-ids.js';
import { uint64FromReals } from './integers.js';
import type { ByteSink, Cells, ColumnSpec, TableSchema, TableWriter } from './table.js';

type Arrow = typeof import('apache-arrow');

/** Writes a table as an Arrow IPC stream, with the schema's metadata. */
export const arrowStreamWriter = (schema: TableSchema, sink: ByteSink): TableWriter =>
  arrowWriter(schema, sink, (arrow) => new arrow.RecordBatchStreamWriter());

/** Writes a table as an Arrow IPC file (Feather version 2), with the schema's metadata. */
export const arrowFileWriter = (schema: TableSchema, sink: ByteSink): TableWriter =>
  arrowWriter(schema, sink, newFileWriter);

/** Rows and bytes of a batch at most, so that readers that take a batch at a time stay small. */
const BATCH_ROWS = 1 << 16;
const BATCH_BYTES = 1 << 22;

function arrowWriter(
  schema: TableSchema,
  sink: ByteSink,
  createWriter: (arrow: Arrow) => RecordBatchWriter,
): TableWriter {
  const batchRows = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_BYTES / rowBytes(schema))));
  let started: Promise<Encoder> | undefined;
  const start = (): Promise<Encoder> => {
    // Loading the library takes longer than many a whole run that ends without needing it.
    started ??= import('apache-arrow').then((arrow) => startEncoder(arrow, schema, createWriter(arrow)));
    return started;
  };
  return {
    write: async ({ rows, columns }) => {
      const encoder = await start();
      for (let from = 0; from < rows; from += batchRows) {
        await sink.write(encoder.encode(columns, from, Math.min(rows, from + batchRows)));
      }
    },
    end: async () => {
      await sink.write((await start()).end());
    },
  };
}

const rowBytes = (schema: TableSchema): number =>
  schema.columns.reduce((sum, column) => sum + (column.type === 'list' ? column.size * bytesOf(column.of) : 8), 0);

const bytesOf = (dtype: Dtype): number => (dtype === 'float32' ? 4 : 8);

/** The writer that makes bytes of batches; the first bytes include the schema. */
interface Encoder {
  /** Rows from … to - 1 of the columns as one batch. */
  encode(columns: readonly Cells[], from: number, to: number): Uint8Array;
  /** What the format ends with. */
  end(): Uint8Array;
}

function startEncoder(arrow: Arrow, { columns: specs, metadata }: TableSchema, writer: RecordBatchWriter): Encoder {
  const schema = new arrow.Schema(
    specs.map((column) => fieldOf(arrow, column)),
    new Map(metadata),
  );
  let chunks: Uint8Array[] = [];
  /** The library's own queue, made to keep what is written at hand instead of waiting to be read. */
  class Collector extends arrow.AsyncByteQueue {
    override write(chunk: Uint8Array): void {
      chunks.push(chunk);
    }
  }
  const take = (): Uint8Array => {
    const bytes = Buffer.concat(chunks);
    chunks = [];
    return bytes;
  };
  writer.reset(new Collector(), schema);
  return {
    encode(columns, from, to) {
      const children = specs.map((spec, i) => dataOf(arrow, schema.fields[i], spec, columns[i], from, to));
      const type = new arrow.Struct(schema.fields);
      const data = arrow.makeData({ type, length: to - from, nullCount: 0, children });
      writer.write(new arrow.RecordBatch(schema, data));
      return take();
    },
    end() {
      writer.close();
      return take();
    },
  };
}

function fieldOf(arrow: Arrow, column: ColumnSpec): Field {
  switch (column.type) {
    case 'uint64':
      return new arrow.Field(column.name, new arrow.Uint64(), false);
    case 'float64':
      return new arrow.Field(column.name, new arrow.Float64(), false);
    case 'id':
      return new arrow.Field(column.name, new arrow[ID_TYPES[column.of]](), false);
    case 'list': {
      const item = column.of === 'float32' ? new arrow.Float32() : new arrow.Float64();
      return new arrow.Field(column.name, new arrow.FixedSizeList(column.size, new arrow.Field('item', item)), false);
    }
  }
}

const ID_TYPES = { int64: 'Int64', uint64: 'Uint64', utf8: 'Utf8' } as const;

function dataOf(arrow: Arrow, field: Field, column: ColumnSpec, all: Cells, from: number, to: number): Data {
  const length = to - from;
  if (column.type === 'id') return idsOf(arrow, column.of, (all as readonly RowId[]).slice(from, to));
  const values = all as Values;
  if (column.type === 'list') {
    const { size, of } = column;
    const items = values.subarray(from * size, to * size);
    const child =
      of === 'float32'
        ? arrow.makeData({ type: new arrow.Float32(), length: length * size, nullCount: 0, data: toFloat32(items) })
        : arrow.makeData({ type: new arrow.Float64(), length: length * size, nullCount: 0, data: toFloat64(items) });
    return arrow.makeData({ type: field.type, length, nullCount: 0, child });
  }
  const cells = values.subarray(from, to);
  return column.type === 'uint64'
    ? arrow.makeData({ type: new arrow.Uint64(), length, nullCount: 0, data: uint64FromReals(cells) })
    : arrow.makeData({ type: new arrow.Float64(), length, nullCount: 0, data: toFloat64(cells) });
}

function idsOf(arrow: Arrow, type: keyof typeof ID_TYPES, ids: readonly RowId[]): Data {
  const { length } = ids;
  if (type === 'int64') {
    const data = BigInt64Array.from(ids as readonly bigint[]);
    return arrow.makeData({ type: new arrow.Int64(), length, nullCount: 0, data });
  }
  if (type === 'uint64') {
    const data = BigUint64Array.from(ids as readonly bigint[]);
    return arrow.makeData({ type: new arrow.Uint64(), length, nullCount: 0, data });
  }
  const texts = ids.map((id) => Buffer.from(id as string));
  const valueOffsets = new Int32Array(length + 1);
  for (const [i, text] of texts.entries()) valueOffsets[i + 1] = valueOffsets[i] + text.length;
  return arrow.makeData({ type: new arrow.Utf8(), length, nullCount: 0, valueOffsets, data: Buffer.concat(texts) });
}

const toFloat32 = (values: Values): Float32Array =>
  values instanceof Float32Array ? values : Float32Array.from(values);

const toFloat64 = (values: Values): Float64Array =>
  values instanceof Float64Array ? values : Float64Array.from(values);

/** The library leaves the schema out of a file but for the footer; the format has it first, and readers of pipes need it. */
function newFileWriter(arrow: Arrow): RecordBatchWriter {
  class FileWriter extends arrow.RecordBatchFileWriter {
    protected override _writeSchema(schema: Schema): this {
      return super._writeSchema(schema)._writeMessage(arrow.Message.from(schema));
    }
  }
  return new FileWriter();
}
