/** Quotes that are characters like any other: as words under blanks, and with `--no-quotes`. */

import { describe, expect, it } from 'vitest';
import { splitLine } from '../../../src/formats/csv/split-line.js';
import { idsOf, outcomeOf, readText, rowsOf, utf8 } from './reading-text.js';

describe('a lone quote', () => {
  it('is a word where blanks set fields apart', async () => {
    const text =
      'the 1.5 2.5\n" 3.5 4.5\nof 5.5 6.5\n"" 1.5 1.5\n"a b" 7.5 8.5\n"c"d 0.5 0.5\n"e"" 0.5 0.25\n\'\' 1 2.5\n';
    expect((await readText(text)).values).toEqual([
      1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 1.5, 1.5, 7.5, 8.5, 0.5, 0.5, 0.5, 0.25, 1, 2.5,
    ]);
    const words = text.replace('"" 1.5 1.5\n', '');
    expect(await idsOf(words, { idColumn: '0' })).toEqual(['the', '"', 'of', 'a b', '"c"d', '"e""', "''"]);
  });

  it.each([
    ['commas', 't,a,b\n",1.5,2.5\nx,2.5,3.5\n",3.5,4.5\n'],
    ['tabs', 't\ta\n"\t1.5\nx\t2.5\n"\t3.5\n'],
    ['semicolons and ids', 't;a\n";1.5\nx;2.5\n";3.5\n'],
  ])('swallows no row between %s', async (_, text) => {
    const idColumn = text.includes(';') ? 't' : undefined;
    const delimiter = text[1];
    expect((await outcomeOf(text, { idColumn, delimiter })).error).toMatch(
      /^memory: line 2, column "t", begins a field in quotes that runs over the end of the line .* say --no-quotes,/,
    );
    expect((await rowsOf(text, { idColumn, delimiter, quotes: false })).length).toBe(3);
  });

  it('that never closes says the way out', async () => {
    expect((await outcomeOf('t,a\nx,0.5\n",1.5\ny,2.5\n')).error).toBe(
      'memory: the quote that opens on line 3 is never closed (where quotes are characters like any other, say --no-quotes); ' +
        'the file is truncated: write it again',
    );
  });
});

describe('a line break in quotes', () => {
  it('may stand in the header and in ids', async () => {
    expect(await rowsOf('"a\nb",c\n1.5,2.5\n')).toEqual([[1.5, 2.5]]);
    const text = 't,a\n"x\r\ny",0.5\n"""z"" ,\n",1.5\n';
    expect(await rowsOf(text, { idColumn: 't' })).toEqual([[0.5], [1.5]]);
    expect(await idsOf('t,a\n"x\ny",0.5\n', { idColumn: 't' })).toEqual(['x\ny']);
  });

  it('may stand in any text that is no part of the matrix', async () => {
    const text = 'note,x,last\n"x\ny",0.5,"one, two\nthree"\n"a, b,\n ""c"" 2",1.5,"\n"\n';
    expect(await rowsOf(text, { delimiter: ',' })).toEqual([[0.5], [1.5]]);
  });

  it.each([
    ['the end of one row and the beginning of the next', 'a,t,b\n0.5,"x,1.5\n2.5,y",3.5\n'],
    ['the same in the first column', 't,a\n"x,0.5\ny",1.5\n'],
    ['the same in the last column', 'a,b,t\n0.5,1.5,"x\n2.5,3.5,y"\n'],
    ['a row between', 'a,t\n0.5,"x y\n1.5,z\n2.5,w"\n'],
  ])('is refused where lone quotes may have swallowed %s', async (_, text) => {
    expect((await outcomeOf(text, { delimiter: ',' })).error).toMatch(
      /^memory: line 2, column "t", begins a field in quotes that runs over the end of the line/,
    );
  });
});

describe('--no-quotes', () => {
  it('takes quotes as they are', async () => {
    const text = 'w\ta\n"\t1.5\n"x\t2.5\n"y"\t3.5\n5\'11"\t4.5\n';
    expect((await readText(text, { quotes: false })).values).toEqual([1.5, 2.5, 3.5, 4.5]);
    expect(await idsOf(text, { quotes: false, idColumn: 'w' })).toEqual(['"', '"x', '"y"', '5\'11"']);
    expect(await idsOf('" 1.5\n"a b" 2.5 \n'.replace(' b', '_b'), { quotes: false, idColumn: '0' })).toEqual([
      '"',
      '"a_b"',
    ]);
  });
});

describe('a line is split', () => {
  it.each<[string, string, string, number]>([
    ['a b', ' ', 'a b', 2],
    ['a \t b \t', ' ', 'a b', 2],
    ['" 1', ' ', '"""" 1', 2],
    ['"a  b" 1', ' ', '"a  b" 1', 2],
    ['"a"b c" 1', ' ', '"""a""b" c" 1', 3],
    ['1 "', ' ', '1 """"', 2],
    ['#a,"b,c" ,d', ',', '#a,"b,c" ,d', 3],
    ['#a,"b,c', ',', '#a,"""b",c', 3],
    ['#a,,', ',', '#a,,', 3],
  ])('%j at %j', (line, delimiter, text, width) => {
    const split = splitLine(utf8(line), delimiter.charCodeAt(0), true);
    expect([Buffer.from(split.text).toString(), split.width]).toEqual([text, width]);
  });
});
