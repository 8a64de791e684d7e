/** Decimal commas are read, or refused with the way out; they never make two columns of halves. */

import { describe, expect, it } from 'vitest';
import type { ReadOptions } from '../../../src/formats/format.js';
import { outcomeOf, readText, rowsOf } from './reading-text.js';

describe('decimal commas', () => {
  it.each<[string, string, number[][]]>([
    [
      'semicolons',
      '1,5;2,5\n3,5;4,5\n',
      [
        [1.5, 2.5],
        [3.5, 4.5],
      ],
    ],
    [
      'tabs',
      '1,5\t2,5\n3,5\t4,5\n',
      [
        [1.5, 2.5],
        [3.5, 4.5],
      ],
    ],
    [
      'spaces',
      '1,5 2,5\n3,5 4,5\n',
      [
        [1.5, 2.5],
        [3.5, 4.5],
      ],
    ],
    [
      'bars',
      '1,5|2,5\n3,5|4,5\n',
      [
        [1.5, 2.5],
        [3.5, 4.5],
      ],
    ],
    [
      'commas around quotes',
      '"1,5","2,5"\n"3,5","4,5"\n',
      [
        [1.5, 2.5],
        [3.5, 4.5],
      ],
    ],
    [
      'commas around quotes and a header',
      'a,b\n"1,5","2,5"\n"3,5","4,5"\n',
      [
        [1.5, 2.5],
        [3.5, 4.5],
      ],
    ],
    [
      'a delimiter at the end of every row',
      '1,5;2,5;\n3,5;4,5;\n',
      [
        [1.5, 2.5],
        [3.5, 4.5],
      ],
    ],
    [
      'a header and a column of ids',
      'id;a;b\n1;1,5;2\n2;2,5;-3,25\n',
      [
        [1.5, 2],
        [2.5, -3.25],
      ],
    ],
    [
      'whole numbers among them',
      '1,5;2\n3;4,5\n',
      [
        [1.5, 2],
        [3, 4.5],
      ],
    ],
    ['a first line sep=;', 'sep=;\n1,5;2,5\n', [[1.5, 2.5]]],
    [
      'exponents',
      'a;b\n1,5E+03;-2,5e-1\n3,5;4\n',
      [
        [1500, -0.25],
        [3.5, 4],
      ],
    ],
    ['three digits behind a zero', '0,234;0,678\n', [[0.234, 0.678]]],
    ['negative zero', '-0,5;1,5\n', [[-0.5, 1.5]]],
    [
      'points before the thousands',
      'a;b\n1.234,56;2,5\n-12.345.678,9;3,5\n',
      [
        [1234.56, 2.5],
        [-12345678.9, 3.5],
      ],
    ],
    [
      'no-break spaces before the thousands',
      'a;b\n1\u00a0234,5;2,5\n1\u202f234\u202f567,5;3,5\n',
      [
        [1234.5, 2.5],
        [1234567.5, 3.5],
      ],
    ],
    [
      'labels',
      'x1;1,5;2,5\nx2;3,5;4,5\n',
      [
        [1.5, 2.5],
        [3.5, 4.5],
      ],
    ],
    ['dates', '2020-01-01;1,5\n2020-01-02;3,5\n', [[1.5], [3.5]]],
    ['CRLF', 'a;b\r\n1,5;2,5\r\n', [[1.5, 2.5]]],
  ])('with %s are read', async (_, text, rows) => {
    const { values, description } = await readText(text);
    expect(values).toEqual(rows.flat());
    expect(description).toContain('decimal commas');
  });

  it('are read of one column where the user says so', async () => {
    expect(await rowsOf('1,5\n2,25\n', { decimal: ',' })).toEqual([[1.5], [2.25]]);
    expect(await rowsOf('x\n1,5\n2,25\n', { decimal: ',' })).toEqual([[1.5], [2.25]]);
  });

  it.each<[string, string, ReadOptions, RegExp]>([
    [
      'one column with a header',
      'x\n1,5\n2,5\n',
      {},
      /the first row has one field and the others two, such as 1,5: .* say --decimal ,$/,
    ],
    [
      'one column, some led by zeros',
      '1,5\n2,05\n',
      {},
      /pairs of fields such as 2 and 05 may be numbers with decimal commas/,
    ],
    ['one column with exponents', '1,5E+03\n2,5E+02\n', {}, /pairs of fields such as 1 and 5E\+03 may be/],
    ['one column with negative zero', '0,5\n-0,25\n', {}, /pairs of fields such as -0 and 25 may be/],
    ['one column of both signs', '-1,5\n-2,5\n3,5\n-4,5\n-5,5\n-6,5\n', {}, /pairs of fields such as -6 and 5 may be/],
    [
      'thousands or decimals',
      '1,234;5,678\n',
      {},
      /fields such as "1,234" may have decimal commas or thousands separators; say --decimal ,/,
    ],
    [
      'points in another column',
      'a;b\n1,5;2.5\n',
      {},
      /decimal commas \("1,5"\) and some points \("2\.5"\); say which are numbers/,
    ],
    ['points in another column of any delimiter', '1,5 2.5\n3,5 4.5\n', {}, /some columns have decimal commas/],
    ['points of thousands in one column', 'a;b\n1.234;2,5\n1.000;3,5\n', {}, /some columns have decimal commas/],
    [
      'a point in a row',
      'a;b\n1,5;2,5\n3.5;4,5\n',
      { decimal: ',' },
      /line 3, column "a", holds "3\.5", which is no number/,
    ],
    ['a comma in a row', '0.5\t1.5\n1,5\t2.5\n', {}, /line 2, column 1, holds "1,5", which is no number/],
  ])('%s: refused with the way out', async (_, text, options, message) => {
    expect((await outcomeOf(text, options)).error).toMatch(message);
  });

  it('and points are read as the user says, and what is left out is named', async () => {
    const text = 'a;b\n1,5;2.5\n3,5;4.5\n';
    expect(await outcomeOf(text, { decimal: ',' })).toMatchObject({
      rows: [[1.5], [3.5]],
      description:
        'CSV, delimiter ;, decimal commas, header, 1 of 2 columns (a; left out: b (numbers with decimal points))',
    });
    expect(await outcomeOf(text, { decimal: '.' })).toMatchObject({
      rows: [[2.5], [4.5]],
      description: 'CSV, delimiter ;, header, 1 of 2 columns (b; left out: a (numbers with decimal commas))',
    });
    expect(await rowsOf('1,234;5,678\n', { decimal: ',' })).toEqual([[1.234, 5.678]]);
  });

  it('are no whole numbers that the user calls so', async () => {
    expect(await rowsOf('1,05\n2,25\n', { decimal: '.' })).toEqual([
      [1, 5],
      [2, 25],
    ]);
  });

  it('leave commas between numbers what they are', async () => {
    expect(await rowsOf('0.5, 1.5\n2.5, 3.5\n')).toEqual([
      [0.5, 1.5],
      [2.5, 3.5],
    ]);
    expect(await rowsOf('1, 2\n3, 4\n')).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await rowsOf('name 1,5\nname 2,6\n')).toEqual([[5], [6]]);
    expect(await rowsOf('1.5,2.5,"1;2"\n3.5,4.5,"1;2"\n')).toEqual([
      [1.5, 2.5],
      [3.5, 4.5],
    ]);
  });
});
