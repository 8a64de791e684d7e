/** Columns of text that hold numbers, in Arrow: left out, and named; the matrix is what it is without them. */

import { readFileSync } from 'node:fs';
import {
  DataType,
  Field,
  FixedSizeList,
  Float64,
  makeData,
  makeVector,
  RecordBatchReader,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { expect, test } from 'vitest';
import { decodeMessage } from '../../src/formats/arrow/message.js';
import type { ByteReader } from '../../src/formats/bytes/reader.js';
import { openBytes } from '../../src/formats/bytes/sources.js';
import { openMatrix } from '../../src/formats/open.js';
import { fixturePath } from '../support/fixtures.js';
import { bytesOf, tableOf } from './arrow-tables.js';
import { fileOf, pipeOf, readAll } from './reading.js';

interface Expected {
  readonly rows: readonly (readonly number[])[];
  readonly named: Readonly<Record<string, string>>;
}

const at = (name: string): string => fixturePath(`formats/arrow/${name}`);
const { rows, named } = JSON.parse(readFileSync(at('text.json'), 'utf8')) as Expected;
const files = ['', '-lz4', '-zstd'].flatMap((codec) => [`text${codec}.arrow`, `text${codec}.arrows`]);

async function expectNamed(bytes: ByteReader): Promise<void> {
  const reader = await openMatrix(bytes);
  expect(reader.leftOut).toEqual(Object.keys(named));
  const list = Object.entries(named).map(([name, what]) => `${name} (${what})`);
  expect(reader.description).toContain(`columns x, y (left out: ${list.join(', ')})`);
  expect([...(await readAll(reader))]).toEqual(rows.flat());
  expect(await bytes.atEnd()).toBe(true);
}

test.each(files)('%s', async (name) => expectNamed(await openBytes(at(name))));

test.each(files)('%s from a pipe', (name) => expectNamed(pipeOf(new Uint8Array(readFileSync(at(name))), 100)));

test('two on one pipe, one after the other', async () => {
  const one = readFileSync(at('text.arrows'));
  const bytes = pipeOf(new Uint8Array(Buffer.concat([one, one])), 1000);
  for (let i = 0; i < 2; i++) {
    const reader = await openMatrix(bytes);
    expect(reader.leftOut).toEqual(Object.keys(named));
    expect((await readAll(reader)).length).toBe(2 * rows.length);
  }
});

test('where columns are named, nothing is left out', async () => {
  const reader = await openMatrix(await openBytes(at('text.arrow')), { columns: ['y', 'x'] });
  expect(reader.leftOut).toEqual([]);
  expect([...(await readAll(reader))]).toEqual(rows.flatMap(([x, y]) => [y, x]));
});

test('text behind more than 64 MiB of a batch: looked at in a file, named without a look from a pipe', async () => {
  const d = 8192;
  const length = 1 + 2 ** 26 / (8 * d);
  const child = makeData({ type: new Float64(), data: new Float64Array(length * d) });
  const key = makeVector(makeData({ type: new FixedSizeList(d, new Field('item', new Float64())), length, child }));
  const words = vectorFromArray(new Array<string>(length).fill('Ulm'), new Utf8());
  const table = (...order: readonly string[]) =>
    bytesOf(tableOf([Object.fromEntries(order.map((name) => [name, name === 'key' ? key : words]))]), 'stream');
  const leftOut = async (bytes: ByteReader) => (await openMatrix(bytes)).leftOut;
  expect(await leftOut(fileOf(table('key', 'word')))).toEqual([]);
  expect(await leftOut(pipeOf(table('word', 'key')))).toEqual([]);
  expect(await leftOut(pipeOf(table('key', 'word')))).toEqual(['word']);
  expect((await openMatrix(pipeOf(table('key', 'word')))).description).toMatch(/word \(text that was not looked at\)/);
});

/** The messages of a stream, each with its frame; a stream's end is none. */
function framesOf(stream: Uint8Array): { kind: string; bytes: Uint8Array }[] {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length);
  const frames: { kind: string; bytes: Uint8Array }[] = [];
  for (let at = 0; at + 8 <= stream.length && view.getInt32(at + 4, true) > 0; ) {
    const body = at + 8 + view.getInt32(at + 4, true);
    const { kind, bodyLength } = decodeMessage(stream.subarray(at + 8, body));
    frames.push({ kind, bytes: stream.subarray(at, body + bodyLength) });
    at = body + bodyLength;
  }
  return frames;
}

test('dictionaries that come after the first rows: their columns are named without a look', async () => {
  const frames = framesOf(new Uint8Array(readFileSync(at('text.arrows'))));
  const isDictionary = ({ kind }: { kind: string }): boolean => kind === 'dictionary';
  const ordered = [...frames.filter((frame) => !isDictionary(frame)), ...frames.filter(isDictionary)];
  const bytes = Buffer.concat(ordered.map((frame) => frame.bytes));
  const { leftOut, description } = await openMatrix(pipeOf(new Uint8Array(bytes), 100));
  const unseen = [...description.matchAll(/(\w+) \(text that was not looked at\)/g)].map(([, name]) => name);
  const encoded = RecordBatchReader.from(readFileSync(at('text.arrows')))
    .open()
    .schema.fields.filter(({ type }) => DataType.isDictionary(type));
  expect(unseen).toEqual(encoded.map(({ name }) => name));
  expect(leftOut).toEqual(expect.arrayContaining(unseen));
});
