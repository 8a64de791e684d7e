/** One matrix in the files of NumPy, Polars and DuckDB: the same universal set from each. */

import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectRows, fromCsv } from '../cli/answers.js';
import { npyFrom, rowsOf, temporaryFolder } from '../support/files.js';
import { fixturePath, loadMatrix, sharedData } from '../support/fixtures.js';
import { run } from '../support/program.js';

interface Answers {
  readonly margin: number;
  readonly U: readonly (readonly [index: number, score: number])[];
}

const expected = JSON.parse(readFileSync(fixturePath('interop/expected.json'), 'utf8')) as {
  readonly eps: number;
  readonly float32: Answers;
  readonly float16: Answers;
};

const select = (path: string, ...options: string[]) =>
  run(['select-keys', '--eps', String(expected.eps), '--format', 'csv', path, ...options]);

/** U of the matrix as this test writes it. */
let reference: Buffer;
const folder = temporaryFolder();

beforeAll(async () => {
  const matrix = rowsOf(loadMatrix(fixturePath('demo/K.npy')), 0, 600);
  const { code, stdout } = await select(folder.write('K.npy', npyFrom(matrix)));
  expect(code).toBe(0);
  reference = stdout;
});

test('the matrix itself, against NumPy', () => {
  expectRows(fromCsv(reference), expected.float32.U, 1e-9);
});

const shared = sharedData('interop');
describe.skipIf(!shared)(
  `files of other programs${shared ? '' : ' (shared data is absent)'}`,
  { concurrent: true },
  () => {
    const names = shared ? readdirSync(shared).filter((name) => name !== 'README.md') : [];
    const path = (name: string): string => sharedData(`interop/${name}`)!;

    const BINARY = [
      'numpy.npz',
      'numpy-f32.npy',
      'numpy-fortran-be-f64.npy',
      'polars-columns-uncompressed.arrow',
      'polars-fixedsizelist-uncompressed.arrow',
      'polars-fixedsizelist-uncompressed.arrows',
      'polars-list-uncompressed.arrow',
      ...names.filter((name) => /-(lz4|zstd)\.arrows?$|\.parquet$/.test(name)),
    ];
    const TEXT = ['numpy-savetxt.tsv', 'polars-columns.csv'];
    test('every file is tried', () => {
      const tried = [...BINARY, ...TEXT, 'numpy-f16.npy', 'numpy-compressed.npz'];
      expect(tried.sort()).toEqual(names.sort());
    });

    test.each(BINARY)('%s: the same bytes', async (name) => {
      const { code, stdout, stderr } = await select(path(name));
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toEqual(reference);
    });

    test.each(TEXT)('%s: the same rows, scores to 1e-6', async (name) => {
      const { code, stdout, stderr } = await select(path(name));
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expectRows(fromCsv(stdout), expected.float32.U, 1e-6);
    });

    test('numpy-compressed.npz: the array that is named', async () => {
      const { code, stdout, stderr } = await select(path('numpy-compressed.npz'), '--tensor', 'keys');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toEqual(reference);
    });

    test('numpy-f16.npy: as NumPy finds it for the rounded matrix', async () => {
      const { code, stdout, stderr } = await select(path('numpy-f16.npy'));
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expectRows(fromCsv(stdout), expected.float16.U, 1e-9);
    });
  },
);
