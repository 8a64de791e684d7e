import { parse } from '@fast-csv/parse';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialectOf } from '../../../src/formats/csv/dialect.js';
import { parserFor } from '../../../src/formats/csv/parse-records.js';
import { RecordCutter } from '../../../src/formats/csv/record-cutter.js';

/** What fast-csv alone makes of text. */
const fastCsv = (text: Uint8Array, delimiter: string): Promise<string[][]> =>
  new Promise((resolve, reject) => {
    const rows: string[][] = [];
    parse<string[], string[]>({ headers: false, delimiter })
      .on('error', reject)
      .on('data', (row: string[]) => rows.push(row))
      .on('end', () => resolve(rows))
      .end(text);
  });

const bytes = (...codes: number[]): Uint8Array => Uint8Array.from(codes);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('records without quotes', () => {
  const pieces = fc.constantFrom(
    ...[',', ',', '\t', ' ', ';', '\n', '\n', '\r', '#', '1.5', 'a', 'é', "'", '\\', '\0', '\v'].map(utf8),
    ...[bytes(0xff), bytes(0xe2), bytes(0xe2, 0x82), bytes(0xed, 0xa0, 0x80)],
  );

  it('are split as fast-csv splits them, but for space around fields, which does not count', async () => {
    // It finds no field at all in a line of no-break spaces.
    const trimmed = (rows: string[][]): string[][] =>
      rows.map((row) => (row.length > 0 ? row : ['']).map((field) => field.trim()));
    await fc.assert(
      fc.asyncProperty(
        fc.array(pieces, { maxLength: 30 }),
        fc.constantFrom(',', '\t', ' ', ';', '|'),
        async (parts, delimiter) => {
          const cutter = new RecordCutter(dialectOf(delimiter));
          const records = cutter.push(Buffer.concat(parts));
          const parsed = await parserFor(dialectOf(delimiter))(records);
          expect(trimmed(parsed)).toEqual(trimmed(await fastCsv(records.text, delimiter)));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
