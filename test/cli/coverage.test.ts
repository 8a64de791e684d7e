/** `levattn coverage` on the built program: its tables hold what the library finds, in every form, and what it refuses. */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { measureCoverage } from '../../src/attention/coverage/measure-coverage.js';
import { verdictOf } from '../../src/attention/coverage/verdict.js';
import { parseFunction } from '../../src/functions.js';
import { blocksOf } from '../entries/exact/brute-force.js';
import { npyFrom, temporaryFolder } from '../support/files.js';
import { fixturePath, loadMatrix, type Matrix } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine } from '../support/program.js';
import { fromArrow } from './answers.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const K = fixturePath('demo/K.npy');
const keys = loadMatrix(K);
const queries: Matrix = { rows: 60, d: 64, values: loadMatrix(fixturePath('demo/Q.npy')).values.slice(0, 60 * 64) };
const Q = folder.write('Q.npy', npyFrom(queries));
const U = folder.at('U.arrow');

const held = { d: 64, index: Float64Array.from({ length: 1536 }, (_, i) => i), values: keys.values };

const coverage = async (args: readonly string[], stdin?: Buffer) => {
  const { code, stdout, stderr } = await run(['coverage', ...args], stdin && { stdin });
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout.toString();
};

beforeAll(async () => {
  expect((await run(['select-keys', K, '-o', U])).code).toBe(0);
});

describe('tables', () => {
  test('JSON is what the library says, whatever the options', async () => {
    const options = [
      '--k',
      '10,100',
      '--eps',
      '0.02',
      '--f',
      'softmax',
      '--f',
      'power:4',
      '--draws',
      '3',
      '--seed',
      '5',
    ];
    const found = JSON.parse(
      await coverage([Q, '--keys', K, '--json', '--causal', '--query-offset', '90', ...options]),
    );
    const report = await measureCoverage(held, blocksOf(queries), {
      sizes: [10, 100],
      eps: 0.02,
      functions: ['softmax', 'power:4'].map(parseFunction),
      draws: 3,
      seed: 5,
      causal: true,
      queryOffset: 90,
    });
    expect(found.sizes).toEqual(report.sizes);
    expect(found.functions).toHaveLength(2);
    for (const [at, { f, coverage }] of report.functions.entries()) {
      expect(found.functions[at].f).toBe(f);
      for (const [i, row] of coverage.entries()) {
        const same = found.functions[at].coverage[i];
        expect([same.selection, same.k]).toEqual([row.selection, row.k]);
        expect(same.mass).toBeCloseTo(row.mass, 10);
      }
    }
    expect(found.verdict).toEqual(verdictOf(report));
  });

  test('for people: a line for each selection, a column for each k, and what they show', async () => {
    const text = await coverage([Q, '--keys', K, '--k', '16,64']);
    const { sizes, functions } = JSON.parse(await coverage([Q, '--keys', K, '--k', '16,64', '--json']));
    expect(text).toMatch(/^1,536 keys x 64 columns, rank 64; 60 queries; U at eps 0\.05: 211 keys\n/);
    expect(text).toMatch(/\nsoftmax: % of all attention\nk +16 +64 +211\n/);
    const shares = functions[0].coverage.filter((row: { selection: string }) => row.selection === 'leverage');
    const line = /\nleverage +(.*)\n/.exec(text)![1];
    expect(line.split(/ +/)).toEqual(sizes.map((_: number, i: number) => (100 * shares[i].mass).toFixed(1)));
    expect(text).toMatch(/k = 211 is \|U\|\.\nThe largest leverage score is 2\.28 times the average/);
    expect(text).toMatch(/softmax, all attention: at k = 16 .*\. Best: .*\n/);
  });

  test('CSV and Arrow have a row for each function, selection and k', async () => {
    const csv = folder.at('coverage.csv');
    expect(await coverage([Q, '--keys', K, '--k', '16,64', '-o', csv])).toBe('');
    const [head, ...lines] = readFileSync(csv, 'utf8').trim().split('\n');
    expect(head).toBe(
      'f,n,queries,eps,universal,selection,k,mass,heavy_share,heavy_mass_share,k90,k95,k99,per_query,observed',
    );
    expect(lines).toHaveLength(2 * 5 * 3);
    expect(lines[0]).toMatch(
      /^softmax,1536,60,0\.05\d*,211,centred-norm,16,0\.\d+,0\.\d+,0\.\d+,\d+,\d+,\d+,0\.\d+,0$/,
    );
    expect(await coverage([Q, '--keys', K, '-o', folder.at('coverage.arrow')])).toBe('');
    expect(fromArrow(readFileSync(folder.at('coverage.arrow'))).columns.join()).toBe(head);
  });

  test('CSV of keys alone', async () => {
    const alone = folder.at('keys.csv');
    expect(await coverage(['--keys', K, '--k', '16,64', '-o', alone])).toBe('');
    expect(readFileSync(alone, 'utf8')).toMatch(
      /^n,eps,universal,selection,k,leverage,missed,universal_share\n1536,0\.05\d*,211,centred-norm,16,0\.\d+,0\.\d+,0\.\d+\n/,
    );
  });

  test('K, and K with Q, from standard input', async () => {
    const [k, q] = [K, Q].map((path) => readFileSync(path));
    const args = ['--k', '16', '--json'];
    expect(await coverage(args, k)).toBe(await coverage(['--keys', K, ...args]));
    const expected = await coverage([Q, '--keys', K, ...args]);
    expect(await coverage(['-', ...args], Buffer.concat([k, q]))).toBe(expected);
    expect(await coverage(['-', '--keys', K, ...args], q)).toBe(expected);
    expect(await coverage([Q, ...args], k)).toBe(expected);
  });

  test('docs/coverage.md shows what the program prints', async () => {
    const page = readFileSync(new URL('../../docs/coverage.md', import.meta.url), 'utf8');
    const [shown] = /(?<=\$ levattn coverage .*\n)(?: {4}.*\n|\n)+/.exec(page)!;
    const args = [fixturePath('demo/Q.npy'), '--keys', K, '--k', '8,32,128,512'];
    expect(await coverage(args)).toBe(shown.trimEnd().replaceAll(/^ {4}/gm, '').concat('\n'));
  });

  test('keys with NaN are left out where that is allowed', async () => {
    const bad = keys.values.slice();
    bad[64 * 7] = Number.NaN;
    const path = folder.write('nan.npy', npyFrom({ ...keys, values: bad }));
    const refused = await run(['coverage', Q, '--keys', path]);
    expect([refused.code, errorLine(refused)]).toEqual([
      65,
      expect.stringMatching(/nan\.npy: row 7, column 0: NaN; .*--nan skip/),
    ]);
    const outcome = await run(['coverage', Q, '--keys', path, '--nan', 'skip', '--k', '16', '--json']);
    expect(errorLine(outcome)).toMatch(/1 key with NaN, infinities or missing values left out/);
    const rest = {
      d: 64,
      index: held.index.filter((row) => row !== 7),
      values: Float64Array.from([...keys.values.subarray(0, 448), ...keys.values.subarray(512)]),
    };
    const expected = await measureCoverage(rest, blocksOf(queries), { sizes: [16] });
    const found = JSON.parse(outcome.stdout.toString());
    expect(found.n).toBe(1535);
    expect(found.functions[0].coverage[0].mass).toBeCloseTo(expected.functions[0].coverage[0].mass, 10);
  });
});

describe('what is refused', { tags: ['slow'] }, () => {
  const wide = folder.write('wide.npy', npyFrom({ rows: 2, d: 5, values: new Float64Array(10) }));
  test.each([
    ['Q of another width', [wide, '--keys', K], 65, /queries have 5 columns where the keys have 64/],
    ['a universal set', [Q, '--keys', U], 65, /U\.arrow: is a universal set; give K itself/],
    ['a function without queries', ['--keys', K, '--f', 'softmax'], 64, /--f needs queries/],
    ['sizes that are none', [Q, '--keys', K, '--k', '8,0'], 64, /whole numbers of at least 1/],
    ['an offset that is not causal', [Q, '--keys', K, '--query-offset', '1'], 64, /--query-offset needs --causal/],
    ['a format for no file', [Q, '--keys', K, '--format', 'csv'], 64, /--format needs -o/],
    ['an unknown function', [Q, '--keys', K, '--f', 'hardmax'], 64, /unknown function 'hardmax'/],
    ['more than the memory holds', [Q, '--keys', K, '--memory', '100KB'], 65, /it holds 97; raise --memory/],
  ] as const)('%s', async (_, args, code, message) => {
    const outcome = await run(['coverage', ...args]);
    expect(errorLine(outcome)).toMatch(message);
    expect(outcome.code).toBe(code);
  });

  test('K alone on standard input, where Q must follow', async () => {
    const outcome = await run(['coverage', '-'], { stdin: readFileSync(K) });
    expect([outcome.code, errorLine(outcome)]).toEqual([
      65,
      expect.stringMatching(/ends after the keys, where Q must follow/),
    ]);
  });
});
