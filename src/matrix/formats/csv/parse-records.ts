/** Fields from whole records, through fast-csv. It is loaded when the first CSV is opened, to keep start-up fast. */

import type { Records } from './record-cutter.js';

/** Splits records into their fields, quotes undone. One array a record; rejects where fast-csv refuses the text. */
export type ParseRecords = (records: Records) => Promise<string[][]>;

/** The parser for one delimiter. */
export async function loadParser(delimiter: string): Promise<ParseRecords> {
  const { parse } = await import('@fast-csv/parse');
  // A parser a batch: as records are whole, no state must live on between batches, and none is left when one fails.
  return (records) =>
    new Promise((resolve, reject) => {
      const rows: string[][] = [];
      parse<string[], string[]>({ headers: false, delimiter })
        .on('error', reject)
        .on('data', (row: string[]) => rows.push(row))
        .on('end', () => resolve(rows))
        .end(records.text);
    });
}
