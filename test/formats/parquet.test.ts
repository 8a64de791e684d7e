import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openBytes } from '../../src/formats/bytes/sources.js';
import { npyFormat } from '../../src/formats/npy.js';
import { openMatrix } from '../../src/formats/open.js';
import { type PageHeader, readLevels } from '../../src/formats/parquet/encodings.js';
import { lookUpDoubles, uncompressSnappy } from '../../src/formats/parquet/kernel.js';
import { readRuns, repeatsThroughout } from '../../src/formats/parquet/runs.js';
import { parquetFormat } from '../../src/formats/parquet.js';
import { fixturePath } from '../support/fixtures.js';
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

describe('files of arrow-rs and DuckDB (fixtures/formats/parquet)', () => {
  const files = readdirSync(fixturePath('formats/parquet')).filter((name) => name.endsWith('.parquet'));
  const quarters = Array.from({ length: 200 }, (_, i) => K.slice(i * 64, i * 64 + 6)).flat();
  const REFUSED: Readonly<Record<string, string>> = {
    'v1-null.parquet':
      'row 137 has a null in column k2; fill or drop such rows first, or skip them with --missing skip',
    'v2-null.parquet':
      'row 137 has a null in column k2; fill or drop such rows first, or skip them with --missing skip',
    'v2-null-list.parquet':
      'row 137 has a null in column key; fill or drop such rows first, or skip them with --missing skip',
    'v2-null-item.parquet':
      'row 137 has a null in column key; fill or drop such rows first, or skip them with --missing skip',
    'v2-short-list.parquet': 'row 137 of column key has 5 entries, row 0 has 6; all rows must have as many',
  };

  it.each(files.filter((name) => !(name in REFUSED)))('%s', async (name) => {
    // Whole numbers and SQL have no -0.
    const values = quarters.map((value) => Math.round(4 * value) / (name === 'v2-delta.parquet' ? 1 : 4) + 0);
    for (const maxRows of [1, 64]) {
      const reader = await openMatrix(fileOf(read(fixturePath(`formats/parquet/${name}`))));
      expect([reader.rows, reader.d]).toEqual([200, 6]);
      expect((await readAll(reader, maxRows)).map((value) => value + 0)).toEqual(values);
    }
  });

  it.each(Object.entries(REFUSED))('%s is refused', async (name, message) => {
    const error = await failureOf(parquetFormat, fileOf(read(fixturePath(`formats/parquet/${name}`))));
    expect([error?.kind, error?.message]).toEqual(['data', `memory: ${message}`]);
  });
});

describe('runs: the fast ways say what the slow one does', () => {
  /** Runs as the format describes them, bit by bit: [number, times] repeated, or numbers packed, with padding of any bits. */
  const encode = (
    width: number,
    runs: readonly (readonly [number, number] | readonly number[])[],
    padding = 0,
  ): number[] =>
    runs.flatMap((run, at) => {
      const isRepeated = at % 2 === 0;
      if (isRepeated) {
        const [value, times] = run as readonly [number, number];
        return [
          ...varint(2 * times),
          ...Array.from({ length: Math.ceil(width / 8) }, (_, i) => (value >>> (8 * i)) & 255),
        ];
      }
      const groups = Math.ceil(run.length / 8);
      const all = Array.from({ length: 8 * groups }, (_, i) => run[i] ?? padding).reduce(
        (sum, number, i) => sum | (BigInt(number) << BigInt(i * width)),
        0n,
      );
      const bytes = Array.from({ length: groups * width }, (_, i) => Number((all >> BigInt(8 * i)) & 0xffn));
      return [...varint(2 * groups + 1), ...bytes];
    });
  const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);

  it.each([1, 2, 3])('levels of %i bits that are all the same, or not', (width) => {
    const most = 2 ** width - 1;
    const all = (runs: Parameters<typeof encode>[1], count: number, padding = 0): boolean =>
      repeatsThroughout(Uint8Array.from(encode(width, runs, padding)), 0, width, most, count);
    const packed = (count: number, other?: number): number[] =>
      Array.from({ length: count }, (_, i) => (i === other ? most - 1 : most));
    expect(all([[most, 20]], 20)).toBe(true);
    expect(all([[most, 9], packed(11), [most, 300]], 320)).toBe(false);
    expect(all([[most, 9], packed(16), [most, 300]], 325)).toBe(true);
    for (const padding of [0, most]) expect(all([[most, 9], packed(11)], 20, padding)).toBe(true);
    for (let other = 0; other < 11; other++) expect(all([[most, 9], packed(11, other)], 20, most)).toBe(false);
    expect(all([[most - 1, 1], packed(19)], 20)).toBe(false);
    expect(all([[most, 12]], 20)).toBe(false);
    expect(all([[most, 21]], 20)).toBe(false);
  });

  it('a level that is not the largest of its width is not found in packed numbers', () => {
    expect(repeatsThroughout(Uint8Array.from(encode(2, [[2, 4]])), 0, 2, 2, 4)).toBe(true);
    expect(
      repeatsThroughout(
        Uint8Array.from(
          encode(2, [
            [2, 4],
            [2, 2, 2, 2],
          ]),
        ),
        0,
        2,
        2,
        8,
      ),
    ).toBe(false);
  });

  it.each([1, 2, 7, 8, 13, 17, 25])('places of %i bits in a dictionary', (width) => {
    const length = Math.min(2 ** width, 5000);
    const dictionary = Float64Array.from({ length }, (_, i) => Math.sin(i));
    const places = Array.from({ length: 41 }, (_, i) => (i * 7919) % length);
    const bytes = Uint8Array.from(encode(width, [[places[0]!, 4], places]));
    const look = (runs: Uint8Array): number[] => {
      const into = new Float64Array(45);
      expect(lookUpDoubles(Uint8Array.from([width, ...runs]), 0, dictionary, into)).toBe(true);
      return [...into];
    };
    const wanted = [0, 0, 0, 0, ...places].map((place) => dictionary[place]);
    expect(look(bytes)).toEqual(wanted);
    // What follows, and what was there before, is not looked at.
    expect(look(Uint8Array.from([...bytes, 255, 255, 255, 255, 255]))).toEqual(wanted);
    for (const runs of [[[length, 45]], [[0, 4], places.with(17, length)]]) {
      if (length === 2 ** width) continue;
      expect(() => look(Uint8Array.from(encode(width, runs)))).toThrow('outside its dictionary');
    }
    for (let cut = 0; cut < bytes.length; cut++) expect(() => look(bytes.subarray(0, cut))).toThrow(RangeError);
    // Runs of more than there are, packed and not.
    expect(() => look(Uint8Array.from(encode(width, [[0, 46]])))).toThrow('a run longer than its page');
    expect(() => look(Uint8Array.from([0x81, 0x80, 0x40, ...bytes]))).toThrow('a run longer than its page');
    expect(() => look(Uint8Array.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x01]))).toThrow('cut short');
  });
});

describe('snappy', () => {
  /** Literals and copies of every kind, as the format describes them, with what they stand for. */
  const literal = (bytes: readonly number[]): number[] => {
    const most = bytes.length - 1;
    if (most < 60) return [most << 2, ...bytes];
    return most < 256 ? [60 << 2, most, ...bytes] : [61 << 2, most & 255, most >> 8, ...bytes];
  };
  const block = (): { readonly stored: Uint8Array; readonly plain: Uint8Array } => {
    const plain: number[] = [];
    const stored: number[] = [];
    const copy = (distance: number, length: number, tag: readonly number[]): void => {
      stored.push(...tag);
      for (let i = 0; i < length; i++) plain.push(plain[plain.length - distance]!);
    };
    for (const length of [1, 15, 16, 17, 60, 61, 256, 257, 1000]) {
      const bytes = Array.from({ length }, (_, i) => (i * i * 31 + length) & 255);
      stored.push(...literal(bytes));
      plain.push(...bytes);
      for (const distance of [1, 2, 7, 8, 15, 16, 17, 100, 1000].filter((each) => each <= plain.length)) {
        copy(distance, 11, [1 | (7 << 2) | ((distance >> 8) << 5), distance & 255]);
        copy(distance, 64, [2 | (63 << 2), distance & 255, distance >> 8]);
        copy(distance, 5, [3 | (4 << 2), distance & 255, distance >> 8, 0, 0]);
      }
    }
    const length = [];
    for (let left = plain.length; ; left >>= 7) {
      length.push(left > 127 ? (left & 127) | 128 : left);
      if (left <= 127) break;
    }
    return { stored: Uint8Array.from([...length, ...stored]), plain: Uint8Array.from(plain) };
  };

  it('literals and copies of every length and distance', () => {
    const { stored, plain } = block();
    expect(Buffer.compare(uncompressSnappy(stored, plain.length)!, plain)).toBe(0);
  });

  it('cut short, longer than it says, or copies from before the first byte are errors', () => {
    const { stored, plain } = block();
    for (let cut = 0; cut < stored.length; cut += 3) {
      expect(() => uncompressSnappy(stored.subarray(0, cut), plain.length)).toThrow('damaged snappy data');
    }
    expect(() => uncompressSnappy(stored, plain.length + 1)).toThrow('damaged snappy data');
    for (const wrong of [
      [4, 0, 1, 1 | (0 << 2), 2],
      [4, 0, 1, 2, 0, 0],
      [3, 240, 255],
      [3, 252, 255, 255, 255, 255, 1],
    ]) {
      expect(() => uncompressSnappy(Uint8Array.from(wrong), wrong[0]!)).toThrow('damaged snappy data');
    }
  });
});

describe('runs that claim more values than their page has', () => {
  const read20 = (width: number, ...bytes: number[]): number[] => {
    const into = new Uint32Array(20);
    readRuns(Uint8Array.from(bytes), 0, width, into);
    return [...into];
  };

  it('two runs of ten; sixteen packed and four more, padded to eight', () => {
    expect(read20(2, 20, 1, 20, 3)).toEqual([...new Array(10).fill(1), ...new Array(10).fill(3)]);
    expect(read20(2, 5, 0xaa, 0xaa, 0xaa, 0xaa, 3, 0xff, 0xff)).toEqual([
      ...new Array(16).fill(2),
      ...new Array(4).fill(3),
    ]);
  });

  it('numbers of no width, with runs and without', () => {
    expect(read20(0, 40)).toEqual(new Array(20).fill(0));
    expect(read20(0)).toEqual(new Array(20).fill(0));
  });

  it.each([1, 3, 7, 8, 11, 17, 24, 25, 26, 31, 32])('numbers of %i bits', (width) => {
    // Bit by bit, as the format describes them: the lowest bits first.
    const numbers = Array.from(
      { length: 24 },
      (_, i) => (BigInt(i + 1) * 0x9e37_79b9_7f4a_7c15n) % (1n << BigInt(width)),
    );
    const all = numbers.reduce((sum, number, i) => sum | (number << BigInt(i * width)), 0n);
    const bytes = Array.from({ length: 3 * width }, (_, i) => Number((all >> BigInt(8 * i)) & 0xffn));
    const into = new Uint32Array(24);
    readRuns(Uint8Array.from([7, ...bytes]), 0, width, into);
    expect([...into]).toEqual(numbers.map(Number));
    const repeated = Array.from({ length: Math.ceil(width / 8) }, (_, i) =>
      Number((numbers[7]! >> BigInt(8 * i)) & 0xffn),
    );
    readRuns(Uint8Array.from([48, ...repeated]), 0, width, into);
    expect([...into]).toEqual(new Array(24).fill(Number(numbers[7])));
  });

  it.each<[string, number, number[]]>([
    ['2^30 values', 2, [0xfe, 0xff, 0xff, 0xff, 0x07, 1]],
    ['21 values', 2, [42, 1]],
    ['10,000 packed values of no width', 0, [0xc5, 0x13]],
    ['packed ones that are not there', 8, [7, 1, 2, 3]],
    ['nothing of the width', 0, [0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['a length without end', 2, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['a width of 40 bits', 40, [20, 1, 1, 1, 1, 1]],
    ['nothing at all', 2, []],
    ['one value less', 2, [38, 1]],
  ])('%s', (_, width, bytes) => {
    expect(() => read20(width, ...bytes)).toThrow(RangeError);
  });

  it('levels of a page of version 1, with their lengths; version 2 has them in its header', () => {
    const largest = { repetition: 1, definition: 3 };
    const v1 = (run: number) =>
      readLevels(
        Uint8Array.from([2, 0, 0, 0, 40, 0, 2, 0, 0, 0, run, 3]),
        { data_page_header: { num_values: 20 } } as PageHeader,
        largest,
      );
    const v2 = (run: number) =>
      readLevels(
        Uint8Array.from([40, 0, run, 3]),
        {
          data_page_header_v2: {
            num_values: 20,
            repetition_levels_byte_length: 2,
            definition_levels_byte_length: 2,
          },
        } as PageHeader,
        largest,
      );
    for (const [read, end] of [
      [v1, 12],
      [v2, 4],
    ] as const) {
      expect(read(40)).toEqual({ repetition: new Uint8Array(20), definition: undefined, present: 20, end });
      expect(() => read(42)).toThrow('a run longer than its page');
    }
  });

  it('a byte of a file that made one was an endless array', async () => {
    const damaged = read(fixturePath('formats/parquet/v2-list-gzip.parquet'));
    damaged[996]! ^= 0xff;
    expect((await failureOf(parquetFormat, fileOf(damaged)))?.message).toMatch(/not a valid Parquet file/);
  });
});

const shared = new URL('../../../shared/data/interop/', import.meta.url);
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
});
