import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import type { ReadOptions } from '../../src/formats/format.js';
import { openMatrix } from '../../src/formats/open.js';
import { parquetFormat } from '../../src/formats/parquet.js';
import { allocate } from '../../src/rows/row-block.js';
import { RowIds } from '../../src/rows/row-ids.js';
import { fixturePath } from '../support/fixtures.js';
import { failureOf, fileOf, readAll } from './reading.js';

/** Rows, NaN as null. */
type Rows = readonly (readonly (number | null)[])[];

const json = (name: string): Record<string, Rows> =>
  JSON.parse(readFileSync(fixturePath(`parquet/${name}`), 'utf8')) as Record<string, Rows>;
const MADE = json('expected.json');
const FAULTS = json('expected-faults.json');
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(fixturePath(`parquet/${name}.parquet`)));
const messageOf = async (name: string, options: ReadOptions = {}): Promise<string | undefined> => {
  const error = await failureOf(parquetFormat, fileOf(bytesOf(name)), options);
  if (error) expect(error.kind).toBe('data');
  return error?.message;
};
const open = (name: string, options: ReadOptions = {}) => openMatrix(fileOf(bytesOf(name)), options);

describe('values', () => {
  const all = [
    ...Object.entries(MADE),
    ...Object.entries(FAULTS).map(
      ([name, rows]) => [name === 'd_decmix' ? `duckdb-${name}` : `pyarrow-${name}`, rows] as const,
    ),
  ];

  it.each(all)('%s', async (name, rows) => {
    const expected = rows.flat().map((value) => value ?? Number.NaN);
    for (const maxRows of [1, 4, 1000]) {
      const reader = await open(name, { missing: 'nan' });
      expect(reader.rows).toBe(rows.length);
      if (rows.length > 0) expect(reader.d).toBe(rows[0]!.length);
      // A float32 for a float32: the numbers of those fixtures are exact in it.
      expect((await readAll(reader, maxRows)).map((value) => value + 0)).toEqual(expected.map((value) => value + 0));
    }
  });

  it('decimals are the float64 that is nearest, whatever they lie in', async () => {
    const values = await readAll(await open('decimal-bytes'));
    expect(values.slice(8, 12)).toEqual([-0.003, -0.003, -0.003, -0.003]);
    // 3 * 10^-1 in floating point is another number.
    expect((await readAll(await open('decimals')))[8]).toBe(0.3);
  });
});

describe('columns of one name, and names with dots', () => {
  it('one of integers before one of numbers; both by position, neither by name', async () => {
    expect(await readAll(await open('twice', { columns: ['1', '0'] }))).toEqual([0.5, 7, 1.5, 8, 2.5, 9]);
    expect(await messageOf('twice', { columns: ['xq'] })).toMatch(
      /more than one column is named xq; give their 0-based positions/,
    );
    expect((await open('twice')).columnNames?.names).toEqual(['xq']);
    expect((await open('pyarrow-dup')).columnNames).toBeUndefined();
  });

  it('a column a.b is not the field b of a struct a, which is none of the numbers', async () => {
    expect(await readAll(await open('pyarrow-dots2', { columns: ['a.b'] }))).toEqual([1, 2]);
    expect(await messageOf('pyarrow-dots2', { columns: ['a'] })).toMatch(/column a is Struct, not a number/);
    expect((await open('pyarrow-dots2')).description).toMatch(
      /columns a\.b, c \(left out: a \(Struct with numbers\)\)$/,
    );
    expect(await messageOf('odd-names', { columns: ['n.b.c'] })).toMatch(/no column n\.b\.c; there are /);
  });

  it('names that differ in case, and empty ones', async () => {
    expect(await readAll(await open('names', { columns: ['X'] }))).toEqual([2.5]);
    expect(await readAll(await open('names', { columns: [''] }))).toEqual([0.5]);
  });

  it.each([
    ['fewer-columns', /not a valid Parquet file \(1 columns in a row group, 2 in the schema\)/],
    ['other-column', /not a valid Parquet file \(a row group without column a\)/],
    ['other-rows', /not a valid Parquet file \(4 rows, 3 in its row groups\)/],
  ])('a footer that does not go with its schema: %s', async (name, message) => {
    expect(await messageOf(name)).toMatch(message);
  });
});

describe('what is left out', () => {
  it('whatever could be meant as numbers is named with what it is; text and ids that cannot are not', async () => {
    const { description, leftOut } = await open('left-out');
    expect(description).toBe(
      'Parquet, 1 Float64 column x (left out: day (Date), at (Time), stamp (Timestamp), span (Interval), score (text of numbers), ' +
        'count (Int32), nested (List<List<Decimal(2, 1)>>), pair (Struct with numbers), map (Map with numbers), ' +
        'embedding (text of lists of numbers), pairs (List<Struct> with numbers), vector (8 bytes in each row))',
    );
    expect(leftOut).not.toContain('colour');
    expect(leftOut).not.toContain('uuid');
  });

  it.each([
    ['old-times', ['day', 'clock', 'stamp']],
    ['text-with-gaps', ['share']],
    ['null-column', ['y']],
    ['decimal-lists', []],
    ['null-ids', []],
  ])('%s: %j', async (name, leftOut) => {
    expect((await open(name)).leftOut).toEqual(leftOut);
  });

  it('lists of decimals and of truth values are matrices; lists of lists, structs and lists without the annotation are not', async () => {
    expect((await open('decimal-lists')).description).toBe('Parquet, column v: List<Decimal(5, 1)>');
    expect((await open('boolean-lists')).description).toBe('Parquet, column v: List<Bool>');
    expect(await messageOf('nested-lists')).toMatch(/no matrix in its columns \(key: List<List<Float32>>\)/);
    expect(await messageOf('list-of-structs')).toMatch(/no matrix in its columns \(v: List<Struct>\)/);
    expect(await messageOf('struct-list')).toMatch(/no matrix in its columns \(s: Struct\)/);
    expect(await messageOf('list-without-annotation')).toMatch(/no matrix in its columns \(v: Struct\)/);
  });
});

describe("the index of a pandas data frame (the metadata's index_columns)", () => {
  it.each([
    ['pyarrow-p_pandas_floatindex', ['__index_level_0__']],
    ['pandas-named', ['time']],
    ['pandas-first', ['time']],
    ['pandas-levels', ['day', '__index_level_1__']],
    ['pandas-same-name', ['x']],
    ['pandas-gone', ['__index_level_0__']],
    ['pandas-range', []],
    ['pandas-no-json', []],
    ['pandas-no-names', []],
    ['pandas-no-object', []],
  ])('%s leaves out %j', async (name, leftOut) => {
    const reader = await open(name);
    expect(reader.leftOut).toEqual(leftOut);
    for (const column of leftOut) expect(reader.description).toContain(`${column} (index)`);
  });

  it('is read where it is named', async () => {
    expect(await readAll(await open('pandas-named', { columns: ['time', 'a'] }))).toEqual([5, 0, 6, 1, 7, 2]);
  });

  it('is not the matrix where nothing else is a number', async () => {
    expect(await messageOf('pandas-index-alone')).toMatch(
      /no matrix in its columns \(name: Utf8, time: Float64 \(index\)\).*--columns$/,
    );
    expect(await readAll(await open('pandas-index-alone', { columns: ['time'] }))).toEqual([0, 1, 2]);
  });
});

describe('rows that are missing, empty or of another length', () => {
  const NULL = 'fill or drop such rows first, or skip them with --missing skip';

  it.each([
    ['pyarrow-p_emptylist', 'row 1 of column k has 0 entries, row 0 has 2; all rows must have as many'],
    ['pyarrow-p_nulllist', `row 1 has a null in column k; ${NULL}`],
    ['pyarrow-p_ragged2', 'row 1 of column k has 3 entries, row 0 has 2; all rows must have as many'],
    ['empty-first-list', 'row 0 of column key has 0 entries; from 1 to 8192 are read'],
    ['decimals-null', `row 1 has a null in column a; ${NULL}`],
  ])('%s', async (name, message) => {
    expect(await messageOf(name)).toBe(`memory: ${message}`);
  });

  const kinds = ['v1', 'v2'].flatMap((version) => [1, 7, 100].map((group) => [version, group] as const));
  it.each(kinds)('row 23, pages of version %s, row groups of %i rows', async (version, group) => {
    const of = (kind: string, options?: ReadOptions) => messageOf(`${version}-${kind}-${group}`, options);
    const entries = (count: number) =>
      `memory: row 23 of column key has ${count} entries, row 0 has 3; all rows must have as many`;
    expect(await of('empty-list')).toBe(entries(0));
    expect(await of('empty-list', { missing: 'nan' })).toBe(entries(0));
    expect(await of('long-list')).toBe(entries(4));
    // The last row, twice as long: it is not two.
    expect(await of('long-last-list')).toMatch(/row 29 of column key has 6 entries, row 0 has 3; all rows/);
    expect(await of('null-list')).toBe(`memory: row 23 has a null in column key; ${NULL}`);
    expect(await of('null-item')).toBe(`memory: row 23 has a null in column key; ${NULL}`);
    expect(await of('null-lists')).toBe(`memory: row 0 has a null in column key; ${NULL}`);
  });

  it('lists of which none is there have no length', async () => {
    expect(await messageOf('no-lists')).toBe(`memory: row 0 has a null in column key; ${NULL}`);
    expect(await messageOf('no-lists', { missing: 'nan' })).toMatch(
      /no row has a list in column key, so that the length/,
    );
    expect(await messageOf('no-rows')).toMatch(/no rows, so that the length of its lists is unknown/);
  });

  it('an id is never NaN', async () => {
    for (const missing of ['error', 'nan'] as const) {
      expect(await messageOf('null-ids', { idColumn: 'id', missing })).toMatch(
        /row 23 has a null in column id, which holds ids; fill or drop/,
      );
    }
  });
});

describe('ids', () => {
  const read = async (name: string) => {
    const reader = await open(name, { idColumn: 'id' });
    const ids = new RowIds();
    const into = allocate(reader.dtype, 4 * reader.d);
    while ((await reader.read(into, 4, ids)) > 0);
    return ids.toArray();
  };

  it.each(['plain', 'delta-byte-array', 'delta-length-byte-array'])('text in the encoding %s', async (encoding) => {
    expect(await read(`text-ids-${encoding}`)).toEqual(Array.from({ length: 30 }, (_, i) => `key ${i % 9} of ${i}`));
  });

  it('whole numbers as differences', async () => {
    expect(await read('whole-ids-delta')).toEqual(Array.from({ length: 30 }, (_, i) => BigInt(7 * i)));
  });
});

describe('what is not read is named, with what to do, and not called damaged', () => {
  it.each([
    ['pyarrow-encFalse', /^memory: encrypted Parquet, its footer as well; .*write it without encryption first/],
    ['pyarrow-encTrue', /^memory: encrypted column a; .*without encryption first.*or choose others with --columns$/],
    ['codec-lzo', /^memory: compressed with LZO, which is not read; write it again with snappy or zstd$/],
    ['encoding-unknown', /^memory: column a is written in an encoding that is not known, which is not read; write it/],
    ['levels-bit-packed', /^memory: column a is written in BIT_PACKED, which is not read; write it/],
    ['in-other-files', /^memory: holds no rows itself, they are in other files \(part-0\.parquet\); name those$/],
  ])('%s', async (name, message) => {
    expect(await messageOf(name)).toMatch(message);
  });

  it('columns that are not encrypted are read', async () => {
    const reader = await open('pyarrow-encTrue', { columns: ['b', 'c'] });
    expect(await readAll(reader)).toHaveLength(600);
  });

  it('a file whose footer is encrypted is known as Parquet', () => {
    expect(parquetFormat.recognise(bytesOf('pyarrow-encFalse'))).toBe(true);
  });
});

describe('damage', () => {
  const files = readdirSync(fixturePath('parquet'))
    .filter((name) => name.endsWith('.parquet') && !/-(?:1|100)\.parquet$|^py/.test(name))
    .map((name) => name.replace('.parquet', ''));

  it.each(files)('%s with changed bytes: a LevattnError, or as many rows as there are', async (name) => {
    const bytes = bytesOf(name);
    for (let at = 4; at < bytes.length; at += 1 + Math.floor(bytes.length / 60)) {
      const damaged = bytes.slice();
      damaged[at]! ^= at % 2 ? 0x01 : 0xff;
      try {
        const reader = await parquetFormat.open(fileOf(damaged), { missing: 'nan' });
        expect(await readAll(reader, 1000)).toHaveLength(reader.rows! * reader.d);
      } catch (error) {
        if (!(error instanceof LevattnError)) throw error;
        expect(error.message).not.toContain('\n');
      }
    }
  });
});
