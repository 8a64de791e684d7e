/** levattn heavy --causal as a process: against masked brute force, exact mode and its own refusals. */

import { beforeAll, describe, expect, test } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import { bruteForce } from '../support/brute-force.js';
import { csvFrom, npyFrom, rowsOf, temporaryFolder } from '../support/files.js';
import { fixturePath, loadMatrix } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { makeKeys } from '../support/key-kinds.js';
import { errorLine, shell } from '../support/program.js';
import { expectRows, fromCsv } from './answers.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const K = makeKeys('t, 3 degrees of freedom', 3000, 6, 5);
const Q = makeKeys('gaussian', 3000, 6, 6);
const matrixOf = ({ n, d, values }: typeof K) => ({ rows: n, d, values });
const paths = { K: folder.at('K.npy'), Q: folder.at('Q.npy') };
const demo = { K: fixturePath('demo/K.npy'), Q: fixturePath('demo/Q.npy') };

/** [query, key, score] of every entry >= eps. */
function bruteEntries(name: string, eps: number, offset = 0): number[][] {
  return Array.from({ length: Q.n }, (_, query) => {
    const n = Math.min(K.n, Math.max(0, query + offset + 1));
    const seen = { ...K, n, values: K.values.subarray(0, n * K.d) };
    const { scores } = bruteForce(seen, Q.values.subarray(query * Q.d, (query + 1) * Q.d), parseFunction(name));
    return Array.from(scores, (score, key) => [query, key, score]).filter(([, , score]) => score! >= eps);
  }).flat();
}

const causal = (...rest: string[]): string[] => ['heavy', '--causal', '--format', 'csv', ...rest];

beforeAll(() => {
  folder.write('K.npy', npyFrom(matrixOf(K)));
  folder.write('Q.npy', npyFrom(matrixOf(Q)));
  folder.write('K.csv', csvFrom(matrixOf(K)));
  folder.write('copies.npy', npyFrom({ rows: 2, d: 2, values: Float64Array.from([1, 2, 1, 2]) }));
  folder.write('short.npy', npyFrom(rowsOf(matrixOf(Q), 0, 5)));
});

describe.concurrent('x^2: exactly the heavy entries of masked brute force', () => {
  test.each([0, -700, 1500])('offset %d', async (offset) => {
    const args = causal('--eps', '0.05', '--query-offset', String(offset), '--keys', paths.K, paths.Q);
    const { code, stdout, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectRows(fromCsv(stdout), bruteEntries('power:2', 0.05, offset), 1e-9);
  });

  test('K as CSV, from a FIFO, and from standard input', async () => {
    const expected = (await run(causal('--eps', '0.05', '--keys', paths.K, paths.Q))).stdout;
    const fifo = folder.at('fifo');
    const outcomes = await Promise.all([
      run(causal('--eps', '0.05', '--keys', folder.at('K.csv'), paths.Q)),
      shell(
        `mkfifo "${fifo}" && { cat "${paths.K}" > "${fifo}" & levattn heavy --causal --eps 0.05 --keys "${fifo}" "${paths.Q}" --format csv; }`,
      ),
      run(causal('--eps', '0.05', paths.Q), { stdin: { file: paths.K } }),
      run(causal('--eps', '0.05', '--keys', paths.K), { stdin: { file: paths.Q } }),
    ]);
    for (const { code, stdout, stderr } of outcomes) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toEqual(expected);
    }
  });

  test('of two copies of a key at eps 0.6, the first query has one entry and the second none', async () => {
    const path = folder.at('copies.npy');
    const { stdout } = await run(causal('--eps', '0.6', '--keys', path, path));
    expect(fromCsv(stdout).rows).toEqual([[0, 0, 1]]);
  });

  test('a real head: the same as exact mode, which works out every product', async () => {
    const args = ['--eps', '0.05', '--keys', demo.K, demo.Q];
    const [found, exact] = await Promise.all([run(causal(...args)), run(causal('--exact', ...args))]);
    const { rows } = fromCsv(exact.stdout);
    expect(rows.length).toBeGreaterThan(500);
    expectRows(fromCsv(found.stdout), rows, 1e-9);
    expect(loadMatrix(demo.Q).rows).toBeGreaterThan(1024);
  });

  test('Q that ends before K does', async () => {
    const { code, stdout, stderr } = await run(causal('--eps', '0.05', '--keys', paths.K, folder.at('short.npy')));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectRows(
      fromCsv(stdout),
      bruteEntries('power:2', 0.05).filter(([query]) => query! < 5),
      1e-9,
    );
  });
});

describe.concurrent('other functions: bounds that hold, and none missed', () => {
  test.each([
    ['power:4', 0.1],
    ['power:1.5', 0.05],
    ['huber:1', 0.1],
  ])('f = %s at eps %d', async (name, eps) => {
    const { code, stdout, stderr } = await run(causal('--f', name, '--eps', String(eps), '--keys', paths.K, paths.Q));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { columns, rows } = fromCsv(stdout);
    expect(columns).toEqual(['query', 'key', 'score', 'lower', 'upper', 'stderr']);
    const found = new Map(rows.map((row) => [row[0]! * K.n + row[1]!, row]));
    for (const [query, key, score] of bruteEntries(name, eps)) {
      const row = found.get(query! * K.n + key!);
      expect(row, `query ${query}, key ${key}, score ${score}`).toBeDefined();
      expect(row![3]!).toBeLessThanOrEqual(score! * (1 + 1e-9));
      expect(row![4]!).toBeGreaterThanOrEqual(score! * (1 - 1e-9));
    }
  });
});

describe.concurrent('what it refuses', { tags: ['slow'] }, () => {
  beforeAll(async () => {
    expect((await run(['select-keys', demo.K, '-o', folder.at('U.arrow')])).code).toBe(0);
  });

  test.each([
    ['a universal set', () => [folder.at('U.arrow'), demo.Q], [], 64, /is a universal set.*--causal needs K itself/],
    ['--certify', () => [paths.K, paths.Q], ['--certify', paths.K], 64, /--certify does not go with --causal/],
    ['--sample', () => [paths.K, paths.Q], ['--sample', '10'], 64, /--sample does not go with --causal/],
    ['--window without --exact', () => [paths.K, paths.Q], ['--window', '5'], 64, /--window needs --exact/],
    ['queries of another width', () => [paths.K, demo.Q], [], 65, /queries have 64 columns where the keys have 6/],
  ] as const)('%s', async (_, inputs, options, code, message) => {
    const [keys, queries] = inputs();
    const outcome = await run(causal(...options, '--keys', keys!, queries!));
    expect(outcome.code).toBe(code);
    expect(errorLine(outcome)).toMatch(message);
    expect(outcome.stdout.length).toBe(0);
  });

  test('K and Q both on standard input: 64', async () => {
    const outcome = await run(causal(), { stdin: { file: paths.K } });
    expect(outcome.code).toBe(64);
    expect(errorLine(outcome)).toMatch(/read side by side, so the two cannot both come from standard input/);
  });

  test('--query-offset without --causal: 64', async () => {
    const outcome = await run(['heavy', '--query-offset', '3', '--keys', paths.K, paths.Q]);
    expect(outcome.code).toBe(64);
    expect(errorLine(outcome)).toMatch(/--query-offset needs --causal/);
  });
});
