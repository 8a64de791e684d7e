/** Files of torch.save: fixtures/pt, which PyTorch 1.13 wrote, or a hand where it would not. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { undoCompression } from '../../src/formats/bytes/compression.js';
import { openBytes } from '../../src/formats/bytes/sources.js';
import { openArray, openMatrix } from '../../src/formats/open.js';
import { ptFormat } from '../../src/formats/pt.js';
import { fixturePath } from '../support/fixtures.js';
import { expectTensors, type PtFile, ptFilesIn, readEveryTensor, refusalOf } from './pt-files.js';
import { failureOf, fileOf, pipeOf, readAll } from './reading.js';

const FOLDER = fixturePath('pt');
const files = ptFilesIn(FOLDER);
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(join(FOLDER, name)));
const readable = ({ rule, expected, file }: PtFile): boolean =>
  rule !== 'refuse' && expected !== undefined && file !== 'name_clash.pt';

describe('every tensor is what NumPy saved of it', () => {
  it.each(files.filter(([, file]) => readable(file)))('%s', (_, file) => expectTensors(FOLDER, file));
});

describe('refused, on one line, with what to do', () => {
  it.each<[string, RegExp]>([
    ['complex.pt', /no matrix of numbers that are read: z: complex64 \(3, 4\); .*torch\.view_as_real\(k\)/],
    ['torchscript.pt', /: a TorchScript archive, which is not read; .*torch\.jit\.load\(FILE\)\.state_dict\(\)/],
    ['no_tensor.pt', /: a file of torch\.save without a tensor in it; /],
    ['name_clash.pt', /: several tensors are called a\.b; save the one that is meant alone/],
    ['hostile_reduce_system_p4.pt', /data\.pkl: byte 200: calls posix\.system, and nothing in a file is called here; /],
    ['hostile_newobj.pt', /makes an object of subprocess\.Popen with arguments that are no tensors; /],
    ['hostile_stride_beyond.pt', /tensor k, float32 \(9, 64\): its strides reach element 1599 of a storage of 576; /],
    ['hostile_storage_missing.pt', /tensor k, float32 \(9, 64\): there is no record data\/7; /],
    ['hostile_expand_bomb.pt', /1099511627776 elements by strides over 1, more than anybody repeats; /],
    ['hostile_laughs_list.pt', /more than 65536 paths to tensors; /],
    ['hostile_memo_huge.pt', /without a tensor in it; /],
    ['hostile_text_huge.pt', /\d+ bytes are to follow, where 4 are left; /],
    ['hostile_duplicate_entry.pt', /several members are called archive\/data\/0; /],
  ])('%s', async (name, message) => {
    const path = join(FOLDER, name);
    const options = name === 'name_clash.pt' ? { tensor: 'a.b' } : {};
    expect(await refusalOf(async () => readAll(await openArray(await openBytes(path), options)))).toMatch(message);
  });

  it('files that are to be refused are all of them', async () => {
    for (const [name, { rule }] of files.filter(([, { rule }]) => rule === 'refuse')) {
      expect(await refusalOf(() => readEveryTensor(join(FOLDER, name))), `${name} ${rule}`).toBeDefined();
    }
  });

  it('an unseekable input', async () => {
    expect((await failureOf(ptFormat, pipeOf(bytesOf('parameter.pt'))))?.message).toBe(
      'pipe: pt is read from its end, which needs an input that can seek; name the file itself instead of a pipe',
    );
    expect(await refusalOf(() => openMatrix(pipeOf(bytesOf('parameter.pt'))))).toMatch(
      /^pipe: pt is read from its end/,
    );
    const zipped = await undoCompression(fileOf(gzipSync(bytesOf('parameter.pt'))));
    expect((await failureOf(ptFormat, zipped))?.message).toMatch(/decompress it to a file first: gzip -d FILE/);
  });
});

describe('which tensor, and how it is read', () => {
  it('a bare tensor needs no name', async () => {
    const reader = await openMatrix(fileOf(bytesOf('parameter.pt')));
    expect([reader.format, reader.description, reader.rows, reader.d]).toEqual([
      'pt',
      'pt, tensor tensor: float32 (7, 8)',
      7,
      8,
    ]);
  });

  it('the only matrix is taken, and several are listed', async () => {
    const reader = await openMatrix(fileOf(bytesOf('parameters.pt')));
    expect([reader.rows, reader.leftOut]).toEqual([7, []]);
    expect(await refusalOf(() => openMatrix(fileOf(bytesOf('big_endian.pt'))))).toBe(
      'memory: 2 matrices: k: float32 (9, 64), q: float32 (9, 64); name one with --tensor',
    );
    expect(await refusalOf(() => openMatrix(fileOf(bytesOf('big_endian.pt')), { tensor: 'v' }))).toBe(
      'memory: no tensor v; there are k: float32 (9, 64), q: float32 (9, 64)',
    );
  });

  it('says what is unusual', async () => {
    const described = async (name: string, tensor: string): Promise<string> =>
      (await openArray(fileOf(bytesOf(name)), { tensor })).description;
    expect(await described('big_endian.pt', 'k')).toBe('pt, tensor k: big-endian float32 (9, 64)');
    expect(await described('view_misc.pt', 'overlap')).toBe('pt, tensor overlap: float32 (141, 20), strided');
    expect(await described('cache_slots.pt', 'layer0.keys')).toBe('pt, tensor layer0.keys: float16 (1, 2, 40, 16)');
  });

  it('one head, and rows that are passed over', async () => {
    const open = async (): Promise<Awaited<ReturnType<typeof openArray>>> =>
      openArray(fileOf(bytesOf('cache_slots.pt')), { tensor: 'layer0.keys' });
    const all = await readAll(await open());
    const head = await openMatrix(fileOf(bytesOf('cache_slots.pt')), {
      tensor: 'layer0.keys',
      head: [{ from: 1, to: 2 }],
    });
    expect(await readAll(head)).toEqual(all.slice(40 * 16));
    const reader = await open();
    expect(await reader.skip!(50)).toBe(50);
    expect(await readAll(reader)).toEqual(all.slice(50 * 16));
  });

  it('is told from npz', async () => {
    expect(await refusalOf(() => openMatrix(fileOf(bytesOf('parameter.pt'))))).toBeUndefined();
    await expect(openMatrix(fileOf(bytesOf('parameter.pt')), {}, 'npz')).rejects.toThrow(
      'memory: is pt, not npz; leave --input-format out',
    );
    const npz = new Uint8Array(readFileSync(fixturePath('formats/one.npz')));
    await expect(openMatrix(fileOf(npz), {}, 'pt')).rejects.toThrow('memory: is npz, not pt; leave --input-format out');
  });
});
