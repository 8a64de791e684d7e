/** Columns that could be meant as numbers are read, or named with why they are not. */

import { describe, expect, it } from 'vitest';
import { meaningOf } from '../../../src/formats/csv/meant.js';
import { outcomeOf, rowsOf } from './reading-text.js';

describe('a column beside real numbers', () => {
  it.each<[string, readonly string[]]>([
    ['numbers with a unit', ['5 kg', '6.5 kg']],
    ['numbers with a unit', ['5kg', '1e3m/s2']],
    ['percentages', ['5%', '6.5 %']],
    ['amounts with a currency', ['$5', '-$6.50']],
    ['amounts with a currency', ['5.00 €', '€ 6']],
    ['amounts with a currency', ['USD 5', '6 EUR']],
    ['negative amounts in parentheses', ['(5.00)', '(6)']],
    ['hexadecimal numbers', ['0x1F', '0x2.8p3']],
    ['numbers with thousands separators', ["1'234", "1'234'567.5"]],
    ['numbers with thousands separators', ['1 234', '5\u00a0678']],
    ['numbers with thousands separators', ['"1,234"', '"5,678"']],
    ['dates or times', ['2020-01-01', '2020-01-02 10:00']],
    ['dates or times', ['10:30', '11:45:30']],
    ['numbers with a minus sign that is none of ASCII', ['−1.5', '–2']],
    ['numbers in quotes', ["'1.5'", "'2'"]],
    ['fractions', ['1/2', '3/4']],
    ['complex numbers', ['1+2j', '3.5-4i']],
    ['lists of numbers', ['[0.1 0.2]', '[0.3 0.4]']],
    ['lists of numbers', ['0.1;0.2', '0.3;0.4']],
    ['index:value pairs', ['a:0.5', 'b:1.5']],
    ['numbers with exponents of another kind', ['1D+03', '2*10^5']],
    ['yes and no', ['yes', 'no']],
    ['empty in the first rows', ['NA', '']],
    ['empty in the first rows', ['-', '.']],
    ['integer', ['1', '2']],
  ])('is named: %s (%j)', async (why, [first, second]) => {
    const { rows, description } = await outcomeOf(`a,w\n0.5,${first}\n1.5,${second}\n`);
    expect(rows).toEqual([[0.5], [1.5]]);
    expect(description).toBe(`CSV, header, 1 of 2 columns (a; left out: w (${why}))`);
  });

  it('is named where it has texts and numbers', async () => {
    const { description } = await outcomeOf('a,w\n0.5,low\n1.5,5\n2.5,high\n');
    expect(description).toBe('CSV, header, 1 of 2 columns (a; left out: w (text and numbers))');
  });

  it('is not named where it is text', async () => {
    for (const field of ['hello', 'k000', 'ab12', '3f2a9c', 'x y']) {
      expect((await outcomeOf(`a,w\n0.5,${field}\n1.5,${field}\n`)).description).toBe(
        'CSV, header, 1 of 2 columns (a)',
      );
    }
  });

  it.each<[string, string, number[][]]>([
    [
      'True and False',
      'a,w\n0.5,True\n1.5,False\n',
      [
        [0.5, 1],
        [1.5, 0],
      ],
    ],
    [
      'booleans of R, some missing',
      'a,w\n0.5,TRUE\n1.5,NA\n',
      [
        [0.5, 1],
        [1.5, NaN],
      ],
    ],
    [
      'booleans alone, of a one-hot table',
      'a,b\nTrue,False\nFalse,True\n',
      [
        [1, 0],
        [0, 1],
      ],
    ],
    [
      'booleans in quotes',
      'a,w\n0.5,"true"\n1.5,"false"\n',
      [
        [0.5, 1],
        [1.5, 0],
      ],
    ],
    [
      "Fortran's exponents",
      'a,w\n0.5,1.5D+03\n1.5,-2.5d-3\n',
      [
        [0.5, 1500],
        [1.5, -0.0025],
      ],
    ],
    [
      'signs, points at either end, infinities',
      'a,b,c\n+1.5,.5,1.\n1e400,-Infinity,-0\n',
      [
        [1.5, 0.5, 1],
        [Infinity, -Infinity, -0],
      ],
    ],
    ['numbers in quotes', 'a,b\n"1.5"," 2.5 "\n', [[1.5, 2.5]]],
    [
      'empty fields',
      'a,b\n1.5,\nNA,2.5\nNone,n/a\n',
      [
        [1.5, NaN],
        [NaN, 2.5],
        [NaN, NaN],
      ],
    ],
  ])('is read: %s', async (_, text, rows) => {
    expect(await rowsOf(text, { missing: 'nan' })).toEqual(rows);
  });

  it('may be words, some of which look like numbers', async () => {
    const text = 'the 0.5 1.5\n1995 2.5 3.5\nof 4.5 5.5\nnan 6.5 7.5\nand 0.5 0.25\n';
    expect((await rowsOf(text)).length).toBe(5);
  });
});

describe('columns that are left out are watched to the end', () => {
  const late = (last: string): string => `a,b\n${'0.5,NA\n'.repeat(20_000)}${last}\n`;

  it('for numbers, where the first rows have none', async () => {
    expect((await outcomeOf(late('1.5,2.5'))).error).toBe(
      'memory: line 20002, column "b", is empty in the first rows and left out, but holds "2.5": name the columns with --columns',
    );
    expect((await outcomeOf(late('1.5,null'))).rows.length).toBe(20_001);
  });

  it('for missing values, which are none, where the first rows have whole numbers', async () => {
    expect((await outcomeOf(`id,b\n${'7,0.5\n'.repeat(20_000)}NA,1.5\n`)).rows.length).toBe(20_001);
  });

  it('an empty column behind the last delimiter is not named', async () => {
    for (const text of ['a,b,\n1.5,2.5,\n', '1.5,2.5,\n3.5,4.5,\n']) {
      expect((await outcomeOf(text)).description).not.toContain('left out');
    }
    expect((await outcomeOf(`1.5,2.5,\n${'3.5,4.5,\n'.repeat(20_000)}3.5,4.5,5.5\n`)).error).toMatch(
      /column 3, is empty in the first rows/,
    );
  });
});

describe('missing values', () => {
  it.each(['', 'NA', 'na', 'null', 'None', 'N/A', '#N/A', '<NA>', '-', '.', '?', '\\N'])(
    '%j: an error that says how',
    async (field) => {
      expect((await outcomeOf(`a,b\n1.5,2.5\n${field},3.5\n`)).error).toMatch(
        /^memory: line 3, column "a", (is empty|holds ".*") where a number is expected; skip such rows with --missing skip, or choose/,
      );
    },
  );
});

describe('other formats that look like CSV', () => {
  it.each([
    ['libsvm', '1 1:1.5 2:2.5\n0 1:3.5 2:4.5\n'],
    ['libsvm', '+1 3:0.5 10:1\n-1 2:1e-3\n+1\n'],
    ['libsvm', '3 qid:1 1:0.5 # a comment\n1 qid:1 2:0.5\n'],
    ['libsvm', '# a comment\n1,2 1:0.5\n3 2:0.5\n'],
    ['ARFF', '@relation iris\n@attribute a numeric\n@data\n1.5\n'],
  ])('%s is refused by name', async (name, text) => {
    expect((await outcomeOf(text)).error).toMatch(new RegExp(`^memory: is ${name}\\b.*, which is not read; `));
  });
});

describe('meaningOf', () => {
  it('takes time in proportion to the length', () => {
    // Two ways to match a field would take hours here.
    const fields = [
      '1,'.repeat(500),
      `${'1 '.repeat(500)}x`,
      `${'1'.repeat(1000)}x`,
      '1'.repeat(5_000_000),
      `${'-'.repeat(1000)}`,
    ];
    for (const field of fields) meaningOf([field]);
  });
});
