/** `levattn attend` on the built program: its ways in and out against plain loops, and what it refuses. */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import { scoresOf } from '../entries/exact/brute-force.js';
import { arrowFrom, npyFrom, npyHeader, temporaryFolder } from '../support/files.js';
import { fixturePath, loadMatrix, type Matrix } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine } from '../support/program.js';
import { makeMatrix } from '../support/random-matrices.js';
import { fromArrow, fromCsv, fromNpy } from './answers.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const K = fixturePath('demo/K.npy');
const keys = loadMatrix(K);
const allQueries = loadMatrix(fixturePath('demo/Q.npy'));
const queries: Matrix = { rows: 40, d: 64, values: allQueries.values.slice(0, 40 * 64) };
const values: Matrix = { rows: keys.rows, d: 3, values: makeMatrix('gaussian', keys.rows, 3, 5).values };
const Q = folder.write('Q.npy', npyFrom(queries));
const V = folder.write('V.npy', npyFrom(values, 'float64'));
const U = folder.at('U.arrow');
const rows = folder.at('U.npy');
let chosen: number[] = [];

beforeAll(async () => {
  expect((await run(['select-keys', '--eps', '0.06', K, '-o', U])).code).toBe(0);
  expect((await run(['select-keys', '--eps', '0.06', K, '-o', rows])).code).toBe(0);
  chosen = fromNpy(readFileSync(rows));
  expect(chosen.length).toBeGreaterThan(10);
});

/** Outputs by plain loops, row by row. */
function outputs(name: string, among: readonly number[], sees = (_i: number, _j: number) => true): number[] {
  const inSet = new Set(among);
  const question = {
    K: keys,
    Q: queries,
    f: parseFunction(name),
    eps: 1,
    sees: (i: number, j: number) => inSet.has(j) && sees(i, j),
  };
  return Array.from({ length: queries.rows }, (_, i) => {
    const scores = scoresOf(question, i);
    return [0, 1, 2].map((c) => among.reduce((sum, j) => sum + scores[j] * values.values[3 * j + c], 0));
  }).flat();
}

function expectClose(found: ArrayLike<number>, expected: readonly number[], tolerance = 1e-10): void {
  expect(found.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(Math.abs(found[i] - value)).toBeLessThanOrEqual(tolerance);
}

const everyKey = Array.from({ length: keys.rows }, (_, j) => j);

describe('outputs', () => {
  test('npy in the type of V, softmax by default', async () => {
    const out = folder.at('O.npy');
    const outcome = await run(['attend', Q, '--keys', U, '--values', V, '-o', out]);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const found = loadMatrix(out);
    expect([found.rows, found.d]).toEqual([40, 3]);
    expectClose(found.values, outputs('softmax', chosen));
    const single = folder.write('V32.npy', npyFrom(values));
    const out32 = folder.at('O32.npy');
    expect((await run(['attend', Q, '--keys', U, '--values', single, '-o', out32])).code).toBe(0);
    expect(readFileSync(out32).subarray(0, 128).toString('latin1')).toContain("'<f4'");
    expectClose(loadMatrix(out32).values, outputs('softmax', chosen), 1e-5);
  });

  test('Arrow, CSV and NDJSON hold the same rows', async () => {
    const args = ['attend', Q, '--keys', U, '--values', V, '--f', 'power:2'];
    const [csv, ndjson, arrow] = await Promise.all(
      ['csv', 'ndjson', 'arrow'].map((format) => run([...args, '--format', format])),
    );
    const expected = outputs('power:2', chosen);
    const table = fromCsv(csv.stdout);
    expect(table.columns).toEqual(['o0', 'o1', 'o2']);
    expectClose(table.rows.flat(), expected);
    expectClose(
      ndjson.stdout
        .toString()
        .trim()
        .split('\n')
        .flatMap((line) => JSON.parse(line)),
      expected,
    );
    const back = folder.at('back.npy');
    const parquet = folder.at('O.parquet');
    expect((await run([...args, '-o', parquet])).code).toBe(0);
    for (const path of [folder.write('O.arrows', arrow.stdout), parquet]) {
      expect((await run(['convert', path, '-o', back])).code).toBe(0);
      expectClose(loadMatrix(back).values, expected);
    }
  });

  const read = (...paths: string[]): Buffer => Buffer.concat(paths.map((path) => readFileSync(path)));
  test.each([
    ['U, V and Q', ['--values', '-'], () => read(U, V, Q)],
    ['U and Q', ['--values', V], () => Buffer.concat([read(U), arrowFrom(queries, 'stream')])],
    ['Q', ['--keys', U, '--values', V, '-'], () => read(Q)],
    ['V', [Q, '--keys', U, '--values', '-'], () => read(V)],
    ['V, with rows of K', [Q, '--keys', K, '--rows', rows, '--values', '-'], () => read(V)],
  ])('from standard input: %s', async (_, args, stdin) => {
    const { code, stdout, stderr } = await run(['attend', ...args, '--format', 'csv'], { stdin: stdin() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectClose(fromCsv(stdout).rows.flat(), outputs('softmax', chosen));
  });

  test('rows of K in any order, and all of them', async () => {
    const list = Buffer.concat([npyHeader('<i8', [3]), Buffer.from(BigInt64Array.from([700n, 3n, 50n]).buffer)]);
    const args = ['attend', Q, '--keys', K, '--values', V, '--format', 'csv', '--rows'];
    const few = await run([...args, folder.write('three.npy', list)]);
    expectClose(fromCsv(few.stdout).rows.flat(), outputs('softmax', [3, 50, 700]));
    const all = Buffer.concat([
      npyHeader('<i8', [keys.rows]),
      Buffer.from(BigInt64Array.from(everyKey, BigInt).buffer),
    ]);
    const report = await run([...args.slice(0, 6), '--rows', folder.write('all.npy', all), '--compare', K, '--json']);
    expect(JSON.parse(report.stdout.toString()).error).toEqual({ mean: 0, median: 0, p90: 0, p99: 0, worst: 0 });
  });

  test('a sketch holds U, too', async () => {
    const sketch = folder.at('K.lev');
    expect((await run(['sketch', '--eps', '0.06', K, '-o', sketch])).code).toBe(0);
    const ways = [sketch, U].map((path) => run(['attend', Q, '--keys', path, '--values', V, '--format', 'csv']));
    const [fromSketch, fromSet] = await Promise.all(ways);
    expect(fromSketch.stdout.equals(fromSet.stdout)).toBe(true);
  });

  test('a value that is missing is none where its key is not attended', async () => {
    const hole = everyKey.find((j) => !chosen.includes(j))!;
    const lines = everyKey.map((j) => (j === hole ? ',,' : values.values.subarray(3 * j, 3 * j + 3).join(',')));
    const path = folder.write('hole.csv', `a,b,c\n${lines.join('\n')}\n`);
    const args = ['attend', Q, '--keys', U, '--values', path, '--nan', 'skip', '--format', 'csv'];
    const { code, stdout } = await run(args);
    expect(code).toBe(0);
    expectClose(fromCsv(stdout).rows.flat(), outputs('softmax', chosen));
  });

  test('causal: a query that sees no key has zeros, and that is said', async () => {
    const sees = (i: number, j: number): boolean => j <= i + chosen[0] - 2;
    const offset = String(chosen[0] - 2);
    const args = ['attend', Q, '--keys', U, '--values', V, '--format', 'csv', '--causal', '--query-offset', offset];
    const outcome = await run(args);
    expect(errorLine(outcome)).toMatch(/warning: 2 queries see none of the keys/);
    const found = fromCsv(outcome.stdout).rows.flat();
    expect(found.slice(0, 6)).toEqual([0, 0, 0, 0, 0, 0]);
    expectClose(found.slice(6), outputs('softmax', chosen, sees).slice(6));
  });
});

describe('--compare', () => {
  test('errors of rows and their quantiles', async () => {
    const errors = folder.at('errors.csv');
    const out = folder.at('compared.npy');
    const args = ['attend', Q, '--keys', U, '--values', V, '--compare', K];
    const { code, stdout, stderr } = await run([...args, '--json', '--errors', errors, '-o', out]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [few, full] = [outputs('softmax', chosen), outputs('softmax', everyKey)];
    expectClose(loadMatrix(out).values, few);
    const expected = Array.from({ length: 40 }, (_, i) => {
      const part = (of: number[]) => of.slice(3 * i, 3 * i + 3);
      return Math.hypot(...part(few).map((value, c) => value - part(full)[c])) / Math.hypot(...part(full));
    });
    const table = fromCsv(readFileSync(errors));
    expect(table.columns).toEqual(['query', 'error']);
    expectClose(
      table.rows.map(([, error]) => error),
      expected,
    );
    const report = JSON.parse(stdout.toString());
    const sorted = [...expected].sort((a, b) => a - b);
    expect(report).toMatchObject({
      n: 1536,
      d: 64,
      size: chosen.length,
      width: 3,
      f: 'softmax',
      scale: 0.125,
      queries: 40,
    });
    expect(report.error.worst).toBeCloseTo(sorted[39], 10);
    expect(report.error.median).toBeCloseTo((sorted[19] + sorted[20]) / 2, 10);
    expect(report.error.p90).toBeCloseTo(sorted[35] + 0.1 * (sorted[36] - sorted[35]), 10);
    expect(report.worstQuery).toBe(expected.indexOf(sorted[39]));
  });

  test('for people, and errors as Arrow', async () => {
    const errors = folder.at('errors.arrow');
    const args = ['attend', Q, '--keys', U, '--values', V, '--compare', K, '--errors', errors];
    const text = (await run(args)).stdout.toString();
    expect(text).toMatch(new RegExp(`^attended +${chosen.length} of 1,536 keys .*\nqueries +40\nerror +median `));
    const { columns, rows } = fromArrow(readFileSync(errors));
    expect([columns, rows.length]).toEqual([['query', 'error'], 40]);
  });
});

describe('what is refused', { tags: ['slow'] }, () => {
  const short = folder.write('short.npy', npyFrom({ rows: 7, d: 3, values: new Float64Array(21) }));
  const wide = folder.write('wide.npy', npyFrom({ rows: 2, d: 5, values: new Float64Array(10) }));
  const far = Buffer.concat([npyHeader('<i8', [1]), Buffer.from(BigInt64Array.from([1536n]).buffer)]);
  const FILES: Record<string, string> = {
    SHORT: short,
    WIDE: wide,
    OTHER: folder.write('other.npy', npyFrom({ ...keys, values: keys.values.map((value) => value + 1) })),
    FAR: folder.write('far.npy', far),
    NAN: folder.write('nan.npy', npyFrom({ ...values, values: values.values.map(() => Number.NaN) })),
  };
  test.each([
    [
      'V of another number of rows',
      [Q, '--keys', U, '--values', 'SHORT'],
      65,
      /short\.npy: V has 7 rows where K has 1536/,
    ],
    [
      'Q of another width',
      ['WIDE', '--keys', U, '--values', V],
      65,
      /wide\.npy: queries have 5 columns where the keys have 64/,
    ],
    [
      'another K to compare with',
      [Q, '--keys', U, '--values', V, '--compare', 'SHORT'],
      65,
      /7 x 3 where the keys are of 1536 x 64/,
    ],
    [
      'K with other keys',
      [Q, '--keys', U, '--values', V, '--compare', 'OTHER'],
      65,
      /other\.npy: does not hold the keys that were chosen/,
    ],
    ['K without a list of rows', [Q, '--keys', K, '--values', V], 65, /is K itself; make U of it.*--rows/],
    ['rows of U', [Q, '--keys', U, '--rows', 'FAR', '--values', V], 65, /is no matrix, which --rows/],
    [
      'a row that is not there',
      [Q, '--keys', K, '--rows', 'FAR', '--values', V],
      65,
      /far\.npy: names row 1536 where .* has 1536 rows/,
    ],
    [
      'a matrix as a list of rows',
      [Q, '--keys', K, '--rows', Q, '--values', V],
      65,
      /a list of rows is one of whole numbers/,
    ],
    ['V that is not finite', [Q, '--keys', U, '--values', 'NAN'], 65, /nan\.npy: row \d+, column 0: NaN; fix the data/],
    ['no V', [Q, '--keys', U], 64, /required option '--values/],
    ['--json without --compare', [Q, '--keys', U, '--values', V, '--json'], 64, /--json needs --compare/],
    [
      'an offset that is not causal',
      [Q, '--keys', U, '--values', V, '--query-offset', '3'],
      64,
      /--query-offset needs --causal/,
    ],
    [
      'K and Q on one pipe',
      ['--keys', U, '--values', V, '--compare', '-'],
      64,
      /cannot read K from standard input beside/,
    ],
    [
      'more than the memory holds',
      [Q, '--keys', U, '--values', V, '--compare', K, '--memory', '100KB'],
      65,
      /it holds 97; raise --memory/,
    ],
  ] as const)('%s', async (_, args, code, message) => {
    const outcome = await run(['attend', ...args.map((arg) => FILES[arg] ?? arg)]);
    expect(errorLine(outcome)).toMatch(message);
    expect(outcome.code).toBe(code);
  });

  test('npy of queries that do not say how many they are', async () => {
    const outcome = await run(['attend', '--keys', U, '--values', V, '-o', folder.at('none.npy')], {
      stdin: Buffer.from(arrowFrom(queries, 'stream')),
    });
    expect(errorLine(outcome)).toMatch(/stdin: npy begins with the number of rows/);
    expect(outcome.code).toBe(64);
  });
});
