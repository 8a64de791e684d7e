/** How inputs are named: `FILE::TENSOR`, and what of a name is the file. */

import { mkdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { absoluteName, parseInputName, shortName } from '../../../src/formats/bytes/naming.js';
import { openBytes } from '../../../src/formats/bytes/sources.js';
import { openMatrix } from '../../../src/formats/open.js';
import { readMask } from '../../../src/input/mask.js';
import { readRowList } from '../../../src/input/row-list.js';
import { boolArray, float32Array, int64Array, npyOf, npzFrom, safetensorsFrom } from '../../support/containers.js';
import { temporaryFolder } from '../../support/files.js';

const folder = temporaryFolder();
const at = (name: string): string => folder.at(name);
folder.write('d.st', '');
folder.write('d.st::whole', '');
folder.write('odd::name.st', '');
mkdirSync(at('f::g'));
folder.write('f::g/d.st', '');

describe('a name is a file and a tensor', () => {
  test.each([
    ['a file alone', 'd.st', 'd.st', undefined],
    ['a tensor of it', 'd.st::k', 'd.st', 'k'],
    ['a path that exists under the whole name', 'd.st::whole', 'd.st::whole', undefined],
    ['a tensor whose name has the separator', 'd.st::a::b', 'd.st', 'a::b'],
    ['a tensor with slashes', 'd.st::/model/k', 'd.st', '/model/k'],
    ['a file whose name has the separator', 'odd::name.st::k', 'odd::name.st', 'k'],
    ['a folder whose name has the separator', 'f::g/d.st::k', 'f::g/d.st', 'k'],
    ['a file that is not there', 'none.st::k', 'none.st', 'k'],
    ['nothing before the separator', '::k', '::k', undefined],
  ])('%s', (_, name, file, tensor) => {
    const before = process.cwd();
    process.chdir(folder.path);
    try {
      expect(parseInputName(name)).toEqual({ file, tensor });
    } finally {
      process.chdir(before);
    }
  });

  test('standard input', () => expect(parseInputName('-::k')).toEqual({ file: '-', tensor: 'k' }));

  test('no tensor after the separator: 64', () => {
    expect(() => parseInputName(at('d.st::'))).toThrow(
      expect.objectContaining({ kind: 'usage', message: expect.stringMatching(/no tensor after ::/) }),
    );
  });

  test('a name from every folder, and one without its folder, keep the tensor', () => {
    expect(absoluteName('/x/../d.st::/a/../k')).toBe('/d.st::/a/../k');
    expect(shortName(at('d.st::layers/k'))).toBe('d.st::layers/k');
  });
});

const matrix = { rows: 3, d: 2, values: Float64Array.of(1, 2, 3, 4, 5, 6) };
const other = { rows: 2, d: 2, values: Float64Array.of(7, 8, 9, 10) };
const arrays = {
  k: float32Array(matrix),
  q: float32Array(other),
  mask: boolArray([true, false, true]),
  rows: int64Array([2, 0, 2]),
  half: { dtype: 'BF16', shape: [2], bytes: new Uint8Array(4) },
} as const;
const st = folder.write('all.safetensors', safetensorsFrom(arrays));
const { half: _, ...numpy } = arrays;
const npz = folder.write('all.npz', npzFrom(numpy));
const index = folder.write(
  'all.safetensors.index.json',
  JSON.stringify({ weight_map: Object.fromEntries(Object.keys(arrays).map((name) => [name, 'all.safetensors'])) }),
);

describe.each([
  ['safetensors', st],
  ['npz', npz],
  ['an index', index],
])('%s', (_, file) => {
  test('a tensor by the name of the input, whatever else is asked for', async () => {
    const reader = await openMatrix(await openBytes(`${file}::q`), { tensor: 'k' });
    const values = new Float32Array(4);
    expect([await reader.read(values, 2), [...values]]).toEqual([2, [7, 8, 9, 10]]);
    await reader.close();
  });

  test('a mask', async () => {
    expect(await readMask(await openBytes(`${file}::mask`))).toMatchObject({ values: Uint8Array.of(1, 0, 1) });
  });

  test('a list of rows', async () => {
    expect(await readRowList(`${file}::rows`, {})).toEqual(Float64Array.of(0, 2));
  });

  test('one that is missing: what there is', async () => {
    const there = { kind: 'data', message: expect.stringMatching(/no tensor nope\b.*there are .*\bk\b.*\bmask\b/) };
    await expect(openBytes(`${file}::nope`).then((bytes) => openMatrix(bytes))).rejects.toMatchObject(there);
    await expect(openBytes(`${file}::nope`).then(readMask)).rejects.toMatchObject(there);
  });

  test('a mask among several arrays must be named', async () => {
    await expect(openBytes(file).then(readMask)).rejects.toMatchObject({
      kind: 'data',
      message: expect.stringMatching(/\d tensors: .*mask.*::TENSOR$/),
    });
  });
});

test('a tensor of bfloat16 is no mask', async () => {
  await expect(openBytes(`${st}::half`).then(readMask)).rejects.toMatchObject({
    kind: 'data',
    message: expect.stringMatching(/tensor half is of type BF16/),
  });
});

test('a mask that is all there is in a container needs no name', async () => {
  const path = folder.write('mask.npz', npzFrom({ mask: arrays.mask }));
  expect((await readMask(await openBytes(path))).values).toEqual(Uint8Array.of(1, 0, 1));
});

describe('what holds one matrix without a name has no tensors: 64', () => {
  test.each([
    ['npy', npyOf(arrays.k)],
    ['csv', '1,2\n3,4\n'],
    ['ndjson', '[1,2]\n[3,4]\n'],
  ])('%s', async (format, content) => {
    const path = folder.write(`one.${format}`, content);
    await expect(openBytes(`${path}::k`).then((bytes) => openMatrix(bytes))).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(new RegExp(`^\\S+one\\.${format}: is ${format}, .*leave ::k out`)),
    });
  });

  test('a mask as npy or text', async () => {
    for (const content of [npyOf(arrays.mask), '1,0,1\n']) {
      const path = folder.write('one.mask', content);
      await expect(openBytes(`${path}::m`).then(readMask)).rejects.toMatchObject({ kind: 'usage' });
    }
  });
});

describe('rows of heads', () => {
  // Head 0: rows 4, 2; head 1: row 3.
  const list = [0, 4, 1, 3, 0, 2];
  test('a list with the head before the row', async () => {
    const path = folder.write('heads.npy', npyOf(int64Array(list, [3, 2])));
    expect(await readRowList(path, { at: { head: 0 } })).toEqual(Float64Array.of(2, 4));
    expect(await readRowList(path, { at: { head: 1 } })).toEqual(Float64Array.of(3));
    expect(await readRowList(path, { at: { head: 2 } })).toEqual(new Float64Array(0));
  });

  test('the same in Fortran order, as np.save writes np.array([head, row]).T', async () => {
    const bytes = npyOf(int64Array([0, 1, 0, 4, 3, 2], [3, 2]))
      .toString('latin1')
      .replace('False, ', 'True,  ');
    const path = folder.write('fortran.npy', Buffer.from(bytes, 'latin1'));
    expect(await readRowList(path, { at: { head: 0 } })).toEqual(Float64Array.of(2, 4));
  });

  test('with the example of the batch', async () => {
    const path = folder.write('batch.npy', npyOf(int64Array([0, 0, 4, 1, 0, 5, 1, 1, 6], [3, 3])));
    expect(await readRowList(path, { at: { batch: 1, head: 0 } })).toEqual(Float64Array.of(5));
  });

  test('a list that names a head that K does not have: 65', async () => {
    const path = folder.write('beyond.npy', npyOf(int64Array(list, [3, 2])));
    await expect(readRowList(path, { at: { head: 0 }, among: { head: 1 } })).rejects.toThrow(
      /beyond\.npy: names head 1, and K has 1; rows are those of key heads/,
    );
    expect(await readRowList(path, { at: { head: 0 }, among: { head: 2 } })).toEqual(Float64Array.of(2, 4));
  });

  test('a list without heads is for all of them', async () => {
    const path = folder.write('plain.npy', npyOf(int64Array([4, 1])));
    expect(await readRowList(path, { at: { batch: 1, head: 0 } })).toEqual(Float64Array.of(1, 4));
  });

  test('a list with other columns than K has axes: 65', async () => {
    const path = folder.write('heads.npy', npyOf(int64Array(list, [3, 2])));
    await expect(readRowList(path, {})).rejects.toThrow(/K is one matrix/);
    await expect(readRowList(path, { at: { batch: 0, head: 0 } })).rejects.toThrow(/columns batch, head, row/);
  });
});
