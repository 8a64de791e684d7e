/** Columns that other threads read and decode: the same values and errors as on one thread. */

import { readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { openBytes } from '../../src/formats/bytes/sources.js';
import type { ReadOptions } from '../../src/formats/format.js';
import { openMatrix } from '../../src/formats/open.js';
import { chunksOf } from '../../src/formats/parquet/chunks.js';
import { ColumnRows } from '../../src/formats/parquet/column-rows.js';
import { readFooter } from '../../src/formats/parquet/footer.js';
import { LaneRows } from '../../src/formats/parquet/lane-rows.js';
import { PageDecoder } from '../../src/formats/parquet/page-decoder.js';
import { ColumnPages } from '../../src/formats/parquet/pages.js';
import { ReusedMemory } from '../../src/formats/parquet/reused-memory.js';
import { columnsOf, leavesOf, type ParquetColumn } from '../../src/formats/parquet/schema.js';
import { ColumnValues } from '../../src/formats/parquet/values.js';
import { parquetFormat } from '../../src/formats/parquet.js';
import { seekable } from '../../src/formats/seeking.js';
import { parquetWriter } from '../../src/output/parquet.js';
import { allocate } from '../../src/rows/row-block.js';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { randomFrom } from '../support/random-matrices.js';
import { failureOf, fileOf } from './reading.js';

const ROWS = 320_000;
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

/** Doubles of all digits, so that the file is larger than what one thread is given alone. */
let values: Float64Array;
let bytes: Uint8Array;
let path: string;
const folder = temporaryFolder();
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
  path = folder.write('large.parquet', bytes);
});

const open = async (options: ReadOptions, file = path) => openMatrix(await openBytes(file), options);

const part = (from: number, length: number): Buffer => Buffer.from(values.buffer, 8 * from, 8 * length);

describe('a large file', () => {
  it.each([1, 2, 5, 20])('gives the numbers that were written, on %i threads', async (threads) => {
    const reader = await open({ threads });
    let at = 0;
    const into = new Float64Array(4096 * NAMES.length);
    for (let rows = await reader.read(into, 4096); rows > 0; rows = await reader.read(into, 4096)) {
      const got = into.subarray(0, rows * NAMES.length);
      expect(Buffer.compare(Buffer.from(got.buffer, 0, got.byteLength), part(at, got.length))).toBe(0);
      at += got.length;
    }
    expect(at).toBe(values.length);
    expect(reader.progress().bytes).toBe(reader.progress().totalBytes);
    await reader.close();
  });

  it('is decoded by others alone', async () => {
    const decode = vi.spyOn(PageDecoder.prototype, 'decode');
    const reader = await open({ threads: 2 });
    expect(reader.decodedAhead).toBe(true);
    const into = new Float64Array(ROWS * NAMES.length);
    let rows = 0;
    while (rows < ROWS) rows += await reader.read(into.subarray(rows * NAMES.length), ROWS - rows);
    expect(decode).not.toHaveBeenCalled();
    decode.mockRestore();
    expect(Buffer.compare(Buffer.from(into.buffer), part(0, values.length))).toBe(0);
    await reader.close();
  });

  it('in memory is read by one thread', async () => {
    const reader = await openMatrix(fileOf(bytes), { threads: 3 });
    expect(reader.decodedAhead).toBe(false);
    const row = new Float64Array(NAMES.length);
    expect(await reader.read(row, 1)).toBe(1);
    expect(row).toEqual(values.subarray(0, NAMES.length));
    await reader.close();
  });

  it('skips rows after some that were decoded ahead', async () => {
    const reader = await open({ threads: 3 });
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

  it('can be left before its end, and read by several at a time', async () => {
    const readers = await Promise.all([open({ threads: 2 }), open({ threads: 2, columns: ['g', 'a'] })]);
    const [all, two] = [new Float64Array(NAMES.length), new Float64Array(2)];
    await Promise.all([readers[0]!.read(all, 1), readers[1]!.read(two, 1)]);
    expect(all).toEqual(values.subarray(0, NAMES.length));
    expect([...two]).toEqual([values[6], values[0]]);
    await Promise.all(readers.map((reader) => reader.close()));
  });

  it('that is damaged ends in the same error', async () => {
    const damaged = bytes.slice();
    const middle = Math.floor(bytes.length / 2);
    damaged.fill(0xff, middle, middle + 2000);
    const file = folder.write('damaged.parquet', damaged);
    const messages = await Promise.all(
      [1, 3].map(async (threads) => (await failureOf(parquetFormat, await openBytes(file), { threads }))?.message),
    );
    expect(messages[0]).toMatch(/not a valid Parquet file/);
    expect(messages[1]).toBe(messages[0]);
  });
});

/** Columns of numbers together, and each column of lists by itself. */
function matricesIn(columns: readonly ParquetColumn[]): readonly (readonly ParquetColumn[])[] {
  const numbers = columns.filter(({ number, kind }) => number && !kind.startsWith('list'));
  const lists = columns.filter(({ number, kind }) => number && kind.startsWith('list'));
  return [...(numbers.length > 0 ? [numbers] : []), ...lists.map((column) => [column])];
}

/** What a file's matrices hold, each with the elements that are missing; the error's message where one ends in it. */
async function contentOf(file: string, threads: number, mayLack: boolean): Promise<readonly unknown[]> {
  const input = await openBytes(file);
  const seekableFile = seekable(input, 'Parquet');
  const { metadata, schema, rows } = await readFooter(seekableFile, file);
  const found: unknown[] = [];
  for (const columns of matricesIn(columnsOf(schema))) {
    const all = chunksOf(metadata, columns, leavesOf(schema), file);
    const lists = columns[0]!.kind.startsWith('list');
    const dtype = columns.some(({ number }) => number!.dtype === 'float64') ? 'float64' : 'float32';
    let into = allocate(dtype, 0);
    const missing: number[] = [];
    let base = 0;
    const putMissing = mayLack
      ? (array: typeof into, at: number) => {
          array[at] = -1;
          missing.push(base + at);
        }
      : undefined;
    const memory = new ReusedMemory();
    const openColumn = (i: number): ColumnValues => {
      const { path: elements, number, name } = columns[i]!;
      const from = { path: elements, chunks: all[i]!, convert: number!.convert, name, memory };
      return new ColumnValues(new ColumnPages(seekableFile, from), elements, { name, source: file, lists, putMissing });
    };
    try {
      const local = columns.map((_, i) => openColumn(i));
      await local[0]!.findWidth();
      const d = lists ? local[0]!.width : columns.length;
      if (d === undefined || rows === 0) continue;
      const here = new ColumnRows(local, true);
      const laid = columns.map(({ path: elements }, i) => ({
        path: elements.map(({ element }) => element),
        chunks: all[i]!,
      }));
      const place = { ...seekableFile.place!, length: seekableFile.length };
      const matrix = {
        threads,
        file: place,
        columns: laid,

        lists,
        rows,
        d,
        dtype,
        putMissing,
      } as const;
      const read = threads > 1 ? new LaneRows(matrix, here) : here;
      into = allocate(dtype, rows * d);
      for (let done = 0; done < rows; ) {
        if (!(await read.fill())) throw new RangeError('too few');
        const count = Math.min(rows - done, read.available, 100);
        base = done * d;
        read.take(count, into.subarray(base, base + count * d));
        done += count;
      }
      await read.expectEnd();
      await read.close();
      found.push(
        columns.map(({ name }) => name),
        [...into],
        missing.sort((a, b) => a - b),
      );
    } catch (error) {
      found.push((error as Error).message);
    }
  }
  await input.close();
  return found;
}

/** Files of all encodings and codecs. */
const FILES = ['parquet', 'interop', 'tables', 'formats'].flatMap((name) =>
  readdirSync(fixturePath(name))
    .filter((file) => file.endsWith('.parquet'))
    .map((file) => fixturePath(`${name}/${file}`)),
);

it.each([true, false])('files of all encodings and codecs, where values may be missing: %s', async (mayLack) => {
  let compared = 0;
  for (const file of FILES) {
    const alone = await contentOf(file, 1, mayLack).catch(() => undefined);
    if (!alone) continue;
    expect(await contentOf(file, 3, mayLack), file).toEqual(alone);
    compared += alone.length;
  }
  expect(compared).toBeGreaterThan(100);
});
