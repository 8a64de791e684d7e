import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import { ByteReader } from '../../src/formats/bytes/reader.js';
import { memorySource, openBytes } from '../../src/formats/bytes/sources.js';
import { readNpyHeader } from '../../src/formats/npy/header.js';
import { encodeNpyHeader, npyFormat } from '../../src/formats/npy.js';
import { openArray } from '../../src/formats/open.js';
import { MAX_COLUMNS } from '../../src/rows/limits.js';
import { npyHeader } from '../support/files.js';
import { failureOf, fileOf, numbers, pipeOf, readAll } from './reading.js';

const FIXTURES = new URL('../../fixtures/npy/', import.meta.url);
const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`${name}.npy`, FIXTURES)));

interface Expected {
  readonly shape: [number, number];
  readonly dtype: string;
  readonly values: (number | 'inf' | '-inf' | 'nan')[];
}
const expected = JSON.parse(readFileSync(new URL('expected.json', FIXTURES), 'utf8')) as Record<string, Expected>;
const SPECIAL: Record<string, number> = { inf: Infinity, '-inf': -Infinity, nan: NaN };
const valuesOf = ({ values }: Expected): number[] => values.map((v) => (typeof v === 'number' ? v : SPECIAL[v]!));

/** A version 1 file with any header text. */
function npy(header: string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(10 + text.length + data.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 0xff, text.length >> 8]);
  bytes.set(text, 10);
  bytes.set(data, 10 + text.length);
  return bytes;
}
const dictionary = (descr: string, shape: string, order = 'False'): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
const float32 = (values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const concat = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

describe('arrays written by NumPy', () => {
  it.each(Object.keys(expected))('%s', async (name) => {
    const { shape, dtype } = expected[name]!;
    const bytes = fixture(name);
    for (const chunk of [1, 7, bytes.length]) {
      for (const maxRows of [1, 4, 1000]) {
        const source = fileOf(bytes, chunk);
        const reader = await npyFormat.open(source, {});
        expect([reader.rows, reader.d, reader.dtype]).toEqual([...shape, dtype]);
        expect(await readAll(reader, maxRows)).toEqual(valuesOf(expected[name]!));
        expect(await source.atEnd()).toBe(true);
        expect(reader.progress()).toEqual({ bytes: bytes.length, totalBytes: bytes.length });
      }
    }
  });

  it.each(Object.keys(expected).filter((name) => !/f\d-fortran/.test(name)))('%s from a pipe', async (name) => {
    const reader = await npyFormat.open(pipeOf(fixture(name), 11), {});
    expect(await readAll(reader)).toEqual(valuesOf(expected[name]!));
  });

  it('says what it reads', async () => {
    expect((await npyFormat.open(fileOf(fixture('be-f8-fortran')), {})).description).toBe(
      'npy, big-endian float64, Fortran order',
    );
    expect((await npyFormat.open(fileOf(fixture('le-f4')), {})).description).toBe('npy, float32');
  });

  it('is recognised by its first bytes', () => {
    expect(npyFormat.recognise(fixture('le-f4'))).toBe(true);
    expect(npyFormat.recognise(new TextEncoder().encode('NUMPY'))).toBe(false);
    expect(npyFormat.recognise(new Uint8Array(0))).toBe(false);
  });
});

describe('refused arrays', () => {
  it.each([
    ['vector', /shape \(4,\).*reshape\(-1, 1\)/],
    ['scalar', /shape \(\)/],
    ['no-columns', /shape \(3, 0\) has no columns/],
    ['records', /records/],
    ['complex', /complex.*'<c8'/],
    ['strings', /strings.*'<U1'/],
    ['byte-strings', /byte strings.*'\|S1'/],
    ['raw', /bfloat16.*'\|V2'/],
    ['long-double', /not read.*'<f16'/],
    ['dates', /dates/],
  ])('%s', async (name, message) => {
    const error = await failureOf(npyFormat, fileOf(fixture(`refused-${name}`)));
    expect(error?.kind).toBe('data');
    expect(error?.message).toMatch(message);
    expect(error?.message).not.toContain('\n');
  });

  it('six axes, and heads in Fortran order', async () => {
    const six = Buffer.concat([npyHeader('<f4', [1, 1, 1, 1, 1, 2]), new Uint8Array(8)]);
    await expect(openArray(fileOf(six))).rejects.toThrow(
      /shape \(1, 1, 1, 1, 1, 2\), but at most \(layers, batch, heads, n, d\)/,
    );
    const header = npyHeader('<f4', [2, 2, 2])
      .toString('latin1')
      .replace("'fortran_order': False", "'fortran_order': True ");
    const fortran = Buffer.concat([Buffer.from(header, 'latin1'), new Uint8Array(32)]);
    expect((await failureOf(npyFormat, fileOf(fortran)))?.message).toMatch(
      /shape \(2, 2, 2\) in Fortran order.*ascontiguousarray/,
    );
  });

  it('refuses Fortran order from a pipe and says how to write it', async () => {
    const error = await failureOf(npyFormat, pipeOf(fixture('le-f4-fortran')));
    expect(error?.message).toMatch(/pipe: .*Fortran.*ascontiguousarray/);
  });

  it.each(['hello', '{}', "{'descr': '<f4'}", '[]', '{', `${'['.repeat(1000)}`, dictionary('<f4', '(-1, 2)')])(
    'a header that is %.20s',
    async (header) => {
      expect((await failureOf(npyFormat, fileOf(npy(header))))?.message).toMatch(/npy header is not/);
    },
  );

  it('other magic, unknown versions, headers too long', async () => {
    const bytes = fixture('le-f4');
    const other = bytes.slice();
    other[0] = 0x94;
    expect((await failureOf(npyFormat, fileOf(other)))?.message).toMatch(/not an npy file/);
    const version = bytes.slice();
    version[6] = 4;
    expect((await failureOf(npyFormat, fileOf(version)))?.message).toMatch(/version 4/);
    const long = fixture('version-2');
    long[11] = 0x7f;
    expect((await failureOf(npyFormat, fileOf(long)))?.message).toMatch(/header of \d+ bytes/);
  });
});

describe('header spellings', () => {
  const values = numbers(6);
  it.each([
    ['double quotes', `{"descr": "<f4", "fortran_order": False, "shape": (2, 3)}`],
    ['another key order', `{'shape': (2, 3), 'fortran_order': False, 'descr': '<f4'}\n`],
    ['Python 2 long integers', `{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }   \n`],
    ['no spaces', `{'descr':'<f4','fortran_order':False,'shape':(2,3)}`],
    ['much padding', `  {  'descr' : '<f4' , 'fortran_order' : False , 'shape' : ( 2 , 3 , ) , }${' '.repeat(500)}\n`],
    ['native order', `{'descr': '=f4', 'fortran_order': False, 'shape': (2, 3), }`],
    ['no order', `{'descr': 'f4', 'fortran_order': False, 'shape': (2, 3), }`],
    ['a bar for the order', `{'descr': '|f4', 'fortran_order': False, 'shape': (2, 3), }`],
  ])('%s', async (_, header) => {
    expect(await readAll(await npyFormat.open(fileOf(npy(header, float32(values)), 5), {}))).toEqual(values);
  });
});

describe('what a header promises', () => {
  it('costs nothing: 2^60 rows', async () => {
    const bytes = npy(dictionary('<f4', `(${2n ** 60n}, 64)`), float32(numbers(100)));
    expect((await failureOf(npyFormat, fileOf(bytes)))?.message).toBe(
      `memory: data ends in row 1 of ${2 ** 60}; the file is truncated: write it again`,
    );
    const error = await failureOf(npyFormat, pipeOf(bytes));
    expect(error?.kind).toBe('retry');
    expect(error?.message).toMatch(/^pipe: data ends in row 1 of /);
    const fortran = npy(dictionary('<f4', `(${2n ** 60n}, 64)`, 'True'), float32(numbers(100)));
    expect((await failureOf(npyFormat, fileOf(fortran)))?.message).toMatch(/data ends in row 0 of/);
  });

  it('has limits: a billion columns, the largest number of columns', async () => {
    const billion = npy(dictionary('<f4', '(3, 1000000000)'));
    expect((await failureOf(npyFormat, fileOf(billion)))?.message).toMatch(/1000000000 columns, at most 8192/);
    const widest = npy(dictionary('|i1', `(1, ${MAX_COLUMNS})`), new Uint8Array(MAX_COLUMNS));
    expect(await readAll(await npyFormat.open(fileOf(widest), {}), 1)).toHaveLength(MAX_COLUMNS);
  });

  it('names the row where a file or a pipe breaks off', async () => {
    const bytes = fixture('le-f8');
    const header = bytes.length - 7 * 3 * 8;
    for (let length = 0; length < bytes.length; length++) {
      const part = bytes.subarray(0, length);
      const where = length < header ? 'in the npy header' : `in row ${Math.floor((length - header) / 24)} of 7`;
      expect((await failureOf(npyFormat, fileOf(part)))?.message).toBe(
        `memory: data ends ${where}; the file is truncated: write it again`,
      );
      const error = await failureOf(npyFormat, pipeOf(part, 5));
      expect(error?.kind).toBe('retry');
      expect(error?.message).toContain(`data ends ${where}`);
    }
  });

  it('names the row where a file in Fortran order breaks off', async () => {
    const bytes = fixture('le-f4-fortran');
    const cut = bytes.subarray(0, bytes.length - 4 * 2);
    expect((await failureOf(npyFormat, fileOf(cut)))?.message).toMatch(/data ends in row 5 of 7/);
  });
});

describe('reading in order', () => {
  it('gives a row as soon as it is there', async () => {
    const values = numbers(40);
    const bytes = concat(encodeNpyHeader('<f4', [10, 4]), float32(values));
    const reader = await npyFormat.open(pipeOf(bytes, 24), {});
    const into = new Float32Array(40);
    // The header ends within a piece; what follows comes 24 bytes at a time, one and a half rows.
    expect(await reader.read(into, 10)).toBeLessThanOrEqual(2);
  });

  it('leaves what follows for the next matrix', async () => {
    const first = concat(encodeNpyHeader('<f4', [3, 2]), float32(numbers(6)));
    const parts = [first, fixture('be-f8-fortran'), fixture('no-rows'), fixture('be-i2'), first];
    for (const chunk of [1, 7, 10_000]) {
      const source = fileOf(concat(...parts), chunk);
      expect(await readAll(await npyFormat.open(source, {}), 100)).toEqual(numbers(6));
      for (const name of ['be-f8-fortran', 'no-rows', 'be-i2']) {
        expect(await readAll(await npyFormat.open(source, {}), 2)).toEqual(valuesOf(expected[name]!));
      }
      expect(await readAll(await npyFormat.open(source, {}))).toEqual(numbers(6));
      expect(await source.atEnd()).toBe(true);
    }
  });

  it('reads Fortran order in more than one block, and what follows it', async () => {
    const [n, d] = [60_000, 40];
    const columns = new Uint8Array(n * d);
    for (let j = 0; j < d; j++) for (let i = 0; i < n; i++) columns[j * n + i] = (7 * i + 13 * j) % 251;
    const wide = npy(dictionary('<u8', `(${n / 8}, ${d})`, 'True'), columns);
    const source = fileOf(concat(wide, fixture('le-f4')));
    const words = new BigUint64Array(columns.buffer);
    const values = await readAll(await npyFormat.open(source, {}), 777);
    expect(values).toHaveLength((n / 8) * d);
    for (const [i, j] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [3333, 17],
      [7499, 39],
    ] as const) {
      expect(values[i * d + j]).toBe(Number(words[j * (n / 8) + i]));
    }
    expect(await readAll(await npyFormat.open(source, {}))).toEqual(valuesOf(expected['le-f4']!));
  });
});

it('reads a file of the file system in Fortran order, and what follows it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'levattn-'));
  try {
    const path = join(folder, 'two.npy');
    const wide = npy(
      dictionary('<i2', '(50000, 4)', 'True'),
      new Uint8Array(Int16Array.from({ length: 200_000 }, (_, i) => i % 9973).buffer),
    );
    writeFileSync(path, concat(wide, fixture('le-f4')));
    const source = await openBytes(path);
    const values = await readAll(await npyFormat.open(source, {}), 4096);
    expect(values.length).toBe(200_000);
    expect(values.every((value, at) => value === (50_000 * (at % 4) + Math.floor(at / 4)) % 9973)).toBe(true);
    expect(await readAll(await npyFormat.open(source, {}))).toEqual(valuesOf(expected['le-f4']!));
    await source.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('damage', () => {
  it('every flipped byte ends in a LevattnError or in as many rows as the header says', async () => {
    const bytes = fixture('le-f4').subarray(0, 128 + 7 * 3 * 4);
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [0x01, 0x80, 0xff, 0x20]) {
        const damaged = bytes.slice();
        damaged[at]! ^= flip;
        for (const source of [fileOf(damaged), pipeOf(damaged)]) {
          try {
            const reader = await npyFormat.open(source, {});
            expect(await readAll(reader)).toHaveLength(reader.rows! * reader.d);
          } catch (error) {
            if (!(error instanceof LevattnError)) throw error;
          }
        }
      }
    }
  });
});

describe('orders', () => {
  const header = (shape: number[], fortran: boolean): ByteReader => {
    const text = npyHeader('<f4', shape).toString('latin1');
    const bytes = fortran ? text.replace("'fortran_order': False", "'fortran_order': True ") : text;
    return new ByteReader(memorySource(Buffer.from(bytes, 'latin1'), 'a.npy'));
  };

  it('a reader of C order refuses an array that is another in Fortran order, and takes what is the same in both', async () => {
    for (const shape of [
      [2, 3],
      [2, 1, 3],
    ]) {
      await expect(readNpyHeader(header(shape, true), 'C')).rejects.toThrow(/Fortran order.*np\.ascontiguousarray/);
      expect((await readNpyHeader(header(shape, true), 'both')).fortranOrder).toBe(true);
      expect((await readNpyHeader(header(shape, false), 'C')).shape).toEqual(shape);
    }
    for (const shape of [[6], [1, 6], [6, 1]]) {
      expect((await readNpyHeader(header(shape, true), 'C')).shape).toEqual(shape);
    }
  });
});

describe('encodeNpyHeader', () => {
  it.each([[[5]], [[1234, 64]], [[10, 2, 3]]])('is read back: %j', async (shape) => {
    const header = encodeNpyHeader('<f8', shape);
    expect(header.length % 64).toBe(0);
    expect(header.at(-1)).toBe(0x0a);
    const text = new TextDecoder().decode(header.subarray(10)).trimEnd();
    expect(text).toBe(
      `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`,
    );
  });

  it('is the header NumPy writes, but for its padding', () => {
    const numpy = fixture('le-f8');
    const own = encodeNpyHeader('<f8', [7, 3]);
    const trimmed = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes.subarray(0, 128)).trimEnd();
    expect(trimmed(own).slice(10)).toBe(trimmed(numpy.subarray(0, 128)).slice(10));
    expect(own.subarray(0, 8)).toEqual(numpy.subarray(0, 8));
  });
});
