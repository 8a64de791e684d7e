/** One matrix in many files, of NumPy, Python, Apache Arrow, Polars and DuckDB: the same universal set from each, byte for byte. */

import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectRows, fromCsv } from '../cli/answers.js';
import { type Expected, expectedOf, formatPath, valuesOf } from '../formats/format-fixtures.js';
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

test.each(['duckdb-columns.parquet', 'duckdb-array.parquet'])('%s: the same bytes', async (name) => {
  const { code, stdout } = await select(fixturePath(`interop/${name}`));
  expect(code).toBe(0);
  expect(stdout).toEqual(reference);
});

/** Files of fixtures/formats that hold one matrix. */
const groups = new Map<string, [name: string, file: Expected][]>();
for (const [name, file] of expectedOf(/./)) {
  const held = JSON.stringify([file.shape, file.dtype, file.values]);
  if (valuesOf(file).every(Number.isFinite)) groups.set(held, [...(groups.get(held) ?? []), [name, file]]);
}

const optionsOf = ({ options: { format, tensor, columns } = {} }: Expected): string[] => [
  ...(format === undefined ? [] : ['--input-format', format]),
  ...(tensor === undefined ? [] : ['--tensor', tensor]),
  ...(columns === undefined ? [] : ['--columns', columns.join(',')]),
];

/** U at an eps that every row reaches. */
const scores = (path: string, ...options: string[]) =>
  run(['select-keys', '--eps', '0.0001', '--format', 'csv', path, ...options]);

describe.concurrent.each([...groups.values()].filter(({ length }) => length > 1).map((files) => ({ files })))(
  'the same bytes as from npy, $files.0.0',
  ({ files }) => {
    let fromNpy: Buffer;
    beforeAll(async () => {
      const [name, file] = files[0]!;
      const [rows, d] = file.shape;
      const matrix = { rows, d, values: Float64Array.from(valuesOf(file)) };
      const path = folder.write(`${name}.npy`, npyFrom(matrix, file.dtype as 'float32' | 'float64'));
      const { code, stdout } = await scores(path);
      expect({ code, rows: fromCsv(stdout).rows.length }).toEqual({ code: 0, rows });
      fromNpy = stdout;
    });

    test.each(files)('%s', async (_, file) => {
      const { code, stdout } = await scores(formatPath(file.file), ...optionsOf(file));
      expect(code).toBe(0);
      expect(stdout).toEqual(fromNpy);
    });
  },
);

test('many kinds of files were among them', () => {
  const files = [...groups.values()].filter(({ length }) => length > 1).flat();
  const endings = files.map(([, { file }]) => /[^.]+$/.exec(file)![0]);
  const kinds = ['arrow', 'arrows', 'gz', 'ndjson', 'npz', 'raw', 'safetensors', 'zst'];
  expect([...new Set(endings)].sort()).toEqual(kinds);
});

const shared = sharedData('interop');
describe.skipIf(!shared)(
  `files of other programs${shared ? '' : ' (shared data is absent)'}`,
  { concurrent: true, tags: ['slow'] },
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
