/** `--intercept`: leverage scores are the diagonal of NumPy's hat matrix (fixtures/tables), whichever command finds them. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine, type Outcome } from '../support/program.js';

const run = runnerInTurn();
const { at, write: file } = temporaryFolder();

const { hat, kept } = JSON.parse(readFileSync(fixturePath('tables/expected.json'), 'utf8')) as {
  readonly hat: Readonly<Record<string, readonly number[]>>;
  readonly kept: readonly number[];
};
const TABLE = fixturePath('tables/duckdb.parquet');
const CHOSEN = ['--columns', 'x,y,n', '--intercept'];
const N = 40;

/** The last column of CSV. */
function lastColumn({ code, stderr, stdout }: Outcome): number[] {
  expect(code, stderr).toBe(0);
  const [, ...lines] = stdout.toString().trim().split('\n');
  return lines.map((line) => Number(line.split(',').at(-1)));
}

function expectHat(found: readonly number[], how: string): void {
  const wanted = new Float64Array(N);
  const rows = how === 'skip' ? kept : wanted.keys();
  for (const [i, row] of [...rows].entries()) wanted[row] = hat[how]![i]!;
  expect(found.length).toBe(N);
  for (const [i, score] of wanted.entries()) expect(Math.abs(found[i]! - score)).toBeLessThan(1e-9);
}

describe('the hat matrix', () => {
  it.each(['skip', 'zero', 'mean'])('by scores and select-keys, with --missing %s', async (how) => {
    for (const name of ['duckdb.parquet', 'polars.arrow', 'pandas.csv', 'polars.ndjson']) {
      const words = [fixturePath(`tables/${name}`), ...CHOSEN, '--missing', how, '--format', 'csv'];
      expectHat(lastColumn(await run(['scores', ...words])), how);
    }
    const keys = await run(['select-keys', TABLE, ...CHOSEN, '--missing', how, '--eps', '1e-9', '--format', 'csv']);
    const scores = lastColumn(keys);
    const indices = keys.stdout
      .toString()
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',')[0]));
    const all = Array<number>(N).fill(0);
    for (const [i, index] of indices.entries()) all[index] = scores[i]!;
    expectHat(all, how);
  });

  it('by shards, which later commands need not be told', async () => {
    const lines = readFileSync(fixturePath('tables/pandas.csv'), 'utf8').trim().split('\n');
    const parts = [lines.slice(1, 18), lines.slice(18)].map((rows, i) =>
      file(`${i}.csv`, `${[lines[0], ...rows].join('\n')}\n`),
    );
    for (const [i, part] of parts.entries()) {
      const words = ['--shard', `${i + 1}/2`, '--eps', '1e-9', '-o', at(`${i}.lev`)];
      expect((await run(['sketch', part, ...CHOSEN, '--missing', 'zero', ...words])).code).toBe(0);
    }
    expect((await run(['merge', at('0.lev'), at('1.lev'), '-o', at('all.lev')])).code).toBe(0);
    const words = ['--sketch', at('all.lev'), '--missing', 'zero', '--format', 'csv'];
    expectHat(lastColumn(await run(['scores', ...parts, ...words])), 'zero');
  });

  it('by a coreset, of which rows with weight 1 are those of the largest', async () => {
    const words = ['--missing', 'zero', '--size', '14', '--format', 'csv'];
    const { code, stderr, stdout } = await run(['coreset', TABLE, ...CHOSEN, ...words]);
    expect(code, stderr).toBe(0);
    const rows = stdout
      .toString()
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').map(Number));
    expect(rows.length).toBe(14);
    const certain = rows.flatMap(([index, weight]) => (weight === 1 ? [index!] : []));
    const largest = [...hat.zero!.keys()].sort((i, j) => hat.zero![j]! - hat.zero![i]!);
    expect(certain.length).toBeGreaterThan(0);
    expect(new Set(certain)).toEqual(new Set(largest.slice(0, certain.length)));
  });

  it('less 1/n is the leverage of centred columns', async () => {
    const rows = Array.from({ length: 9 }, (_, i) => [Math.sin(i) + 5, (i * i) % 7]);
    const means = [0, 1].map((j) => rows.reduce((sum, row) => sum + row[j]! / rows.length, 0));
    const spell = (values: readonly (readonly number[])[]): string =>
      `a,b\n${values.map((row) => row.join(',')).join('\n')}\n`;
    const plain = file('plain.csv', spell(rows));
    const centred = file('centred.csv', spell(rows.map((row) => row.map((value, j) => value - means[j]!))));
    const of = async (...words: string[]): Promise<number[]> =>
      lastColumn(await run(['scores', ...words, '--columns', 'a,b', '--format', 'csv']));
    const [ones, without] = [await of(plain, '--intercept'), await of(centred)];
    for (const [i, score] of ones.entries())
      expect(Math.abs(score - 1 / rows.length - without[i]!)).toBeLessThan(1e-12);
  });
});

describe('the column of ones', () => {
  it('stands last, and beside a constant column counts once', async () => {
    const path = file('constant.csv', 'a,b\n1.5,2.5\n-1.5,2.5\n0.25,2.5\n');
    const { stdout } = await run(['convert', path, '--intercept', '--format', 'csv']);
    expect(
      stdout
        .toString()
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',').map(Number)),
    ).toEqual([
      [1.5, 2.5, 1],
      [-1.5, 2.5, 1],
      [0.25, 2.5, 1],
    ]);
    const outcome = await run(['scores', path, '--intercept', '--format', 'csv', '--log-json', '--verbose']);
    expect(outcome.log.find(({ msg }) => msg === 'scores')).toMatchObject({ d: 3, rank: 2 });
  });

  it('is there for the queries of a U that has it', async () => {
    const path = file('k.csv', 'a,b\n1.5,2.5\n-1.5,0.5\n0.25,2.5\n');
    await run(['select-keys', path, '--intercept', '--eps', '1e-9', '-o', at('U.arrow')]);
    const words = ['--keys', at('U.arrow'), '--eps', '1e-9', '--format', 'csv'];
    const entries = await run(['heavy', ...words, path]);
    expect(entries.code, entries.stderr).toBe(0);
    // A(q, k) = <q, k>^2 over their sum.
    const rows = [
      [1.5, 2.5, 1],
      [-1.5, 0.5, 1],
      [0.25, 2.5, 1],
    ];
    const squares = rows.map((k) => k.reduce((sum, value, j) => sum + value * rows[0]![j]!, 0) ** 2);
    const total = squares.reduce((sum, square) => sum + square, 0);
    const [first] = lastColumn(entries);
    expect(Math.abs(first! - squares[0]! / total)).toBeLessThan(1e-12);
  });

  it('does not go with heads', async () => {
    const path = file('heads.ndjson', '[1,2,3,4]\n[5,6,7,9]\n');
    const outcome = await run(['scores', path, '--intercept', '--heads', '2', '--format', 'csv']);
    expect([outcome.code, errorLine(outcome)]).toEqual([64, expect.stringMatching(/--intercept goes with one matrix/)]);
  });

  it('is refused in a merge of sketches with and without', async () => {
    const path = file('m.csv', 'a,b\n1.5,2.5\n-1.5,0.5\n');
    await run(['sketch', path, '--shard', '1/2', '--intercept', '-o', at('with.lev')]);
    await run(['sketch', path, '--shard', '2/2', '-o', at('without.lev')]);
    const outcome = await run(['merge', at('with.lev'), at('without.lev'), '-o', at('both.lev')]);
    expect([outcome.code, errorLine(outcome)]).toEqual([65, expect.stringMatching(/3|intercept/)]);
  });
});
