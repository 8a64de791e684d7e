/** A first row that is data is key 0; one that names the columns is not; where it may be either, the user is asked. */

import { describe, expect, it } from 'vitest';
import type { ReadOptions } from '../../../src/formats/format.js';
import { outcomeOf, rowsOf } from './reading-text.js';

const skip: ReadOptions = { missing: 'nan' };

describe('numbers that may name the columns', () => {
  it.each([
    ['years behind a label', 'country,1990,1991,1992\nFrance,1.5,2.5,3.5\nSpain,4.5,5.5,6.5\n'],
    ['years alone', '1990,1991\n1.5,2.5\n'],
    ['years behind the name of whole numbers', 'id,1990,1991\n1,0.5,1.5\n2,2.5,3.5\n'],
    ['years that fall', 'x;1992;1991;1990\na;1,5;2,5;3,5\n'],
    ['1, 2, 3 over fractions', '1,2,3\n0.5,1.5,2.5\n4.5,5.5,6.5\n'],
    ['wavelengths behind a label', 'sample,400.5,401.5\na,0.1,0.2\nb,0.3,0.4\n'],
    ['wavelengths alone', '400.5,401.5,402.5\n0.1,0.2,0.3\n0.4,0.5,0.6\n'],
    ['wavelengths of the size of what is below', '400.5,401.5,402.5\n80.1,90.2,70.3\n40.4,120.5,60.6\n'],
    ['wave numbers that fall', '4000.0,3998.1,3996.2\n0.1,0.2,0.3\n'],
    ['wavelengths behind an unnamed index', ',400.5,401.5\n0,0.1,0.2\n1,0.3,0.4\n'],
    ['whole numbers behind nothing over fractions', ',1,3\n0.5,1.5,2.5\n1.5,3.5,4.5\n'],
    ['steps far below', '0.001,0.002,0.004,0.008\n1.5,2.5,3.5,4.5\n'],
  ])('%s', async (_, text) => {
    expect((await outcomeOf(text)).error).toMatch(
      /^memory: the first row \(.+\) may be a header of numbers or data; say which: --header or --no-header$/,
    );
    const delimiter = text.includes(';') ? ';' : ',';
    const lines = text.trimEnd().split('\n');
    expect((await rowsOf(text, { header: true, delimiter })).length).toBe(lines.length - 1);
    expect(
      (await rowsOf(text, { header: false, delimiter, columns: ['1', '0'].slice(0, 1), missing: 'nan' })).length,
    ).toBe(lines.length);
  });

  it.each([
    ['words and a year', 'a,b,1990\n1.5,2.5,3.5\n2.5,1.5,0.5\n'],
    ['words and a number, values missing below', 'a,b,3\n1.5,NA,3.5\n,1.5,0.5\n'],
  ])('%s over numbers alone', async (_, text) => {
    expect((await outcomeOf(text, skip)).error).toMatch(
      /^memory: the first row \(a, b, \d+\) may be a header or data, as it has words over columns of numbers, and numbers; say which: --header or --no-header$/,
    );
    expect((await rowsOf(text, { ...skip, header: true })).length).toBe(2);
  });

  it.each([
    ['numbers in no order', '3.5,1.5,2.5\n0.5,1.5,2.5\n', 2],
    ['steps in every row', '1.5,2.5,3.5\n4.5,5.5,6.5\n', 2],
    ['whole numbers over whole numbers', '1,2,3\n4,5,6\n', 2],
    ['one number behind a label', 'x,1.5\ny,2.5\n', 2],
    ['two numbers, the first row larger', '100.5,200.5\n0.5,0.25\n', 2],
    ['a first value that is missing', ',0.5,0.7\n1.5,0.6,0.8\n', 2],
  ])('are data: %s', async (_, text, rows) => {
    expect((await rowsOf(text, skip)).length).toBe(rows);
  });

  it('a header of numbers that comes again, as where files were joined, is an error', async () => {
    expect((await outcomeOf('0,1,2\n0.5,1.5,2.5\n0,1,2\n3.5,4.5,5.5\n')).error).toBe(
      'memory: row 1, counted from 0, is the header again, as where files were joined; delete that line, or give the files one by one',
    );
  });
});

describe('a first row of missing values is data', () => {
  const markers = [
    'NA',
    'null',
    '',
    'nan',
    'NaN',
    'N/A',
    'n/a',
    '#N/A',
    '<NA>',
    '-',
    '--',
    '.',
    '?',
    'None',
    'NULL',
    '\\N',
    'NaT',
  ];
  it.each(markers)('%j', async (marker) => {
    expect(await rowsOf(`${marker};${marker}\n1.5;2.5\n`, { ...skip, delimiter: ';' })).toEqual([
      [NaN, NaN],
      [1.5, 2.5],
    ]);
    expect(await rowsOf(`x;${marker};${marker}\ny;1.5;2.5\n`, skip)).toEqual([
      [NaN, NaN],
      [1.5, 2.5],
    ]);
  });

  it('of several kinds', async () => {
    expect(await rowsOf('NA,null,-\n1.5,2.5,3.5\n', skip)).toEqual([
      [NaN, NaN, NaN],
      [1.5, 2.5, 3.5],
    ]);
  });

  it('but not one that names columns, some of them like that', async () => {
    expect(await rowsOf('EU,NA,ASIA\n1.5,2.5,3.5\n')).toEqual([[1.5, 2.5, 3.5]]);
  });
});

describe('a first row of another width', () => {
  it.each<[string, string, number[][]]>([
    [
      "R's write.table",
      '"V1" "V2"\n"1" 1.5 2.5\n"2" 3.5 4.5\n',
      [
        [1.5, 2.5],
        [3.5, 4.5],
      ],
    ],
    [
      "R's write.table with names of rows",
      'V1\tV2\na\t1.5\t2.5\nb\t3.5\t4.5\n',
      [
        [1.5, 2.5],
        [3.5, 4.5],
      ],
    ],
    ["R's write.table of one column", '"x"\n"1" 1.5\n"2" 2.5\n', [[1.5], [2.5]]],
    [
      'a delimiter at the end of the rows alone',
      'a,b\n1.5,2.5,\n3.5,4.5,\n',
      [
        [1.5, 2.5],
        [3.5, 4.5],
      ],
    ],
    [
      'a delimiter at the end of the header alone',
      'a,b,\n1.5,2.5\n3.5,4.5\n',
      [
        [1.5, 2.5],
        [3.5, 4.5],
      ],
    ],
    [
      'word2vec',
      '2 3\nthe 1.5 2.5 3.5\nof 4.5 5.5 6.5\n',
      [
        [1.5, 2.5, 3.5],
        [4.5, 5.5, 6.5],
      ],
    ],
    [
      'word2vec with blanks at the ends of lines',
      '2 2 \nthe 1.5 2.5 \n" 4.5 5.5 \n',
      [
        [1.5, 2.5],
        [4.5, 5.5],
      ],
    ],
    [
      'rows and columns',
      '2 3\n1.5 2.5 3.5\n4.5 5.5 6.5\n',
      [
        [1.5, 2.5, 3.5],
        [4.5, 5.5, 6.5],
      ],
    ],
  ])('%s', async (_, text, rows) => {
    expect(await rowsOf(text)).toEqual(rows);
  });

  it('an index that the header does not name is left out, and said', async () => {
    expect((await outcomeOf('"a" "b"\n"1" 1.5 2.5\n')).description).toBe(
      'CSV, delimiter space, header, 2 of 3 columns (a, b; left out: 0 (index))',
    );
    expect((await outcomeOf('Unnamed: 0,a\n0.0,1.5\n1.0,2.5\n')).description).toBe(
      'CSV, header, 1 of 2 columns (a; left out: Unnamed: 0 (index))',
    );
  });

  it.each([
    [
      'fewer rows than word2vec says',
      '3 2\nthe 1.5 2.5\nof 3.5 4.5\n',
      /data end after 2 of the 3 rows of the first line/,
    ],
    ['more rows than word2vec says', '1 2\nthe 1.5 2.5\nof 3.5 4.5\n', /has more rows than its first line says, 1;/],
    [
      'a title over two columns of numbers',
      'Title\n1.5,2.5\n3.5,4.5\n',
      /line 2 has 2 fields where the first row has 1;/,
    ],
    ['a short first row of numbers', '1.5,2.5\n1.5,2.5,3.5\n', /line 2 has 3 fields where the first row has 2;/],
    [
      'a header that comes again',
      'a,b\n1.5,2.5\na,b\n3.5,4.5\n',
      /line 3 is the header again, as where files were joined;/,
    ],
    ["R's header that comes again", 'a b\n"1" 1.5 2.5\na b\n"1" 1.5 2.5\n', /line 2 has 3|line 3 is the header again/],
  ])('%s: an error', async (_, text, message) => {
    expect((await outcomeOf(text)).error).toMatch(message);
  });
});

describe('what stands before the first row', () => {
  it.each<[string, string, number[][]]>([
    ['sep=;', 'sep=;\na;b\n1.5;2.5\n', [[1.5, 2.5]]],
    ['sep= with a comma that would win', 'sep=;\n1.5,x;2.5,x\n3.5,x;4.5,x\n', []],
    ['SEP= with a tab and CRLF', 'SEP=\t\r\na\tb\r\n1.5\t2.5\r\n', [[1.5, 2.5]]],
    ['sep= in quotes', '"sep=|"\n1.5|2.5\n', [[1.5, 2.5]]],
    ['a byte order mark before sep=', '\ufeffsep=;\na;b\n1.5;2.5\n', [[1.5, 2.5]]],
  ])('%s', async (_, text, rows) => {
    const { rows: found, error } = await outcomeOf(text);
    if (rows.length === 0) expect(error).toMatch(/no matrix in its columns/);
    else expect(found).toEqual(rows);
  });

  it('lines are counted with it', async () => {
    expect((await outcomeOf('sep=;\na;b\n1.5;2.5\n3.5;x\n')).error).toMatch(/^memory: line 4, column "b"/);
  });
});
