/** Parquet, cut off and with bytes changed. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import { parquetFormat } from '../../src/formats/parquet.js';
import { fixturePath } from '../support/fixtures.js';
import { failureOf, fileOf, readAll } from './reading.js';

const read = (path: string): Uint8Array => new Uint8Array(readFileSync(path));
const list = read(fixturePath('interop/duckdb-array.parquet'));

describe('files of many writers', () => {
  const files = readdirSync(fixturePath('formats/parquet')).filter((name) => name.endsWith('.parquet'));

  it.each(files)('%s cut anywhere is refused', async (name) => {
    const bytes = read(fixturePath(`formats/parquet/${name}`));
    for (let length = 4; length < bytes.length; length += 13) {
      expect(await failureOf(parquetFormat, fileOf(bytes.subarray(0, length)))).toMatchObject({ kind: 'data' });
    }
  });

  it.each(files)('%s with flipped bytes: a LevattnError, or as many rows as there are', async (name) => {
    const bytes = read(fixturePath(`formats/parquet/${name}`));
    for (let at = 0; at < bytes.length; at += 1 + Math.floor(bytes.length / 200)) {
      const damaged = bytes.slice();
      damaged[at]! ^= at % 2 ? 0x01 : 0xff;
      try {
        const reader = await parquetFormat.open(fileOf(damaged), {});
        expect(await readAll(reader, 1000)).toHaveLength(reader.rows! * reader.d);
      } catch (error) {
        if (!(error instanceof LevattnError)) throw error;
        expect(error.message).not.toContain('\n');
      }
    }
  });
});

describe('a file of DuckDB', () => {
  it('flipped bytes end in a LevattnError or in as many rows as there are', async () => {
    const { length } = list;
    const places = [
      ...Array.from({ length: 120 }, (_, i) => length - 1 - 2 * i),
      ...Array.from({ length: 60 }, (_, i) => i),
      ...Array.from({ length: 20 }, (_, i) => Math.floor((length * i) / 20)),
    ];
    for (const at of places) {
      const damaged = list.slice();
      damaged[at]! ^= at % 2 ? 0x01 : 0xff;
      try {
        const reader = await parquetFormat.open(fileOf(damaged), { column: 'key' });
        expect(await readAll(reader, 1000)).toHaveLength(reader.rows! * reader.d);
      } catch (error) {
        if (!(error instanceof LevattnError)) throw error;
        expect(error.message).not.toContain('\n');
      }
    }
  });
});
