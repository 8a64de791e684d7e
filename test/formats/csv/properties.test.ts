import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LevattnError } from '../../../src/errors.js';
import { csvFormat } from '../../../src/formats/csv.js';
import type { ReadOptions } from '../../../src/formats/format.js';
import { failureOf, fileOf, pipeOf, readAll } from '../reading.js';
import { CHUNKS, utf8 } from './reading-text.js';

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
          // In one column they are missing values (blank-lines.test.ts).
          const between = blanks && rows[0]!.length > 1 ? newline + newline : newline;
          const text = lines.join(between) + (ended ? newline : '');
          const open = (options: ReadOptions) => csvFormat.open(fileOf(utf8(text), chunk), options);
          // Where the first row may be names, it asks, and is told.
          const asks = async (error: Error) => {
            expect(header).toBe(false);
            expect(error.message).toMatch(/may be a header of numbers or data; say which: --header or --no-header$/);
            return open({ header });
          };
          const reader = await open({}).catch(asks);
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
