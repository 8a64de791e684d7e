import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import { undoCompression } from '../../src/formats/bytes/compression.js';
import { openBytes } from '../../src/formats/bytes/sources.js';
import { npzFormat } from '../../src/formats/npz.js';
import { openMatrix } from '../../src/formats/open.js';
import { expectedOf, expectMatrix, formatBytes, formatPath } from './format-fixtures.js';
import { failureOf, fileOf, pipeOf, readAll } from './reading.js';

const files = expectedOf(/\.npz$/);

describe('archives that NumPy wrote', () => {
  it.each(files)('%s', async (_, wanted) => {
    for (const maxRows of [1, 100]) {
      const source = fileOf(formatBytes(wanted.file));
      await expectMatrix(source, wanted, maxRows);
      expect(await source.atEnd()).toBe(true);
    }
    const opened = await openBytes(formatPath(wanted.file));
    await expectMatrix(opened, wanted);
    await opened.close();
  });

  it('says what it reads, and what it left out', async () => {
    const reader = await openMatrix(fileOf(formatBytes('many.npz')));
    expect([reader.format, reader.description]).toEqual(['npz', 'npz, array keys: float32']);
    expect(reader.leftOut).toEqual(['ids']);
    await reader.close();
  });

  it.each<[string, string | undefined, RegExp]>([
    ['many.npz', 'labels', /tensor labels is of type strings, which is not read; save it as numbers/],
    ['many.npz', 'other', /array other: array of shape \(5,\)/],
    ['many.npz', 'none', /no tensor none; there are labels: strings \(2,\), other: float64 \(5,\)/],
    ['zip64.npz', undefined, /2 matrices: a: float32 \(40, 5\), keys: float32 \(7, 3\); name one with --tensor/],
    ['fortran-deflated.npz', undefined, /array fortran: the array is in Fortran order.*ascontiguousarray/],
  ])('%s, --tensor %s', async (file, tensor, message) => {
    expect((await failureOf(npzFormat, fileOf(formatBytes(file)), { tensor }))?.message).toMatch(message);
  });

  it('needs an input that can seek', async () => {
    expect((await failureOf(npzFormat, pipeOf(formatBytes('one.npz'))))?.message).toMatch(
      /^pipe: npz is read from its end.*name the file itself instead of a pipe$/,
    );
    const zipped = await undoCompression(fileOf(gzipSync(formatBytes('one.npz'))));
    expect((await failureOf(npzFormat, zipped))?.message).toMatch(/decompress it to a file first: gzip -d FILE/);
  });
});

describe('damage', () => {
  it.each(['one.npz', 'many.npz', 'fortran.npz'])('%s cut anywhere ends in an error', async (name) => {
    const bytes = formatBytes(name);
    for (let length = 0; length < bytes.length; length++) {
      const error = await failureOf(npzFormat, fileOf(bytes.subarray(0, length)));
      expect(error).toMatchObject({
        kind: 'data',
        message: expect.stringMatching(/^memory: damaged zip archive \(.*\); save/),
      });
    }
  });

  it.each(['one.npz', 'unseekable.npz', 'zip64.npz', 'fortran.npz'])(
    'every flipped byte of %s is noticed or changes nothing',
    async (name) => {
      const bytes = formatBytes(name);
      const options = name === 'zip64.npz' ? { tensor: 'keys' } : {};
      const whole = await readAll(await npzFormat.open(fileOf(bytes), options));
      for (let at = 0; at < bytes.length; at++) {
        for (const flip of [0x01, 0xff]) {
          const damaged = bytes.slice();
          damaged[at]! ^= flip;
          try {
            expect(await readAll(await npzFormat.open(fileOf(damaged), options))).toEqual(whole);
          } catch (error) {
            if (!(error instanceof LevattnError)) throw error;
            expect(error.message).not.toContain('\n');
          }
        }
      }
    },
  );
});
