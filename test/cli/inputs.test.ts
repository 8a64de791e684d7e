/** Where the program reads from: files, redirected files, pipes, FIFOs, one matrix after another; and which columns. */

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { arrowFrom, csvFrom, npyFrom, rowsOf, temporaryFolder } from '../support/files.js';
import { fixturePath, loadCase, loadMatrix, loadReal } from '../support/fixtures.js';
import { errorLine, type Outcome, run, type Stdin, shell } from '../support/program.js';
import { expectList, expectRows, fromCsv, scoresOf } from './answers.js';

const K = fixturePath('demo/K.npy');
const Q = fixturePath('demo/Q.npy');
const matrix = loadMatrix(K);
const queries = loadMatrix(Q);
const demo = loadReal('use-l0h0-long');
const expected = demo.results.find(({ eps }) => eps === 0.02)!;
const folder = temporaryFolder();

function expectU({ code, stdout, stderr }: Outcome): void {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expectList(fromCsv(stdout), expected.U, demo.tolerance);
}

function expectEntries({ code, stdout, stderr }: Outcome): void {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expectList(fromCsv(stdout), expected.entries, demo.tolerance);
}

beforeAll(async () => {
  folder.write('K.arrow', arrowFrom(matrix, 'file'));
  folder.write('K.arrows', arrowFrom(matrix, 'stream'));
  folder.write('Q.arrow', arrowFrom(queries, 'file'));
  folder.write('Q.arrows', arrowFrom(queries, 'stream'));
  folder.write('K.npy.gz', gzipSync(readFileSync(K)));
  folder.write('a.npy', npyFrom(rowsOf(matrix, 0, 7)));
  folder.write('b.npy', npyFrom(rowsOf(matrix, 7, 1100)));
  folder.write('c.npy', npyFrom(rowsOf(matrix, 1100, 1536)));
  folder.write('b.arrow', arrowFrom(rowsOf(matrix, 7, 1100), 'stream'));
  folder.write('c.csv', csvFrom(rowsOf(matrix, 1100, 1536)));
  for (const name of ['U.arrow', 'U.arrows']) await run(['select-keys', '--eps', '0.02', K, '-o', folder.at(name)]);
});

describe.concurrent('K from anywhere gives the same U', () => {
  const select = ['select-keys', '--eps', '0.02', '--format', 'csv'];
  const bytes = readFileSync(K);
  test.each<[string, Stdin]>([
    ['a redirected file', { file: K }],
    ['a pipe', bytes],
    ['a pipe in chunks of 1000 bytes', { pipe: bytes, chunk: 1000 }],
    ['Arrow stream on a pipe', arrowFrom(matrix, 'stream')],
    ['Arrow file on a pipe', arrowFrom(matrix, 'file')],
    ['CSV on a pipe', Buffer.from(csvFrom(matrix))],
  ])('%s', async (_, stdin) => expectU(await run(select, { stdin })));

  test.each([
    ['-', `levattn ${select.join(' ')} - < "${K}"`],
    ['/dev/stdin, a file', `levattn ${select.join(' ')} /dev/stdin < "${K}"`],
    ['/dev/stdin, a pipe', `cat "${K}" | levattn ${select.join(' ')} /dev/stdin`],
    ['/dev/fd/3', `levattn ${select.join(' ')} /dev/fd/3 3< "${K}"`],
    ['a FIFO', `mkfifo fifo && { cat "${K}" > fifo & } && levattn ${select.join(' ')} fifo`],
    ['a process substitution', `levattn ${select.join(' ')} <(zcat K.npy.gz)`],
    [
      'a redirected file from where it stands',
      `(head -c 4 > /dev/null; levattn ${select.join(' ')}) < <(printf 1234; cat "${K}")`,
    ],
    ['three npy files', `levattn ${select.join(' ')} a.npy b.npy c.npy`],
    ['npy, Arrow and CSV', `levattn ${select.join(' ')} a.npy b.arrow c.csv`],
    ['npy file, FIFO and stdin', `cat c.csv | levattn ${select.join(' ')} a.npy <(cat b.arrow) -`],
    ['three npy matrices on stdin, one argument each', `cat a.npy b.npy c.npy | levattn ${select.join(' ')} - - -`],
  ])('%s', async (_, command) => expectU(await shell(command, { cwd: folder.path })));
});

describe.concurrent('keys and queries from anywhere give the same entries', () => {
  test.each([
    ['cat U.arrow Q.arrow (files)', 'cat U.arrow Q.arrow | levattn heavy --format csv'],
    ['cat U.arrows Q.arrows (streams)', 'cat U.arrows Q.arrows | levattn heavy --format csv'],
    ['U and npy', `cat U.arrow "${Q}" | levattn heavy --format csv`],
    ['U, then Q after it in one file', `cat U.arrow Q.arrow > UQ && levattn heavy --format csv < UQ`],
    ['cat K.npy Q.npy', `cat "${K}" "${Q}" | levattn heavy --eps 0.02 --format csv`],
    ['cat K.arrow Q.npy', `cat K.arrow "${Q}" | levattn heavy --eps 0.02 --format csv`],
    ['heavy Q < K', `levattn heavy --eps 0.02 "${Q}" --format csv < "${K}"`],
    ['heavy Q < U', `levattn heavy "${Q}" --format csv < U.arrow`],
    ['heavy --keys K < Q', `levattn heavy --eps 0.02 --keys "${K}" --format csv < "${Q}"`],
    ['--keys from a process substitution', `levattn heavy --eps 0.02 --keys <(zcat K.npy.gz) "${Q}" --format csv`],
    ['both from FIFOs', `levattn heavy --keys <(cat U.arrows) <(cat Q.arrow) --format csv`],
    ['select-keys | heavy', `levattn select-keys --eps 0.02 "${K}" | levattn heavy "${Q}" --format csv`],
    ['--keys /dev/stdin, Q after it', `cat U.arrow Q.arrow | levattn heavy --keys /dev/stdin /dev/stdin --format csv`],
  ])('%s', async (_, command) => expectEntries(await shell(command, { cwd: folder.path })));
});

describe.concurrent('which columns make the matrix', () => {
  const one = loadCase('gaussian');
  const { eps } = one.expected.results[0]!;
  const names = Array.from({ length: one.K.d }, (_, j) => `k${j}`);
  const select = (path: string, ...options: string[]): Promise<Outcome> =>
    run(['select-keys', '--eps', String(eps), '--format', 'csv', path, ...options]);
  const expectCase = ({ code, stdout }: Outcome): void => {
    expect(code).toBe(0);
    expectRows(fromCsv(stdout), scoresOf(one, one.expected.results[0]!), one.expected.tolerance);
  };
  /** The matrix with a first column of row numbers. */
  const withId = csvFrom(one.K)
    .trimEnd()
    .split('\n')
    .map((line, i) => `${i},${line}\n`)
    .join('');

  test('an integer id column of a CSV file is left out, and stderr says so', async () => {
    const outcome = await select(folder.write('id.csv', `id,${names.join(',')}\n${withId}`));
    expectCase(outcome);
    expect(outcome.stderr).toMatch(
      /^levattn: warning: \S+id\.csv: CSV, header, 16 of 17 columns .*left out: id.*choose others with --columns, all of numbers with --columns all\n$/,
    );
  });

  test('--columns chooses by name, and then there is nothing to say', async () => {
    const outcome = await select(
      folder.write('named.csv', `id,${names.join(',')}\n${withId}`),
      '--columns',
      names.join(','),
    );
    expectCase(outcome);
    expect(outcome.stderr).toBe('');
  });

  test('--columns chooses by position where there is no header', async () => {
    const outcome = await select(folder.write('plain.csv', withId), '--columns', names.map((_, j) => j + 1).join(','));
    expectCase(outcome);
    expect(outcome.stderr).toBe('');
  });

  test('an integer id column of an Arrow table is left out, and stderr says so', async () => {
    const { tableToIPC, tableFromArrays } = await import('apache-arrow');
    const columns = Object.fromEntries(
      names.map((name, j) => [
        name,
        Float32Array.from({ length: one.K.rows }, (_, i) => one.K.values[i * one.K.d + j]!),
      ]),
    );
    const table = tableFromArrays({ id: Int32Array.from({ length: one.K.rows }, (_, i) => i), ...columns });
    const outcome = await select(folder.write('id.arrow', tableToIPC(table, 'file')));
    expectCase(outcome);
    expect(outcome.stderr).toMatch(
      /^levattn: warning: \S+id\.arrow: Arrow file, 16 \S+ columns k0 to k15 \(left out: id \(Int32\)\); choose others with --columns, all of numbers with --columns all\n$/,
    );
  });

  test('--column names one of several list columns', async () => {
    const path = folder.write('two.arrow', arrowFrom(one.K, 'file', { names: ['key', 'other'] }));
    const refused = await select(path);
    expect(refused.code).toBe(65);
    expect(errorLine(refused)).toMatch(/several list columns: .*key.*other.*--column/);
    expectCase(await select(path, '--column', 'key'));
  });

  test('--header and --no-header overrule what is recognised', async () => {
    // A first row of numbers above numbers is data, unless it is said to be a header.
    const path = folder.write('numbers.csv', `${names.map((_, j) => j + 0.5).join(',')}\n${csvFrom(one.K)}`);
    expectCase(await select(path, '--header'));
    const named = await select(folder.write('words.csv', csvFrom(one.K, names)), '--no-header');
    expect(named.code).toBe(65);
    expect(errorLine(named)).toMatch(/words\.csv: line 1/);
  });

  test.each([
    ['|', '|'],
    ['tab', '\t'],
    [';', ';'],
  ])('--delimiter %s', async (option, character) => {
    const path = folder.write(
      `delimited-${option === 'tab' ? 't' : character.charCodeAt(0)}.txt`,
      csvFrom(one.K).replaceAll(',', character),
    );
    expectCase(await select(path, '--delimiter', option));
  });
});

describe.concurrent('rows that are not finite', () => {
  const one = loadCase('gaussian');
  const { eps } = one.expected.results[0]!;
  const spoil = (row: number, column: number, value: number) => {
    const values = one.K.values.slice();
    values[row * one.K.d + column] = value;
    return { ...one.K, values };
  };
  const stacked = [
    npyFrom(rowsOf(one.K, 0, 100)),
    npyFrom(rowsOf(spoil(317, 5, Number.NaN), 100, one.K.rows)),
  ] as const;

  test('NaN: 65, with file, row and column of the file it stands in', async () => {
    const paths = stacked.map((bytes, i) => folder.write(`nan-${i}.npy`, bytes));
    const outcome = await run(['select-keys', ...paths]);
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(/nan-1\.npy: row 217, column 5: NaN; .*--nan skip/);
    expect(outcome.stdout.length).toBe(0);
  });

  test('infinity in CSV: 65, with file, line and column or row and column', async () => {
    const path = folder.write('inf.csv', csvFrom(spoil(3, 2, Number.POSITIVE_INFINITY)).replace('Infinity', 'inf'));
    const outcome = await run(['select-keys', path]);
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(/inf\.csv: row 3, column 2: Infinity/);
  });

  test('a query: 65, with file, row and column', async () => {
    const values = one.Q.values.slice();
    values[4 * one.Q.d + 1] = Number.NEGATIVE_INFINITY;
    const path = folder.write('inf-q.npy', npyFrom({ ...one.Q, values }));
    const outcome = await run(['heavy', '--keys', one.paths.K, path]);
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(/inf-q\.npy: row 4, column 1: -Infinity/);
  });

  test('--nan skip passes over them, counts them, and keeps the numbers of the other rows', async () => {
    // Row 0 of another matrix cannot matter: it is as good as a row of zeros.
    const spoiled = npyFrom({
      rows: one.K.rows + 1,
      d: one.K.d,
      values: Float64Array.from([Number.NaN, ...new Array(15).fill(1), ...one.K.values]),
    });
    const path = folder.write('first-nan.npy', spoiled);
    const { code, stdout, stderr } = await run([
      'select-keys',
      '--nan',
      'skip',
      '--eps',
      String(eps),
      path,
      '--format',
      'csv',
    ]);
    expect(code).toBe(0);
    expect(stderr).toBe('levattn: warning: 1 row with NaN, infinities or missing values left out\n');
    const shifted = scoresOf(one, one.expected.results[0]!).map(([index, score]) => [index + 1, score] as const);
    expectRows(fromCsv(stdout), shifted, one.expected.tolerance);
  });

  test('--nan skip passes over queries likewise', async () => {
    const values = Float64Array.from([...one.Q.values, ...new Array(one.Q.d).fill(Number.POSITIVE_INFINITY)]);
    const path = folder.write('last-inf-q.npy', npyFrom({ rows: one.Q.rows + 1, d: one.Q.d, values }));
    const args = ['heavy', '--nan', 'skip', '--eps', String(eps), '--keys', one.paths.K, path, '--format', 'csv'];
    const { code, stdout, stderr } = await run(args);
    expect(code).toBe(0);
    expect(stderr).toBe('levattn: warning: 1 query with NaN, infinities or missing values left out\n');
    expectRows(fromCsv(stdout), one.expected.results[0]!.entries, one.expected.tolerance);
  });
});
