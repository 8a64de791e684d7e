import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Utf8, vectorFromArray } from 'apache-arrow';
import { Message as FlatMessage } from 'apache-arrow/fb/message';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import { Schema as FlatSchema } from 'apache-arrow/fb/schema';
import { FileBlock, Footer } from 'apache-arrow/ipc/metadata/file';
import { Builder } from 'flatbuffers';
import { describe, expect, it } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import { arrowFormat, openArrow, readArrowTable } from '../../src/formats/arrow.js';
import type { ByteReader } from '../../src/formats/bytes/reader.js';
import { npyFormat } from '../../src/formats/npy.js';
import { bytesOf, listType, listVector, rowsOf, tableOf } from './arrow-tables.js';
import { failureOf, fileOf, numbers, pipeOf, readAll } from './reading.js';

const SHARED = new URL('../../../shared/data/', import.meta.url);
const shared = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, SHARED)));
const filesIn = (folder: string): string[] =>
  existsSync(new URL(folder, SHARED))
    ? readdirSync(new URL(folder, SHARED)).filter((name) => !name.endsWith('.md'))
    : [];

/** The error that reading a table ends in. */
async function tableFailure(source: ByteReader): Promise<LevattnError | undefined> {
  try {
    await readArrowTable(await openArrow(source));
    return undefined;
  } catch (error) {
    if (error instanceof LevattnError) return error;
    throw error;
  }
}

const values = numbers(10 * 2);
const tables = Object.fromEntries(
  (['FixedSizeList', 'List', 'LargeList'] as const).map((kind) => {
    const batch = (part: number[]) => ({
      id: vectorFromArray(part.map(String), new Utf8()),
      key: listVector(listType(kind, 2), rowsOf(part, 2)),
    });
    const half = (part: number[]) => ({ ...batch(part), id: vectorFromArray(rowsOf(part, 2).map(String), new Utf8()) });
    return [kind, tableOf([half(values.slice(0, 12)), half(values.slice(12))])];
  }),
);
const numberTable = tableOf([
  { a: vectorFromArray([1, 2.5, 3]), b: vectorFromArray([4, 5, 6.5]) },
  { a: vectorFromArray([7.5, 8]), b: vectorFromArray([9, 10]) },
]);

describe('data that break off', () => {
  it.each(['FixedSizeList', 'List', 'LargeList'])('a stream of %s, at every byte', async (kind) => {
    const bytes = bytesOf(tables[kind]!, 'stream');
    // A stream may end where a message does: without rows, behind the first batch, behind the second.
    const whole = new Map<number, number>();
    for (let length = 1; length <= bytes.length; length++) {
      for (const source of [fileOf(bytes.subarray(0, length)), pipeOf(bytes.subarray(0, length), 9)]) {
        try {
          const rows = await readAll(await arrowFormat.open(source, {}), 4);
          expect(rows).toEqual(values.slice(0, rows.length));
          whole.set(length, rows.length / 2);
        } catch (error) {
          if (!(error instanceof LevattnError)) throw error;
          if (error.message.includes('no rows')) continue;
          expect(error.kind).toBe(source.source.streaming ? 'retry' : 'data');
          expect(error.message).toMatch(
            /^(memory|pipe): data ends (in row [0-9]+|before row [0-9]+, without|in the Arrow schema)/,
          );
        }
      }
    }
    expect([...whole.values()]).toEqual(kind === 'FixedSizeList' ? [0, 6, 10, 10] : [6, 10, 10]);
  });

  it('a file, at every byte', async () => {
    for (const table of [tables.FixedSizeList!, tables.List!, numberTable]) {
      const bytes = bytesOf(table, 'file');
      for (let length = 6; length < bytes.length; length++) {
        for (const source of [fileOf(bytes.subarray(0, length)), pipeOf(bytes.subarray(0, length), 9)]) {
          const error = await failureOf(arrowFormat, source);
          expect(error?.message).toMatch(/data ends /);
          expect(error?.kind).toBe(source.source.streaming ? 'retry' : 'data');
        }
        expect((await tableFailure(fileOf(bytes.subarray(0, length))))?.message).toMatch(/data ends /);
      }
    }
  });

  it('names the row', async () => {
    const bytes = bytesOf(tableOf([{ key: listVector(listType('FixedSizeList', 2), rowsOf(values, 2)) }]), 'stream');
    // The last 8 bytes are the end marker; before it are 10 rows of 8 bytes, padded to nothing.
    const cut = bytes.subarray(0, bytes.length - 8 - 8 * 3 - 5);
    expect((await failureOf(arrowFormat, fileOf(cut)))?.message).toBe(
      'memory: data ends in row 6; the file is truncated: write it again',
    );
  });
});

describe('damage', () => {
  const inputs: [string, Uint8Array][] = [
    ...Object.entries(tables).map(([kind, table]): [string, Uint8Array] => [
      `a stream of ${kind}`,
      bytesOf(table, 'stream'),
    ]),
    ['a file of FixedSizeList', bytesOf(tables.FixedSizeList!, 'file')],
    ['a stream of numbers', bytesOf(numberTable, 'stream')],
    ['a file of numbers', bytesOf(numberTable, 'file')],
  ];

  it.each(inputs)('every flipped byte of %s ends in a LevattnError or in rows', async (_, bytes) => {
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const damaged = bytes.slice();
        damaged[at]! ^= flip;
        await failureOf(arrowFormat, at % 2 ? fileOf(damaged) : pipeOf(damaged));
        await tableFailure(fileOf(damaged));
      }
    }
  });

  it('metadata that is all noise', async () => {
    let state = 12345;
    for (let round = 0; round < 300; round++) {
      const bytes = new Uint8Array(200);
      for (let i = 0; i < bytes.length; i++) {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        bytes[i] = (state >>> 16) & (round % 2 ? 0xff : 0x0f);
      }
      bytes.set([0xff, 0xff, 0xff, 0xff, 120, 0, 0, 0]);
      expect(await failureOf(arrowFormat, fileOf(bytes))).toBeInstanceOf(LevattnError);
    }
  });
});

describe('what is known and not read is named, never called damaged', () => {
  const stream = bytesOf(numberTable, 'stream');
  /** The schema's message with other numbers in its metadata, set by apache-arrow's own encoder. */
  const schemaWith = (version: number, endianness: number): Uint8Array => {
    const builder = new Builder();
    FlatSchema.startSchema(builder);
    FlatSchema.addEndianness(builder, endianness);
    const schema = FlatSchema.endSchema(builder);
    FlatMessage.startMessage(builder);
    FlatMessage.addVersion(builder, version);
    FlatMessage.addHeaderType(builder, MessageHeader.Schema);
    FlatMessage.addHeader(builder, schema);
    builder.finish(FlatMessage.endMessage(builder));
    const metadata = builder.asUint8Array();
    const framed = Buffer.alloc(8 + Math.ceil(metadata.length / 8) * 8);
    framed.writeInt32LE(-1, 0);
    framed.writeInt32LE(framed.length - 8, 4);
    framed.set(metadata, 8);
    return new Uint8Array(Buffer.concat([framed, stream]));
  };

  it.each<[string, Uint8Array, RegExp]>([
    [
      'metadata of before Arrow 0.8',
      schemaWith(2, 0),
      /Arrow IPC with metadata V3, of before Arrow 0.8, which is not read; write it again/,
    ],
    ['metadata of a version to come', schemaWith(5, 0), /Arrow IPC with metadata V6, of a version to come/],
    ['a big-endian machine', schemaWith(4, 1), /written on a big-endian machine, which is not read; write it again/],
  ])('%s', async (_, bytes, message) => {
    for (const source of [fileOf(bytes), pipeOf(bytes, 3)]) {
      const error = await failureOf(arrowFormat, source);
      expect(error?.kind).toBe('data');
      expect(error?.message).toMatch(message);
      expect(error?.message).not.toMatch(/damaged/);
    }
  });
});

describe('other people’s framing', () => {
  const stream = bytesOf(tables.FixedSizeList!, 'stream');

  it('messages without the continuation word, as before Arrow 0.15', async () => {
    const bytes = legacy(stream);
    expect(arrowFormat.recognise(bytes)).toBe(true);
    for (const source of [fileOf(bytes), pipeOf(bytes, 1)]) {
      expect(await readAll(await arrowFormat.open(source, {}))).toEqual(values);
      expect(await source.atEnd()).toBe(true);
    }
  });

  it('files with and without an end marker before the footer, and what follows them', async () => {
    const magic = Buffer.from('ARROW1\0\0');
    const npy = new Uint8Array(readFileSync(new URL('../../fixtures/npy/le-f4.npy', import.meta.url)));
    for (const messages of [stream, stream.subarray(0, -8), legacy(stream), legacy(stream).subarray(0, -4)]) {
      const bytes = new Uint8Array(Buffer.concat([magic, messages, endOf(messages)]));
      for (const source of [
        fileOf(new Uint8Array(Buffer.concat([bytes, bytes, npy])), 5),
        pipeOf(new Uint8Array(Buffer.concat([bytes, bytes, npy]))),
      ]) {
        for (let copy = 0; copy < 2; copy++) {
          const reader = await arrowFormat.open(source, {});
          // The ids are the rows as text.
          expect(reader.description).toBe(
            'Arrow file, column key: FixedSizeList[2]<Float32> (left out: id (lists of numbers))',
          );
          expect(await readAll(reader)).toEqual(values);
        }
        expect(await readAll(await npyFormat.open(source, {}))).toHaveLength(21);
      }
    }
  });

  it('a footer in which the magic word stands as a name', async () => {
    const table = tableOf([{ ARROW1: listVector(listType('FixedSizeList', 2), rowsOf(values, 2)) }]);
    const file = bytesOf(table, 'file');
    const source = fileOf(new Uint8Array(Buffer.concat([file, file])));
    expect(await readAll(await arrowFormat.open(source, {}))).toEqual(values);
    expect(await readAll(await arrowFormat.open(source, {}))).toEqual(values);
    expect(await source.atEnd()).toBe(true);
  });

  it('takes no byte past the footer of a file on a pipe that stays open', async () => {
    const file = bytesOf(tables.FixedSizeList!, 'file');
    const source = pipeOf(file, 3);
    const { read } = source.source;
    let given = 0;
    (source.source as { read: typeof read }).read = async (into) => {
      if (given === file.length) throw new Error('waited for a byte that never comes');
      const count = await read(into);
      given += count;
      return count;
    };
    expect(await readAll(await arrowFormat.open(source, {}))).toEqual(values);
  });

  /** The footer of a file of these messages and what stands behind it, encoded by apache-arrow. */
  function endOf(messages: Uint8Array): Uint8Array {
    const file = Buffer.from(bytesOf(tables.FixedSizeList!, 'file'));
    const footerLength = file.readInt32LE(file.length - 10);
    const written = Footer.decode(file.subarray(file.length - 10 - footerLength, file.length - 10));
    const shorter = Buffer.from(messages).readInt32LE(0) === -1 ? 0 : 4;
    const blocks = [...written.recordBatches()].map(({ metaDataLength, bodyLength, offset }, i) => {
      // In the library's file no schema comes first.
      const place = offset + startOfFirstBatch() - shorter * (i + 1);
      return new FileBlock(metaDataLength - shorter, bodyLength, BigInt(place));
    });
    const footer = Footer.encode(new Footer(written.schema, written.version, blocks, []));
    const length = Buffer.alloc(4);
    length.writeInt32LE(footer.length);
    return new Uint8Array(Buffer.concat([footer, length, Buffer.from('ARROW1')]));
  }

  /** Bytes of the schema's message in the stream. */
  function startOfFirstBatch(): number {
    return 8 + Buffer.from(stream).readInt32LE(4);
  }

  /** The same messages with their length alone in front. */
  function legacy(bytes: Uint8Array): Uint8Array {
    const view = Buffer.from(bytes);
    const parts: Uint8Array[] = [];
    for (let at = 0; at < view.length; ) {
      const length = view.readInt32LE(at + 4);
      // apache-arrow itself says how long the body is: the next message begins with the continuation word.
      let next = at + 8 + length;
      while (length > 0 && next < view.length && view.readInt32LE(next) !== -1) next += 8;
      parts.push(view.subarray(at + 4, next));
      at = next;
    }
    return new Uint8Array(Buffer.concat(parts));
  }
});

const fuzz = filesIn('arrow-corpus/fuzz/');
describe.skipIf(fuzz.length === 0)(
  `malformed files that a fuzzer found${fuzz.length ? '' : ' (shared data absent)'}`,
  () => {
    it.each(fuzz)('%s', async (name) => {
      const bytes = shared(`arrow-corpus/fuzz/${name}`);
      for (const source of [fileOf(bytes), pipeOf(bytes), fileOf(bytes, 7)]) {
        const error = await failureOf(arrowFormat, source);
        expect(['data', 'retry']).toContain(error?.kind);
        expect(error?.message).not.toContain('\n');
      }
      await tableFailure(fileOf(bytes));
    });
  },
);

const golden = filesIn('arrow-corpus/integration/');
describe.skipIf(golden.length === 0)(`files of Arrow C++${golden.length ? '' : ' (shared data absent)'}`, () => {
  it.each(golden)('%s', async (name) => {
    const bytes = shared(`arrow-corpus/integration/${name}`);
    expect(arrowFormat.recognise(bytes.subarray(0, 4096))).toBe(true);
    expect(await failureOf(arrowFormat, fileOf(bytes))).toBeUndefined();
  });
});

const interop = filesIn('interop/').filter((name) => name.includes('.arrow'));
describe.skipIf(interop.length === 0)(`files of Polars${interop.length ? '' : ' (shared data absent)'}`, () => {
  it.each(interop)('%s', async (name) => {
    const bytes = shared(`interop/${name}`);
    const expected = await readAll(await npyFormat.open(fileOf(shared('interop/numpy-f32.npy')), {}));
    for (const source of [fileOf(bytes), pipeOf(bytes, 4097)]) {
      expect(await readAll(await arrowFormat.open(source, {}), 64)).toEqual(expected);
      expect(await source.atEnd()).toBe(true);
    }
    const table = await readArrowTable(await openArrow(fileOf(bytes)));
    expect(table.numRows).toBe(600);
    const cells = table.schema.fields.at(-1)!.name === 'key' ? Array.from(table.getChild('key')!.get(599)!) : [];
    if (cells.length > 0) expect(cells).toEqual(expected.slice(-64));
    else expect(table.getChild('k063')!.get(599)).toBe(expected.at(-1));
  });
});
