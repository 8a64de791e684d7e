/** `coreset` of K itself: rows of a table with all their columns, on which a regression is that on the whole. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine } from '../support/program.js';
import { randomFrom } from '../support/random-matrices.js';

const run = runnerInTurn();
const { at, write: file } = temporaryFolder();

type Row = Readonly<Record<string, string>>;

const tableOf = (text: string): Row[] => {
  const [header, ...lines] = text.trim().split('\n');
  const names = header!.split(',');
  return lines.map((line) =>
    // The empty text is written in quotes.
    Object.fromEntries(line.split(',').map((field, i) => [names[i], field === '""' ? '' : field])),
  );
};

async function coreset(words: readonly string[], stdin?: Buffer): Promise<{ rows: Row[]; stderr: string }> {
  const { code, stderr, stdout } = await run(['coreset', ...words, '--format', 'csv'], stdin ? { stdin } : {});
  expect(code, stderr).toBe(0);
  return { rows: tableOf(stdout.toString()), stderr };
}

const D = 4;
const N = 20_000;
const SIZE = 2000;

/** Rows [x, 1 | y] and the coefficients of least squares, weighted, by normal equations with a ridge for what no row tells. */
function leastSquares(rows: readonly (readonly number[])[], weights: readonly number[]): number[] {
  const p = D + 1;
  const a = Array.from({ length: p }, () => new Float64Array(p + 1));
  for (const [i, row] of rows.entries()) {
    for (let j = 0; j < p; j++) for (let k = 0; k <= p; k++) a[j]![k]! += weights[i]! * row[j]! * row[k]!;
  }
  for (let j = 0; j < p; j++) a[j]![j]! += 1e-9;
  for (let j = 0; j < p; j++) {
    for (let i = j + 1; i < p; i++) {
      const factor = a[i]![j]! / a[j]![j]!;
      for (let k = j; k <= p; k++) a[i]![k]! -= factor * a[j]![k]!;
    }
  }
  const x = new Array<number>(p).fill(0);
  for (let j = p - 1; j >= 0; j--) {
    x[j] = (a[j]![p]! - x.reduce((sum, value, k) => (k > j ? sum + value * a[j]![k]! : sum), 0)) / a[j]![j]!;
  }
  return x;
}

const costOf = (rows: readonly (readonly number[])[], x: readonly number[]): number =>
  rows.reduce((sum, row) => sum + (x.reduce((total, value, j) => total + value * row[j]!, 0) - row[D + 1]!) ** 2, 0);

/** Features by row, whose target is linear in them, with noise. */
function dataSet(feature: (i: number, j: number, normal: () => number) => number, seed: number): number[][] {
  const random = randomFrom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: N }, (_, i) => {
    const x = Array.from({ length: D }, (__, j) => feature(i, j, normal));
    const y = x.reduce((sum, value, j) => sum + (j + 1) * value, 3) + normal();
    return [...x, 1, y];
  });
}

const SETS: readonly (readonly [string, number[][]])[] = [
  [
    'a column that is 0 but in three rows',
    dataSet((i, j, normal) => (j === 3 ? (i % 7000 === 17 ? 60 : 0) : normal()), 1),
  ],
  ['heavy tails', dataSet((_, __, normal) => normal() / Math.abs(normal()) ** 1.5, 2)],
  ['lognormal columns', dataSet((_, __, normal) => Math.exp(3.5 * normal()), 3)],
];

describe('least squares', () => {
  it.each(SETS)('on %s costs 1 % more at most, on uniform rows more', async (name, rows) => {
    const lines = rows.map(([a, b, c, d, , y]) => [a, b, c, d, y].join(','));
    const path = file(`${name.length}.csv`, `a,b,c,d,fare\n${lines.join('\n')}\n`);
    const least = costOf(
      rows,
      leastSquares(
        rows,
        rows.map(() => 1),
      ),
    );
    for (const seed of ['0', '1', '2']) {
      const { rows: core } = await coreset([
        path,
        '--columns',
        'a:d',
        '--intercept',
        '--size',
        `${SIZE}`,
        '--seed',
        seed,
      ]);
      expect(core.length).toBeLessThanOrEqual(SIZE);
      const numbers = core.map((row) =>
        ['a', 'b', 'c', 'd', '', 'fare'].map((key) => (key === '' ? 1 : Number(row[key]))),
      );
      // The rows are those of the table, the target included.
      for (const [i, row] of core.entries()) expect(numbers[i]).toEqual(rows[Number(row.index)]);
      const excess =
        costOf(
          rows,
          leastSquares(
            numbers,
            core.map((row) => Number(row.weight)),
          ),
        ) /
          least -
        1;
      expect(excess).toBeLessThan(0.01);
    }
    const random = randomFrom(99);
    const excesses = Array.from({ length: 5 }, () => {
      const some = Array.from({ length: SIZE }, () => rows[Math.floor(random() * N)]!);
      return (
        costOf(
          rows,
          leastSquares(
            some,
            some.map(() => 1),
          ),
        ) /
          least -
        1
      );
    });
    expect(excesses.reduce((sum, value) => sum + value, 0) / 5).toBeGreaterThan(0.01);
  });
});

describe('the rows', () => {
  const source = tableOf(readFileSync(fixturePath('tables/pandas.csv'), 'utf8'));
  const WORDS = ['--columns', 'x,y,n', '--intercept', '--size', '12', '--id-column', 'trip'];

  it.each(['pandas.csv', 'duckdb.parquet', 'polars.arrow', 'pandas.ndjson'])(
    'of %s have all their columns',
    async (name) => {
      const { rows } = await coreset([fixturePath(`tables/${name}`), ...WORDS, '--missing', 'skip']);
      expect(rows.length).toBeGreaterThan(6);
      expect(Object.keys(rows[0]!)).toEqual(['index', 'id', 'weight', 'x', 'y', 'n', 'flag', 'day', 'fare']);
      for (const { index, id, weight, ...row } of rows) {
        const wanted = source[Number(index)]!;
        expect([id, row.day]).toEqual([wanted.trip, wanted.day]);
        for (const key of ['x', 'y', 'n', 'fare']) expect(Number(row[key])).toBe(Number(wanted[key]));
        expect(Number(row.flag)).toBe(wanted.flag === 'True' ? 1 : 0);
        expect(Number(weight)).toBeGreaterThanOrEqual(1);
      }
    },
  );

  it('have the values that were used where something stands for missing ones', async () => {
    const { rows } = await coreset([
      fixturePath('tables/duckdb.parquet'),
      ...WORDS.slice(0, 3),
      '--missing',
      'zero',
      '--size',
      '100',
    ]);
    expect(rows.length).toBe(40);
    expect([rows[3]!.x, rows[17]!.y, rows[0]!.n].map(Number)).toEqual([0, 0, 0]);
    expect(rows.every(({ weight }) => Number(weight) === 1)).toBe(true);
  });

  it('of a pipe are those of the file: spooled, or refused', async () => {
    const bytes = readFileSync(fixturePath('tables/pandas.csv'));
    const words = [...WORDS, '--missing', 'skip'];
    const piped = await coreset(words, bytes);
    expect(piped.rows).toEqual((await coreset([fixturePath('tables/pandas.csv'), ...words])).rows);
    expect(piped.stderr).toMatch(/stdin: .* temporary file in .*--no-spool refuses/);
    const refused = await run(['coreset', ...words, '--no-spool', '--format', 'csv'], { stdin: bytes });
    expect([refused.code, errorLine(refused)]).toEqual([
      65,
      expect.stringMatching(/stdin: can be read once only.*--no-spool/),
    ]);
    const large = await run(['coreset', ...words, '--spool', '100B', '--format', 'csv'], { stdin: bytes });
    expect([large.code, errorLine(large)]).toEqual([64, expect.stringMatching(/more than the 100 bytes/)]);
  });

  it('of words that are missing have none, and names that are taken get another', async () => {
    const path = file('words.csv', 'weight,a,word\n1.5,2.5,left\n2.5,0.5,\n-1.5,4.5,right\n');
    const { rows, stderr } = await coreset([path, '--size', '10']);
    expect(rows.map(({ word, weight_: own }) => [word, Number(own)])).toEqual([
      ['left', 1.5],
      ['', 2.5],
      ['right', -1.5],
    ]);
    expect(stderr).toMatch(/column weight is written as weight_/);
  });

  it('of shards are those of the whole', async () => {
    const [header, ...lines] = readFileSync(fixturePath('tables/pandas.csv'), 'utf8').trim().split('\n');
    const parts = [lines.slice(0, 21), lines.slice(21)].map((rows, i) =>
      file(`p${i}.csv`, `${[header, ...rows].join('\n')}\n`),
    );
    const pilot = file('pilot.csv', 'x,y,n\n1.5,9.5,3\n-0.5,12.5,1\n0.25,11.5,7\n2.5,8.5,5\n');
    const settings = [
      '--columns',
      'x,y,n',
      '--missing',
      'zero',
      '--sample-size',
      '8',
      '--eps',
      '0.2',
      '--pilot',
      pilot,
    ];
    for (const [i, part] of parts.entries()) {
      const words = ['--row-offset', `${21 * i}`, ...settings, '-o', at(`p${i}.lev`)];
      const { code, stderr } = await run(['sketch', part, ...words]);
      expect(code, stderr).toBe(0);
    }
    await run(['merge', at('p0.lev'), at('p1.lev'), '-o', at('p.lev')]);
    const { rows } = await coreset([at('p.lev'), ...parts, '--id-column', 'trip', '--missing', 'zero']);
    await run(['select-keys', fixturePath('tables/pandas.csv'), ...settings, '-o', at('p.arrow')]);
    const whole = await coreset([
      at('p.arrow'),
      fixturePath('tables/pandas.csv'),
      '--id-column',
      'trip',
      '--missing',
      'zero',
    ]);
    expect(rows.map(({ weight, ...row }) => row)).toEqual(whole.rows.map(({ weight, ...row }) => row));
    for (const [i, { weight }] of whole.rows.entries()) {
      expect(Math.abs(Number(rows[i]!.weight) / Number(weight) - 1)).toBeLessThan(1e-9);
    }
    expect(rows[0]!.id).toBe(`t${rows[0]!.index!.padStart(3, '0')}`);
  });

  it('a sketch has settings of its own', async () => {
    await run([
      'sketch',
      fixturePath('tables/pandas.csv'),
      '--missing',
      'skip',
      '--sample-size',
      '4',
      '-o',
      at('own.lev'),
    ]);
    const outcome = await run(['coreset', at('own.lev'), '--size', '5', '--format', 'csv']);
    expect([outcome.code, errorLine(outcome)]).toEqual([64, expect.stringMatching(/leave --size out/)]);
  });
});
