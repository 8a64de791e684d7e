/** Files of torch.save with what is in them: a folder with manifest.json, and the arrays that NumPy saved beside it. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import { openBytes } from '../../src/formats/bytes/sources.js';
import { openNpyArray } from '../../src/formats/npy-array.js';
import { openArray, recogniseFormat } from '../../src/formats/open.js';
import { type NpzArray, readNpz } from '../support/npz.js';
import { readAll } from './reading.js';

/** A file of a folder. */
export interface PtFile {
  readonly file: string;
  /** Read it, refuse it, or either of them. */
  readonly rule: 'values' | 'either' | 'refuse';
  readonly tensors?: readonly { readonly name: string; readonly dtype: string; readonly shape: readonly number[] }[];
  readonly expected?: string;
}

/** The files of a folder by their names; none where it is not there. */
export function ptFilesIn(folder: string): readonly [name: string, file: PtFile][] {
  const manifest = join(folder, 'manifest.json');
  if (!existsSync(manifest)) return [];
  const { files } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly files: readonly PtFile[] };
  return files.map((file) => [file.file, file]);
}

/** What reading a file's tensors, or some of them, ends in. */
export async function refusalOf(read: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    if (!(error instanceof LevattnError)) throw error;
    expect(error.kind).toBe('data');
    expect(error.message).toMatch(/^[^\n]+; [^\n]+$/);
    return error.message;
  }
}

/** Lists the tensors, as `inspect` does. */
export async function listed(
  path: string,
): Promise<readonly { name: string; dtype: string; shape: readonly number[] }[]> {
  const bytes = await openBytes(path);
  try {
    const tensors = await (await recogniseFormat(bytes)).listTensors!(bytes);
    return tensors.map(({ name, typeName, shape }) => ({ name, dtype: typeName, shape }));
  } finally {
    await bytes.close();
  }
}

/** Reads the rows of every tensor that has some, and the others as lists; what cannot be either is passed over. */
export async function readEveryTensor(path: string): Promise<void> {
  for (const { name, dtype, shape } of await listed(path)) {
    if (shape.length >= 2 && shape.length <= 4 && shape.at(-1) !== 0) await rowsOf(path, name);
    else if (dtype !== 'bfloat16') await npyOf(path, name);
  }
}

async function rowsOf(path: string, tensor: string): Promise<number[]> {
  const reader = await openArray(await openBytes(path), { tensor });
  try {
    return await readAll(reader, 64);
  } finally {
    await reader.close();
  }
}

async function npyOf(path: string, tensor: string): Promise<Buffer> {
  const bytes = await openBytes(path);
  bytes.tensor = tensor;
  const npy = await openNpyArray(bytes);
  const content = Buffer.alloc(npy.size! + 1);
  const length = await npy.readFully(content);
  await npy.close();
  return content.subarray(0, length);
}

/** Holds every tensor of a file to what NumPy saved of it: listed, as rows, and as npy. */
export async function expectTensors(folder: string, { file, tensors, expected }: PtFile): Promise<void> {
  const path = join(folder, file);
  const wanted = tensors!.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
  expect(await listed(path)).toEqual(wanted);
  const arrays = readNpz(join(folder, expected!));
  for (const { name, dtype, shape } of wanted) {
    const array = arrays.get(name)!;
    if (shape.length >= 2 && shape.length <= 4 && shape.at(-1) !== 0) {
      expect(await rowsOf(path, name), name).toEqual(array.numbers);
    }
    if (dtype !== 'bfloat16') expectNpy(await npyOf(path, name), array);
  }
}

function expectNpy(npy: Buffer, { descr, shape, bytes }: NpzArray): void {
  const begin = 10 + npy.readUInt16LE(8);
  const header = npy.toString('latin1', 10, begin);
  expect(header).toContain(`(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`);
  const data = npy.subarray(begin);
  if (header.includes(`'>`)) {
    const size = Number(descr.slice(2));
    for (let at = 0; at < data.length; at += size) data.subarray(at, at + size).reverse();
  } else expect(header).toContain(`'${descr}'`);
  expect(data.equals(bytes)).toBe(true);
}
