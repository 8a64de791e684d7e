/** npy of dtypes that are not read: the Python that is advised makes an array that is, with the same numbers. */

import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { openBytes } from '../../src/formats/bytes/sources.js';
import { npyFormat } from '../../src/formats/npy.js';
import { openMatrix } from '../../src/formats/open.js';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { numpy } from '../support/numpy.js';
import { failureOf, fileOf, readAll } from './reading.js';

const folder = temporaryFolder();
const mlDtypes = numpy && spawnSync('python3', ['-c', 'import ml_dtypes']).status === 0;

/** The rows of fixtures/not-read/make.py, exact in float16 and in decimals. */
const K = Array.from({ length: 15 }, (_, i) => ((i * 37) % 101) / 4 - 12);
const counted = Array.from({ length: 15 }, (_, i) => i);
const reversed = [4, 3, 2, 1, 0].flatMap((row) => K.slice(3 * row, 3 * row + 3));
const besideEachOther = [0, 1, 2, 3, 4].flatMap((row) => [
  ...K.slice(3 * row, 3 * row + 3),
  ...reversed.slice(3 * row, 3 * row + 3),
]);
/** To the nearest even where it is half way, as NumPy rounds. */
const rounded = K.map((value) => {
  const near = Math.round(value / 4);
  return Math.abs(value / 4 - Math.trunc(value / 4)) === 0.5 && near % 2 !== 0 ? near - 1 : near;
});

async function messageOf(name: string): Promise<string> {
  const bytes = await openBytes(fixturePath(`not-read/dtype-${name}.npy`));
  const error = await failureOf(npyFormat, bytes);
  await bytes.close();
  expect(error?.kind).toBe('data');
  expect(error?.message).not.toContain('\n');
  return error!.message;
}

/** Runs the advice and reads what it wrote. */
async function heed(name: string, message: string): Promise<number[]> {
  const [, line] =
    /save it as numbers: (np\.save\((?:FILE|OUT), .*?\))(?= where|,? with| of numpy|, or|$)/.exec(message) ?? [];
  expect(line, message).toBeDefined();
  const out = folder.at(`${name}.npy`);
  const script = `
import sys, numpy as np
from numpy.lib.recfunctions import structured_to_unstructured
try: import ml_dtypes
except ImportError: pass
FILE = ${JSON.stringify(fixturePath(`not-read/dtype-${name}.npy`))}
try: a = np.load(FILE, allow_pickle=True)
except ValueError: pass
FILE_OUT = ${JSON.stringify(out)}
${line!.replace(/^np\.save\((FILE|OUT)/, 'np.save(FILE_OUT')}
`;
  const { status, stderr } = spawnSync('python3', ['-c', script]);
  expect(status, stderr.toString()).toBe(0);
  const reader = await openMatrix(await openBytes(out));
  const values = await readAll(reader, 100);
  await reader.close();
  return values;
}

describe.skipIf(!numpy)('advice that NumPy can follow', () => {
  it.each<[string, RegExp, number[]]>([
    ['complex64', /holds complex numbers \(dtype '<c8'\)/, besideEachOther],
    ['longdouble', /a type that is not read \(dtype '<f16'\)/, K],
    ['object', /holds Python objects \(dtype '\|O'\).*allow_pickle=True/, K],
    ['object-rows', /holds Python objects/, K],
    ['bytes', /holds byte strings \(dtype '\|S8'\)/, K],
    ['strings', /holds strings \(dtype '<U8'\)/, K],
    ['dates', /holds dates \(dtype '<M8\[ns\]'\)/, counted],
    ['spans', /holds time spans \(dtype '<m8\[s\]'\)/, counted],
    ['void4', /holds raw bytes, 4 an element \(dtype '\|V4'\)/, K],
    ['records', /holds records.*structured_to_unstructured\(a\)/, K],
    ['records-named', /holds records.*structured_to_unstructured\(a\[\["x", "y", "z"\]\]\)/, K],
  ])('%s', async (name, pattern, wanted) => {
    const message = await messageOf(name);
    expect(message).toMatch(pattern);
    expect(await heed(name, message)).toEqual(wanted);
  });
});

describe('what ml_dtypes writes', () => {
  it.each<[string, string]>([
    ['bfloat16', `'<V2'); save it as numbers: np.save(FILE, a.view(ml_dtypes.bfloat16).astype("float32"))`],
    ['float8_e4m3fn', `'<V1'); save it as numbers: np.save(FILE, a.view(ml_dtypes.float8_e4m3fn).astype("float32"))`],
    ['int4', `np.save(FILE, a.view(ml_dtypes.float8_e4m3fn).astype("float32")), with the type that was written`],
    ['float8_e5m2', `np.memmap(FILE, ml_dtypes.float8_e5m2, "r", 128, (5, 3)).astype("float32"))`],
    ['float8_e5m2-fortran', `np.memmap(FILE, ml_dtypes.float8_e5m2, "r", 128, (5, 3), "F").astype("float32"))`],
  ])('%s: the view that gives it back', async (name, advice) => {
    expect(await messageOf(name)).toContain(advice);
  });

  it.skipIf(!mlDtypes).each(['bfloat16', 'float8_e4m3fn', 'float8_e5m2', 'float8_e5m2-fortran'])(
    '%s: the advice gives the numbers',
    async (name) => {
      expect(await heed(name, await messageOf(name))).toEqual(rounded);
    },
  );
});

describe('headers', () => {
  /** A header of a version, padded to a length. */
  function headed(version: number, descr: string, length: number, shape = '(1, 2)'): Buffer {
    const text = `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`.padEnd(length - 1);
    const prefix = Buffer.alloc(version === 1 ? 10 : 12);
    prefix.write(`\x93NUMPY${String.fromCharCode(version)}`, 'latin1');
    if (version === 1) prefix.writeUInt16LE(length, 8);
    else prefix.writeUInt32LE(length, 8);
    return Buffer.concat([prefix, Buffer.from(`${text}\n`), Buffer.from(Float32Array.of(1.5, -2).buffer)]);
  }

  it.each([
    [1, 65_535],
    [2, 65_536],
    [2, 3_000_000],
    [3, 3_000_000],
  ])('version %d, %d bytes', async (version, length) => {
    expect(await readAll(await npyFormat.open(fileOf(headed(version, `'<f4'`, length)), {}))).toEqual([1.5, -2]);
  });

  it('records of 40,000 fields, which take more than a MiB, are records', async () => {
    const fields = Array.from({ length: 40_000 }, (_, i) => `('column-number-${i}', '<f4')`).join(', ');
    const bytes = headed(2, `[${fields}]`, fields.length + 100, '(1,)');
    expect((await failureOf(npyFormat, fileOf(bytes)))?.message).toMatch(/holds records \(a structured dtype\)/);
  });

  it('the name of a type, as np.dtype takes it', async () => {
    expect(await readAll(await npyFormat.open(fileOf(headed(1, `'float32'`, 118)), {}))).toEqual([1.5, -2]);
    expect((await failureOf(npyFormat, fileOf(headed(1, `'bfloat16'`, 118))))?.message).toMatch(/not read/);
  });
});
