import { describe, expect, it } from 'vitest';
import { ByteReader, type ByteSource } from '../../../src/formats/bytes/reader.js';
import { csvFormat } from '../../../src/formats/csv.js';
import type { ReadOptions } from '../../../src/formats/format.js';
import { failureOf, fileOf, pipeOf, readAll } from '../reading.js';
import { messageOf, utf8 } from './reading-text.js';

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
      'memory: line 3, column 1, is empty where a number is expected; skip such rows with --missing skip, or choose other columns with --columns',
    ],
    [
      'a long text',
      `t,a\n"x y",0.5\n\n\nz,${'9'.repeat(15)}x${'8'.repeat(15)}\n`,
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
      'memory: line 3 has text after a closing quote; double the quotes inside a quoted field, or read quotes as characters like any other ' +
        'with --no-quotes',
    ],
    [
      'an open quote',
      't,a\nx,0.5\n\n"y,1.5\nz,2.5\n',
      {},
      'memory: the quote that opens on line 4 is never closed (where quotes are characters like any other, say --no-quotes); the file is truncated: write it again',
    ],
    ['blank lines alone', '\n\n\n', {}, 'memory: no rows where this CSV begins; rows of numbers were expected'],
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
