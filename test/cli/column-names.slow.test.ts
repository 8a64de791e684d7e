/** Inputs that go together and name their columns: put in one order by name, or refused; never joined by position. */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import type { Outcome } from '../support/program.js';

const run = runnerInTurn();

const [f1, f2, f3] = ['f1', 'f2', 'f3'].map((name) => fixturePath(`faults/${name}.csv`)) as [string, string, string];

/** Rows of a file with the columns in an order. */
function rowsOf(path: string, order: readonly string[]): number[][] {
  const [header, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  const names = header!.split(',');
  return lines.map((line) => {
    const fields = line.split(',').map(Number);
    return order.map((name) => fields[names.indexOf(name)]!);
  });
}

const all = [...rowsOf(f1, ['a', 'b']), ...rowsOf(f2, ['a', 'b'])];

/** k^T G^-1 k by the inverse of a 2 x 2 matrix. */
function leverageOf(rows: readonly number[][]): number[] {
  const sum = (i: number, j: number): number => rows.reduce((total, row) => total + row[i]! * row[j]!, 0);
  const [aa, ab, bb] = [sum(0, 0), sum(0, 1), sum(1, 1)];
  const determinant = aa * bb - ab * ab;
  return rows.map(([x = 0, y = 0]) => (x * x * bb - 2 * x * y * ab + y * y * aa) / determinant);
}

/** Columns of CSV by name. */
function table(text: string): Record<string, number>[] {
  const [header, ...lines] = text.trim().split('\n');
  const names = header!.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((field, i) => [names[i], Number(field)])));
}

const scoresIn = ({ stdout }: Outcome): number[] => table(stdout.toString()).map(({ score }) => score!);

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  for (const [i, score] of expected.entries()) expect(Math.abs(found[i]! - score)).toBeLessThan(1e-10);
}

const inOrder =
  /^levattn: warning: \S+: its columns are in another order than those of \S+; they are put in that order, by name$/m;

const { at, write } = temporaryFolder();

beforeAll(async () => {
  await run(['select-keys', f1, '--eps', '0.01', '-o', at('U.arrow')]);
  await run(['sketch', f1, '--eps', '0.01', '-o', at('one.lev')]);
});

describe('columns in another order', () => {
  it('scores of two parts are those of one table', async () => {
    const outcome = await run(['scores', f1, f2, '--format', 'csv']);
    expectClose(scoresIn(outcome), leverageOf(all));
    expect(outcome.stderr.match(new RegExp(inOrder, 'gm'))).toHaveLength(1);
  });

  it('select-keys of two parts', async () => {
    const outcome = await run(['select-keys', f1, f2, '--eps', '0.0001', '--format', 'csv', '--factor', 'stable']);
    expectClose(scoresIn(outcome), leverageOf(all));
    expect(outcome.stderr).toMatch(inOrder);
  });

  it('a sketch that is gone on with', async () => {
    const more = await run(['sketch', '--append', at('one.lev'), f2, '-o', at('two.lev')]);
    expect(more.stderr).toMatch(inOrder);
    const outcome = await run(['select-keys', at('two.lev'), '--format', 'csv']);
    const expected = leverageOf(all);
    for (const { index, score } of table(outcome.stdout.toString())) {
      expect(Math.abs(score! - expected[index!]!)).toBeLessThan(1e-10);
    }
    expect(table(outcome.stdout.toString()).length).toBe(expected.filter((score) => score >= 0.01).length);
  });

  it.each([['U'], ['K'], ['exact'], ['causal']])('queries past %s', async (keys) => {
    const K = rowsOf(f1, ['a', 'b']);
    const Q = rowsOf(f2, ['a', 'b']);
    const eps = 0.05;
    const expected = Q.flatMap((q, i) => {
      const seen = keys === 'causal' ? K.slice(0, i + 1) : K;
      const squares = seen.map((k) => (q[0]! * k[0]! + q[1]! * k[1]!) ** 2);
      const total = squares.reduce((sum, square) => sum + square, 0);
      return squares.flatMap((square, j) => (square / total >= eps ? [`${i},${j}`] : []));
    });
    const from = keys === 'U' ? at('U.arrow') : f1;
    const flags = keys === 'exact' || keys === 'causal' ? [`--${keys}`] : [];
    const outcome = await run(['heavy', '--keys', from, f2, '--eps', `${eps}`, '--format', 'csv', ...flags]);
    expect(outcome.stderr).toMatch(inOrder);
    expect(table(outcome.stdout.toString()).map(({ query, key }) => `${query},${key}`)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(3);
  });

  it('verify finds U and K alike', async () => {
    const outcome = await run(['verify', f2, '--keys', f1, '--set', at('U.arrow'), '--eps', '0.05']);
    expect(outcome.stderr).toMatch(inOrder);
    expect(outcome.code).toBe(0);
  });

  it('sketches of parts are merged', async () => {
    for (const [i, part] of [f1, f2].entries()) {
      await run(['sketch', part, '--shard', `${i + 1}/2`, '--eps', '0.0001', '-o', at(`part${i}.lev`)]);
    }
    const merged = await run(['merge', at('part0.lev'), at('part1.lev'), '-o', at('whole.lev')]);
    expect(merged.stderr).toMatch(inOrder);
    const outcome = await run(['select-keys', at('whole.lev'), '--format', 'csv']);
    expectClose(scoresIn(outcome), leverageOf(all));
    // The order of the first one counts: U's keys have it, and so have queries past it.
    await run(['merge', at('part1.lev'), at('part0.lev'), '-o', at('turned.lev')]);
    for (const [sketch, warned] of [
      ['whole.lev', false],
      ['turned.lev', true],
    ] as const) {
      await run(['select-keys', at(sketch), '-o', at('merged.arrow')]);
      const found = await run(['heavy', '--keys', at('merged.arrow'), f1, '--eps', '0.05', '--format', 'csv']);
      expect(inOrder.test(found.stderr)).toBe(warned);
      const squares = (q: readonly number[]): number[] => all.map((k) => (q[0]! * k[0]! + q[1]! * k[1]!) ** 2);
      const expected = rowsOf(f1, ['a', 'b']).flatMap((q, i) => {
        const total = squares(q).reduce((sum, square) => sum + square, 0);
        return squares(q).flatMap((square, j) => (square / total >= 0.05 ? [`${i},${j}`] : []));
      });
      expect(table(found.stdout.toString()).map(({ query, key }) => `${query},${key}`)).toEqual(expected);
    }
  });

  it('a sketch of chosen columns chooses them of what follows, ids too', async () => {
    const part = (rows: readonly string[]): string => `id,b,extra,a\n${rows.join('\n')}\n`;
    const lines = all.map(([a, b], i) => `r${i},${b},0.5,${a}`);
    write('p1.csv', part(lines.slice(0, 6)));
    write('p2.csv', part(lines.slice(6)));
    await run(['sketch', at('p1.csv'), '--columns', 'a,b', '--id-column', 'id', '--eps', '0.001', '-o', at('p.lev')]);
    const more = await run(['sketch', '--append', at('p.lev'), at('p2.csv'), '-o', at('p12.lev')]);
    expect(more.code).toBe(0);
    const outcome = await run(['select-keys', at('p12.lev'), '--format', 'ndjson']);
    const expected = leverageOf(all);
    const rows = outcome.stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { index: number; id: string; score: number });
    expect(rows.length).toBe(expected.filter((score) => score >= 0.001).length);
    for (const { index, id, score } of rows) {
      expect(id).toBe(`r${index}`);
      expect(Math.abs(score - expected[index]!)).toBeLessThan(1e-10);
    }
    const scores = await run(['scores', '--sketch', at('p12.lev'), at('p1.csv'), at('p2.csv'), '--format', 'ndjson']);
    const scored = scores.stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { row: number; id: string; score: number });
    expect(scored.map(({ id }) => id)).toEqual(all.map((_, i) => `r${i}`));
    expectClose(
      scored.map(({ score }) => score),
      expected,
    );
  });
});

describe('columns with other names', () => {
  it.each<[string, () => string[]]>([
    ['scores', () => ['scores', f1, f3]],
    ['select-keys', () => ['select-keys', f1, f3, '-o', at('never.arrow')]],
    ['sketch --append', () => ['sketch', '--append', at('one.lev'), f3, '-o', at('never.lev')]],
    ['scores --sketch', () => ['scores', '--sketch', at('U.arrow'), f3]],
    ['heavy past U', () => ['heavy', '--keys', at('U.arrow'), f3]],
    ['heavy with K', () => ['heavy', '--keys', f1, f3]],
    ['coverage', () => ['coverage', f3, '--keys', f1]],
    ['verify', () => ['verify', f3, '--keys', f1]],
  ])('%s', async (_, args) => {
    const outcome = await run(args());
    expect(outcome.code).toBe(65);
    expect(outcome.stderr).toMatch(/its columns are not those of \S+ \(missing: [bc]; new: [bc]\)/);
    expect(outcome.stdout.length).toBe(0);
  });

  it('queries whose names are others altogether go by position, and that is said', async () => {
    write('q.csv', readFileSync(f2, 'utf8').replace('b,a', 'x,y'));
    const outcome = await run(['heavy', '--keys', at('U.arrow'), at('q.csv'), '--format', 'csv']);
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toMatch(/other names than those of \S+; they are taken by position/);
  });

  it('a file without a header goes by position', async () => {
    write('bare.csv', readFileSync(f2, 'utf8').replace('b,a\n', ''));
    const outcome = await run(['scores', f1, at('bare.csv'), '--format', 'csv']);
    expectClose(scoresIn(outcome), leverageOf([...rowsOf(f1, ['a', 'b']), ...rowsOf(f2, ['b', 'a'])]));
    expect(outcome.stderr).toBe('');
  });
});
