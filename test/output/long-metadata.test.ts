/** Long metadata of an Arrow schema: the bytes that the library writes. */

import * as arrow from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { arrowStreamWriter } from '../../src/output/arrow.js';
import { schemaMessage } from '../../src/output/arrow-schema.js';
import { DOCUMENT_KEY, type TableSchema } from '../../src/output/table.js';
import { selectKeys } from '../../src/sketch/select-keys.js';
import { universalSetBatch, universalSetSchema } from '../../src/universal-set/table.js';
import { documentBytes, encodeDocument } from '../../src/universal-set/write-document.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const FIELDS = {
  'a column': [new arrow.Field('index', new arrow.Uint64(), false)],
  'columns of a set': [
    new arrow.Field('index', new arrow.Uint64(), false),
    new arrow.Field('id', new arrow.Utf8(), false),
    new arrow.Field('x'.repeat(100), new arrow.Float64(), false),
    new arrow.Field('key', new arrow.FixedSizeList(3, new arrow.Field('item', new arrow.Float32())), false),
  ],
  'no columns': [],
};

describe.each(Object.entries(FIELDS))('%s', (_, fields) => {
  test.each(['levattn', 'a key of other length', 'x'.repeat(70)])('%s', (key) => {
    for (const length of [0, 1, 2, 3, 4, 5, 6, 7, 8, 63, 64, 65, 71, 72, 1000, 4099, 100_001, 2 ** 20]) {
      const text = 'ü{"x":1}'.repeat(Math.ceil(length / 8)).slice(0, length);
      const whole = arrow.Message.encode(arrow.Message.from(new arrow.Schema(fields, new Map([[key, text]]))));
      const pieces = schemaMessage(arrow, fields, key, Buffer.from(text));
      expect(Buffer.concat(pieces).equals(whole), `${length} characters`).toBe(true);
    }
  });
});

const written = async (schema: TableSchema, batch: ReturnType<typeof universalSetBatch>): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  const writer = arrowStreamWriter(schema, { write: async (bytes) => void pieces.push(Buffer.from(bytes)) });
  await writer.write(batch);
  await writer.end();
  return Buffer.concat(pieces);
};

test.each([
  ['a', 'b', 'c'],
  ['#', '##0##', 'ü"\\'],
])('a universal set of columns %s, %s, %s', async (...names) => {
  const values = Float64Array.from({ length: 3000 }, gaussianFrom(randomFrom(2)));
  const columns = { names, of: 'K', takenBy: 'name' } as never;
  const sample = { size: 7, seed: 1 };
  const set = await selectKeys([{ start: 0, rows: 1000, d: 3, values }], { eps: 0.02, sample, columns });
  const text = encodeDocument(set);
  expect(Buffer.from(documentBytes(set)).toString()).toBe(text);
  const { columns: specs } = universalSetSchema(set);
  const batch = universalSetBatch(set);
  const short = await written({ columns: specs, metadata: new Map([[DOCUMENT_KEY, text]]) }, batch);
  const long = await written(universalSetSchema(set), batch);
  expect(long.equals(short)).toBe(true);
  expect(arrow.tableFromIPC(long).schema.metadata.get(DOCUMENT_KEY)).toBe(text);
});
