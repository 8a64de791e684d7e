import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LevattnError } from '../../../src/errors.js';
import { ByteReader, type ByteSource } from '../../../src/matrix/bytes.js';
import { csvFormat } from '../../../src/matrix/formats/csv.js';
import type { ReadOptions } from '../../../src/matrix/formats/format.js';
import { failureOf, fileOf, pipeOf, readAll } from './reading.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const CHUNKS = [1, 7, 1 << 16];

/** Values and description, the same however the bytes arrive. */
async function readText(text: string, options: ReadOptions = {}): Promise<{ values: number[]; description: string }> {
  const results = [];
  for (const chunk of CHUNKS) {
    for (const maxRows of [1, 3, 1000]) {
      const bytes = fileOf(utf8(text), chunk);
      const reader = await csvFormat.open(bytes, options);
      const values = await readAll(reader, maxRows);
      expect(await reader.read(new Float64Array(reader.d), 1)).toBe(0);
      expect(await bytes.atEnd()).toBe(true);
      results.push({ values, description: reader.description });
    }
  }
  for (const result of results) expect(result).toEqual(results[0]);
  return results[0]!;
}

/** The message that opening and reading ends in, the same however the bytes arrive. */
async function messageOf(text: string | Uint8Array, options: ReadOptions = {}): Promise<string> {
  const messages = new Set<string>();
  for (const chunk of CHUNKS) {
    const failure = await failureOf(csvFormat, fileOf(typeof text === 'string' ? utf8(text) : text, chunk), options);
    if (!failure) throw new Error('read without an error');
    messages.add(failure.message);
  }
  expect(messages.size).toBe(1);
  return [...messages][0]!;
}

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
      'CSV, header, 3 of 4 columns (0 to 2; left out: 0)',
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
      'CSV, header, 2 of 3 columns (0, 1; left out: 0)',
    ],
    [
      'pandas with an index of text that has a name',
      'id,0,1,2\nu,0.1,-2.5e-300,3.0\nv,1e+22,NaN,-0.0\n',
      [0.1, -2.5e-300, 3, 1e22, NaN, -0],
      'CSV, header, 3 of 4 columns (0 to 2; left out: id)',
    ],
    [
      'pandas with an index and whole numbers alone',
      ',0,1\n0,5,6\n1,7,8\n',
      [5, 6, 7, 8],
      'CSV, header, 2 of 3 columns (0, 1; left out: 0)',
    ],
    [
      'pandas with some of its default names',
      ',3,7\n0,5.0,6.5\n1,7.0,8.0\n',
      [5, 6.5, 7, 8],
      'CSV, header, 2 of 3 columns (3, 7; left out: 0)',
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
    ['line breaks in quotes', 't,a\n"x\r\ny",0.5\n"""z"" ,\n",1.5\n', [0.5, 1.5], ''],
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
    const d = 9000;
    const row = (first: number): string => Array.from({ length: d }, (_, i) => `${first + i}.25`).join(';');
    const bytes = fileOf(utf8(`${row(0).replaceAll('.25', 'x')}\n${row(1)}\n${row(2)}\n`), 5000);
    const reader = await csvFormat.open(bytes, {});
    expect(reader.description).toBe('CSV, delimiter ;, header, 9000 columns');
    const values = await readAll(reader);
    expect(values.length).toBe(2 * d);
    expect(values[d - 1]).toBe(d + 0.25);
    expect(values[d]).toBe(2.25);
  });
});

describe('header', () => {
  it('is what the user says', async () => {
    expect((await readText('1.5,2.5\n3.5,4.5\n', { header: true })).values).toEqual([3.5, 4.5]);
    expect((await readText('0,1\n0.5,1.5\n', { header: false })).values).toEqual([0, 1, 0.5, 1.5]);
    expect((await readText('0,1\n5,6\n', { header: false })).values).toEqual([0, 1, 5, 6]);
    expect((await readText('0,1\n5,6\n', { header: true })).values).toEqual([5, 6]);
    expect((await readText('#a,b\n5,6\n', { header: false })).description).toBe('CSV, no header, 2 columns');
    expect((await readText('#a,b\n5,6\n', { header: true })).values).toEqual([5, 6]);
  });

  it('is asked for where 0, 1, 2, … stands over whole numbers', async () => {
    expect(await messageOf('0,1,2\n3,4,5\n')).toBe(
      'memory: the first row (0, 1, 2, …) may be a header or data, as all values are whole numbers; ' +
        'say which: --header or --no-header',
    );
    expect((await readText('1,2,3\n3,4,5\n')).values).toEqual([1, 2, 3, 3, 4, 5]);
  });

  it('is no row that holds other numbers', async () => {
    expect((await readText('x,1.5\ny,2.5\n')).values).toEqual([1.5, 2.5]);
    expect((await readText(',1.5\ny,2.5\n')).values).toEqual([1.5, 2.5]);
  });

  it('alone makes a matrix without rows', async () => {
    const reader = await csvFormat.open(fileOf(utf8('a,b,c\n')), {});
    expect(reader.d).toBe(3);
    expect(await readAll(reader)).toEqual([]);
    const chosen = await csvFormat.open(fileOf(utf8('a,b,c')), { columns: ['c'] });
    expect([chosen.d, await readAll(chosen)]).toEqual([1, []]);
  });
});

describe('columns', () => {
  const text = 'id,x,n,t,y\n7,0.5,1,u,1.5\n8,2.5,2,v,3.5\n';

  it('are the floating ones by default', async () => {
    const result = await readText(text);
    expect(result.values).toEqual([0.5, 1.5, 2.5, 3.5]);
    expect(result.description).toBe('CSV, header, 2 of 5 columns (x, y; left out: id, n, t)');
  });

  it('are whole numbers only where none is floating', async () => {
    expect((await readText('a,b,t\n1,2,u\n3,4,v\n')).values).toEqual([1, 2, 3, 4]);
  });

  it('are those asked for, in that order', async () => {
    const result = await readText(text, { columns: ['y', 'id', '1'] });
    expect(result.values).toEqual([1.5, 7, 0.5, 3.5, 8, 2.5]);
    expect(result.description).toBe('CSV, header, 3 of 5 columns (y, id, x; left out: n, t)');
    expect((await readText('7,0.5\n8,1.5\n', { columns: ['1', '0'] })).values).toEqual([0.5, 7, 1.5, 8]);
  });

  it('go by name before position', async () => {
    expect((await readText('1,0,x\n0.5,1.5,2.5\n', { header: true, columns: ['0', '1'] })).values).toEqual([1.5, 0.5]);
  });

  it('are described without a header by position', async () => {
    expect((await readText('7,0.5,1.5,2.5\n8,3.5,4.5,5.5\n')).description).toBe(
      'CSV, no header, 3 of 4 columns (positions 1 to 3; left out: 0)',
    );
  });

  it.each<[string, string, ReadOptions, string]>([
    ['unknown name', text, { columns: ['z'] }, 'memory: no column "z"; there are id, x, n, t, y'],
    ['position too large', text, { columns: ['5'] }, 'memory: no column "5"; there are id, x, n, t, y'],
    [
      'name without a header',
      '0.5,1.5\n',
      { columns: ['x'] },
      'memory: no column "x"; without a header, columns go by 0-based position, 0 to 1',
    ],
    [
      'many columns',
      `${Array.from({ length: 12 }, (_, i) => `k${i}`).join()}\n`,
      { columns: ['z'] },
      'memory: no column "z"; there are k0, k1, k2, k3, k4, k5, k6, k7, k8, k9 and 2 more',
    ],
    ['a name twice', text, { columns: ['x', '1'] }, '--columns names "1" twice; name each column once'],
    ['no name', text, { columns: [] }, '--columns names no column; name one at least'],
    [
      'a name of several columns',
      'a,a\n0.5,1.5\n',
      { columns: ['a'] },
      'memory: several columns are named "a"; give their 0-based positions instead',
    ],
    ['text alone', 'a,b\nx,y\n', {}, 'memory: no column of numbers in its first rows; choose with --columns'],
  ])('refuse %s', async (_, content, options, message) => {
    expect(await messageOf(content, options)).toBe(message);
  });

  it('are 65,536 at most', async () => {
    const row = (d: number): string => `${'1.5,'.repeat(d - 1)}1.5\n`;
    expect((await csvFormat.open(fileOf(utf8(row(65_536))), {})).d).toBe(65_536);
    expect((await failureOf(csvFormat, fileOf(utf8(row(65_537)))))?.message).toBe(
      'memory: 65537 columns, more than the 65536 that are supported; is it transposed?',
    );
  });
});

/** A file whose first rows fill the sample, so that what comes after them is met in reading alone. */
const LONG = 3000;
const longFile = (row: (i: number) => string): string =>
  `id,x,gap\n${Array.from({ length: LONG }, (_, i) => `${row(i)}\n`).join('')}`;

describe('errors say file, line and column', () => {
  it.each<[string, string, ReadOptions, string]>([
    [
      'text for a number',
      'a,b\n0.5,1.5\n\n2.5,abc\n',
      {},
      'memory: line 4, column "b", holds "abc", which is no number; correct it, or choose other columns with --columns',
    ],
    [
      'no header',
      '0.5,1.5\n2.5,1_000\n',
      {},
      'memory: line 2, column 2, holds "1_000", which is no number; correct it, or choose other columns with --columns',
    ],
    [
      'a missing value',
      '# c\r\n0.5,1.5\r\n,2.5\r\n',
      {},
      'memory: line 3, column 1, is empty where a number must stand; correct it, or choose other columns with --columns',
    ],
    [
      'a long text after a quoted line break',
      `t,a\n"x\n\ny",0.5\nz,${'9'.repeat(15)}x${'8'.repeat(15)}\n`,
      {},
      `memory: line 5, column "a", holds "${'9'.repeat(15)}x8888…", which is no number; ` +
        'correct it, or choose other columns with --columns',
    ],
    [
      'too few fields',
      'a,b,c\n1.5,2.5,3.5\n4.5,5.5\n6.5,7.5,8.5\n',
      {},
      'memory: line 3 has 2 fields where the first row has 3; every row must have as many: check delimiter and quotes',
    ],
    [
      'too many fields',
      '1.5\n2.5,3.5\n4.5\n',
      { delimiter: ',' },
      'memory: line 2 has 2 fields where the first row has 1; every row must have as many: check delimiter and quotes',
    ],
    [
      'a row that breaks off',
      'a,b,c\n1.5,2.5,3.5\n4.5,5.',
      {},
      'memory: line 3, the last, has 2 of 3 fields and no line break; the file is truncated: write it again',
    ],
    [
      'a number that breaks off',
      'a,b\n1.5,2.5\n4.5,5.5e-',
      {},
      'memory: line 3, column "b", holds "5.5e-" and no line break; the file is truncated: write it again',
    ],
    [
      'text after a closing quote',
      't,a\nx,0.5\n"y"z,1.5\n',
      {},
      'memory: line 3 has text after a closing quote; double the quotes inside a quoted field',
    ],
    [
      'an open quote',
      't,a\nx,0.5\n\n"y,1.5\nz,2.5\n',
      {},
      'memory: the quote that opens on line 4 is never closed; the file is truncated: write it again',
    ],
    ['blank lines alone', '\n\n# x,y\n\n', {}, 'memory: no rows where this CSV begins; rows of numbers were expected'],
    [
      'a late number in an id column',
      longFile((i) => (i === 2500 ? '0.5,1.5,' : `${i},1.5,`)),
      {},
      'memory: line 2502, column "id", was taken for an integer id column and left out, but holds "0.5": ' +
        'name the columns with --columns',
    ],
    [
      'a late number in an empty column',
      longFile((i) => `${i},1.5,${i === 2900 ? '2.5' : ''}`),
      {},
      'memory: line 2902, column "gap", is empty in the first rows and left out, but holds "2.5": ' +
        'name the columns with --columns',
    ],
    [
      'a late number in a column without a name',
      longFile((i) => (i === 2500 ? '1e3,1.5,' : `${i},1.5,`)).replace('id,x,gap\n', ''),
      {},
      'memory: line 2501, column 1, was taken for an integer id column and left out, but holds "1e3": ' +
        'name the columns by 0-based position with --columns',
    ],
  ])('%s', async (_, text, options, message) => {
    expect(await messageOf(text, options)).toBe(message);
  });

  it.each(['0x10', '0b1', '1,5', '1 5', '--1', '1e', '.', 'e5', 'infinit', '1n', '١', '""', ' '])(
    'refuses %j as a number',
    async (field) => {
      const text = `0.5\t1.5\n${field}\t2.5\n`;
      expect(await messageOf(text, { delimiter: '\t' })).toMatch(/^memory: line 2, column 1, (holds|is empty)/);
    },
  );

  it('refuses quotes that the parser sees otherwise, as behind a no-break space', async () => {
    expect(await messageOf('t,a\nu,0.5\n\u00a0"x\ny",1.5\n')).toMatch(
      /^memory: the quotes on lines \d to 4 do not match; check them$/,
    );
  });

  it('reports the first of two faults', async () => {
    expect(await messageOf('t,a\nx,0.5\ny,bad\n"z"z,1\n')).toMatch(/^memory: line 3, column "a", holds "bad"/);
  });

  it('are worth another try where a pipe ends early, and not in a file', async () => {
    for (const text of ['1.5,2.5\n3.5', 'a,b\n"1.5', '1.5,2.5\n3.5,-']) {
      expect((await failureOf(csvFormat, pipeOf(utf8(text))))?.kind).toBe('retry');
      expect((await failureOf(csvFormat, fileOf(utf8(text))))?.kind).toBe('data');
    }
    expect((await failureOf(csvFormat, pipeOf(utf8('1.5,2.5\n3.5\n'))))?.kind).toBe('data');
  });

  it('let invalid UTF-8 pass where no number is expected', async () => {
    const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
    expect(await readAll(await csvFormat.open(fileOf(latin1('n,a\nJosé,0.5\n')), {}))).toEqual([0.5]);
    expect(await messageOf(latin1('a,b\n0.5,1.5\n1é,2.5\n'))).toMatch(/^memory: line 3, column "a", holds "1\ufffd"/);
  });
});

/** `head`, then `filler` without end. */
function endless(head: string, filler: string): { bytes: ByteReader; handedOut: () => number } {
  const first = utf8(head);
  let out = 0;
  const source: ByteSource = {
    name: 'pipe',
    size: undefined,
    streaming: true,
    read: async (into) => {
      if (out === 0) {
        into.set(first);
        out = first.length;
        return out;
      }
      into.fill(filler.charCodeAt(0));
      out += into.length;
      return into.length;
    },
    close: async () => {},
  };
  return { bytes: new ByteReader(source), handedOut: () => out };
}

describe('rows without end', () => {
  it.each([
    ['a field', '1.5,2.5\n3.5,', '4', 2],
    ['an open quote', 't,a\nx,0.5\ny,1.5\n"', 'z', 4],
    ['a first line', '1.5,2', '5', 1],
  ])('%s is refused after 8 MiB', async (_, head, filler, line) => {
    const { bytes, handedOut } = endless(head, filler);
    expect((await failureOf(csvFormat, bytes))?.message).toBe(
      `pipe: the row that begins on line ${line} is longer than 8 MiB; check its line breaks and quotes`,
    );
    expect(handedOut()).toBeLessThan(32 << 20);
  });

  it.each([
    ['a comment', '1.5,2.5\n#', 'x'],
    ['a first comment', '#', 'x'],
    ['blank lines', '\n', '\n'],
  ])('%s is refused after 16 MiB', async (_, head, filler) => {
    const { bytes, handedOut } = endless(head, filler);
    expect((await failureOf(csvFormat, bytes))?.message).toMatch(
      /^pipe: nothing but blank lines and comments for 16 MiB before line \d+; check that it is CSV$/,
    );
    expect(handedOut()).toBeLessThan(32 << 20);
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

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const table = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 12 }))
  .chain(([d, n]) => fc.array(fc.array(finite, { minLength: d, maxLength: d }), { minLength: n, maxLength: n }));

describe('properties', () => {
  it('reads doubles bit for bit in every dialect', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom(',', '\t', ';', '|', ' '),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.record({ header: fc.boolean(), quoted: fc.boolean(), ended: fc.boolean(), blanks: fc.boolean() }),
        fc.constantFrom(...CHUNKS),
        async (rows, delimiter, newline, { header, quoted, ended, blanks }, chunk) => {
          const cell = (text: string): string => (quoted ? `"${text}"` : text);
          // A point in every number: what is a floating column is not what is tried here.
          const decimal = (value: number): string => {
            const text = Object.is(value, -0) ? '-0' : String(value);
            return /[.e]/.test(text) ? text : `${text}.0`;
          };
          const lines = rows.map((row) => row.map((value) => cell(decimal(value))).join(delimiter));
          if (header) lines.unshift(rows[0]!.map((_, i) => cell(`k${i}`)).join(delimiter));
          const text = lines.join(blanks ? newline + newline : newline) + (ended ? newline : '');
          const reader = await csvFormat.open(fileOf(utf8(text), chunk), {});
          expect(reader.d).toBe(rows[0]!.length);
          const values = await readAll(reader);
          expect(values.length).toBe(rows.flat().length);
          expect(values.every((value, i) => Object.is(value, rows.flat()[i]))).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  const small = utf8('id,"a",b\r\n# c\n1,0.5,"1.5"\n2,-2.5e-3,nan\n"3",4.25,inf\n');

  it('ends in one error or whole rows wherever the file is cut off', async () => {
    for (let length = 0; length <= small.length; length++) {
      await failureOf(csvFormat, fileOf(small.slice(0, length), 5));
      await failureOf(csvFormat, pipeOf(small.slice(0, length), 3));
    }
  });

  it('ends in one error or whole rows whatever byte is wrong', async () => {
    for (let at = 0; at < small.length; at++) {
      for (const wrong of [0x00, 0x0a, 0x0d, 0x20, 0x22, 0x23, 0x2c, 0x30, 0x65, 0xa0, 0xff, small[at]! ^ 1]) {
        const bytes = small.slice();
        bytes[at] = wrong;
        const failure = await failureOf(csvFormat, fileOf(bytes, 9));
        if (failure) expect(failure).toBeInstanceOf(LevattnError);
        if (failure) expect(failure.message).not.toMatch(/[\r\n]/);
      }
    }
  });

  it('ends in one error or whole rows on any mixture of what CSV is made of', async () => {
    const pieces = fc.constantFrom(
      '"',
      '""',
      ',',
      '\n',
      '\r',
      ' ',
      '\t',
      '#',
      '1',
      '0.5',
      'a',
      '\u00a0',
      '\ufeff',
      ';',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 40 }), fc.constantFrom(...CHUNKS), async (parts, chunk) => {
        const failure = await failureOf(csvFormat, fileOf(utf8(parts.join('')), chunk));
        if (failure) expect(failure.message).not.toMatch(/[\r\n]/);
      }),
      { numRuns: 1000 },
    );
  });
});

const INTEROP = new URL('../../../../shared/data/interop/', import.meta.url);

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
