import { RecordBatchReader, type Table, tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { arrowFileWriter, arrowStreamWriter } from '../../src/output/arrow.js';
import type { TableBatch, TableSchema } from '../../src/output/table.js';
import { AWKWARD, batchOf, collectingSink, INDEX_AND_SCORE, writeTable } from './collecting.js';

const KEYED: TableSchema = {
  columns: [
    ...INDEX_AND_SCORE.columns,
    { name: 'narrow', type: 'list', of: 'float32', size: 3 },
    { name: 'wide', type: 'list', of: 'float64', size: 1 },
  ],
  metadata: new Map([
    ['levattn', '{"é": "∑"}'],
    ['other', ''],
  ]),
};
const keyed = (rows: number, from = 0): TableBatch => ({
  rows,
  columns: [
    Float64Array.from({ length: rows }, (_, i) => 2 ** 40 + from + i),
    Float64Array.from({ length: rows }, (_, i) => 1 / (from + i + 1)),
    Float32Array.from({ length: 3 * rows }, (_, i) => Math.fround(0.1 * (3 * from + i))),
    Float64Array.from({ length: rows }, (_, i) => 0.1 * (from + i)),
  ],
});

/** The columns of a table, as the library's own reader has them. */
const columnsOf = (table: Table): unknown[][] =>
  table.schema.fields.map(({ name }) =>
    [...(table.getChild(name) as Iterable<unknown>)].flatMap((cell) =>
      typeof cell === 'object' ? [...(cell as Iterable<number>)] : [cell],
    ),
  );
const expectedColumns = (batch: TableBatch): unknown[][] =>
  batch.columns.map((column, i) => (i === 0 ? [...column].map(BigInt) : [...column]));

const sameBits = (a: Float64Array, b: Float64Array): boolean =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));

describe.each([
  ['stream', arrowStreamWriter],
  ['file', arrowFileWriter],
] as const)('Arrow %s', (form, open) => {
  it('reads back with types, metadata and values', async () => {
    const table = tableFromIPC((await writeTable(open, KEYED, [keyed(4), keyed(3, 4)])).bytes());
    expect(table.schema.fields.map(({ name, nullable, type }) => [name, nullable, String(type)])).toEqual([
      ['index', false, 'Uint64'],
      ['score', false, 'Float64'],
      ['narrow', false, 'FixedSizeList[3]<Float32>'],
      ['wide', false, 'FixedSizeList[1]<Float64>'],
    ]);
    expect(table.schema.metadata).toEqual(KEYED.metadata);
    expect(columnsOf(table)).toEqual(expectedColumns(keyed(7)));
    expect(table.batches.map(({ numRows }) => numRows)).toEqual([4, 3]);
  });

  it('carries every number as it is', async () => {
    const score = [...AWKWARD, NaN, Infinity, -Infinity];
    const index = score.map((_, i) => 2 ** 53 - i);
    const table = tableFromIPC((await writeTable(open, INDEX_AND_SCORE, [batchOf(index, score)])).bytes());
    expect(columnsOf(table)).toEqual([index.map(BigInt), score]);
  });

  it('narrows float64 to a list of float32', async () => {
    const schema = { columns: [{ name: 'key', type: 'list', of: 'float32', size: 2 }] } as const;
    const values = Float64Array.of(0.5, 1.5, Math.fround(0.1), -3);
    const table = tableFromIPC((await writeTable(open, schema, [{ rows: 2, columns: [values] }])).bytes());
    expect(String(table.schema.fields[0].type)).toBe('FixedSizeList[2]<Float32>');
    expect(columnsOf(table)).toEqual([[...values]]);
  });

  it('holds the schema where there are no rows', async () => {
    for (const batches of [[], [keyed(0)]]) {
      const table = tableFromIPC((await writeTable(open, KEYED, batches)).bytes());
      expect(table.numRows).toBe(0);
      expect(table.schema.fields.map(({ name }) => name)).toEqual(['index', 'score', 'narrow', 'wide']);
      expect(table.schema.metadata).toEqual(KEYED.metadata);
    }
  });

  it('cuts large batches', async () => {
    const index = Array.from({ length: 150_000 }, (_, i) => i);
    const table = tableFromIPC((await writeTable(open, INDEX_AND_SCORE, [batchOf(index, index)])).bytes());
    expect(table.batches.map(({ numRows }) => numRows)).toEqual([65_536, 65_536, 18_928]);
    expect(sameBits(table.getChild('score')!.toArray(), Float64Array.from(index))).toBe(true);

    const wide = { columns: [{ name: 'key', type: 'list', of: 'float64', size: 40_000 }] } as const;
    const values = Float64Array.from({ length: 30 * 40_000 }, (_, i) => i);
    const tall = tableFromIPC((await writeTable(open, wide, [{ rows: 30, columns: [values] }])).bytes());
    expect(tall.batches.map(({ numRows }) => numRows)).toEqual([13, 13, 4]);
    const parts = tall
      .getChild('key')!
      .data.map(({ children }) => Buffer.from(Float64Array.from(children[0].values).buffer));
    expect(Buffer.concat(parts).equals(Buffer.from(values.buffer))).toBe(true);
  });

  it('begins and ends as the format says', async () => {
    const bytes = (await writeTable(open, INDEX_AND_SCORE, [batchOf([1], [0.5])])).bytes();
    const magic = 'ARROW1';
    const text = Buffer.from(bytes).toString('latin1');
    expect(text.startsWith(magic)).toBe(form === 'file');
    expect(text.endsWith(magic)).toBe(form === 'file');
    expect(text.endsWith('\xff\xff\xff\xff\0\0\0\0')).toBe(form === 'stream');
  });
});

it('an Arrow file is a stream between magic and footer, for readers of pipes', async () => {
  const batches = [keyed(4), keyed(3, 4)];
  const file = Buffer.from((await writeTable(arrowFileWriter, KEYED, batches)).bytes());
  const stream = Buffer.from((await writeTable(arrowStreamWriter, KEYED, batches)).bytes());
  expect(file.subarray(8, 8 + stream.length).equals(stream)).toBe(true);
});

it('a batch has left, whole, when its write resolves', async () => {
  const sink = collectingSink();
  const writer = arrowStreamWriter(KEYED, sink);
  for (let batches = 1; batches <= 3; batches++) {
    await writer.write(keyed(5));
    const reader = RecordBatchReader.from(sink.bytes()).open();
    const seen = [];
    for (let i = 0; i < batches; i++) seen.push((reader.next().value as { numRows: number }).numRows);
    expect(seen).toEqual(Array(batches).fill(5));
  }
});

it('a slow sink holds the writer back', async () => {
  let release: () => void = () => {};
  let writes = 0;
  const writer = arrowStreamWriter(INDEX_AND_SCORE, {
    write: () => {
      writes++;
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    },
  });
  let done = false;
  const index = Array.from({ length: 70_000 }, (_, i) => i);
  const written = writer.write(batchOf(index, index)).then(() => {
    done = true;
  });
  const turns = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
  };
  // Two batches, each in pieces; none before the one before it has been taken.
  let taken = 0;
  while (!done) {
    while (writes === taken && !done) await new Promise(setImmediate);
    if (done) break;
    await turns();
    expect([writes, done]).toEqual([++taken, false]);
    release();
    await turns();
  }
  expect(taken).toBeGreaterThan(2);
  await written;
  expect(done).toBe(true);
});
