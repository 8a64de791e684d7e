/** A column of ids beside the matrix, in every format that has named columns. */

import { readdirSync, readFileSync } from 'node:fs';
import {
  type DataType,
  Dictionary,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  LargeUtf8,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
  Utf8View,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import type { ByteReader } from '../../src/formats/bytes/reader.js';
import type { ReadOptions } from '../../src/formats/format.js';
import { openMatrix } from '../../src/formats/open.js';
import { allocate, type MatrixReader } from '../../src/rows/row-block.js';
import { type RowId, RowIds } from '../../src/rows/row-ids.js';
import { npyFrom } from '../support/files.js';
import { fixturePath, loadMatrix, sharedData } from '../support/fixtures.js';
import { bytesOf, type Form, listType, listVector, tableOf } from './arrow-tables.js';
import { fileOf, pipeOf } from './reading.js';

/** Values and ids of every row. */
async function readBoth(reader: MatrixReader, maxRows: number): Promise<{ values: number[]; ids: RowId[] }> {
  const values: number[] = [];
  const ids = new RowIds();
  const into = allocate(reader.dtype, maxRows * reader.d);
  for (let rows = -1, done = 0; rows !== 0; done += rows) {
    rows = await reader.read(into, maxRows, ids);
    values.push(...into.subarray(0, rows * reader.d));
    expect(ids.length).toBe(done + rows);
  }
  return { values, ids: ids.toArray() };
}

const openIds = (bytes: ByteReader, options: ReadOptions = {}): Promise<MatrixReader> =>
  openMatrix(bytes, { idColumn: 'id', ...options });

/** Where bytes may come from: all of them at once, or in small pieces, from a file or a pipe. */
const SOURCES: readonly [string, (bytes: Uint8Array) => ByteReader][] = [
  ['file', (bytes) => fileOf(bytes)],
  ['pipe', (bytes) => pipeOf(bytes, 1000)],
];

const messageOf = async (reader: Promise<MatrixReader>): Promise<string> => {
  try {
    await readBoth(await reader, 2);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('read without an error');
};

const LONG = 'an id that does not fit into a view';

describe.each<[string, DataType, RowId[], string]>([
  ['Int8', new Int8(), [-128n, 127n, 0n, -1n, 5n], 'int64'],
  ['Int16', new Int16(), [-32768n, 32767n, 0n, -1n, 5n], 'int64'],
  ['Int32', new Int32(), [-(2n ** 31n), 2n ** 31n - 1n, 0n, -1n, 5n], 'int64'],
  ['Int64', new Int64(), [-(2n ** 63n), 2n ** 63n - 1n, 0n, -1n, 2n ** 53n + 1n], 'int64'],
  ['Uint8', new Uint8(), [255n, 0n, 1n, 2n, 3n], 'uint64'],
  ['Uint16', new Uint16(), [65535n, 0n, 1n, 2n, 3n], 'uint64'],
  ['Uint32', new Uint32(), [2n ** 32n - 1n, 0n, 1n, 2n, 3n], 'uint64'],
  ['Uint64', new Uint64(), [2n ** 64n - 1n, 2n ** 63n, 0n, 1n, 2n], 'uint64'],
  ['Utf8', new Utf8(), ['a', '', 'größer', LONG, 'e'], 'utf8'],
  ['LargeUtf8', new LargeUtf8(), ['a', '', 'größer', LONG, 'e'], 'utf8'],
  ['Utf8View', new Utf8View(), ['a', '', 'twelve bytes', LONG, `${LONG}, too`], 'utf8'],
])('Arrow, ids of %s', (_, type, ids, idType) => {
  const wide = type instanceof Int64 || type instanceof Uint64 || idType === 'utf8';
  const idVector = (from: number, to: number): Vector =>
    vectorFromArray(ids.slice(from, to).map((id) => (wide ? id : Number(id))) as never[], type);
  const rows = [
    [1, 2],
    [3, 4],
    [5, 6],
    [7, 8],
    [9, 10],
  ];
  const lists = (from: number, to: number) => ({ key: listVector(listType('List', 2), rows.slice(from, to)) });
  const columns = (from: number, to: number) =>
    Object.fromEntries(
      ['x', 'y'].map((name, j) => [
        name,
        vectorFromArray(
          rows.slice(from, to).map((row) => row[j]!),
          new Float64(),
        ),
      ]),
    );
  const orders: [string, (from: number, to: number) => Record<string, Vector>][] = [
    ['before a list', (from, to) => ({ id: idVector(from, to), ...lists(from, to) })],
    ['behind a list', (from, to) => ({ ...lists(from, to), id: idVector(from, to) })],
    ['before columns', (from, to) => ({ id: idVector(from, to), ...columns(from, to) })],
    ['behind columns', (from, to) => ({ ...columns(from, to), id: idVector(from, to) })],
  ];

  it.each(orders)('%s', async (_, batch) => {
    const table = tableOf([batch(0, 3), batch(3, 5)]);
    for (const form of ['stream', 'file'] as Form[]) {
      for (const [, from] of SOURCES) {
        for (const maxRows of [1, 2, 10]) {
          const reader = await openIds(from(bytesOf(table, form)));
          expect(reader.idType).toBe(idType);
          expect(await readBoth(reader, maxRows)).toEqual({ values: rows.flat(), ids });
        }
      }
    }
  });
});

describe('Arrow, columns that are no ids', () => {
  const key = listVector(listType('List', 1), [[1], [2], [3]]);
  const streamOf = (id: Vector): Uint8Array => bytesOf(tableOf([{ key, id }]), 'stream');
  const text = streamOf(vectorFromArray(['a', null, 'c'], new Utf8()));

  it.each(SOURCES)('a null is an error with its row, from a %s', async (_, from) => {
    expect(await messageOf(openIds(from(text)))).toMatch(/row 1 has a null in column id; fill or drop/);
  });

  it.each([
    ['no such column', text, 'label', /no column label; there are key: List<Float32>, id: Utf8/],
    ['real numbers', streamOf(vectorFromArray([1, 2, 3], new Float64())), 'id', /column id is Float64, not ids, which/],
    ['lists', text, 'key', /column key is List<Float32>, not ids/],
    [
      'a dictionary of real numbers',
      streamOf(vectorFromArray([1.5, 2.5, 1.5], new Dictionary(new Float64(), new Int32()))),
      'id',
      /column id is Dictionary<Float64>, not ids/,
    ],
  ])('%s', async (_, bytes, idColumn, message) => {
    expect(await messageOf(openMatrix(fileOf(bytes), { idColumn }))).toMatch(message);
  });

  it('the same column for both is an error of the command line', async () => {
    await expect(openIds(fileOf(text), { columns: ['id'] })).rejects.toMatchObject({ kind: 'usage' });
    await expect(openIds(fileOf(text), { column: 'id' })).rejects.toMatchObject({ kind: 'usage' });
  });

  it('without the option there are none', async () => {
    const reader = await openMatrix(fileOf(text));
    expect(reader.idType).toBeUndefined();
    const ids = new RowIds();
    expect(await reader.read(new Float32Array(3), 3, ids)).toBe(3);
    expect(ids.length).toBe(0);
  });

  it('whole numbers beside whole numbers: the ids are no part of the matrix', async () => {
    const integers = vectorFromArray([7, 8, 9], new Int32());
    const bytes = bytesOf(tableOf([{ id: integers, x: vectorFromArray([1, 2, 3], new Int32()) }]), 'file');
    const reader = await openIds(fileOf(bytes));
    expect(reader).toMatchObject({ d: 1, leftOut: [] });
    expect(await readBoth(reader, 2)).toEqual({ values: [1, 2, 3], ids: [7n, 8n, 9n] });
  });
});

describe('Arrow, text in a dictionary', () => {
  const streamOf = (id: Vector): Uint8Array =>
    bytesOf(tableOf([{ key: listVector(listType('List', 1), [[1], [2], [3]]), id }]), 'stream');
  const encoded = (values: readonly (string | null)[]): Uint8Array =>
    streamOf(vectorFromArray(values, new Dictionary(new Utf8(), new Int32())));

  it.each(SOURCES)('is the ids, from a %s', async (_, from) => {
    const { ids } = await readBoth(await openIds(from(encoded(['a', 'b', 'a']))), 2);
    expect(ids).toEqual(['a', 'b', 'a']);
    expect(await messageOf(openIds(from(encoded(['a', null, 'a']))))).toMatch(/row 1 has a null in column id; fill or/);
  });
});

describe('Arrow cut short or damaged', () => {
  const batch = (from: number) => ({
    key: listVector(listType('FixedSizeList', 2), [
      [from, 1],
      [from, 2],
    ]),
    id: vectorFromArray([`${LONG} ${from}`, `id ${from}`], new Utf8View()),
  });
  const whole = bytesOf(tableOf([batch(1), batch(2)]), 'stream');

  const outcomeOf = (bytes: ByteReader): Promise<number | LevattnError> =>
    openIds(bytes)
      .then((reader) => readBoth(reader, 3))
      .then(
        ({ ids }) => ids.length,
        (error: unknown) => {
          if (error instanceof LevattnError) return error;
          throw error;
        },
      );

  it.each(SOURCES)('cut anywhere: an error, or whole batches, from a %s', async (_, from) => {
    expect(await outcomeOf(from(whole))).toBe(4);
    for (let length = 0; length < whole.length - 8; length++) {
      const outcome = await outcomeOf(from(whole.subarray(0, length)));
      if (typeof outcome === 'number') expect([0, 2, 4]).toContain(outcome);
    }
  });

  it.each(SOURCES)('a byte changed: an error, or as many ids as rows, from a %s', async (_, from) => {
    for (let at = 0; at < whole.length; at++) {
      const damaged = whole.slice();
      damaged[at]! ^= at % 2 ? 0x01 : 0xff;
      await outcomeOf(from(damaged));
    }
  });
});

describe('CSV', () => {
  const read = async (text: string, options: ReadOptions = {}) => {
    const results = [];
    for (const chunk of [1, 7, 1 << 16]) {
      for (const maxRows of [1, 3, 1000]) {
        const reader = await openIds(fileOf(new TextEncoder().encode(text), chunk), options);
        expect(reader.idType).toBe('utf8');
        results.push({ ...(await readBoth(reader, maxRows)), description: reader.description });
      }
    }
    for (const result of results) expect(result).toEqual(results[0]);
    return results[0]!;
  };

  it.each([
    ['first', 'id,x\na1,1.5\nb,2\n'],
    ['last', 'x,id\n1.5,a1\n2,b\n'],
    ['between others', 'n,x,name,id\n1,1.5,no,a1\n2,2,no,b\n'],
    ['with blanks around', 'x, id \n1.5,  a1\t \n2,\tb\n'],
    ['set apart by blanks', 'x id\n1.5   a1\n2\tb  \n'],
    ['tabs', 'id\tx\n a1\t1.5\nb \t2\n'],
    ['quoted', '"id","x"\n"a1",1.5\n"b",2\n'],
    ['from the first quotes on', 'id,x\na1,1.5\n"b",2\n'],
    ['CRLF', 'x,id\r\n1.5,a1\r\n2,b\r\n'],
    ['no line break at the end', 'id,x\na1,1.5\nb,2'],
  ])('%s', async (_, text) => {
    expect(await read(text)).toMatchObject({ values: [1.5, 2], ids: ['a1', 'b'] });
  });

  it('ids of any length and script, as they stand in the file', async () => {
    const ids = ['007', '-0', '1e5', 'größer', '😀', 'x'.repeat(40), 'y'.repeat(3000), 'a b  c', '#no comment'];
    const text = `x,id\n${ids.map((id, i) => `${i}.5,${id}\n`).join('')}`;
    const { values, ids: found } = await read(text);
    expect(found).toEqual(ids);
    expect(values).toEqual(ids.map((_, i) => i + 0.5));
  });

  it('thousands of rows', async () => {
    const ids = Array.from({ length: 5000 }, (_, i) => `row-${(i * 7919) % 5003}`);
    const text = `x,id\n${ids.map((id, i) => `${i}.5,${id}\n`).join('')}`;
    for (const maxRows of [1, 100, 10_000]) {
      const reader = await openIds(fileOf(Buffer.from(text), 1 << 14));
      expect(await readBoth(reader, maxRows)).toEqual({ values: ids.map((_, i) => i + 0.5), ids });
    }
  });

  it('whole numbers beside whole numbers', async () => {
    expect(await read('id,x,y\n10,1,2\n20,3,4\n')).toMatchObject({
      values: [1, 2, 3, 4],
      ids: ['10', '20'],
      description: 'CSV, header, 2 of 3 columns (x, y; ids: id)',
    });
  });

  it('by position, where nothing has a name', async () => {
    expect(await read('10,1.5\n20,2.5\n', { idColumn: '0' })).toMatchObject({ values: [1.5, 2.5], ids: ['10', '20'] });
  });

  it.each([
    ['missing', 'name,x\na,1.5\n', 'memory: no column id; there are name: text, x: floating'],
    ['real numbers', 'id,x\n0.5,1.5\n2,2.5\n', 'memory: column "id" holds real numbers, not ids'],
    ['an empty one', 'id,x\na,1.5\n,2.5\n', 'memory: line 3, column "id", is empty where an id is expected'],
    ['a blank one', 'x,id\n1.5,a\n2.5, \n', 'memory: line 3, column "id", is empty where an id is expected'],
    [
      'an empty one in quotes',
      'x,id\n1.5,a\n2.5,""\n',
      'memory: line 3, column "id", is empty where an id is expected',
    ],
  ])('%s: an error', async (_, text, message) => {
    expect(await messageOf(openIds(fileOf(Buffer.from(text))))).toContain(message);
  });

  it('the same column for both is an error of the command line', async () => {
    const bytes = fileOf(Buffer.from('id,x\n1,1.5\n'));
    await expect(openIds(bytes, { columns: ['id', 'x'] })).rejects.toMatchObject({ kind: 'usage' });
  });
});

describe('NDJSON', () => {
  const read = async (text: string) => {
    const reader = await openIds(fileOf(Buffer.from(text), 10), { columns: ['x'] });
    return { ...(await readBoth(reader, 2)), type: reader.idType };
  };

  it('text and whole numbers', async () => {
    const text = '{"x":1,"id":"a"}\n{"id":"","x":2}\n{"x":3,"id":"é"}\n';
    expect(await read(text)).toEqual({ values: [1, 2, 3], ids: ['a', '', 'é'], type: 'utf8' });
    const whole = '{"x":1,"id":-7}\n{"x":2,"id":9007199254740991}\n{"x":3,"id":0}\n';
    expect(await read(whole)).toEqual({ values: [1, 2, 3], ids: [-7n, 2n ** 53n - 1n, 0n], type: 'int64' });
  });

  it.each([
    ['{"x":1}\n', /no column id; there are x: Integer/],
    ['{"x":1,"id":1}\n{"x":1}\n', /line 2 holds "nothing" in field "id", where an id is expected/],
    ['{"x":1,"id":null}\n', /line 1 holds "null" in field "id"/],
    ['{"x":1,"id":1.5}\n', /line 1 holds "1.5" in field "id"/],
    ['{"x":1,"id":9007199254740992}\n', /line 1 holds "9007199254740992" in field "id"/],
    ['{"x":1,"id":1}\n{"x":1,"id":"a"}\n', /line 2 holds the id .*; all must be text, or all whole numbers/],
  ])('%s', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it('arrays have no names', async () => {
    expect(await messageOf(openIds(fileOf(Buffer.from('[1,2]\n'))))).toMatch(/--id-column/);
  });
});

describe('Parquet', () => {
  const duckdb = readFileSync(fixturePath('interop/duckdb-array.parquet'));
  const matrix = loadMatrix(fixturePath('demo/K.npy'));

  it('whole numbers of DuckDB beside its lists', async () => {
    for (const maxRows of [7, 1000]) {
      const { values, ids } = await readBoth(await openIds(fileOf(duckdb)), maxRows);
      expect(ids).toEqual(Array.from({ length: 600 }, (_, i) => BigInt(i + 1)));
      expect(values.every((value, i) => value === matrix.values[i])).toBe(true);
    }
  });

  it('no such column', async () => {
    await expect(openIds(fileOf(duckdb), { idColumn: 'name' })).rejects.toThrow(
      /no column name; there are id: Int64, key/,
    );
  });
});

describe('formats without names', () => {
  const npy = npyFrom({ rows: 1, d: 1, values: Float64Array.of(1) });
  it.each([
    ['npy', npy],
    ['raw:f32:1', new Uint8Array(8)],
    ['fvecs', new Uint8Array(8)],
    ['npz', Buffer.from('PK\u0003\u0004')],
    ['safetensors', new Uint8Array(16)],
  ])('%s: an error of the command line', async (format, bytes) => {
    await expect(openMatrix(fileOf(bytes), { idColumn: 'id' }, format)).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/which has no named columns; --id-column takes/),
    });
  });
});

const shared = sharedData('interop');
describe.skipIf(!shared)(`files of Polars${shared ? '' : ' (shared data is absent)'}`, () => {
  const names = shared ? readdirSync(shared).filter((name) => /^polars-(list|fixedsizelist)-/.test(name)) : [];
  const ids = Array.from({ length: 600 }, (_, i) => `token-${i}`);

  it.each(names)('%s', async (name) => {
    const bytes = readFileSync(sharedData(`interop/${name}`)!);
    for (const [kind, from] of SOURCES) {
      if (kind === 'pipe' && name.endsWith('.parquet')) continue;
      expect((await readBoth(await openIds(from(bytes)), 77)).ids).toEqual(ids);
    }
  });
});
