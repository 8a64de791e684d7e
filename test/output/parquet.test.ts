/** What is written as Parquet, read back by another library and by this program's own reader. */

import { readFileSync } from 'node:fs';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import { openBytes, openMatrix, rowBlocks } from '../../src/index.js';
import { RESULT_FORMATS } from '../../src/output/formats.js';
import { matrixWriter, outputIn } from '../../src/output/matrix.js';
import { parquetWriter } from '../../src/output/parquet.js';
import { openFileSink } from '../../src/output/sink.js';
import type { Cells, TableBatch, TableSchema } from '../../src/output/table.js';
import { temporaryFolder } from '../support/files.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const folder = temporaryFolder();
const parquet = RESULT_FORMATS.find(({ name }) => name === 'parquet')!;

async function write(name: string, schema: TableSchema, batches: readonly TableBatch<Cells>[]): Promise<ArrayBuffer> {
  const sink = await openFileSink(folder.at(name));
  const writer = parquetWriter(schema, sink);
  for (const batch of batches) await writer.write(batch);
  await writer.end();
  await sink.commit();
  return new Uint8Array(readFileSync(folder.at(name))).buffer;
}

test('every kind of column, in more row groups than one, with the metadata', async () => {
  const rows = 70_000;
  const index = Float64Array.from({ length: rows }, (_, i) => i * 2 ** 30);
  const score = Float64Array.from({ length: rows }, (_, i) => (i % 7 === 0 ? Number.NaN : Math.sqrt(i)));
  const ids = Array.from({ length: rows }, (_, i) => `ключ ${i}`);
  const words = Array.from({ length: rows }, (_, i) => BigInt(i) - 3n);
  const schema: TableSchema = {
    columns: [
      { name: 'index', type: 'uint64' },
      { name: 'score', type: 'float64' },
      { name: 'id', type: 'id', of: 'utf8' },
      { name: 'word', type: 'id', of: 'int64' },
      { name: 'pair', type: 'list', of: 'float64', size: 2 },
    ],
    metadata: new Map([['levattn', '{"a":1}']]),
  };
  const pair = Float64Array.from({ length: 2 * rows }, (_, at) => at / 3);
  const file = await write('all.parquet', schema, [{ rows, columns: [index, score, ids, words, pair] }]);
  const metadata = parquetMetadata(file);
  expect(metadata.row_groups.length).toBe(2);
  expect(metadata.key_value_metadata).toEqual([{ key: 'levattn', value: '{"a":1}' }]);
  const read = await parquetReadObjects({ file });
  expect(read.length).toBe(rows);
  for (const i of [0, 1, 7, 65_535, 65_536, rows - 1]) {
    expect(read[i]).toEqual({
      index: BigInt(index[i]!),
      score: score[i],
      id: ids[i],
      word: words[i],
      pair: [pair[2 * i], pair[2 * i + 1]],
    });
  }
});

test.each(['float32', 'float64'] as const)('a matrix of %s reads back to the same bits', async (dtype) => {
  const [n, d] = [1234, 9];
  const gaussian = gaussianFrom(randomFrom(3));
  const doubles = Float64Array.from({ length: n * d }, gaussian);
  const values = dtype === 'float32' ? new Float32Array(doubles) : doubles;
  const path = folder.at(`${dtype}.parquet`);
  const sink = await openFileSink(path);
  const writer = matrixWriter(outputIn(parquet, sink), { n: undefined, d, dtype });
  for (let from = 0; from < n; from += 100) {
    const rows = Math.min(100, n - from);
    await writer.write(values.subarray(from * d, (from + rows) * d), rows);
  }
  await writer.end();
  await sink.commit();
  const reader = await openMatrix(await openBytes(path));
  expect({ d: reader.d, dtype: reader.dtype, rows: reader.rows }).toEqual({ d, dtype, rows: n });
  for await (const { start, rows, values: read } of rowBlocks(reader)) {
    expect(read.subarray(0, rows * d)).toEqual(values.subarray(start * d, (start + rows) * d));
  }
});

test('a table without rows is a file all the same', async () => {
  const file = await write('none.parquet', { columns: [{ name: 'index', type: 'uint64' }] }, []);
  expect(await parquetReadObjects({ file })).toEqual([]);
});
