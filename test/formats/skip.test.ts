/** Rows that are passed over: what comes behind them is what it is without, with ids and with what comes beside. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ReadOptions } from '../../src/formats/format.js';
import { openMatrix } from '../../src/formats/open.js';
import { allocate, type MatrixReader } from '../../src/rows/row-block.js';
import { RowIds } from '../../src/rows/row-ids.js';
import { skipRows } from '../../src/rows/stacked-rows.js';
import { fixturePath } from '../support/fixtures.js';
import { randomFrom } from '../support/random-matrices.js';
import { fileOf } from './reading.js';

const OPTIONS: ReadOptions = { columns: ['x', 'y'], idColumn: 'trip', beside: ['day', 'n'], missing: 'nan' };

/** A row with all that is read of it. */
async function nextRow(reader: MatrixReader): Promise<unknown[] | undefined> {
  const ids = new RowIds(reader.beside?.length);
  const into = allocate(reader.dtype, reader.d);
  if ((await reader.read(into, 1, ids)) === 0) return undefined;
  return [...into, ids.at(0), ...ids.beside.map((cells) => cells.at(0))].map(String);
}

async function allRows(reader: MatrixReader): Promise<unknown[][]> {
  const rows: unknown[][] = [];
  for (let row = await nextRow(reader); row; row = await nextRow(reader)) rows.push(row);
  return rows;
}

describe.each(['pandas.csv', 'pandas.ndjson', 'duckdb.parquet', 'polars.parquet', 'polars.arrow'])('%s', (name) => {
  const open = (): Promise<MatrixReader> => {
    const options = name.endsWith('.csv') || name.endsWith('.ndjson') ? OPTIONS : { ...OPTIONS, beside: ['n'] };
    return openMatrix(fileOf(readFileSync(fixturePath(`tables/${name}`))), options);
  };

  it('by any number at a time', async () => {
    const all = await allRows(await open());
    expect(all.length).toBe(40);
    const random = randomFrom(5);
    for (let round = 0; round < 12; round++) {
      const reader = await open();
      for (let at = 0; at < all.length; at++) {
        const wanted = Math.floor((random() * all.length) / 4);
        let passed = 0;
        while (passed < wanted) {
          const count = await skipRows(reader, wanted - passed);
          if (count === 0) break;
          passed += count;
        }
        at += passed;
        expect(at).toBeLessThanOrEqual(all.length);
        expect(await nextRow(reader)).toEqual(all[at]);
      }
      await reader.close();
    }
  });

  it('to the end', async () => {
    const reader = await open();
    let passed = 0;
    for (let count = 1; count > 0; passed += count) count = await skipRows(reader, 1000);
    expect(passed).toBe(40);
    expect(await nextRow(reader)).toBeUndefined();
  });
});
