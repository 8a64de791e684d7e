/** Files of every format but those of `robustness.slow.test.ts`, cut short and with bytes changed, through the program. */

import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { npyFrom, rowsOf, temporaryFolder } from '../support/files.js';
import { fixturePath, loadMatrix } from '../support/fixtures.js';
import { randomFrom } from '../support/random-matrices.js';
import { expectRefused, expectRefusedOrRead, runBounded } from './refusals.js';

const folder = temporaryFolder();
const matrix = rowsOf(loadMatrix(fixturePath('demo/K.npy')), 0, 60);
const { rows, d } = matrix;
const floats = Float32Array.from(matrix.values);
const bytesOf = (array: Float32Array | Int32Array): Buffer =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength);
const rowOf = (i: number): Float32Array => floats.subarray(i * d, (i + 1) * d);
const eachRow = <T>(make: (i: number) => T): T[] => Array.from({ length: rows }, (_, i) => make(i));

function safetensors(): Buffer {
  const header = JSON.stringify({ keys: { dtype: 'F32', shape: [rows, d], data_offsets: [0, 4 * rows * d] } });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, Buffer.from(header), bytesOf(floats)]);
}

/** How a format is read, and whether a cut can leave a shorter matrix. */
interface Good {
  readonly bytes: Uint8Array;
  readonly options?: readonly string[];
  readonly shorter?: boolean;
}

const good: Readonly<Record<string, Good>> = {
  'K.safetensors': { bytes: safetensors() },
  'K.npz': { bytes: readFileSync(fixturePath('formats/zip64.npz')), options: ['--tensor', 'a'] },
  'K.parquet': { bytes: readFileSync(fixturePath('formats/parquet/v2-list-gzip.parquet')) },
  'K.ndjson': { bytes: Buffer.from(eachRow((i) => `${JSON.stringify([...rowOf(i)])}\n`).join('')), shorter: true },
  'K.fvecs': {
    bytes: Buffer.concat(eachRow((i) => Buffer.concat([bytesOf(Int32Array.of(d)), bytesOf(rowOf(i))]))),
    shorter: true,
  },
  'K.raw': { bytes: bytesOf(floats), options: ['--input-format', `raw:f32:${d}`], shorter: true },
  'K.npy.gz': { bytes: gzipSync(npyFrom(matrix)) },
  'K.npy.zst': { bytes: readFileSync(fixturePath('formats/repeated.npy.zst')) },
};

const read = (name: string, path: string) =>
  runBounded(['select-keys', '--log-json', ...(good[name]!.options ?? []), path]);

describe.concurrent.each(Object.entries(good))('%s', (name, { bytes, shorter }) => {
  const random = randomFrom(bytes.length);
  const { length } = bytes;

  test('itself is read', async () => {
    expect((await read(name, folder.write(`whole-${name}`, bytes))).code).toBe(0);
  });

  const cuts = [0, 1, 7, Math.floor(random() * length), Math.floor(random() * length), length - 1];
  test.each(cuts)('cut after %i bytes is refused', async (cut) => {
    const outcome = await read(name, folder.write(`cut-${cut}-${name}`, bytes.subarray(0, cut)));
    if (shorter) expectRefusedOrRead(outcome);
    else expectRefused(outcome);
  });

  const places = [Math.min(60, length), Math.min(300, length), length].flatMap((most) => [
    () => Math.floor(random() * most),
    () => length - 1 - Math.floor(random() * most),
  ]);
  test.each(places.map((place, i) => [i, place(), 1 + Math.floor(random() * 255)] as const))(
    'variant %i: byte %i changed by %i is refused or read',
    async (i, place, mask) => {
      const changed = Uint8Array.from(bytes);
      changed[place]! ^= mask;
      expectRefusedOrRead(await read(name, folder.write(`flip-${i}-${name}`, changed)));
    },
  );
});

test.concurrent.each([
  ['brotli, which nothing tells by its first bytes', brotliCompressSync(npyFrom(matrix))],
  ['gzip within gzip', gzipSync(gzipSync(npyFrom(matrix)))],
  ['zeros, 30 MB of them in 30 kB', gzipSync(Buffer.alloc(30e6))],
])('%s is refused', async (name, bytes) => {
  expectRefused(await runBounded(['select-keys', '--log-json', folder.write(name.slice(0, 6), bytes)]));
});
