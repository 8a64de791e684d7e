import { describe, expect, it } from 'vitest';
import { csvFormat } from '../../../src/formats/csv.js';
import type { ReadOptions } from '../../../src/formats/format.js';
import { failureOf, fileOf, readAll } from '../reading.js';
import { messageOf, readText, utf8 } from './reading-text.js';

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
    expect(result.description).toBe('CSV, header, 2 of 5 columns (x, y; left out: id (integer), n (integer))');
  });

  it('are whole numbers only where none is floating', async () => {
    expect((await readText('a,b,t\n1,2,u\n3,4,v\n')).values).toEqual([1, 2, 3, 4]);
  });

  it('are those asked for, in that order', async () => {
    const result = await readText(text, { columns: ['y', 'id', '1'] });
    expect(result.values).toEqual([1.5, 7, 0.5, 3.5, 8, 2.5]);
    expect(result.description).toBe('CSV, header, 3 of 5 columns (y, id, x)');
    expect((await readText('7,0.5\n8,1.5\n', { columns: ['1', '0'] })).values).toEqual([0.5, 7, 1.5, 8]);
  });

  it('go by name before position', async () => {
    expect((await readText('1,0,x\n0.5,1.5,2.5\n', { header: true, columns: ['0', '1'] })).values).toEqual([1.5, 0.5]);
  });

  it('are described without a header by position', async () => {
    expect((await readText('7,0.5,1.5,2.5\n8,3.5,4.5,5.5\n')).description).toBe(
      'CSV, no header, 3 of 4 columns (positions 1 to 3; left out: 0 (integer))',
    );
  });

  it.each<[string, string, ReadOptions, string]>([
    [
      'unknown name',
      text,
      { columns: ['z'] },
      'memory: no column z; there are id: integer, x: floating, n: integer, t: text, y: floating',
    ],
    [
      'position too large',
      text,
      { columns: ['5'] },
      'memory: no column 5; there are id: integer, x: floating, n: integer, t: text, y: floating',
    ],
    [
      'name without a header',
      '0.5,1.5\n',
      { columns: ['x'] },
      'memory: no column x; without a header, columns go by 0-based position, 0 to 1',
    ],
    [
      'many columns',
      `${Array.from({ length: 42 }, (_, i) => `k${i}`).join()}\n`,
      { columns: ['z'] },
      `memory: no column z; there are ${Array.from({ length: 40 }, (_, i) => `k${i}`).join(', ')} and 2 more`,
    ],
    ['a name twice', text, { columns: ['x', '1'] }, '--columns names 1 twice; name each column once'],
    ['no name', text, { columns: [] }, '--columns names no column; name one at least'],
    [
      'a name of several columns',
      'a,a\n0.5,1.5\n',
      { columns: ['a'] },
      'memory: more than one column is named a; give their 0-based positions instead',
    ],
    [
      'text alone',
      'a,b\nx,y\n',
      {},
      'memory: no matrix in its columns (a: text, b: text); a column of lists of numbers or columns of numbers are expected; choose with --columns',
    ],
  ])('refuse %s', async (_, content, options, message) => {
    expect(await messageOf(content, options)).toBe(message);
  });

  it('are 8,192 at most', async () => {
    const row = (d: number): string => `${'1.5,'.repeat(d - 1)}1.5\n`;
    expect((await csvFormat.open(fileOf(utf8(row(8192))), {})).d).toBe(8192);
    expect((await failureOf(csvFormat, fileOf(utf8(row(8193)))))?.message).toBe(
      'memory: 8193 columns, more than the 8192 that are supported; is it transposed?',
    );
  });
});
