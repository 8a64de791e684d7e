import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { arrowFormat, openArrow, readArrowTable } from '../../src/formats/arrow.js';
import { expectedOf, expectMatrix, formatBytes, valuesOf } from './format-fixtures.js';
import { failureOf, fileOf, pipeOf, readAll } from './reading.js';

const files = expectedOf(/-(lz4|zstd)\.arrows?$/);

describe('compressed buffers', () => {
  it.each(files)('%s', async (_, wanted) => {
    const bytes = formatBytes(wanted.file);
    for (const chunk of [1, 11, bytes.length]) {
      for (const source of [fileOf(bytes, chunk), pipeOf(bytes, chunk)]) {
        for (const maxRows of [3, 100]) {
          if (source.position === 0) await expectMatrix(source, wanted, maxRows);
        }
        expect(await source.atEnd()).toBe(true);
      }
    }
  });

  it('the kinds are there', () => expect(files).toHaveLength(12));

  it.each(files)('%s as a table', async (_, wanted) => {
    const table = await readArrowTable(await openArrow(fileOf(formatBytes(wanted.file), 100)));
    const rows = table.toArray().map((row) => row.toJSON() as Record<string, unknown>);
    const values = rows.flatMap(({ id, key, ...others }) =>
      key ? Array.from(key as Iterable<number>) : (Object.values(others) as number[]),
    );
    expect(values).toEqual(valuesOf(wanted));
    expect(rows[1]!.id).toBe(wanted.file.startsWith('columns') ? 1 : 'row 1');
  });

  it('reads what follows', async () => {
    const [, wanted] = files[0]!;
    const source = pipeOf(new Uint8Array(Buffer.concat([formatBytes(wanted.file), formatBytes(wanted.file)])), 9);
    await expectMatrix(source, wanted);
    await expectMatrix(source, wanted);
    expect(await source.atEnd()).toBe(true);
  });

  it('progress never goes back and ends at the end', async () => {
    for (const [name] of files) {
      const bytes = formatBytes(name);
      const reader = await arrowFormat.open(fileOf(bytes, 50), {});
      let last = 0;
      const into = new Float32Array(4 * 7);
      while ((await reader.read(into, 7)) > 0) {
        expect(reader.progress().bytes).toBeGreaterThanOrEqual(last);
        last = reader.progress().bytes;
      }
      expect(reader.progress()).toEqual({ bytes: bytes.length, totalBytes: bytes.length });
    }
  });
});

describe('files of Arrow C++', () => {
  const folder = new URL('../../fixtures/arrow-testing/', import.meta.url);
  it.each(readdirSync(folder))('%s', async (name) => {
    const bytes = new Uint8Array(readFileSync(new URL(name, folder)));
    const values = await readAll(await arrowFormat.open(fileOf(bytes, 100), {}));
    // What the files are generated to hold; pyarrow and the programs lz4 and zstd say the same.
    if (name.includes('uncompressible')) expect(values).toEqual([19006, 35514, 17250, 14399]);
    else expect(values.slice(0, 6)).toEqual([42, 43, 44, 45, 46, 47]);
    expect(values.length).toBe(name.includes('uncompressible') ? 4 : 60);
  });
});

describe('damage', () => {
  it('a buffer that promises 2^40 bytes costs nothing', async () => {
    const bytes = formatBytes('fixed-lz4.arrows');
    const frame = Buffer.from(bytes).lastIndexOf(Buffer.from([0x04, 0x22, 0x4d, 0x18]));
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    view.setBigInt64(frame - 8, 2n ** 40n, true);
    expect((await failureOf(arrowFormat, fileOf(bytes)))?.message).toMatch(
      /not a valid Arrow message at byte \d+ \(a compressed buffer: not as long as it says\)/,
    );
    view.setBigInt64(frame - 8, -7n, true);
    expect((await failureOf(arrowFormat, fileOf(bytes)))?.message).toMatch(/a negative length/);
  });
});
