/** npz and safetensors as programs and people make them: fixtures/containers, whose rows NumPy read. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openBytes } from '../../src/formats/bytes/sources.js';
import { npzFormat } from '../../src/formats/npz.js';
import { openArray, openMatrix } from '../../src/formats/open.js';
import { safetensorsFormat } from '../../src/formats/safetensors.js';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { failureOf, fileOf, pipeOf, readAll } from './reading.js';

const folder = temporaryFolder();
const bytesOf = (name: string): Uint8Array => readFileSync(fixturePath(`containers/${name}`));

interface Expected {
  readonly file: string;
  readonly tensor: string | null;
  readonly shape: readonly number[];
  readonly rows: readonly (readonly number[])[];
}
const expected = Object.entries(
  JSON.parse(readFileSync(fixturePath('containers/expected.json'), 'utf8')) as Record<string, Expected>,
);

describe('what NumPy reads', () => {
  it.each(expected)('%s', async (_, { file, tensor, shape, rows }) => {
    const reader = await openArray(fileOf(bytesOf(file)), { tensor: tensor ?? undefined });
    expect(reader.shape ?? [reader.rows, reader.d]).toEqual(shape);
    expect(await readAll(reader, 4)).toEqual(rows.flat());
  });

  it('of one array beside what macOS and zip put there, nothing need be named', async () => {
    for (const file of ['macos.npz', 'beside.npz', 'no-ending.npz']) {
      expect((await openMatrix(fileOf(bytesOf(file)))).rows).toBe(5);
    }
    const fault = await openBytes(fixturePath('faults/zmac.npz'));
    const reader = await openMatrix(fault);
    expect([reader.rows, reader.d, reader.leftOut]).toEqual([20, 4, []]);
    await reader.close();
  });
});

describe('archives that are refused', () => {
  it.each<[string, string | undefined, RegExp]>([
    [
      'twice.npz',
      undefined,
      /several arrays are called K; keep the last, as NumPy does: np\.savez\(OUT, \*\*dict\(np\.load\(FILE\)\)\)$/,
    ],
    ['twice.npz', 'K', /several arrays are called K/],
    ['lzma.npz', undefined, /array K is compressed by LZMA, which is not read; .*np\.savez_compressed$/],
    ['bzip2.npz', undefined, /array K is compressed by bzip2, which is not read/],
    [
      'complex.npz',
      undefined,
      /no matrix of numbers that are read: z: complex numbers \(5, 3\); save it as numbers: .*a\.real, a\.imag/,
    ],
    ['complex.npz', 'z', /tensor z is of type complex numbers, which is not read; .*a\.real, a\.imag/],
  ])('%s, --tensor %s', async (file, tensor, message) => {
    const error = await failureOf(npzFormat, fileOf(bytesOf(file)), { tensor });
    expect(error?.message).toMatch(message);
    expect(error?.message).not.toMatch(/damaged/);
  });

  it('an encrypted array', async () => {
    // Bit 0 of the flags, in the directory and before the member.
    const bytes = new Uint8Array(bytesOf('big-endian-deflated.npz'));
    for (let at = 0; at < bytes.length - 4; at++) {
      if (bytes[at] !== 0x50 || bytes[at + 1] !== 0x4b) continue;
      if (bytes[at + 2] === 1 && bytes[at + 3] === 2) bytes[at + 8]! |= 1;
      if (bytes[at + 2] === 3 && bytes[at + 3] === 4) bytes[at + 6]! |= 1;
    }
    expect((await failureOf(npzFormat, fileOf(bytes)))?.message).toBe(
      'memory: array K is encrypted; extract it and name the file: unzip FILE',
    );
  });
});

/** A safetensors file with any header. */
function safetensors(header: string | object, data = 8): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([prefix, text, new Uint8Array(data)]);
}
const tensor = (begin: number, end: number, dtype = 'F32', shape = [1, (end - begin) / 4]): object => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const failure = async (bytes: Uint8Array, name?: string): Promise<string | undefined> =>
  (await failureOf(safetensorsFormat, fileOf(bytes), { tensor: name }))?.message;

describe('safetensors that the format forbids, as the safetensors library refuses them', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['a hole', safetensors({ a: tensor(0, 8), b: tensor(16, 24) }, 24), /8 bytes of no tensor lie before tensor b/],
    ['a hole at the beginning', safetensors({ a: tensor(8, 16) }, 16), /8 bytes of no tensor lie before tensor a/],
    [
      'an overlap',
      safetensors({ a: tensor(0, 8), b: tensor(4, 12) }, 12),
      /bytes of another tensor are those of tensor b/,
    ],
    [
      'one place for two',
      safetensors({ a: tensor(0, 8), b: tensor(0, 8) }),
      /bytes of another tensor are those of tensor b/,
    ],
    ['an empty tensor within another', safetensors({ a: tensor(0, 8), e: tensor(4, 4) }), /bytes of another tensor/],
    [
      'a name twice',
      safetensors(`{"a":${JSON.stringify(tensor(0, 8))},"\\u0061":${JSON.stringify(tensor(0, 8))}}`),
      /tensor a comes twice/,
    ],
  ])('%s', async (_, bytes, message) => {
    expect(await failure(bytes)).toMatch(message);
  });
});

describe('safetensors that the format allows', () => {
  it.each<[string, Uint8Array]>([
    ['empty tensors between others', safetensors({ e: tensor(0, 0), a: tensor(0, 8), f: tensor(8, 8) })],
    ['blanks after the header', safetensors(`${JSON.stringify({ a: tensor(0, 8) })}   `)],
    [
      'metadata that look like a header',
      safetensors({ __metadata__: { a: '{"a":{"dtype":"F64"}}', b: '\\"}{' }, a: tensor(0, 8) }),
    ],
    [
      'metadata with one name twice',
      safetensors(`{"__metadata__":{"x":"1","x":"2"},"a":${JSON.stringify(tensor(0, 8))}}`),
    ],
    ['metadata that are no text', safetensors({ __metadata__: { a: 1, b: [null], c: { d: {} } }, a: tensor(0, 8) })],
    [
      'names as of JavaScript',
      safetensors({ ['__proto__']: tensor(0, 0), constructor: tensor(0, 0), 1: tensor(0, 0), a: tensor(0, 8) }),
    ],
    ['a header of 40 MB', safetensors({ __metadata__: { note: 'x'.repeat(40_000_000) }, a: tensor(0, 8) })],
  ])('%s', async (_, bytes) => {
    const reader = await openMatrix(fileOf(bytes), { tensor: 'a' });
    expect(await readAll(reader)).toEqual([0, 0]);
  });

  it('a header past the 100 MB of the format', async () => {
    const bytes = safetensors({ a: tensor(0, 8) });
    new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(0, 100_000_001n, true);
    await expect(openMatrix(fileOf(bytes))).rejects.toThrow(
      /header of 100000001 bytes, more than the 100000000 that the format allows/,
    );
    new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(0, 100_000_000n, true);
    await expect(openMatrix(fileOf(bytes))).rejects.toThrow(/data ends in the safetensors header/);
  });

  it.each([
    ['F8_E4M3', /is of type F8_E4M3, which is not read; convert it to F32 first: safetensors\.torch\.save_file/],
    ['F8_E5M2', /convert it to F32 first: safetensors\.torch\.save_file/],
    ['F4', /is of type F4, which is not read; it is packed/],
    ['C64', /is of type C64, which is not read; convert it to F32 first: torch\.view_as_real/],
    ['Q9', /is of type Q9, which is not read; convert it to F32 first$/],
  ])('%s is refused by name, and named where another is taken', async (dtype, message) => {
    const bytes = safetensors({ a: tensor(0, 8, dtype, [2, 4]), b: tensor(8, 16) }, 16);
    expect(await failure(bytes, 'a')).toMatch(message);
    expect((await openMatrix(fileOf(bytes))).leftOut).toEqual(['a']);
    expect(await failure(safetensors({ a: tensor(0, 8, dtype, [2, 4]) }))).toMatch(
      /^memory: no matrix of numbers that are read: a: /,
    );
  });
});

describe('the index of a sharded checkpoint', () => {
  const shard = folder.write('m-1.safetensors', safetensors({ a: tensor(0, 8) }));
  const rowsOf = async (name: string, index: string | Uint8Array): Promise<number[]> => {
    const reader = await openMatrix(await openBytes(folder.write(name, index)));
    const values = await readAll(reader);
    await reader.close();
    return values;
  };
  const map = '"weight_map": {"a": "m-1.safetensors"}';
  const long = `"metadata": {"note": "${'v'.repeat(100_000)}", "weight_map": {"in": ["{", "\\"}"]}}`;

  it.each([
    ['short', `{${map}}`],
    ['more than 4 KB before its map', `{${long}, ${map}}`],
    ['a byte order mark', `\ufeff{${map}}`],
    ['a byte order mark and 4 KB', `\ufeff\n{${long}, ${map}}`],
    ['blanks', `${' '.repeat(5000)}\r\n\t{ ${long} , ${map} }\n`],
    ['metadata behind it', `{${map}, ${long}}`],
    ['a blank before the colon', `{${long}, "weight_map" : {"a": "m-1.safetensors"}}`],
  ])('%s', async (name, index) => {
    expect(shard).toContain('m-1');
    expect(await rowsOf(`${name}.json`, index)).toEqual([0, 0]);
  });

  it('the fault: 10 KB of metadata', async () => {
    const reader = await openMatrix(
      await openBytes(folder.write('m5.json', readFileSync(fixturePath('faults/m5.safetensors.index.json')))),
    );
    expect(reader.description).toBe('safetensors, tensor a: F32 (1, 2)');
    await reader.close();
  });

  it('objects of NDJSON are none, whatever their texts', async () => {
    const row = JSON.stringify({ note: `"weight_map": ${'x'.repeat(9000)}`, inner: { weight_map: 1 }, x: 1.5, y: 2 });
    const reader = await openMatrix(pipeOf(Buffer.from(`${row}\n${row}\n`), 100), { columns: ['x', 'y'] });
    expect([reader.format, await readAll(reader)]).toEqual(['ndjson', [1.5, 2, 1.5, 2]]);
  });

  it.each([
    ['twice', `{"weight_map": {"a": "m-1.safetensors", "a": "m-2.safetensors"}}`, /tensor a comes twice/],
    [
      'torch',
      `{${long}, "weight_map": {"a": "torch.bin"}}`,
      /torch\.json: says that a is in torch\.bin, which has no such tensor; copy both anew from where they are whole$/,
    ],
    ['gone', `{${long}, "weight_map": {"a": "gone.safetensors"}}`, /gone\.safetensors: no such file/],
  ])('%s', async (name, index, message) => {
    folder.write('torch.bin', readFileSync(fixturePath('formats/torch.pt')));
    await expect(rowsOf(`${name}.json`, index)).rejects.toThrow(message);
  });
});

it('zstd that begins with a frame without content, as pzstd writes', async () => {
  const frame = Buffer.from('502a4d18040000001a000000', 'hex');
  const path = folder.write('K.npy.zst', Buffer.concat([frame, readFileSync(fixturePath('formats/repeated.npy.zst'))]));
  const [plain, padded] = await Promise.all(
    [fixturePath('formats/repeated.npy.zst'), path].map(async (file) =>
      readAll(await openMatrix(await openBytes(file)), 100),
    ),
  );
  expect(padded).toEqual(plain);
});
