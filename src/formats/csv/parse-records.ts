/** Fields from whole records: through fast-csv where there are quotes, else by splitting, which comes to the same. */

import type { Dialect } from './dialect.js';
import type { Records } from './record-cutter.js';

/** Splits records into their fields, quotes undone. One array a record; rejects where fast-csv refuses the text. */
export type ParseRecords = (records: Pick<Records, 'text'>) => Promise<string[][]>;

const QUOTE = 0x22;

/** The parser for one dialect. */
export function parserFor({ delimiter, quotes }: Dialect): ParseRecords {
  return async ({ text }) =>
    quotes && text.includes(QUOTE) ? parseQuoted(text, delimiter) : splitPlain(text, delimiter);
}

function splitPlain(text: Uint8Array, delimiter: string): string[][] {
  const records = Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('utf8').split('\n');
  // What stands behind the last line feed.
  records.pop();
  return records.map((record) => record.split(delimiter));
}

async function parseQuoted(text: Uint8Array, delimiter: string): Promise<string[][]> {
  // Loaded where the first quotes are met, to keep start-up fast.
  const { parse } = await import('@fast-csv/parse');
  // A parser a batch: as records are whole, no state must live on between batches, and none is left when one fails.
  return new Promise((resolve, reject) => {
    const rows: string[][] = [];
    parse<string[], string[]>({ headers: false, delimiter })
      .on('error', reject)
      // In a line of no-break spaces and their kin it finds no field at all.
      .on('data', (row: string[]) => rows.push(row.length > 0 ? row : ['']))
      .on('end', () => resolve(rows))
      .end(text);
  });
}
