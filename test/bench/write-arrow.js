/** Writes the matrix of a float32 npy file as an Arrow stream, FixedSizeList batches of 1 MiB: write-arrow.js FILE.npy FILE.arrows */

import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import {
  Field,
  FixedSizeList,
  Float32,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
} from 'apache-arrow';

const [from, to] = process.argv.slice(2);
const source = openSync(from, 'r');
const target = openSync(to, 'w');

const preamble = Buffer.alloc(10);
readSync(source, preamble, 0, 10, 0);
const headerBytes = 10 + preamble.readUInt16LE(8);
const header = Buffer.alloc(headerBytes);
readSync(source, header, 0, headerBytes, 0);
const [n, d] = /\((\d+), (\d+)\)/.exec(header.toString('latin1')).slice(1).map(Number);

const item = new Field('item', new Float32(), false);
const type = new FixedSizeList(d, item);
const schema = new Schema([new Field('key', type, false)]);
const rows = Math.max(1, Math.floor(2 ** 20 / (4 * d)));
const writer = new RecordBatchStreamWriter();
const chunks = (async () => {
  for await (const chunk of writer) writeSync(target, chunk);
})();
for (let row = 0, at = headerBytes; row < n; row += rows) {
  const length = Math.min(rows, n - row);
  const values = new Float32Array(length * d);
  at += readSync(source, new Uint8Array(values.buffer), 0, values.byteLength, at);
  const child = makeData({ type: new Float32(), length: length * d, nullCount: 0, data: values });
  const key = makeData({ type, length, nullCount: 0, child });
  writer.write(
    new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children: [key] })),
  );
  // Lets the chunks out before the next batch is made.
  await new Promise((resolve) => setImmediate(resolve));
}
writer.finish();
await chunks;
closeSync(target);
