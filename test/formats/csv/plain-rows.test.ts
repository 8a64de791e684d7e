/** Rows of plain numbers are read by the scanner, the rest by the parser, and nobody can tell. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LevattnError } from '../../../src/errors.js';
import type { ByteReader } from '../../../src/formats/bytes/reader.js';
import type { RowColumns } from '../../../src/formats/csv/columns.js';
import type { Dialect } from '../../../src/formats/csv/dialect.js';
import type { Decimal } from '../../../src/formats/csv/number.js';
import { readPlainRows } from '../../../src/formats/csv/plain-rows.js';
import { type CreatePlainScanner, createPlainScanner } from '../../../src/formats/csv/plain-scanner.js';
import { type ReadRows, readParsedRows } from '../../../src/formats/csv/read-rows.js';
import { rowConsumer } from '../../../src/formats/csv/row-consumer.js';
import { openRowSource } from '../../../src/formats/csv/row-source.js';
import { openCsv } from '../../../src/formats/csv.js';
import type { ReadOptions } from '../../../src/formats/format.js';
import { fileOf, pipeOf, readAll } from '../reading.js';
import { utf8 } from './reading-text.js';

const NO_SCANNER: CreatePlainScanner = () => undefined;

/** Opens CSV and counts the rows that the scanner reads. */
async function openCounting(bytes: ByteReader, options: ReadOptions = {}) {
  let scanned = 0;
  const reader = await openCsv(bytes, options, (choice, dialect) => {
    const scanner = createPlainScanner(choice, dialect);
    if (!scanner) throw new Error('not built, or not for this engine; npm run build makes it');
    return {
      ...scanner,
      scan: (...args) => {
        const result = scanner.scan(...args);
        scanned += result.rows;
        return result;
      },
    };
  });
  return { reader, scanned: () => scanned };
}

/** How reading ended: the values, and the error if there was one. */
interface Outcome {
  readonly values: readonly number[];
  readonly error: string | undefined;
}

/** Reads to the end or to an error, `maxRows` at a time. */
async function outcomeOf(read: ReadRows, d: number, maxRows: number): Promise<Outcome> {
  const values: number[] = [];
  const into = new Float64Array(maxRows * d);
  try {
    for (;;) {
      const rows = await read(into, maxRows);
      if (rows === 0) return { values, error: undefined };
      for (const value of into.subarray(0, rows * d)) values.push(value);
    }
  } catch (error) {
    if (!(error instanceof LevattnError)) throw error;
    return { values, error: `${error.kind} ${error.message}` };
  }
}

/** What the parser alone reads, and what scanner and parser read together. */
async function bothWays(text: Uint8Array, dialect: Dialect, choice: RowColumns, chunk: number, maxRows: number) {
  const d = choice.picked.length;
  const parsed = pipeOf(text, chunk);
  const alone = readParsedRows(openRowSource(parsed, dialect), rowConsumer(parsed, choice, dialect), d).read;
  const bytes = pipeOf(text, chunk);
  const scanner = createPlainScanner(choice, dialect);
  if (!scanner) throw new Error('not built, or not for this engine; npm run build makes it');
  const together = readPlainRows(
    bytes,
    scanner,
    1,
    { takeLine: () => 0 },
    (start) => readParsedRows(openRowSource(bytes, dialect, start), rowConsumer(bytes, choice, dialect), d).read,
  );
  return { alone: await outcomeOf(alone, d, maxRows), together: await outcomeOf(together, d, maxRows) };
}

const NUMBERS = [
  '0.5',
  '-1.25e-3',
  '7',
  '+.5',
  '5.',
  '-0',
  '1e999',
  '1e-320',
  'nan',
  '-INF',
  'infinity',
  '123456789012345678901',
];
const INTEGERS = ['0', '-12', '+7', '00012', '99999999999999999999999'];
const TEXTS = ['', 'a', 'é', "5'11", 'x#', 'a b', '\u2028', '-', '1.5', 'a text longer than sixteen bytes'];
const ODD = [
  ...[
    '"',
    '"x"',
    '"1.5"',
    ',',
    ';',
    '\t',
    ' ',
    '  ',
    '#',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    '\v',
    '\f',
    '\0',
    '\n\t#',
    '\n #',
    '\u00a0',
    '\ufeff',
    '\u2028',
  ],
  ...['x', '.', '-', 'e', '1e', '0x1', '1_0', 'na', 'infinit', '"a\nb"', '"a""b"'],
];

type Kind = 'number' | 'integer' | 'empty' | 'text';

const kinds = fc
  .array(fc.constantFrom<Kind>('number', 'number', 'number', 'integer', 'empty', 'text'), {
    minLength: 1,
    maxLength: 6,
  })
  .filter((columns) => columns.includes('number'));

/** One text and how to read it. The picked columns stand in any order. */
const texts = fc
  .record({
    columns: kinds,
    delimiter: fc.constantFrom(',', '\t', ';', '|', ' '),
    quotes: fc.constantFrom(true, true, false),
    decimal: fc.constantFrom<Decimal>('.', '.', ','),
    newline: fc.constantFrom('\n', '\n', '\r\n', '\r'),
    padding: fc.constantFrom('', '', '', ' ', '  '),
    turned: fc.boolean(),
  })
  .chain((how) => {
    const field = (kind: Kind): fc.Arbitrary<string> => {
      if (kind === 'number') return fc.constantFrom(...NUMBERS.map((text) => text.replace('.', how.decimal)));
      if (kind === 'integer') return fc.constantFrom(...INTEGERS);
      return kind === 'empty' ? fc.constant('') : fc.constantFrom(...TEXTS);
    };
    const row = fc
      .tuple(...how.columns.map(field))
      .map((fields) => how.padding + fields.map((text) => text + how.padding).join(how.delimiter + how.padding));
    const changes = fc.array(
      fc.record({ at: fc.nat(), remove: fc.integer({ min: 0, max: 3 }), insert: fc.constantFrom('', ...ODD) }),
      { maxLength: 2 },
    );
    return fc.record({
      how: fc.constant(how),
      rows: fc.array(row, { minLength: 1, maxLength: 12 }),
      changes,
      ended: fc.boolean(),
      chunk: fc.constantFrom(1, 2, 7, 30, 1 << 16),
      maxRows: fc.constantFrom(1, 3, 100),
    });
  })
  .map(({ how, rows, changes, ended, chunk, maxRows }) => {
    let text = rows.join(how.newline) + (ended ? how.newline : '');
    for (const { at, remove, insert } of changes) {
      const place = at % (text.length + 1);
      text = text.slice(0, place) + insert + text.slice(place + remove);
    }
    const positions = (kind: Kind): number[] => how.columns.flatMap((each, i) => (each === kind ? [i] : []));
    const picked = positions('number');
    const choice: RowColumns = {
      width: how.columns.length,
      names: undefined,
      picked: how.turned ? picked.toReversed() : picked,

      watched: (['integer', 'empty'] as const).flatMap((kind) =>
        positions(kind).map((position) => ({ position, kind })),
      ),
    };
    const { delimiter, quotes, decimal } = how;
    return { text, dialect: { delimiter, quotes, decimal }, choice, chunk, maxRows };
  });

describe('scanner and parser together', { tags: ['slow'] }, () => {
  it('read what the parser reads alone, to the same error on the same line', async () => {
    await fc.assert(
      fc.asyncProperty(texts, async ({ text, dialect, choice, chunk, maxRows }) => {
        const { alone, together } = await bothWays(utf8(text), dialect, choice, chunk, maxRows);
        if (alone.error === undefined) {
          expect(together).toEqual(alone);
          expect(together.values.every((value, i) => Object.is(value, alone.values[i]))).toBe(true);
        } else {
          // Rows read together with a bad one are lost with it, and how many those are depends on how bytes arrive; so
          // does the first of the lines that the parser cannot make out.
          const less = Math.min(alone.values.length, together.values.length);
          expect(together.values.slice(0, less)).toEqual(alone.values.slice(0, less));
          const withoutFirstLine = (error: string | undefined) => error?.replace(/lines \d+ to/, 'lines');
          expect(withoutFirstLine(together.error)).toBe(withoutFirstLine(alone.error));
          if (maxRows === 1 && !/do not match/.test(alone.error)) expect(together.values).toEqual(alone.values);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('take a zero byte for no decimal sign where the decimal sign sets fields apart', async () => {
    const dialect: Dialect = { delimiter: ',', quotes: true, decimal: ',' };
    const choice: RowColumns = { width: 2, names: undefined, picked: [0, 1], watched: [] };
    const { alone, together } = await bothWays(utf8('1\u00005,2\n'), dialect, choice, 100, 1);
    expect(together).toEqual(alone);
    expect(together.error).toMatch(/line 1, column 1, holds .*no number/);
  });

  it('open any mixture of what CSV is made of as the parser does alone', async () => {
    const pieces = fc.constantFrom(...ODD, ...NUMBERS, ...INTEGERS, '1.5,2.5\n', '1.5,2.5\n', 'a,b\n', '# a,b\n');
    const open = async (text: string, chunk: number, createScanner?: CreatePlainScanner): Promise<unknown> => {
      try {
        const reader = await openCsv(pipeOf(utf8(text), chunk), {}, createScanner);
        const { values, error } = await outcomeOf(reader.read, reader.d, 1);
        return { description: reader.description, error: error?.replace(/lines \d+ to/, 'lines'), values };
      } catch (error) {
        return String(error);
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 25 }), fc.constantFrom(1, 5, 1 << 16), async (parts, chunk) => {
        const text = parts.join('');
        fc.pre(!/[\u00a0\ufeff\u2028\v\f]\s*"/.test(text));
        expect(await open(text, chunk)).toEqual(await open(text, chunk, NO_SCANNER));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the scanner alone reads', () => {
  it.each<[string, string, number]>([
    ['numpy.savetxt with header=', '# a b\n1.000000000000000000e+00 2.500000000000000000e+00\n-3.0e-300 nan\n', 2],
    ["numpy.savetxt with fmt='%10.4f'", '    1.0000     2.5000\n   -3.0000        inf\n', 2],
    ['pandas with an index and CRLF', ',0,1\r\n0,0.1,-2.5e-300\r\n1,1e+22,7.5\r\n', 2],
    ['an index of text', 'id,0,1\nu é,0.1,-2.5\na longer text than sixteen bytes,1.5,7.5\n', 2],
    ['quoted names with line breaks', '\n"a\r\nb","c"\n0.5,1.5\n2.5,3.5\n', 2],
    ['commas and spaces', '0.5, 1.5 \n 2.5 , 3.5\n', 2],
    ['CR alone', '0.5,1.5\r2.5,3.5\r', 2],
    ['a byte order mark', '\ufeffa,b\n0.5,1.5\n', 1],
    ['an empty column', 'a,b,c\n0.5,,1.5\n0.5,,1.5\n', 2],
  ])('%s', async (_, text, rows) => {
    for (const chunk of [1, 7, 1 << 16]) {
      const { reader, scanned } = await openCounting(fileOf(utf8(text), chunk));
      expect((await readAll(reader, 10)).length).toBe(rows * reader.d);
      expect(scanned()).toBe(rows);
    }
  });
});

describe('the parser takes over', () => {
  it.each<[string, string, string, number[]]>([
    ['quotes', 'a,b\n0.5,1.5\n', '"2.5",3.5\n4.5,5.5\n', [2.5, 3.5, 4.5, 5.5]],
    ['a comment', 'a,b\n0.5,1.5\n', '# c\n2.5,3.5\n', [2.5, 3.5]],
    ['a blank line', 'a,b\n0.5,1.5\n', '\n2.5,3.5\n', [2.5, 3.5]],
    ['a row without a line break', 'a,b\n0.5,1.5\n', '2.5,3.5', [2.5, 3.5]],
  ])('at %s', async (_, head, tail, values) => {
    for (const chunk of [1, 7, 1 << 16]) {
      const { reader, scanned } = await openCounting(fileOf(utf8(head + tail), chunk));
      expect(await readAll(reader, 10)).toEqual([0.5, 1.5, ...values]);
      expect(scanned()).toBe(1);
    }
  });
});

describe('lines that begin like text', () => {
  it.each(['#', ' #', '\t#', '\v#', ' \t #'])('are rows after %j where they have the fields of one', async (mark) => {
    const text = `t,a\nu,0.5\n${mark}v,1.5\n${mark}v,x,b\nw,2.5\n`;
    const { reader } = await openCounting(fileOf(utf8(text)));
    expect(await readAll(reader, 10)).toEqual([0.5, 1.5, 2.5]);
  });
});

describe('files of megabytes', () => {
  const row = (i: number): string => `${i},row number ${i},${i / 8},${(0.5 - i) / 1024}`;
  const head = 'id,text,x,y\n';
  const count = 80_000;
  const body = Array.from({ length: count }, (_, i) => row(i)).join('\r\n');
  const expected = Array.from({ length: count }, (_, i) => [i / 8, (0.5 - i) / 1024]).flat();

  it.each([1000, 65_536, 1 << 20, 1 << 26])('are read in pieces of %i bytes', async (chunk) => {
    const { reader, scanned } = await openCounting(fileOf(utf8(`${head}${body}\r\n`), chunk));
    expect(await readAll(reader, 5000)).toEqual(expected);
    expect(scanned()).toBe(count);
  });

  it('say the line of a fault at their end', async () => {
    for (const [last, message] of [
      ['1,a,0.5,x', `line ${count + 2}, column "y", holds "x", which is no number`],
      ['1.5,a,0.5,1', `line ${count + 2}, column "id", was taken for an integer id column`],
      ['1,a,0.5', `line ${count + 2} has 3 fields where the first row has 4`],
    ]) {
      const { reader, scanned } = await openCounting(fileOf(utf8(`${head}${body}\r\n${last}\r\n`)));
      const { values, error } = await outcomeOf(reader.read, reader.d, 5000);
      expect(error).toContain(`memory: ${message}`);
      expect([values.length, scanned()]).toEqual([2 * count, count]);
    }
  });

  it('may have rows that the scanner has no room for', async () => {
    const long = `7,${'x'.repeat(3 << 20)},1.5,2.5`;
    const { reader, scanned } = await openCounting(fileOf(utf8(`${head}${body}\n${long}\n8,y,3.5,4.5\n`)));
    expect(await readAll(reader, 5000)).toEqual([...expected, 1.5, 2.5, 3.5, 4.5]);
    expect(scanned()).toBe(count);
  });
});
