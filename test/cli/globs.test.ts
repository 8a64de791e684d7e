/** Globs in quotes stand for the files that they match, in natural order, where a command takes several files. */

import { mkdirSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { float32Array, npzFrom } from '../support/containers.js';
import { temporaryFolder } from '../support/files.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine, numbersIn, type Outcome } from '../support/program.js';

const folder = temporaryFolder();
const inTurn = runnerInTurn();
const run = (...args: string[]): Promise<Outcome> => inTurn(args, { cwd: folder.path });

const PARTS = 11;
const ROWS = 4;

/** Row i of the whole: (i, i^2). */
const rowsOfPart = (part: number): number[][] =>
  Array.from({ length: ROWS }, (_, k) => ROWS * part + k + 1).map((i) => [i, i * i]);

beforeAll(() => {
  for (let part = 0; part < PARTS; part++) {
    const rows = rowsOfPart(part);
    folder.write(`p-${part}.csv`, `a,b\n${rows.map((row) => `${row.join(',')}\n`).join('')}`);
    const matrix = { rows: ROWS, d: 2, values: Float64Array.from(rows.flat()) };
    folder.write(`p-${part}.npz`, npzFrom({ k: float32Array(matrix), q: float32Array(matrix) }));
  }
  mkdirSync(folder.at('p-none.csv.d'));
});

const listed = (ending: string): string[] => Array.from({ length: PARTS }, (_, part) => `p-${part}.${ending}`);

/** Leverage scores of rows of two columns, by Cramer's rule. */
function leverage(rows: readonly number[][]): number[] {
  const sum = (i: number, j: number): number => rows.reduce((total, row) => total + row[i] * row[j], 0);
  const [aa, ab, bb] = [sum(0, 0), sum(0, 1), sum(1, 1)];
  return rows.map(([a, b]) => (a * a * bb - 2 * a * b * ab + b * b * aa) / (aa * bb - ab * ab));
}

/** Scores as they come are those of these rows, in this order. */
function expectScores(outcome: Outcome, rows: readonly number[][]): void {
  const found = numbersIn(outcome).map((row) => row.at(-1)!);
  expect(found).toHaveLength(rows.length);
  for (const [i, score] of leverage(rows).entries()) expect(found[i]! / score).toBeCloseTo(1, 9);
}

const allRows = Array.from({ length: PARTS }, (_, part) => rowsOfPart(part));

test('K is its files in natural order, from the folder or by absolute paths', async () => {
  for (const glob of ['p-*.csv', './p-*.csv', folder.at('p-*.csv'), 'p-[0-9]*.csv']) {
    expectScores(await run('scores', glob, '--format', 'csv'), allRows.flat());
  }
});

test.each([
  ['scores', ['--format', 'csv']],
  ['coreset', ['--size', '6', '--format', 'csv']],
  ['select-keys', ['--top', '3', '--format', 'csv', '--columns', 'a,b']],
] as const)('%s of a glob is that of its files', async (command, options) => {
  const [byGlob, byName] = [
    await run(command, 'p-*.csv', ...options),
    await run(command, ...listed('csv'), ...options),
  ];
  expect([byGlob.code, byName.code]).toEqual([0, 0]);
  expect(byGlob.stdout.equals(byName.stdout)).toBe(true);
  expect(byGlob.stdout.length).toBeGreaterThan(0);
});

test('a tensor is taken of each file', async () => {
  const outcome = await run('scores', 'p-*.npz::k[1:3]', '--format', 'csv');
  expectScores(
    outcome,
    allRows.flatMap((rows) => rows.slice(1, 3)),
  );
});

test('sketches of a glob are sketched and merged', async () => {
  expect((await run('sketch', 'p-?.csv', '-o', 's-1.lev', '--row-offset', '0')).code).toBe(0);
  expect((await run('sketch', 'p-10.csv', '-o', 's-2.lev', '--row-offset', '40')).code).toBe(0);
  expect((await run('merge', 's-*.lev', '-o', 'all.lev')).code).toBe(0);
  const [merged, whole] = [
    await run('select-keys', 'all.lev', '--format', 'csv'),
    await run('select-keys', ...listed('csv'), '--format', 'csv'),
  ];
  expect(numbersIn(merged).map(([index]) => index)).toEqual(numbersIn(whole).map(([index]) => index));
});

test('a file of that very name comes first, and a glob that matches none is an error', async () => {
  folder.write('q*.csv', 'a,b\n1,2\n3,4\n');
  folder.write('q1.csv', 'a,b\n5,6\n');
  expect(numbersIn(await run('scores', 'q*.csv', '--format', 'csv'))).toHaveLength(2);
  const none = await run('scores', 'r*.csv', '--format', 'csv');
  expect([none.code, errorLine(none)]).toEqual([
    65,
    expect.stringMatching(/^r\*\.csv: no such file; check the path; \* stands for files where several are taken/),
  ]);
});
