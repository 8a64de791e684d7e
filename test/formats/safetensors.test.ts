import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import { openBytes } from '../../src/formats/bytes/sources.js';
import type { ReadOptions } from '../../src/formats/format.js';
import { openMatrix } from '../../src/formats/open.js';
import { safetensorsFormat } from '../../src/formats/safetensors.js';
import { MAX_COLUMNS } from '../../src/rows/limits.js';
import { temporaryFolder } from '../support/files.js';
import { expectedOf, expectMatrix, formatBytes, formatPath, valuesOf } from './format-fixtures.js';
import { failureOf, fileOf, numbers, pipeOf, readAll } from './reading.js';

const files = expectedOf(/\.safetensors$/);
const folder = temporaryFolder();

/** A file with any header. */
function safetensors(header: string | object, data: Uint8Array = new Uint8Array(0), length?: bigint): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(text.length));
  return new Uint8Array(Buffer.concat([prefix, text, data]));
}
const float32 = (values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const tensor = (dtype: string, shape: unknown, begin: number, end: number): object => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const messageOf = async (bytes: Uint8Array, options: ReadOptions = {}): Promise<string | undefined> => {
  const error = await failureOf(safetensorsFormat, fileOf(bytes), options);
  expect(error?.message ?? '').not.toContain('\n');
  return error?.message;
};

describe('files written by NumPy', () => {
  it.each(files)('%s', async (_, wanted) => {
    const bytes = formatBytes(wanted.file);
    for (const chunk of [1, 7, bytes.length]) {
      for (const source of [fileOf(bytes, chunk), pipeOf(bytes, chunk)]) {
        await expectMatrix(source, wanted);
        expect(await source.atEnd()).toBe(true);
      }
    }
  });

  it('leaves what follows for the next matrix', async () => {
    const [first, second] = [files.find(([name]) => name === 'many.safetensors')!, files[0]!];
    const both = Buffer.concat([formatBytes(first[1].file), formatBytes(second[1].file)]);
    const source = fileOf(both, 11);
    await expectMatrix(source, first[1]);
    await expectMatrix(source, second[1]);
    expect(await source.atEnd()).toBe(true);
  });

  it('says what it reads, and what it left out', async () => {
    const reader = await openMatrix(fileOf(formatBytes('many.safetensors')));
    expect(reader.description).toBe('safetensors, tensor keys: F32 (7, 3)');
    expect(reader.leftOut).toEqual(['BOOL', 'I8', 'I16', 'I32', 'I64', 'U8', 'U16', 'U32', 'U64', 'cube', 'eight']);
    expect((await openMatrix(fileOf(formatBytes('f32.safetensors')))).metadata.get('format')).toBe('np');
  });
});

describe('which tensor', () => {
  const many = formatBytes('many.safetensors');
  it.each([
    ['vector', /tensor vector has shape \(3,\), but rows and columns/],
    ['eight', /tensor eight is of type F8_E4M3, which is not read/],
    ['none', /no tensor none; there are before: F32 \(11,\), BOOL: BOOL \(5, 4\), .*and 5 more$/],
  ])('--tensor %s is refused', async (name, message) => {
    expect(await messageOf(many, { tensor: name })).toMatch(message);
  });

  it('several matrices: their names', async () => {
    const both = safetensors({ a: tensor('F32', [1, 2], 0, 8), b: tensor('BF16', [2, 2], 8, 16) }, new Uint8Array(16));
    expect(await messageOf(both)).toBe('memory: 2 matrices: a: F32 (1, 2), b: BF16 (2, 2); name one with --tensor');
    expect(await messageOf(both, { tensor: 'b' })).toBeUndefined();
  });

  it('no matrix: the names and shapes there are', async () => {
    const six = safetensors({ k: tensor('F16', [1, 1, 1, 2, 1, 2], 0, 8) }, new Uint8Array(8));
    expect(await messageOf(six)).toBe(
      'memory: no matrix among its tensors (k: F16 (1, 1, 1, 2, 1, 2)); one of shape (n, d), (heads, n, d) or (batch, heads, n, d) is expected',
    );
    expect(await messageOf(safetensors('{}'))).toMatch(/no matrix among its tensors \(none\)/);
  });

  it('an integer matrix where there is no floating one', async () => {
    const bytes = safetensors({ k: tensor('I16', [2, 1], 0, 4) }, new Uint8Array([1, 0, 255, 255]));
    expect(await readAll(await openMatrix(fileOf(bytes)))).toEqual([1, -1]);
  });

  it('widths', async () => {
    expect(await messageOf(safetensors({ k: tensor('F32', [3, 0], 0, 0) }))).toMatch(/\(3, 0\) and so no columns/);
    const wide = safetensors({ k: tensor('U8', [1, MAX_COLUMNS + 1], 0, MAX_COLUMNS + 1) });
    expect(await messageOf(wide)).toMatch(/8193 columns, at most 8192/);
  });
});

describe('sharded checkpoints', () => {
  const index = 'shards.safetensors.index.json';
  it.each(expectedOf(/index\.json$/))('%s', async (_, wanted) => {
    await expectMatrix(await openBytes(formatPath(index)), wanted);
  });

  it('names both matrices where none is named', async () => {
    const error = await failureOf(safetensorsFormat, await openBytes(formatPath(index)));
    expect(error?.message).toMatch(/2 matrices: a\.k: F32 \(4, 3\), b\.k: BF16 \(7, 3\); name one/);
  });

  it('cannot come from a pipe', async () => {
    const error = await failureOf(safetensorsFormat, pipeOf(formatBytes(index)));
    expect(error?.message).toMatch(/pipe: an index of files, which.*name its path/);
  });

  it.each([
    [
      '{"weight_map": {"k": "missing.safetensors"}}',
      { tensor: 'k' },
      /missing\.safetensors: no such file, though .*bad\.safetensors\.index\.json names it/,
    ],
    ['{"weight_map": {"k": "missing.safetensors"}}', { tensor: 'q' }, /no tensor q among the 1 of this index/],
    ['{"weight_map": {"k": "../secret.safetensors"}}', {}, /tensor k is in no file beside it/],
    ['{"weight_map": {"k": 5}}', {}, /tensor k is in no file beside it/],
    ['{"weight_map": 3}', {}, /no weight_map/],
    ['{"weight_map": {', {}, /not JSON/],
  ])('%s', async (text, options, message) => {
    const path = folder.write('bad.safetensors.index.json', text);
    expect((await failureOf(safetensorsFormat, await openBytes(path), options))?.message).toMatch(message);
  });
});

describe('damage', () => {
  it.each<[string, string | object, RegExp]>([
    ['no JSON', '{"k": ', /it is not JSON/],
    ['not UTF-8', '{"\xff": 1}', /no matrix|not JSON|lacks/],
    ['an array', '[1]', /it is not an object/],
    ['deep nesting', '['.repeat(200_000), /it is not/],
    ['no dtype', { k: { shape: [1, 1], data_offsets: [0, 4] } }, /tensor k lacks dtype/],
    ['a negative length', { k: tensor('F32', [-1, 1], 0, 4) }, /lacks dtype, shape/],
    ['a fraction', { k: tensor('F32', [1.5, 1], 0, 6) }, /lacks dtype, shape/],
    ['lengths past 2^53', { k: tensor('F32', [2 ** 60, 1], 0, 2 ** 62) }, /lacks dtype, shape/],
    ['an end before the beginning', { k: tensor('F32', [1, 1], 8, 4) }, /ends before it begins/],
    ['another size', { k: tensor('F32', [1, 1], 0, 8) }, /tensor k has 8 bytes, not those of F32 \(1, 1\)/],
    ['null', { k: null }, /tensor k lacks/],
  ])('%s', async (_, header, message) => {
    expect(await messageOf(safetensors(header, new Uint8Array(8)))).toMatch(message);
  });

  it('a promise costs nothing: 2^50 rows, a header of 2^60 bytes', async () => {
    const rows = safetensors({ k: tensor('F32', [2 ** 48, 1], 0, 2 ** 50) }, float32(numbers(3)));
    expect(await messageOf(rows)).toMatch(/12 bytes of tensors where the header says 1125899906842624/);
    const error = await failureOf(safetensorsFormat, pipeOf(rows));
    expect([error?.kind, error?.message]).toEqual(['retry', expect.stringMatching(/data ends in row 3 of 2814749767/)]);
    expect(await messageOf(safetensors('{}', undefined, 2n ** 60n))).toMatch(/header of \d+ bytes, more than/);
  });

  it('cut anywhere, it ends in an error', async () => {
    const bytes = formatBytes('many.safetensors');
    for (let length = 0; length < bytes.length; length++) {
      const part = bytes.subarray(0, length);
      const file = await failureOf(safetensorsFormat, fileOf(part));
      expect(file?.kind).toBe('data');
      const pipe = await failureOf(safetensorsFormat, pipeOf(part, 64));
      expect([pipe?.kind, pipe?.message]).toEqual(['retry', expect.stringMatching(/^pipe: data ends/)]);
    }
  });

  it('every flipped byte ends in a LevattnError or in as many rows as the header says', async () => {
    const bytes = formatBytes('f32.safetensors');
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [0x01, 0x80, 0xff, 0x10]) {
        const damaged = bytes.slice();
        damaged[at]! ^= flip;
        for (const source of [fileOf(damaged), pipeOf(damaged)]) {
          try {
            const reader = await safetensorsFormat.open(source, {});
            expect(await readAll(reader)).toHaveLength(reader.rows! * reader.d);
          } catch (error) {
            if (!(error instanceof LevattnError)) throw error;
          }
        }
      }
    }
  });
});

it('is recognised by its first bytes, and by no others', () => {
  const { recognise } = safetensorsFormat;
  for (const [, { file }] of files) expect(recognise(formatBytes(file))).toBe(true);
  expect(recognise(formatBytes('shards.safetensors.index.json'))).toBe(true);
  expect(recognise(new Uint8Array(readFileSync(new URL('../../fixtures/npy/le-f4.npy', import.meta.url))))).toBe(false);
  for (const text of ['', '1,2,3\n', '{"index":0}', '[1,2]\n', 'PAR1\0\0\0\0{'])
    expect(recognise(new TextEncoder().encode(text))).toBe(false);
});

it('a file of the file system', async () => {
  const [, wanted] = files.find(([name]) => name === 'many.safetensors')!;
  const bytes = await openBytes(formatPath('many.safetensors'));
  const reader = await openMatrix(bytes);
  expect(await readAll(reader, 100)).toEqual(valuesOf(wanted));
  expect(reader.progress().totalBytes).toBe(bytes.size);
  await reader.close();
});
