import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../src/matrix/bytes.js';
import { readMask } from '../../src/matrix/mask.js';
import { memorySource } from '../../src/matrix/sources.js';
import { npyHeader } from '../support/files.js';

const maskOf = async (bytes: Uint8Array, chunk = bytes.length): Promise<number[]> => [
  ...(await readMask(new ByteReader(memorySource(bytes, 'mask', chunk)))).values,
];

describe('npy', () => {
  test.each([
    ['|b1', Uint8Array.of(1, 0, 1, 1)],
    ['|u1', Uint8Array.of(7, 0, 255, 1)],
    ['<i4', new Uint8Array(Int32Array.of(-1, 0, 2, 3).buffer)],
    ['<i8', new Uint8Array(BigInt64Array.of(-1n, 0n, 2n, 3n).buffer)],
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

describe('text', () => {
  test.each(['1,0,1,1', '1\n0\n1\n1\n', '1 0\r\n1 1\r\n', '1;0;1;1'])('%j', async (text) => {
    expect(await maskOf(Buffer.from(text), 1)).toEqual([1, 0, 1, 1]);
  });

  test.each(['1\n2\n', '1,01', 'mask\n1\n', '1.0'])('%j is none', async (text) => {
    await expect(maskOf(Buffer.from(text))).rejects.toThrow(/line \d: a mask is/);
  });

  test('nothing at all', async () => {
    await expect(maskOf(new Uint8Array(0))).rejects.toThrow(/no data/);
  });
});
