import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LevattnError } from '../../../src/errors.js';
import { npyFormat } from '../../../src/matrix/formats/npy.js';
import { parquetFormat } from '../../../src/matrix/formats/parquet.js';
import { openMatrix } from '../../../src/matrix/open.js';
import { openBytes } from '../../../src/matrix/sources.js';
import { fixturePath } from '../../support/fixtures.js';
import { failureOf, fileOf, pipeOf, readAll } from './reading.js';

const read = (path: string): Uint8Array => new Uint8Array(readFileSync(path));
const list = read(fixturePath('interop/duckdb-array.parquet'));
const columns = read(fixturePath('interop/duckdb-columns.parquet'));
const K = await readAll(await npyFormat.open(fileOf(read(fixturePath('demo/K.npy'))), {}), 100);
const expected = K.slice(0, 600 * 64);

describe('files of DuckDB', () => {
  it.each([
    ['a column of lists, zstd', list, 'Parquet, column key: List<Float32>', ['id']],
    ['columns of numbers in three row groups, snappy', columns, 'Parquet, 64 Float32 columns k000 to k063', []],
  ])('%s', async (_, bytes, description) => {
    for (const maxRows of [1, 7, 150, 1000]) {
      const source = fileOf(bytes);
      const reader = await openMatrix(source);
      expect([reader.format, reader.rows, reader.d, reader.dtype]).toEqual(['parquet', 600, 64, 'float32']);
      expect(reader.description).toBe(description);
      const values = await readAll(reader, maxRows);
      expect(values.length).toBe(expected.length);
      expect(values.every((value, i) => value === expected[i])).toBe(true);
      expect(await source.atEnd()).toBe(true);
      expect(reader.progress().bytes).toBe(reader.progress().totalBytes);
    }
  });

  it('columns that are named, in their order', async () => {
    const reader = await parquetFormat.open(fileOf(columns), { columns: ['k063', 'k000'] });
    expect(await readAll(reader)).toEqual(Array.from({ length: 600 }, (_, i) => [K[i * 64 + 63], K[i * 64]]).flat());
    const id = await parquetFormat.open(fileOf(list), { columns: ['id'] });
    expect(id.dtype).toBe('float64');
    expect(await readAll(id)).toEqual(Array.from({ length: 600 }, (_, i) => i + 1));
  });

  it('a file of the file system', async () => {
    const reader = await openMatrix(await openBytes(fixturePath('interop/duckdb-array.parquet')), { column: 'key' });
    expect((await readAll(reader, 64)).slice(-64)).toEqual(expected.slice(-64));
    await reader.close();
  });

  it.each([
    [list, { column: 'id' }, /column id is Int64, not a list of numbers/],
    [list, { columns: ['key'] }, /column key is List<Float32>, not a number/],
    [list, { column: 'none' }, /no column none; there are id: Int64, key: List<Float32>/],
    [columns, { column: 'k000' }, /column k000 is Float32, not a list/],
  ])('refused choice %#', async (bytes, options, message) => {
    expect((await failureOf(parquetFormat, fileOf(bytes), options))?.message).toMatch(message);
  });

  it('needs an input that can seek', async () => {
    expect((await failureOf(parquetFormat, pipeOf(list)))?.message).toMatch(
      /pipe: Parquet is read from its end.*name the file/,
    );
  });
});

const shared = new URL('../../../../shared/data/interop/', import.meta.url);
const POLARS = ['columns', 'list'].flatMap((kind) =>
  ['snappy', 'zstd', 'uncompressed'].map((codec) => `polars-${kind}-${codec}.parquet`),
);
describe.skipIf(!existsSync(shared))(`files of Polars${existsSync(shared) ? '' : ' (shared data is absent)'}`, () => {
  it.each(POLARS)('%s', async (name) => {
    const values = await readAll(await openMatrix(fileOf(new Uint8Array(readFileSync(new URL(name, shared))))), 33);
    expect(values.every((value, i) => value === expected[i])).toBe(true);
    expect(values.length).toBe(expected.length);
  });
});

describe('damage', () => {
  it('cut anywhere ends in an error', async () => {
    for (const bytes of [list, columns]) {
      const lengths = [
        4,
        5,
        8,
        11,
        12,
        ...Array.from({ length: 40 }, (_, i) => Math.floor((bytes.length * i) / 40)),
        bytes.length - 1,
      ];
      for (const length of lengths.filter((some) => some > 3)) {
        const error = await failureOf(parquetFormat, fileOf(bytes.subarray(0, length)));
        expect(error).toMatchObject({
          kind: 'data',
          message: expect.stringMatching(/^memory: not a valid Parquet file \(.*\); the file/),
        });
      }
    }
  });

  it('flipped bytes end in a LevattnError or in as many rows as there are', async () => {
    const { length } = list;
    const places = [
      ...Array.from({ length: 300 }, (_, i) => length - 1 - i),
      ...Array.from({ length: 1200 }, (_, i) => i),
      ...Array.from({ length: 40 }, (_, i) => Math.floor((length * i) / 40)),
    ];
    for (const at of places) {
      const damaged = list.slice();
      damaged[at]! ^= at % 2 ? 0x01 : 0xff;
      try {
        const reader = await parquetFormat.open(fileOf(damaged), { column: 'key' });
        expect(await readAll(reader, 1000)).toHaveLength(reader.rows! * reader.d);
      } catch (error) {
        if (!(error instanceof LevattnError)) throw error;
        expect(error.message).not.toContain('\n');
      }
    }
  });
});
