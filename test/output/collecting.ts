/** Sinks and tables that the tests of result writers share. */

import type { ByteSink, Cells, TableBatch, TableSchema, TableWriter } from '../../src/output/table.js';

/** A sink in memory. */
export interface CollectingSink extends ByteSink {
  /** Everything written so far. */
  bytes(): Uint8Array;
  text(): string;
  /** How many writes there were. */
  writes(): number;
}

export function collectingSink(): CollectingSink {
  const parts: Uint8Array[] = [];
  return {
    // The array may be reused once the promise resolves, so what is kept is a copy.
    write: async (bytes) => void parts.push(bytes.slice()),
    bytes: () => new Uint8Array(Buffer.concat(parts)),
    text: () => Buffer.concat(parts).toString(),
    writes: () => parts.length,
  };
}

type Open = (schema: TableSchema, sink: ByteSink) => TableWriter;

/** Writes batches and ends; every batch is overwritten once its write has resolved, as a caller may. */
export async function writeTable(
  open: Open,
  schema: TableSchema,
  batches: readonly TableBatch<Cells>[],
): Promise<CollectingSink> {
  const sink = collectingSink();
  const writer = open(schema, sink);
  for (const batch of batches) {
    const columns = batch.columns.map((column): Cells => column.slice());
    await writer.write({ rows: batch.rows, columns });
    for (const column of columns) (column as unknown[]).fill(Number.NaN);
  }
  await writer.end();
  return sink;
}

export const INDEX_AND_SCORE: TableSchema = {
  columns: [
    { name: 'index', type: 'uint64' },
    { name: 'score', type: 'float64' },
  ],
};

/** A batch of {@link INDEX_AND_SCORE}. */
export const batchOf = (index: readonly number[], score: readonly number[]): TableBatch => ({
  rows: index.length,
  columns: [Float64Array.from(index), Float64Array.from(score)],
});

/** Reals whose spelling is easy to get wrong. */
export const AWKWARD: readonly number[] = [
  0.1,
  1 / 3,
  1,
  0.9999999999999999,
  1e-7,
  1e-300 / 3,
  5e-324,
  2.2250738585072014e-308,
  1.7976931348623157e308,
  123456789012345680000,
  1e21,
  0,
  -0,
  -2.5,
];
