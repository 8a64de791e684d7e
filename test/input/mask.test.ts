import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../src/formats/bytes/reader.js';
import { memorySource, openBytes } from '../../src/formats/bytes/sources.js';
import { maskFor, readMask } from '../../src/input/mask.js';
import { npyHeader } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';

const maskOf = async (bytes: Uint8Array, chunk = bytes.length): Promise<number[]> => [
  ...(await readMask(new ByteReader(memorySource(bytes, 'mask', chunk)))).values,
];

describe('npy', () => {
  test.each([
    ['|b1', Uint8Array.of(1, 0, 1, 1)],
    ['|u1', Uint8Array.of(7, 0, 255, 1)],
    ['<i4', new Uint8Array(Int32Array.of(1, 0, 2, 3).buffer)],
    ['<i8', new Uint8Array(BigInt64Array.of(1n, 0n, 2n, 3n).buffer)],
  ])('%s', async (descr, body) => {
    for (const shape of [[4], [1, 4], [4, 1]]) {
      expect(await maskOf(Buffer.concat([npyHeader(descr, shape), body]), 7)).toEqual([1, 0, 1, 1]);
    }
  });

  test('longer than what is read at a time', async () => {
    const body = Uint8Array.from({ length: 200_000 }, (_, i) => (i % 3 === 0 ? 0 : 1));
    expect(await maskOf(Buffer.concat([npyHeader('|b1', [body.length]), body]))).toEqual([...body]);
  });

  test('what is no mask', async () => {
    await expect(maskOf(Buffer.concat([npyHeader('<f4', [1]), new Uint8Array(4)]))).rejects.toThrow(/float32 array of/);
    await expect(maskOf(Buffer.concat([npyHeader('|b1', [2, 2, 2]), new Uint8Array(8)]))).rejects.toThrow(
      /shape \(2, 2, 2\)/,
    );
    await expect(maskOf(Buffer.concat([npyHeader('|b1', [5]), new Uint8Array(4)]))).rejects.toThrow(/element 4 of 5/);
    await expect(maskOf(npyHeader('|b1', [2 ** 52]))).rejects.toThrow(/element 0/);
  });
});

describe('npy of a batch', () => {
  // fixtures/faults/mask_f.npy, by NumPy: np.asfortranarray([[1, 1, 1, 0, 0], [0, 1, 1, 1, 1]], bool).
  const EXAMPLES = [
    [1, 1, 1, 0, 0],
    [0, 1, 1, 1, 1],
  ];

  test('in Fortran order: not the keys of C order', async () => {
    const mask = await readMask(await openBytes(fixturePath('faults/mask_f.npy')));
    expect(mask.batch).toBe(2);
    const of = (batch: number) => [...maskFor(mask, { batch, head: 0, of: { batch: 2, heads: 1 } }, 'mask')];
    expect([of(0), of(1)]).toEqual(EXAMPLES);
  });

  test.each([
    [[2, 5], false],
    [[2, 5], true],
    [[2, 1, 1, 5], true],
    [[1, 2, 5, 1], true],
  ] as const)('of shape %j, Fortran order: %s', async (shape, fortran) => {
    const header = npyHeader('|b1', shape).toString('latin1');
    const bytes = fortran ? header.replace("'fortran_order': False", "'fortran_order': True ") : header;
    const values = fortran ? [0, 1, 2, 3, 4].flatMap((j) => [EXAMPLES[0]![j]!, EXAMPLES[1]![j]!]) : EXAMPLES.flat();
    const file = Buffer.concat([Buffer.from(bytes, 'latin1'), Uint8Array.from(values)]);
    expect(await maskOf(file, 7)).toEqual(EXAMPLES.flat());
  });

  test('one axis is the same in both orders', async () => {
    const header = npyHeader('|b1', [4]).toString('latin1').replace("'fortran_order': False", "'fortran_order': True ");
    expect(await maskOf(Buffer.concat([Buffer.from(header, 'latin1'), Uint8Array.of(1, 0, 0, 1)]))).toEqual([
      1, 0, 0, 1,
    ]);
  });

  test('of no entries', async () => {
    await expect(maskOf(npyHeader('|b1', [0, 5]))).rejects.toThrow(/has no entries/);
  });
});

describe('additive masks, which are 0 where a key counts', () => {
  test('of whole numbers', async () => {
    const bytes = await openBytes(fixturePath('faults/m_addi.npy'));
    await expect(readMask(bytes)).rejects.toThrow(
      /m_addi\.npy: element 12 is -10000: an additive mask.*np\.save\(FILE, mask >= 0\)$/,
    );
  });

  test.each(['<f2', '<f4', '<f8'])('of %s: refused whatever is in it, as 0 may mean either', async (descr) => {
    const size = Number(descr[2]);
    const file = Buffer.concat([npyHeader(descr, [2, 4]), new Uint8Array(8 * size)]);
    await expect(maskOf(file)).rejects.toThrow(/float\d+ array of.*astype\(bool\).*additive mask.*mask >= 0/);
  });
});

describe('another format is named, not its first line', () => {
  test.each([
    ['Arrow', 'formats/fixed-lz4.arrow', /is of format arrow/],
    ['Parquet', 'formats/parquet/duckdb-v2-gzip.parquet', /is of format parquet/],
    ['a sketch', 'sketch/format-1.lev', /is of format arrow/],
  ])('%s', async (_, name, what) => {
    const error: Error = await readMask(await openBytes(fixturePath(name))).then(
      () => new Error('read'),
      (thrown) => thrown,
    );
    expect(error.message).toMatch(what);
    expect(error.message).toMatch(
      /a mask is an npy array, or text of 0 and 1.*np\.save\(FILE, mask\.astype\(bool\)\)$/,
    );
    expect(error.message).not.toMatch(/line \d/);
  });

  test('npy of Python objects, of strings', async () => {
    for (const descr of ['|O', '<U1', '|S1']) {
      const error =
        /holds (Python objects|strings|byte strings), but a mask is .*np\.array\(mask\.tolist\(\), dtype=int\) != 0\)$/;
      await expect(maskOf(Buffer.concat([npyHeader(descr, [3]), new Uint8Array(12)]))).rejects.toThrow(error);
    }
  });

  test('a pickle, and bytes of nothing known', async () => {
    // pickle.dumps([1, 0], 4) of Python.
    const pickle = Buffer.from('80049509000000000000005d94284b014b00652e', 'hex');
    await expect(maskOf(pickle)).rejects.toThrow(/^mask: is a pickle of Python, but a mask is an npy array/);
    await expect(maskOf(Buffer.of(1, 2, 3, 0, 255))).rejects.toThrow(/^mask: is .*, but a mask is an npy array/);
  });
});

describe('text', () => {
  test.each(['﻿1,0,1,1', '1,0,1,1', '1\n0\n1\n1\n', '1 0\r\n1 1\r\n', '1;0;1;1'])('%j', async (text) => {
    expect(await maskOf(Buffer.from(text), 1)).toEqual([1, 0, 1, 1]);
  });

  test.each(['1\n2\n', '1,01', 'mask\n1\n', '1.0'])('%j is none', async (text) => {
    await expect(maskOf(Buffer.from(text))).rejects.toThrow(/line \d: a mask is/);
  });

  test('nothing at all', async () => {
    await expect(maskOf(new Uint8Array(0))).rejects.toThrow(/no data/);
  });
});
