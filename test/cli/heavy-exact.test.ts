/** levattn heavy in exact mode as a process: its entries against brute force, and what it refuses. */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import { expectEntries } from '../entries/exact/brute-force.js';
import { temporaryFolder } from '../support/files.js';
import { fixturePath, loadMatrix } from '../support/fixtures.js';
import { errorLine, run } from '../support/program.js';
import { fromCsv } from './answers.js';

const K = fixturePath('demo/K.npy');
const Q = fixturePath('demo/Q.npy');
const keys = loadMatrix(K);
const queries = loadMatrix(Q);
const folder = temporaryFolder();

const entriesIn = (csv: Buffer): [number, number, number][] => {
  const { columns, rows } = fromCsv(csv);
  expect(columns).toEqual(['query', 'key', 'score']);
  return rows as [number, number, number][];
};

beforeAll(async () => {
  expect((await run(['select-keys', '--eps', '0.02', K, '-o', folder.at('U.arrow')])).code).toBe(0);
});

describe.concurrent('a real head (fixtures/demo), against brute force', () => {
  test.each(['softmax', 'sigmoid', 'relu:2', 'geman-mcclure'])('%s', async (name) => {
    const args = ['heavy', '--f', name, '--eps', '0.02', '--keys', K, Q, '--format', 'csv'];
    const { code, stdout, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const f = parseFunction(name);
    const found = entriesIn(stdout);
    if (name === 'softmax') expect(found.length).toBeGreaterThan(100);
    expectEntries(found, { K: keys, Q: queries, f, eps: 0.02 }, f.exponential ? 1e-5 : 1e-9);
  });

  test('--exact for x^2, whose entries are those found through U', async () => {
    const args = ['heavy', '--eps', '0.02', '--keys', K, Q, '--format', 'csv'];
    const [exact, throughU] = await Promise.all([run([...args, '--exact']), run(args)]);
    const [found, expected] = [entriesIn(exact.stdout), entriesIn(throughU.stdout)];
    expect(found.map(([query, key]) => [query, key])).toEqual(expected.map(([query, key]) => [query, key]));
    for (const [i, [, , score]] of found.entries()) expect(score).toBeCloseTo(expected[i][2], 9);
  });

  test('--scale', async () => {
    const args = ['heavy', '--f', 'exp', '--scale', '0.125', '--eps', '0.1', '--keys', K, Q, '--format', 'csv'];
    const [scaled, softmax] = [await run(args), await run(args.with(2, 'softmax'))];
    expect(scaled.stdout.equals(softmax.stdout)).toBe(true);
  });

  test('K from a pipe, Q as a file', async () => {
    const args = ['heavy', '--f', 'softmax', '--eps', '0.1', Q, '--format', 'csv'];
    const piped = await run(args, { stdin: readFileSync(K) });
    const named = await run([...args, '--keys', K]);
    expect(piped.code).toBe(0);
    expect(piped.stdout.equals(named.stdout)).toBe(true);
  });

  test('causal, a window, padding, and what each key receives', async () => {
    const mask = Uint8Array.from({ length: keys.rows }, (_, j) => (j % 5 === 2 ? 0 : 1));
    const maskFile = folder.write('mask.csv', `${[...mask].join('\n')}\n`);
    const stats = folder.at('stats.csv');
    const sight = ['--causal', '--query-offset', '-3', '--window', '200', '--mask', maskFile, '--stats', stats];
    const args = ['heavy', '--f', 'softmax', '--eps', '0.05', '--keys', K, Q, '--format', 'csv', ...sight];
    const { code, stdout, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const sees = (i: number, j: number): boolean => j <= i - 3 && j > i - 203 && mask[j] !== 0;
    const question = { K: keys, Q: queries, f: parseFunction('softmax'), eps: 0.05, sees };
    const found = entriesIn(stdout);
    expectEntries(found, question, 1e-5);
    const { columns, rows } = fromCsv(readFileSync(stats));
    expect(columns).toEqual(['key', 'max_score', 'heavy', 'total']);
    expect(rows).toHaveLength(keys.rows);
    // Every query that sees a key gives away 1: all but the first three.
    expect(rows.reduce((sum, [, , , total]) => sum + total, 0)).toBeCloseTo(queries.rows - 3, 2);
    for (const [j, , heavy] of rows) expect(heavy).toBe(found.filter(([, key]) => key === j).length);
  });

  test('a small memory takes several passes over K and gives the same bytes', { tags: ['slow'] }, async () => {
    const args = ['heavy', '--f', 'softmax', '--eps', '0.1', '--keys', K, Q, '--format', 'csv', '--log-json'];
    const [small, large] = [await run([...args, '--memory', '5MiB']), await run(args)];
    const passesOf = (outcome: typeof small) => outcome.log.find(({ msg }) => msg === 'heavy entries')?.passes;
    expect(passesOf(large)).toBe(1);
    expect(passesOf(small)).toBeGreaterThan(2);
    expect(small.stdout.equals(large.stdout)).toBe(true);
  });
});

describe.concurrent('what is refused', { tags: ['slow'] }, () => {
  const FILES: Record<string, string> = { U: folder.at('U.arrow'), MASK: folder.write('short.csv', '1,0\n') };
  const base = ['heavy', '--f', 'softmax', '--eps', '0.1'];
  test.each([
    ['a universal set', [...base, '--keys', 'U', Q], 65, /U\.arrow: is a universal set.*give K itself/],
    ['both on standard input', base, 64, /one another on standard input/],
    ['a window without --causal', [...base, '--keys', K, Q, '--window', '5'], 64, /--window needs --causal/],
    ['a memory that holds nothing', [...base, '--keys', K, Q, '--memory', '1KiB'], 64, /at least --memory \d+MiB/],
    [
      'a mask for other keys',
      [...base, '--keys', K, Q, '--mask', 'MASK'],
      65,
      /mask is for 2 keys where K has 1536 rows/,
    ],
    ['an unknown function', ['heavy', '--f', 'hardmax', '--keys', K, Q], 64, /unknown function 'hardmax'/],
  ] as const)('%s', async (_, args, code, message) => {
    const outcome = await run(args.map((arg) => FILES[arg] ?? arg));
    expect(errorLine(outcome)).toMatch(message);
    expect(outcome.code).toBe(code);
  });

  test('statistics of K from a pipe, which would be read twice', async () => {
    const outcome = await run([...base, Q, '--stats', folder.at('none.csv')], { stdin: readFileSync(K) });
    expect(errorLine(outcome)).toMatch(/take K twice.*give K as a file/);
    expect(outcome.code).toBe(65);
  });

  test('a pipe with K where Q takes several tiles', async () => {
    const outcome = await run([...base, Q, '--memory', '5MiB'], { stdin: readFileSync(K) });
    expect(errorLine(outcome)).toMatch(/give K as a file, or raise --memory/);
    expect(outcome.code).toBe(65);
  });
});
