/** Pages that workers decode: the same values and errors as on one thread. */

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { openMatrix } from '../../src/formats/open.js';
import { chunksOf } from '../../src/formats/parquet/chunks.js';
import { readFooter } from '../../src/formats/parquet/footer.js';
import type { NumberArray } from '../../src/formats/parquet/numbers.js';
import { PageDecoder } from '../../src/formats/parquet/page-decoder.js';
import { ColumnPages, type DecodedAhead } from '../../src/formats/parquet/pages.js';
import { AheadBudget, ReadAhead } from '../../src/formats/parquet/read-ahead.js';
import { ReusedMemory } from '../../src/formats/parquet/reused-memory.js';
import { columnsOf, leavesOf } from '../../src/formats/parquet/schema.js';
import { parquetFormat } from '../../src/formats/parquet.js';
import { seekable } from '../../src/formats/seeking.js';
import { parquetWriter } from '../../src/output/parquet.js';
import { fixturePath } from '../support/fixtures.js';
import { randomFrom } from '../support/random-matrices.js';
import { failureOf, fileOf } from './reading.js';

const ROWS = 320_000;
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

/** Doubles of all digits, so that the file is larger than what one thread is given alone. */
let values: Float64Array;
let bytes: Uint8Array;
beforeAll(async () => {
  const random = randomFrom(5);
  values = Float64Array.from({ length: ROWS * NAMES.length }, () => random() - 0.5);
  const parts: Uint8Array[] = [];
  const sink = { write: async (part: Uint8Array) => void parts.push(part.slice()) };
  const writer = parquetWriter({ columns: NAMES.map((name) => ({ name, type: 'float64' })) }, sink);
  const columns = NAMES.map((_, j) => Float64Array.from({ length: ROWS }, (_, i) => values[i * NAMES.length + j]!));
  await writer.write({ rows: ROWS, columns });
  await writer.end();
  bytes = Buffer.concat(parts);
});

describe('a large file', () => {
  it.each([1, 2, 5])('gives the numbers that were written, on %i threads', async (threads) => {
    const reader = await openMatrix(fileOf(bytes), { threads });
    let at = 0;
    const into = new Float64Array(4096 * NAMES.length);
    for (let rows = await reader.read(into, 4096); rows > 0; rows = await reader.read(into, 4096)) {
      const got = into.subarray(0, rows * NAMES.length);
      expect(Buffer.compare(Buffer.from(got.buffer, 0, got.byteLength), part(at, got.length))).toBe(0);
      at += got.length;
      // Threads get ahead of this one.
      await wait(1);
    }
    expect(at).toBe(values.length);
    expect(reader.progress().bytes).toBe(reader.progress().totalBytes);
    await reader.close();
  });

  const part = (from: number, length: number): Buffer => Buffer.from(values.buffer, 8 * from, 8 * length);

  it('skips rows after some that were read ahead', async () => {
    const reader = await openMatrix(fileOf(bytes), { threads: 3 });
    const row = new Float64Array(NAMES.length);
    await reader.read(row, 1);
    await wait(20);
    for (let at = 1; at < ROWS - 100_003; at += 100_003) {
      expect(await reader.skip!(100_002)).toBe(100_002);
      await reader.read(row, 1);
      expect([...row]).toEqual([...values.subarray((at + 100_002) * NAMES.length, (at + 100_003) * NAMES.length)]);
    }
    await reader.close();
  });

  it('that is damaged ends in the same error', async () => {
    const damaged = bytes.slice();
    const middle = Math.floor(bytes.length / 2);
    damaged.fill(0xff, middle, middle + 2000);
    const messages = await Promise.all(
      [1, 3].map(async (threads) => (await failureOf(parquetFormat, fileOf(damaged), { threads }))?.message),
    );
    expect(messages[0]).toMatch(/not a valid Parquet file/);
    expect(messages[1]).toBe(messages[0]);
  });
});

const aheadOn = (threads: number, most: number): DecodedAhead => ({
  threads,
  budget: new AheadBudget(most),
  memory: new ReusedMemory((size) => new SharedArrayBuffer(size)),
});

/** Every column of numbers of a file, its pages joined. */
async function numbersIn(path: string, threads: number): Promise<readonly (readonly number[])[]> {
  const file = seekable(fileOf(new Uint8Array(readFileSync(path))), 'Parquet');
  const { metadata, schema } = await readFooter(file, path);
  const columns = columnsOf(schema).filter(({ number }) => number);
  const chunks = chunksOf(metadata, columns, leavesOf(schema), path);
  return Promise.all(
    columns.map(async ({ path: elements, number }, i) => {
      const ahead = threads > 1 ? aheadOn(threads, 1 << 20) : undefined;
      const from = { path: elements, chunks: chunks[i]!, convert: number!.convert, name: '', numbers: true, ahead };
      const pages = new ColumnPages<NumberArray>(file, from);
      const found: number[] = [];
      for (let page = await pages.next(); page; page = await pages.next()) {
        found.push(page.entries, ...page.values, ...(page.definition ?? []), ...(page.repetition ?? []));
        if (threads > 1) await wait(1);
      }
      await pages.close();
      return found;
    }),
  );
}

/** Files of all encodings and codecs; those that are damaged or refused are not of interest here. */
const FILES = ['parquet', 'interop', 'tables', 'formats'].flatMap((folder) =>
  readdirSync(fixturePath(folder))
    .filter((name) => name.endsWith('.parquet'))
    .map((name) => fixturePath(`${folder}/${name}`)),
);

it('files of all encodings and codecs', async () => {
  let compared = 0;
  for (const path of FILES) {
    const alone = await numbersIn(path, 1).catch(() => undefined);
    if (!alone) continue;
    expect(await numbersIn(path, 3), path).toEqual(alone);
    compared += alone.length;
  }
  expect(compared).toBeGreaterThan(100);
});

it('workers do decode pages that have been read ahead', async () => {
  const file = seekable(fileOf(bytes), 'Parquet');
  const { metadata, schema } = await readFooter(file, 'memory');
  const [column] = columnsOf(schema);
  const [chunks] = chunksOf(metadata, [column!], leavesOf(schema), 'memory');
  const { path, number } = column!;
  const decode = vi.spyOn(PageDecoder.prototype, 'decode');
  const answered = async (afterMilliseconds: number): Promise<boolean> => {
    const ahead = aheadOn(2, 1 << 26);
    const from = { path, chunks: chunks!, convert: number!.convert, name: '', numbers: true, ahead };
    const pages = new ColumnPages<NumberArray>(file, from);
    await pages.next();
    await wait(afterMilliseconds);
    decode.mockClear();
    await pages.next();
    await pages.close();
    return decode.mock.calls.length === 0;
  };
  let found = false;
  // A worker takes its time to start.
  for (let wait = 50; !found && wait < 10_000; wait *= 2) found = await answered(wait);
  decode.mockRestore();
  expect(found).toBe(true);
});

describe('reading ahead', () => {
  const items = (count: number, size: number) => {
    let next = 0;
    return { read: async () => (next < count ? { at: next++, size } : undefined), begun: () => next };
  };

  it('goes no further than the budget, and gives everything in order', async () => {
    const { read, begun } = items(20, 10);
    const ahead = new ReadAhead(read, new AheadBudget(25));
    for (let i = 0; i < 20; i++) {
      expect((await ahead.take())?.at).toBe(i);
      await wait(1);
      expect(begun()).toBeLessThanOrEqual(Math.min(20, i + 3));
    }
    expect(await ahead.take()).toBeUndefined();
  });

  it('reads nothing before it is asked for without a budget, or once it is stopped', async () => {
    const { read, begun } = items(9, 1);
    const alone = new ReadAhead(read, undefined);
    await alone.take();
    await wait(1);
    expect(begun()).toBe(1);
    const other = items(9, 1);
    const stopped = new ReadAhead(other.read, new AheadBudget(100));
    await stopped.take();
    await stopped.stop();
    const held = stopped.items.length;
    await stopped.take();
    await wait(1);
    expect(other.begun()).toBe(1 + held);
  });

  it('tells of a failure behind what was read before it', async () => {
    let next = 0;
    const read = async () => {
      if (next === 3) throw new RangeError('damaged');
      return { at: next++, size: 1 };
    };
    const ahead = new ReadAhead(read, new AheadBudget(100));
    for (let i = 0; i < 3; i++) expect((await ahead.take())?.at).toBe(i);
    await expect(ahead.take()).rejects.toThrow('damaged');
    await expect(ahead.take()).rejects.toThrow('damaged');
  });
});
