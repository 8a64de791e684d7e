/** levattn heavy --certify as a process: exactly the heavy entries, from a file or a pipe, and what it refuses. */

import { beforeAll, describe, expect, test } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import { bruteForce } from '../support/brute-force.js';
import { arrowFrom, csvFrom, npyFrom, rowsOf, temporaryFolder } from '../support/files.js';
import { makeGeneralSet } from '../support/general-sets.js';
import { runnerInTurn } from '../support/in-turn.js';
import { makeKernels } from '../support/kernels.js';
import { makeKeys } from '../support/key-kinds.js';
import { errorLine, shell } from '../support/program.js';
import { writeSet } from '../support/set-file.js';
import { fromCsv } from './answers.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const EPS = 0.05;
const K = makeKeys('t, 3 degrees of freedom', 5000, 6, 5);
const Q = makeKeys('gaussian', 4000, 6, 6);
const matrixOf = ({ n, d, values }: typeof K) => ({ rows: n, d, values });
const U = folder.at('U.arrow');
const paths = { K: folder.at('K.npy'), Q: folder.at('Q.npy') };

/** [query, key, score] of brute force. */
const expected: [query: number, key: number, score: number][] = [];
for (let query = 0; query < Q.n; query++) {
  const { scores } = bruteForce(K, Q.values.subarray(query * Q.d, (query + 1) * Q.d), parseFunction('power:4'));
  for (let key = 0; key < K.n; key++) if (scores[key]! >= EPS) expected.push([query, key, scores[key]!]);
}

beforeAll(async () => {
  await writeSet(makeGeneralSet(K, makeKernels('plain'), { f: parseFunction('power:4'), eps: EPS, items: 500 }), U);
  folder.write('K.npy', npyFrom(matrixOf(K)));
  folder.write('Q.npy', npyFrom(matrixOf(Q)));
  folder.write('K.csv', csvFrom(matrixOf(K)));
  folder.write('K.arrows', arrowFrom(matrixOf(K), 'stream'));
});

function expectHeavy(stdout: Buffer): void {
  const { columns, rows } = fromCsv(stdout);
  expect(columns).toEqual(['query', 'key', 'score', 'lower', 'upper', 'stderr']);
  expect(rows.map(([query, key]) => [query, key])).toEqual(expected.map(([query, key]) => [query, key]));
  let exact = 0;
  for (const [i, [, , score, lower, upper, stderr]] of rows.entries()) {
    expect(lower).toBeGreaterThanOrEqual(EPS);
    if (lower !== upper) continue;
    exact++;
    expect(stderr).toBe(0);
    expect(Math.abs(score! - expected[i]![2]!)).toBeLessThanOrEqual(1e-9 * expected[i]![2]!);
  }
  expect(exact).toBeGreaterThan(100);
}

const heavy = (K: string): string[] => ['heavy', '--keys', U, '--certify', K, paths.Q, '--format', 'csv'];

describe.concurrent('exactly the heavy entries', () => {
  test.each(['K.npy', 'K.csv', 'K.arrows'])('K as %s', async (name) => {
    const { code, stdout, stderr } = await run(heavy(folder.at(name)));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectHeavy(stdout);
  });

  test('K from a FIFO, and from standard input', async () => {
    const fifo = folder.at('fifo');
    const command = (K: string) => `levattn heavy --keys "${U}" --certify ${K} "${paths.Q}" --format csv`;
    const outcomes = await Promise.all([
      shell(`mkfifo "${fifo}" && { cat "${paths.K}" > "${fifo}" & ${command(`"${fifo}"`)}; }`),
      shell(`cat "${paths.K}" | ${command('-')}`),
    ]);
    for (const { code, stdout, stderr } of outcomes) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expectHeavy(stdout);
    }
  });

  test('in rounds, where the memory does not hold all that waits', async () => {
    const { code, stdout, log } = await run([...heavy(paths.K), '--memory', '1KiB', '--log-json', '--verbose']);
    expect(code).toBe(0);
    expectHeavy(stdout);
    expect(log.filter(({ msg }) => msg === 'K read to certify').length).toBeGreaterThan(1);
  });

  test('Q from standard input', async () => {
    const { code, stdout } = await run(['heavy', '--keys', U, '--certify', paths.K, '--format', 'csv'], {
      stdin: { file: paths.Q },
    });
    expect(code).toBe(0);
    expectHeavy(stdout);
  });

  test('where scores are exact it changes nothing, and says so', async () => {
    const plain = await run(['heavy', '--keys', paths.K, paths.Q, '--format', 'csv']);
    const certified = await run(['heavy', '--keys', paths.K, '--certify', paths.K, paths.Q, '--format', 'csv']);
    expect(certified.stdout).toEqual(plain.stdout);
    expect(certified.stderr).toMatch(/^levattn: warning: scores are exact already/);
  });
});

describe.concurrent('what it refuses', { tags: ['slow'] }, () => {
  test('a K with other rows: 65, before Q is read', async () => {
    const path = folder.write('short.npy', npyFrom(rowsOf(matrixOf(K), 0, 100)));
    const outcome = await run(heavy(path));
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toBe(`${path}: 100 x 6 where U was made from 5000 x 6; give the K that U was made from`);
    expect(outcome.stdout.length).toBe(0);
  });

  test('a K with another key: 65 and where', async () => {
    const path = folder.write('other.npy', npyFrom({ rows: 5000, d: 6, values: K.values.map((value) => value + 1) }));
    const outcome = await run(heavy(path));
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(
      /other\.npy: differs from U in row \d+, column 0; give the K that U was made from$/,
    );
  });

  test('a K that is not there: 65', async () => {
    const outcome = await run(heavy(folder.at('nowhere.npy')));
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(/nowhere\.npy/);
  });

  test('a pipe with more in doubt than the memory holds: 65 and what to do', async () => {
    const outcome = await shell(
      `cat "${paths.K}" | levattn heavy --keys "${U}" --certify - "${paths.Q}" --memory 1KiB --format csv`,
    );
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(/K can be read only once; give K as a file, or raise --memory$/);
  });

  test.each([
    ['Q', ['--keys', U]],
    ['the keys', [paths.Q]],
  ])('K and %s both on standard input: 64', async (_, rest) => {
    const outcome = await run(['heavy', '--certify', '-', ...rest], { stdin: { file: paths.K } });
    expect(outcome.code).toBe(64);
    expect(errorLine(outcome)).toMatch(/--certify cannot read K from standard input/);
  });

  test('a memory that is no size: 64', async () => {
    const outcome = await run([...heavy(paths.K), '--memory', 'much']);
    expect(outcome.code).toBe(64);
    expect(outcome.stderr).toMatch(/--memory.*It must be a size/);
  });
});
