/** Parquet: row groups of bounded size, written as they fill. */

import type { SchemaElement } from 'hyparquet';
import type { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Values } from '../rows/row-block.js';
import type { RowId } from '../rows/row-ids.js';
import { unscaledOf } from './decimals.js';
import type { ByteSink, Cells, ColumnSpec, TableSchema, TableWriter } from './table.js';

/** The most rows and numbers of a row group: it is in memory as JavaScript values while it is written. */
const GROUP_ROWS = 1 << 16;
const GROUP_NUMBERS = 1 << 20;

/** What a column's cells become. */
type Column = number[] | bigint[] | string[] | number[][] | (bigint | null)[];

/** Writes a table as Parquet, compressed with Snappy, with the schema's metadata. */
export function parquetWriter(schema: TableSchema, sink: ByteSink): TableWriter {
  const { columns } = schema;
  const numbers = columns.reduce((sum, column) => sum + (column.type === 'list' ? column.size : 1), 0);
  const most = Math.max(1, Math.min(GROUP_ROWS, Math.floor(GROUP_NUMBERS / numbers)));
  let started: Promise<Encoder> | undefined;
  const start = (): Promise<Encoder> => {
    // Loading the library takes longer than many a whole run that ends without needing it.
    started ??= import('hyparquet-writer').then((library) => startEncoder(library, schema));
    return started;
  };
  let group: Column[] = columns.map(() => []);

  const flush = async (): Promise<void> => {
    const { writer, bytes } = await start();
    const columnData = columns.map(({ name }, j) => ({ name, data: group[j]! }));
    group = columns.map(() => []);
    if (columnData[0]!.data.length > 0) await writer.write({ columnData, rowGroupSize: most });
    await drain(bytes, sink);
  };

  return {
    write: async ({ rows, columns: cells }) => {
      for (let from = 0; from < rows; ) {
        const count = Math.min(rows - from, most - group[0]!.length);
        for (const [j, column] of columns.entries()) append(group[j]!, column, cells[j]!, from, count);
        from += count;
        if (group[0]!.length === most) await flush();
      }
    },
    end: async () => {
      await flush();
      const { writer, bytes } = await start();
      await writer.finish();
      await drain(bytes, sink);
    },
  };
}

interface Encoder {
  readonly writer: ParquetWriter;
  readonly bytes: ByteWriter;
}

function startEncoder(library: typeof import('hyparquet-writer'), { columns, metadata }: TableSchema): Encoder {
  const bytes = new library.ByteWriter();
  const schema: SchemaElement[] = [{ name: 'schema', num_children: columns.length }, ...columns.flatMap(elementsOf)];
  const pairs = [...(metadata ?? [])].map(([key, value]) => ({ key, value }));
  // An empty list would be written without the type of its elements, which other readers take for damage.
  const kvMetadata = pairs.length > 0 ? pairs : undefined;
  return { bytes, writer: new library.ParquetWriter({ writer: bytes, schema, kvMetadata, createdBy: 'levattn' }) };
}

/** Hands the bytes on that have been written so far. */
async function drain(bytes: ByteWriter, sink: ByteSink): Promise<void> {
  await sink.write(bytes.getBytes());
  bytes.index = 0;
}

/** Bytes of a whole number of that many digits, with its sign. */
const bytesFor = (digits: number): number => Math.ceil((1 + digits * Math.log2(10)) / 8);

/** A column in Parquet's schema; nothing but decimals is ever null. */
function elementsOf(column: ColumnSpec): SchemaElement[] {
  const { name } = column;
  const required = { repetition_type: 'REQUIRED' } as const;
  switch (column.type) {
    case 'list':
      return [
        { name, ...required, num_children: 1, converted_type: 'LIST' },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', ...required, type: column.of === 'float32' ? 'FLOAT' : 'DOUBLE' },
      ];
    case 'decimal': {
      const { precision, scale } = column;
      const decimal = { converted_type: 'DECIMAL', precision, scale } as const;
      return [
        {
          name,
          repetition_type: 'OPTIONAL',
          type: 'FIXED_LEN_BYTE_ARRAY',
          type_length: bytesFor(precision),
          ...decimal,
        },
      ];
    }
    case 'float64':
      return [{ name, ...required, type: 'DOUBLE' }];
    case 'uint64':
      return [{ name, ...required, type: 'INT64', converted_type: 'UINT_64' }];
    case 'id':
      if (column.of === 'utf8') return [{ name, ...required, type: 'BYTE_ARRAY', converted_type: 'UTF8' }];
      return [{ name, ...required, type: 'INT64', converted_type: column.of === 'uint64' ? 'UINT_64' : 'INT_64' }];
  }
}

function append(to: Column, column: ColumnSpec, cells: Cells, from: number, count: number): void {
  for (let i = from; i < from + count; i++) {
    if (column.type === 'list') {
      (to as number[][]).push(Array.from((cells as Values).subarray(i * column.size, (i + 1) * column.size)));
    } else if (column.type === 'decimal') {
      (to as (bigint | null)[]).push(unscaledOf((cells as readonly RowId[])[i]!) ?? null);
    } else if (column.type === 'uint64') (to as bigint[]).push(BigInt((cells as Values)[i]!));
    else (to as RowId[] & number[]).push(cells[i] as never);
  }
}
