/**
 * Arrow IPC, the stream and the file format. Every batch has left for the sink when `write` resolves, so that a reader
 * at the other end sees it at once.
 */

import type { Data, Decimal, Field, RecordBatchWriter, Schema } from 'apache-arrow';
import type { Dtype, Values } from '../rows/row-block.js';
import type { RowId } from '../rows/row-ids.js';
import { schemaMessage } from './arrow-schema.js';
import { unscaledOf } from './decimals.js';
import { uint64FromReals } from './integers.js';
import type { ByteSink, Cells, ColumnSpec, LongMetadata, TableSchema, TableWriter } from './table.js';

type Arrow = typeof import('apache-arrow');

/** Writes a table as an Arrow IPC stream, with the schema's metadata. */
export const arrowStreamWriter = (schema: TableSchema, sink: ByteSink): TableWriter =>
  schema.longMetadata
    ? longStreamWriter(schema, schema.longMetadata, sink)
    : arrowWriter(schema, sink, (arrow) => new arrow.RecordBatchStreamWriter());

const longStreamWriter = ({ columns }: TableSchema, metadata: LongMetadata, sink: ByteSink): TableWriter =>
  arrowWriter({ columns }, sink, (arrow) => newLongWriter(arrow, metadata));

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
        await writeAll(sink, encoder.encode(columns, from, Math.min(rows, from + batchRows)));
      }
    },
    end: async () => {
      await writeAll(sink, (await start()).end());
    },
  };
}

/** A piece of this many bytes is written as it is: to join it with others would copy it to memory that nobody has touched yet. */
const LARGE_BYTES = 1 << 16;

/** Writes pieces one after another, small ones that follow one another in one go. */
async function writeAll(sink: ByteSink, pieces: readonly Uint8Array[]): Promise<void> {
  let small: Uint8Array[] = [];
  const writeSmall = async (): Promise<void> => {
    if (small.length > 0) await sink.write(Buffer.concat(small));
    small = [];
  };
  for (const piece of pieces) {
    if (piece.length < LARGE_BYTES) {
      small.push(piece);
      continue;
    }
    await writeSmall();
    await sink.write(piece);
  }
  await writeSmall();
}

const rowBytes = (schema: TableSchema): number =>
  schema.columns.reduce((sum, column) => sum + (column.type === 'list' ? column.size * bytesOf(column.of) : 8), 0);

const bytesOf = (dtype: Dtype): number => (dtype === 'float32' ? 4 : 8);

/** The writer that makes bytes of batches; the first bytes include the schema. */
interface Encoder {
  /** Rows from … to - 1 of the columns as one batch. */
  encode(columns: readonly Cells[], from: number, to: number): Uint8Array[];
  /** What the format ends with. */
  end(): Uint8Array[];
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
  const take = (): Uint8Array[] => {
    const taken = chunks;
    chunks = [];
    return taken;
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
    case 'decimal':
      return new arrow.Field(column.name, decimalType(arrow, column), true);
    case 'list': {
      const item = column.of === 'float32' ? new arrow.Float32() : new arrow.Float64();
      return new arrow.Field(column.name, new arrow.FixedSizeList(column.size, new arrow.Field('item', item)), false);
    }
  }
}

/** Digits of the largest decimal of 128 bits. */
const MOST_DIGITS_128 = 38;

const decimalType = (arrow: Arrow, { precision, scale }: DecimalColumn): Decimal =>
  new arrow.Decimal(scale, precision, precision > MOST_DIGITS_128 ? 256 : 128);

type DecimalColumn = Extract<ColumnSpec, { type: 'decimal' }>;

const ID_TYPES = { int64: 'Int64', uint64: 'Uint64', utf8: 'Utf8' } as const;

function dataOf(arrow: Arrow, field: Field, column: ColumnSpec, all: Cells, from: number, to: number): Data {
  const length = to - from;
  if (column.type === 'decimal') return decimalsOf(arrow, column, (all as readonly RowId[]).slice(from, to));
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

function decimalsOf(arrow: Arrow, column: DecimalColumn, cells: readonly RowId[]): Data {
  const type = decimalType(arrow, column);
  const words = type.bitWidth / 64;
  const data = new BigInt64Array(words * cells.length);
  const nullBitmap = new Uint8Array(Math.ceil(cells.length / 8));
  let nullCount = 0;
  for (const [i, cell] of cells.entries()) {
    const unscaled = unscaledOf(cell);
    if (unscaled === undefined) nullCount++;
    else nullBitmap[i >> 3]! |= 1 << (i & 7);
    for (let word = 0; word < words; word++) {
      data[i * words + word] = BigInt.asIntN(64, (unscaled ?? 0n) >> BigInt(64 * word));
    }
  }
  return arrow.makeData({ type, length: cells.length, nullCount, nullBitmap, data: new Uint32Array(data.buffer) });
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

/** Writes long metadata without the library's copies of them. */
function newLongWriter(arrow: Arrow, { key, value }: LongMetadata): RecordBatchWriter {
  class LongWriter extends arrow.RecordBatchStreamWriter {
    protected override _writeSchema({ fields }: Schema): this {
      const pieces = schemaMessage(arrow, fields, key, value());
      const size = pieces.reduce((sum, { length }) => sum + length, 0);
      const padding = -size & 7;
      // What precedes a message: a mark, and its size with the padding behind it.
      for (const piece of [Int32Array.of(-1, size + padding), ...pieces]) this._write(piece);
      return this._writePadding(padding);
    }
  }
  return new LongWriter();
}

/** The library leaves the schema out of a file but for the footer; the format has it first, and readers of pipes need it. */
function newFileWriter(arrow: Arrow): RecordBatchWriter {
  class FileWriter extends arrow.RecordBatchFileWriter {
    protected override _writeSchema(schema: Schema): this {
      return super._writeSchema(schema)._writeMessage(arrow.Message.from(schema));
    }
  }
  return new FileWriter();
}
