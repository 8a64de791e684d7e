import { describe, expect, it } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import { openBytes } from '../../src/formats/bytes/sources.js';
import { formatNamed, openMatrix } from '../../src/formats/open.js';
import { rawFormatFrom, vecsFormatOf } from '../../src/formats/raw.js';
import { expectedOf, expectMatrix, formatBytes, formatPath } from './format-fixtures.js';
import { failureOf, fileOf, pipeOf } from './reading.js';

const files = expectedOf(/\.raw$|vecs$/);

describe('rows that NumPy wrote', () => {
  it.each(files)('%s', async (name, wanted) => {
    const bytes = formatBytes(name);
    for (const chunk of [1, 5, bytes.length]) {
      await expectMatrix(fileOf(bytes, chunk), wanted);
      await expectMatrix(pipeOf(bytes, chunk), wanted, 1);
    }
  });

  it('the ending of a file tells fvecs and its kin', async () => {
    for (const [name, wanted] of files.filter(([file]) => file.endsWith('vecs'))) {
      const bytes = await openBytes(formatPath(name));
      await expectMatrix(bytes, { ...wanted, options: {} });
      await bytes.close();
    }
    expect(vecsFormatOf('a/B.FVECS.gz')?.name).toBe('fvecs');
    expect(vecsFormatOf('fvecs')).toBeUndefined();
  });

  it.each(files)('%s cut anywhere: an error that names the row, or whole rows', async (name, { options, shape }) => {
    const bytes = formatBytes(name);
    const format = formatNamed(options!.format!);
    const rowBytes = bytes.length / shape[0];
    for (let length = 1; length < bytes.length; length++) {
      const part = bytes.subarray(0, length);
      const file = await failureOf(format, fileOf(part));
      const pipe = await failureOf(format, pipeOf(part, 7));
      if (length % rowBytes === 0) {
        expect([file, pipe]).toEqual([undefined, undefined]);
        continue;
      }
      const row = Math.floor(length / rowBytes);
      expect(file).toMatchObject({ kind: 'data', message: expect.stringMatching(`row ${row}[^0-9]`) });
      expect(pipe).toMatchObject({ kind: 'retry', message: expect.stringMatching(`row ${row}[^0-9]`) });
    }
  });
});

it.each(['raw', 'raw:f32', 'raw:f32:0', 'raw:f32:-1', 'raw:f32:1e3', 'raw:f80:4', 'raw:f32:9999999', 'raw:toString:4'])(
  '%s is refused, with how to write it',
  (name) => {
    expect(() => rawFormatFrom(name)).toThrow(LevattnError);
    expect(() => rawFormatFrom(name)).toThrow(/write raw:TYPE:COLUMNS, such as raw:f32:64/);
  },
);

it('rows of other lengths, and lengths that are none', async () => {
  const bytes = formatBytes('rows.fvecs');
  const other = bytes.slice();
  other[2 * 16] = 4;
  const fvecs = formatNamed('fvecs');
  expect((await failureOf(fvecs, fileOf(other)))?.message).toBe(
    'memory: row 2 has 4 entries, row 0 has 3; all rows must have as many',
  );
  other[3] = 0x7f;
  expect((await failureOf(fvecs, fileOf(other)))?.message).toMatch(/row 0 has 2130706435 entries/);
  other[3] = 0xff;
  expect((await failureOf(fvecs, fileOf(other)))?.message).toMatch(/row 0 has -\d+ entries/);
  await expect(openMatrix(fileOf(bytes), {}, 'jvecs')).rejects.toThrow(
    /unknown input format 'jvecs'; known: npy.*raw:TYPE/,
  );
});
