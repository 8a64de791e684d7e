/** levattn heavy for functions other than x^2: bounds, against brute force, and what it refuses. */

import { beforeAll, describe, expect, test } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import { bruteForce } from '../support/brute-force.js';
import { npyFrom, temporaryFolder } from '../support/files.js';
import { fixturePath, loadMatrix } from '../support/fixtures.js';
import { makeGeneralSet } from '../support/general-sets.js';
import { runnerInTurn } from '../support/in-turn.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { makeKeys } from '../support/key-kinds.js';
import { errorLine } from '../support/program.js';
import { writeSet } from '../support/set-file.js';
import { fromArrow, fromCsv, type Rows } from './answers.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const paths = { K: fixturePath('demo/K.npy'), Q: fixturePath('demo/Q.npy') };
const K = loadMatrix(paths.K);
const Q = loadMatrix(paths.Q);
/** Keys with heavy tails, of which few can be heavy. */
const tails = makeKeys('t, 3 degrees of freedom', 5000, 6, 5);
const tailQueries = { rows: 300, d: 6, values: makeKeys('gaussian', 300, 6, 6).values };
const matrix = { kind: 'demo', n: K.rows, d: K.d, values: K.values };

/** Every score of the demo for a function, by its definition; several tests ask for the same. */
const known = new Map<string, Float64Array[]>();

function scoresFor(name: string, scale = 1): Float64Array[] {
  const f = parseFunction(name);
  const held = known.get(`${name} ${scale}`);
  if (held) return held;
  const made = Array.from(
    { length: Q.rows },
    (_, i) => bruteForce(matrix, Q.values.subarray(i * K.d, (i + 1) * K.d), f, scale).scores,
  );
  known.set(`${name} ${scale}`, made);
  return made;
}

const SETS = [
  ['power:4', 0.02],
  ['power:3', 0.01],
  ['power:8', 0.1],
  ['power:1', 0.005],
  ['huber:20', 0.01],
] as const;

beforeAll(async () => {
  const kernels = makeKernels(backendNames.at(-1)!);
  for (const [name, eps] of SETS) {
    const set = makeGeneralSet(matrix, kernels, { f: parseFunction(name), eps, items: 200, seed: 5 });
    await writeSet(set, folder.at(`${name}.arrow`));
  }
  folder.write('tails-Q.npy', npyFrom(tailQueries));
  const set = makeGeneralSet(tails, kernels, { f: parseFunction('power:4'), eps: 0.05, items: 500 });
  await writeSet(set, folder.at('tails.arrow'));
});

/** Fails where an entry's score lies outside its bounds, or one >= eps is missing. */
function expectBounds({ columns, rows }: Rows, scores: readonly Float64Array[], eps: number): void {
  expect(columns).toEqual(['query', 'key', 'score', 'lower', 'upper', 'stderr']);
  const found = new Set<number>();
  for (const [query, key, score, lower, upper, stderr] of rows) {
    const exact = scores[query!]![key!]!;
    const inside = exact >= lower! * (1 - 1e-10) && exact <= upper! * (1 + 1e-10);
    const right = inside && upper! >= eps && score! >= lower! && score! <= upper! && stderr! >= 0;
    if (!right) throw new Error(`query ${query}, key ${key}: ${score} in ${lower} … ${upper}, and is ${exact}`);
    found.add(query! * K.rows + key!);
  }
  const missed: (readonly [query: number, key: number])[] = [];
  for (const [query, row] of scores.entries()) {
    for (let key = 0; key < row.length; key++) {
      if (row[key]! >= eps && !found.has(query * K.rows + key)) missed.push([query, key]);
    }
  }
  expect(missed).toEqual([]);
  // By query, then by key.
  const places = rows.map(([query, key]) => query! * K.rows + key!);
  expect(places).toEqual(places.toSorted((x, y) => x - y));
}

describe.concurrent('a real head (fixtures/demo)', { tags: ['slow'] }, () => {
  test.each(SETS)('f = %s at eps %d: from its own U', async (name, eps) => {
    const { code, stdout, stderr } = await run([
      'heavy',
      '--keys',
      folder.at(`${name}.arrow`),
      paths.Q,
      '--format',
      'csv',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectBounds(fromCsv(stdout), scoresFor(name), eps);
  });

  test.each([
    ['power:4', 'power:2.5', 0.1],
    ['power:4', 'huber:20', 0.4],
    ['huber:20', 'l1-l2', 0.01],
  ])('a U made for %s serves %s at eps %d', async (made, asked, eps) => {
    const args = ['heavy', '--keys', folder.at(`${made}.arrow`), paths.Q, '--f', asked, '--eps', String(eps)];
    const { code, stdout, stderr } = await run([...args, '--format', 'csv']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectBounds(fromCsv(stdout), scoresFor(asked), eps);
  });

  test('--scale multiplies products before f is taken', async () => {
    const args = ['heavy', '--keys', folder.at('huber:20.arrow'), '--scale', '0.1', paths.Q, '--format', 'csv'];
    expectBounds(fromCsv((await run(args)).stdout), scoresFor('huber:20', 0.1), 0.01);
  });

  test('--certain keeps the entries whose lower bound reaches eps, and no others', async () => {
    const args = ['heavy', '--keys', folder.at('tails.arrow'), folder.at('tails-Q.npy'), '--format', 'csv'];
    const possible = fromCsv((await run(args)).stdout);
    const certain = fromCsv((await run([...args, '--certain'])).stdout);
    expect(certain.rows).toEqual(possible.rows.filter(([, , , lower]) => lower! >= 0.05));
    expect(certain.rows.length).toBeGreaterThan(0);
    expect(certain.rows.length).toBeLessThan(possible.rows.length);
  });

  test('Arrow holds the same', async () => {
    const args = ['heavy', '--keys', folder.at('power:4.arrow'), paths.Q];
    expect(fromArrow((await run(args)).stdout)).toEqual(fromCsv((await run([...args, '--format', 'csv'])).stdout));
  });

  test('Huber from K itself', async () => {
    const args = ['heavy', '--keys', paths.K, '--f', 'huber:20', '--eps', '0.008', paths.Q, '--format', 'csv'];
    const { code, stdout, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { columns, rows } = fromCsv(stdout);
    expect(columns).toEqual(['query', 'key', 'score', 'lower', 'upper', 'stderr']);
    const heavy = scoresFor('huber:20').reduce((sum, row) => sum + row.filter((score) => score >= 0.008).length, 0);
    expect(rows.length).toBeGreaterThanOrEqual(heavy);
  });
});

describe.concurrent('what heavy refuses', { tags: ['slow'] }, () => {
  test.each([
    [
      ['--f', 'power:5'],
      /U was made for f = power:4 at eps 0.02 .*; make it again with select-keys --f power:5 --eps 0.02$/,
    ],
    [
      ['--eps', '0.01'],
      /lacks keys that matter at f = power:4 at eps 0.01; make it again with select-keys --f power:4 --eps 0.01$/,
    ],
    [['--f', 'huber', '--eps', '0.3'], /make it again with select-keys --f huber:1 --eps 0.3$/],
  ])('%s: 65 and the command that remakes U', async (options, message) => {
    const outcome = await run(['heavy', '--keys', folder.at('power:4.arrow'), ...options, paths.Q]);
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(message);
    expect(outcome.stdout.length).toBe(0);
  });
});
