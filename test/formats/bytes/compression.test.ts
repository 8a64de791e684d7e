import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { LevattnError } from '../../../src/errors.js';
import { prepareZstd } from '../../../src/formats/bytes/compression/zstd.js';
import { recogniseCompression, undoCompression } from '../../../src/formats/bytes/compression.js';
import type { ByteReader } from '../../../src/formats/bytes/reader.js';
import { openBytes } from '../../../src/formats/bytes/sources.js';
import { openMatrix } from '../../../src/formats/open.js';
import { randomFrom } from '../../support/random-matrices.js';
import { expectedOf, expectMatrix, formatBytes, formatPath } from '../format-fixtures.js';
import { fileOf, pipeOf, readAll } from '../reading.js';

const files = expectedOf(/\.npy\.(gz|zst)$/);

async function contentOf(bytes: ByteReader): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const into = new Uint8Array(1000);
    const count = await bytes.readSome(into);
    if (count === 0) return Buffer.concat(parts);
    parts.push(into.subarray(0, count));
  }
}

/** The error that decompressing ends in, or the content. */
async function outcomeOf(bytes: ByteReader): Promise<LevattnError | Buffer> {
  try {
    return await contentOf(await undoCompression(bytes));
  } catch (error) {
    if (error instanceof LevattnError) return error;
    throw error;
  }
}
const errorOf = async (bytes: ByteReader): Promise<LevattnError> => {
  const outcome = await outcomeOf(bytes);
  if (outcome instanceof LevattnError) return outcome;
  throw new Error('no error');
};

describe('files that gzip and zstd wrote', () => {
  it.each(files)('%s', async (name, wanted) => {
    const bytes = formatBytes(name);
    for (const chunk of [1, 13, bytes.length]) {
      for (const source of [fileOf(bytes, chunk), pipeOf(bytes, chunk)]) {
        const content = await undoCompression(source);
        await expectMatrix(content, wanted);
        expect(await content.atEnd()).toBe(true);
      }
    }
    const opened = await openBytes(formatPath(name));
    expect(opened.source).toMatchObject({ compression: name.endsWith('gz') ? 'gzip' : 'zstd', size: undefined });
    await expectMatrix(opened, wanted);
    await opened.close();
  });

  it('other inputs stay what they are', async () => {
    const bytes = fileOf(formatBytes('f32.safetensors'));
    expect(await undoCompression(bytes)).toBe(bytes);
    expect(recogniseCompression(new Uint8Array([0x1f]))).toBeUndefined();
  });

  it('data that were closed early', async () => {
    const random = randomFrom(1);
    const noise = Uint8Array.from({ length: 1_000_000 }, () => 256 * random());
    const bytes = await undoCompression(fileOf(gzipSync(noise), 5000));
    await bytes.readSome(new Uint8Array(10));
    await bytes.close();
  });
});

describe.each(['repeated.npy.gz', 'repeated.npy.zst', 'frames.npy.zst'])('damage to %s', { tags: ['slow'] }, (name) => {
  const bytes = formatBytes(name);

  it('cut anywhere, it ends in an error', async () => {
    for (let length = 1; length < bytes.length; length++) {
      const part = bytes.subarray(0, length);
      if (recogniseCompression(part) === undefined) continue;
      const file = await outcomeOf(fileOf(part));
      const pipe = await outcomeOf(pipeOf(part, 7));
      // Between two frames, what there is is whole.
      if (file instanceof Buffer) {
        expect(name).toBe('frames.npy.zst');
        expect(file.length).toBe(100);
        continue;
      }
      expect(file).toMatchObject({
        kind: 'data',
        message: expect.stringMatching(/^memory: (gzip|zstd) data end.*truncated/),
      });
      expect(pipe).toMatchObject({ kind: 'retry', message: expect.stringMatching(/^pipe: .*ended early/) });
    }
  });

  it('read as a matrix, too, however little of the end is missing', async () => {
    for (let missing = 1; missing < 12; missing++) {
      const read = async () => readAll(await openMatrix(await undoCompression(fileOf(bytes.subarray(0, -missing)))));
      await expect(read(), `${missing} bytes`).rejects.toMatchObject({ kind: 'data' });
    }
  });

  it('every flipped byte is noticed, but where nothing hangs on it', async () => {
    const whole = await outcomeOf(fileOf(bytes));
    for (let at = 4; at < bytes.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const damaged = bytes.slice();
        damaged[at]! ^= flip;
        const outcome = await outcomeOf(fileOf(damaged));
        if (outcome instanceof LevattnError) expect(outcome.message).not.toContain('\n');
        // Without a checksum (frames.npy.zst) the content may change.
        else if (name !== 'frames.npy.zst') expect(outcome).toEqual(whole);
      }
    }
  });
});

describe('zstd frames', () => {
  const head = [0x28, 0xb5, 0x2f, 0xfd];
  it.each([
    [
      'a window of 2^41 bytes',
      [...head, 0x00, 0xf8, 1, 0, 0],
      /a window of 2199023255552 bytes, at most 134217728.*--long=31/,
    ],
    ['content of 2^50 bytes', [...head, 0xe0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0], /a window of 1125899906842624 bytes/],
    ['a dictionary', [...head, 0x01, 0x00, 7, 1, 0, 0], /needs a dictionary/],
    ['a reserved bit', [...head, 0x08, 0x00, 1, 0, 0], /reserved bit/],
    ['a block of a reserved kind', [...head, 0x00, 0x00, 7, 0, 0], /block of an unknown kind/],
    ['a block of a megabyte', [...head, 0x00, 0x00, 0x03, 0, 0x80, 0], /block of an unknown kind or size/],
    ['less content than it says', [...head, 0x20, 2, 0x09, 0, 0, 65], /not as long as it says/],
    ['something else after a frame', [...head, 0x20, 1, 0x09, 0, 0, 65, 1, 2, 3, 4, 5], /no zstd frame/],
  ])('%s', async (_, bytes, message) => {
    const error = await errorOf(fileOf(Uint8Array.from(bytes)));
    expect(error.kind).toBe('data');
    expect(error.message).toMatch(message);
  });

  it('an empty frame, and one of a single byte', async () => {
    expect(await outcomeOf(fileOf(Uint8Array.from([...head, 0x20, 0, 1, 0, 0])))).toEqual(Buffer.alloc(0));
    expect(await outcomeOf(fileOf(Uint8Array.from([...head, 0x20, 1, 9, 0, 0, 65])))).toEqual(Buffer.from('A'));
  });

  // Without zstd in zlib, the second to load the module finds the package that decodes started by the first.
  it.each(['the first', 'the second'])('in one piece, by %s that starts it in a process', async (which) => {
    if (which === 'the second') {
      await prepareZstd();
      vi.resetModules();
    }
    const zstd = await import('../../../src/formats/bytes/compression/zstd.js');
    const bytes = formatBytes('repeated.npy.zst');
    const whole = (await outcomeOf(fileOf(bytes))) as Buffer;
    await zstd.prepareZstd();
    expect(Buffer.from(zstd.decompressZstd(bytes, whole.length))).toEqual(whole);
    expect(() => zstd.decompressZstd(bytes, whole.length + 1)).toThrow('not as long');
    expect(() => zstd.decompressZstd(bytes, 2 ** 40)).toThrow('not as long');
    expect(() => zstd.decompressZstd(bytes.subarray(0, -1), whole.length)).toThrow('cut short');
    const damagedAt = (at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
    expect(() => zstd.decompressZstd(damagedAt(bytes.length >> 1), whole.length)).toThrow();
    expect(() => zstd.decompressZstd(damagedAt(bytes.length - 1), whole.length)).toThrow('checksum');
  });
});

it.each([
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], /xz-compressed, which is not read; decompress it on the way/],
  ['lz4', [...formatBytes('repeated.npy.lz4')], /LZ4-compressed.*lz4 -dc/],
  ['gzip after a matrix', [...formatBytes('repeated.npy.gz')], /gzip data after other data.*the whole of an input/],
])('%s is refused, with what to do', async (_, bytes, message) => {
  await expect(openMatrix(fileOf(Uint8Array.from(bytes)))).rejects.toThrow(message);
});
