import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, type ByteSource } from '../../src/formats/bytes/reader.js';
import { csvFormat } from '../../src/formats/csv.js';
import type { ReadOptions } from '../../src/formats/format.js';
import { messageOf, readText, utf8 } from './csv/reading-text.js';
import { fileOf, readAll } from './reading.js';

describe('what NumPy, pandas and others write', () => {
  // The texts are what numpy 2.4 and pandas 3.0 write, to the letter.
  it.each<[string, string, number[], string]>([
    [
      'numpy.savetxt with header=',
      '# a b\n1.000000000000000000e+00 2.500000000000000000e+00\n-3.000000000000000241e-300 nan\n',
      [1, 2.5, -3e-300, NaN],
      'CSV, delimiter space, header, 2 columns',
    ],
    [
      "numpy.savetxt with fmt='%10.4f'",
      '    1.0000     2.5000\n   -3.0000        inf\n',
      [1, 2.5, -3, Infinity],
      'CSV, delimiter space, no header, 2 columns',
    ],
    [
      'numpy.savetxt with tabs and CRLF',
      '1.000000000000000000e+00\t2.500000000000000000e+00\r\n-3.000000000000000000e+00\t1.000000000000000056e-01\r\n',
      [1, 2.5, -3, 0.1],
      'CSV, delimiter tab, no header, 2 columns',
    ],
    [
      'pandas with its default names and index',
      ',0,1,2\n0,0.1,-2.5e-300,3.0\n1,1e+22,7.5,-0.0\n',
      [0.1, -2.5e-300, 3, 1e22, 7.5, -0],
      'CSV, header, 3 of 4 columns (0 to 2; left out: 0 (index))',
    ],
    [
      'pandas with its default names, without an index',
      '0,1,2\n0.1,-2.5e-300,3.0\n1e+22,7.5,-0.0\n',
      [0.1, -2.5e-300, 3, 1e22, 7.5, -0],
      'CSV, header, 3 columns',
    ],
    [
      'pandas with a floating index',
      ',0,1\n0.5,0.1,3.0\n1.5,1e+22,-0.0\n',
      [0.1, 3, 1e22, -0],
      'CSV, header, 2 of 3 columns (0, 1; left out: 0 (index))',
    ],
    [
      'pandas with an index of text that has a name',
      'id,0,1,2\nu,0.1,-2.5e-300,3.0\nv,1e+22,NaN,-0.0\n',
      [0.1, -2.5e-300, 3, 1e22, NaN, -0],
      'CSV, header, 3 of 4 columns (0 to 2)',
    ],
    [
      'pandas with an index and whole numbers alone',
      ',0,1\n0,5,6\n1,7,8\n',
      [5, 6, 7, 8],
      'CSV, header, 2 of 3 columns (0, 1; left out: 0 (index))',
    ],
    [
      'pandas with some of its default names',
      ',3,7\n0,5.0,6.5\n1,7.0,8.0\n',
      [5, 6.5, 7, 8],
      'CSV, header, 2 of 3 columns (3, 7; left out: 0 (index))',
    ],
    [
      'pandas with sep=";"',
      'p;q\n5.0;inf\n-inf;8.0\n',
      [5, Infinity, -Infinity, 8],
      'CSV, delimiter ;, header, 2 columns',
    ],
    [
      'pandas with everything quoted and CRLF',
      '"a","b,""x""","c\nd"\r\n"0.1","-2.5e-300","3.0"\r\n"1e+22","7.5","-0.0"\r\n',
      [0.1, -2.5e-300, 3, 1e22, 7.5, -0],
      'CSV, header, 3 columns',
    ],
  ])('%s', async (_, text, values, description) => {
    expect(await readText(text)).toEqual({ values, description });
  });
});

describe('dialects', () => {
  it.each<[string, string, number[], string]>([
    ['commas and spaces', '0.5, 1.5\n2.5, 3.5\n', [0.5, 1.5, 2.5, 3.5], 'CSV, no header, 2 columns'],
    ['bars', '0.5|1.5\n2.5|3.5\n', [0.5, 1.5, 2.5, 3.5], 'CSV, delimiter |, no header, 2 columns'],
    ['spaces, tabs and padding', ' 0.5 \t1.5  \n\n2.5   3.5\t\n', [0.5, 1.5, 2.5, 3.5], ''],
    ['one column', '0.5\n1.5\n2.5\n', [0.5, 1.5, 2.5], 'CSV, no header, 1 column'],
    ['one column with a header of two words', 'key value\n0.5\n1.5\n', [0.5, 1.5], 'CSV, header, 1 column'],
    ['a byte order mark', '\ufeffa,b\n0.5,1.5\n', [0.5, 1.5], 'CSV, header, 2 columns'],
    ['no line break at the end', 'a,b\n0.5,1.5', [0.5, 1.5], 'CSV, header, 2 columns'],
    ['CR alone', '0.5,1.5\r2.5,3.5\r', [0.5, 1.5, 2.5, 3.5], 'CSV, no header, 2 columns'],
    ['line breaks of every kind', '0.5,1.5\r\n2.5,3.5\n\r\n4.5,5.5\r', [0.5, 1.5, 2.5, 3.5, 4.5, 5.5], ''],
    ['blank lines and comments', '\n# one "two\n0.5,1.5\n   \n#,,,\n2.5,3.5\n\n', [0.5, 1.5, 2.5, 3.5], ''],
    ['a first comment that is no header', '# made by hand\n0.5,1.5\n', [0.5, 1.5], 'CSV, no header, 2 columns'],
    ['a first comment before a header', '#x,y\na,b\n0.5,1.5\n', [0.5, 1.5], 'CSV, header, 2 columns'],
    ['delimiters at the ends of lines', 'a,b,\n0.5,1.5,\n', [0.5, 1.5], ''],
    ['quotes within a field', `n,a\n5'11",0.5\n6'2",1.5\n`, [0.5, 1.5], ''],
    ['quotes and delimiters in quotes', 't,a\n"x y",0.5\n"""z"" , ",1.5\n', [0.5, 1.5], ''],
    ['commas as text under tabs', 'a,b\t0.5\t1.5\nc,d\t2.5\t3.5\n', [0.5, 1.5, 2.5, 3.5], ''],
    ['a date with spaces', '2020-01-01 10:00,0.5\n2020-01-02 11:00,1.5\n', [0.5, 1.5], ''],
    ['the numbers of Number()', '.5,5.,+1e3\n-0.0,1E-5,00012\n', [0.5, 5, 1000, -0, 1e-5, 12], ''],
  ])('%s', async (_, text, values, description) => {
    // Whole numbers may make a column an id, so that all columns are asked for where a row has one.
    const options: ReadOptions = /00012/.test(text) ? { columns: ['0', '1', '2'] } : {};
    const result = await readText(text, options);
    expect(result.values).toEqual(values);
    if (description) expect(result.description).toBe(description);
  });

  it('takes the delimiter as given', async () => {
    expect((await readText('1.5,2.5;3.5\n', { delimiter: ';', columns: ['1'] })).values).toEqual([3.5]);
    expect((await readText('1.5^2.5\n', { delimiter: '^' })).values).toEqual([1.5, 2.5]);
    expect((await readText('1.5\u00012.5\n', { delimiter: '\u0001' })).values).toEqual([1.5, 2.5]);
    for (const delimiter of ['', ',,', '"', '\n', '1', '§', '.']) {
      expect(await messageOf('1.5,2.5\n', { delimiter })).toMatch(/^delimiter .* cannot be one; give a single/);
    }
  });

  it('reads not-a-number and infinities in any case', async () => {
    const { values } = await readText('nan NaN inf\n-Inf +INFINITY -nan\n');
    expect(values).toEqual([NaN, NaN, Infinity, -Infinity, Infinity, NaN]);
  });

  it('tells the dialect of rows longer than the sample', async () => {
    const d = 8000;
    const row = (first: number): string => Array.from({ length: d }, (_, i) => `${first + i}.250000`).join(';');
    const bytes = fileOf(utf8(`${row(0).replaceAll('.250000', 'xxxxxxx')}\n${row(1)}\n${row(2)}\n`), 5000);
    const reader = await csvFormat.open(bytes, {});
    expect(reader.description).toBe('CSV, delimiter ;, header, 8000 columns');
    const values = await readAll(reader);
    expect(values.length).toBe(2 * d);
    expect(values[d - 1]).toBe(d + 0.25);
    expect(values[d]).toBe(2.25);
  });
});

describe('pipes', () => {
  it('give a row as soon as it is whole', async () => {
    const sample = `${'1.5,2.5\n'.repeat(8192)}`;
    expect(sample.length).toBe(65_536);
    const parts = [sample, '3.5,4.5\n5.5', ',6.5\n'];
    let asked = 0;
    const source: ByteSource = {
      name: 'pipe',
      size: undefined,
      streaming: true,
      read: async (into) => {
        const part = parts[asked++];
        if (part === undefined) return 0;
        into.set(utf8(part));
        return part.length;
      },
      close: async () => {},
    };
    const reader = await csvFormat.open(new ByteReader(source), {});
    const into = new Float64Array(2 * 10_000);
    expect(await reader.read(into, 10_000)).toBe(8192);
    expect(asked).toBe(1);
    expect(await reader.read(into, 10_000)).toBe(1);
    expect([...into.subarray(0, 2), asked]).toEqual([3.5, 4.5, 2]);
    expect(await reader.read(into, 10_000)).toBe(1);
    expect([...into.subarray(0, 2)]).toEqual([5.5, 6.5]);
    expect(await reader.read(into, 10_000)).toBe(0);
  });

  it('can be closed in the middle', async () => {
    const reader = await csvFormat.open(fileOf(utf8('1.5,2.5\n'.repeat(50_000)), 4096), {});
    await reader.read(new Float64Array(20), 10);
    await reader.close();
  });
});

describe('recognition', () => {
  it('says what it reads', async () => {
    const reader = await csvFormat.open(fileOf(utf8('a,b\n0.5,1.5\n')), {});
    expect([reader.format, reader.name, reader.dtype, reader.rows]).toEqual(['csv', 'memory', 'float64', undefined]);
    expect(reader.progress().totalBytes).toBe(12);
  });

  it.each(['1 2\n', '\ufeff"a","b"\n', '# x\n1\n', 'día;año\n', '\r\n\t1\t2', '-1', '.5'])('takes %j', (text) => {
    expect(csvFormat.recognise(utf8(text))).toBe(true);
  });

  it('takes text cut off within a character', () => {
    expect(csvFormat.recognise(utf8('a,é').subarray(0, 3))).toBe(true);
  });

  it.each(['', '\n', '{"a": 1}\n', '[[1, 2]]', '<html>', '%PDF-1.7', '1\u00002', 'a\u001b[0m', '1,2\u007f'])(
    'leaves %j',
    (text) => {
      expect(csvFormat.recognise(utf8(text))).toBe(false);
    },
  );

  it('leaves binary data', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 4096 }), (bytes) => !csvFormat.recognise(bytes)),
      { numRuns: 200 },
    );
    const floats = new Uint8Array(Float64Array.from([0.1, -2.5, 1e10]).buffer);
    expect(csvFormat.recognise(floats)).toBe(false);
  });
});

const INTEROP = new URL('../../../shared/data/interop/', import.meta.url);

/** The values of numpy-f32.npy: version 1, little-endian float32, C order. */
function npyValues(): number[] {
  const bytes = new Uint8Array(readFileSync(new URL('numpy-f32.npy', INTEROP)));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 10 + view.getUint16(8, true);
  return Array.from({ length: (bytes.length - start) / 4 }, (_, i) => view.getFloat32(start + 4 * i, true));
}

describe.skipIf(!existsSync(INTEROP))('shared data (skipped where absent)', () => {
  it.each([
    ['polars-columns.csv', 'CSV, header, 64 columns'],
    ['numpy-savetxt.tsv', 'CSV, delimiter tab, no header, 64 columns'],
  ])('%s holds the values of numpy-f32.npy', async (file, description) => {
    const reader = await csvFormat.open(fileOf(new Uint8Array(readFileSync(new URL(file, INTEROP))), 10_000), {});
    expect(reader.description).toBe(description);
    const expected = npyValues();
    expect(expected.length).toBe(600 * 64);
    // Both print enough digits to give the float32 back.
    expect((await readAll(reader, 100)).map(Math.fround)).toEqual(expected);
  });
});
