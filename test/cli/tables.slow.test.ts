/** Tables as they are: whole numbers beyond 2^53, times with zones, shards of CSV, means that are remembered, files without rows. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine } from '../support/program.js';
import { randomFrom } from '../support/random-matrices.js';

const run = runnerInTurn();
const { at, write } = temporaryFolder();

async function linesOf(words: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await run([...words]);
  expect(code, stderr).toBe(0);
  return stdout.toString().trim().split('\n');
}

describe('whole numbers that float64 rounds (fixtures/tables/make-whole.py)', () => {
  it.each(['parquet', 'arrow', 'csv'])('keep their digits in coresets: whole.%s', async (ending) => {
    const path = fixturePath(`tables/whole.${ending}`);
    const words = ['--columns', 'x,y', '--size', '20', '--id-column', 'id', '--format', 'csv'];
    const [header, ...rows] = await linesOf(['coreset', path, ...words]);
    expect(header).toMatch(/^index,id,weight,x,y,big,unsigned,gaps,/);
    expect(rows).toHaveLength(20);
    for (const row of rows) {
      const [index, id, , , , big, unsigned, gaps] = row.split(',');
      const i = BigInt(index!);
      expect(id).toBe(`${2n ** 60n + i}`);
      expect(big).toBe(`${2n ** 53n + 1n + 2n * i}`);
      expect(unsigned).toBe(`${2n ** 64n - 1n - i}`);
      expect(gaps!.replaceAll('"', '')).toBe(i % 7n === 0n ? '' : big);
    }
  });

  it('dates and times with zones are the same numbers in every format', async () => {
    const scores = (ending: string) =>
      linesOf([
        ...['scores', fixturePath(`tables/whole.${ending}`), '--columns', 'x,y,day,at', '--intercept'],
        ...['--format', 'csv'],
      ]);
    const expected = await scores('parquet');
    expect(expected).toHaveLength(61);
    for (const ending of ['arrow', 'csv', 'ndjson']) expect(await scores(ending)).toEqual(expected);
  });
});

describe('text that says it is JSON (fixtures/tables/make-logical.py)', () => {
  it.each(['parquet', 'arrow'])('is text: logical.%s', async (ending) => {
    const path = fixturePath(`tables/logical.${ending}`);
    const cell = (row: string): string => `"{""row"":${row}}"`;
    const [header, ...rows] = await linesOf(['coreset', path, '--size', '6', '--format', 'csv']);
    expect(header).toBe('index,weight,what,x,y');
    expect(rows).toHaveLength(6);
    for (const row of rows) expect(row.split(',')[2]).toBe(cell(row.split(',')[0]!));
    const scores = await linesOf(['scores', path, '--id-column', 'what', '--format', 'csv']);
    expect(scores.slice(1).map((line) => line.split(',')[1])).toEqual(
      Array.from({ length: 12 }, (_, i) => cell(`${i}`)),
    );
  });
});

describe('a partitioned data set', () => {
  beforeAll(() => {
    for (const [i, year] of ['2023', '2024'].entries()) {
      mkdirSync(at(`set/year=${year}/region=e`), { recursive: true });
      writeFileSync(at(`set/year=${year}/region=e/0.csv`), `x,y\n${i + 1}.5,2\n3.5,${i}\n1.5,1\n`);
    }
  });
  const files = (): string[] => ['2023', '2024'].map((year) => at(`set/year=${year}/region=e/0.csv`));

  it('lacks the columns that are in the names of its folders, which is said once', async () => {
    for (const words of [['scores'], ['coreset', '--size', '4']]) {
      const { code, stderr } = await run([...words, ...files(), '--columns', 'x,y', '--format', 'csv']);
      expect(code, stderr).toBe(0);
      expect(stderr.match(/in the names of its folders/g)).toHaveLength(1);
      expect(stderr).toContain(
        `${at('set')}: year, region are in the names of its folders, not in its files, and not read; write them into the files to have them, for example with DuckDB: COPY (SELECT * FROM read_csv('${at('set')}/**/*.csv', hive_partitioning = true)) TO 'K.parquet'`,
      );
    }
  });

  it('that are asked for are an error which says where they are', async () => {
    const refused = await run(['scores', ...files(), '--columns', 'year,x', '-q']);
    expect(refused.code).toBe(65);
    expect(errorLine(refused)).toContain(
      `${files()[0]}: no column year, which is in the names of its folders alone; there are x`,
    );
  });

  it('of files that have them, too, lacks nothing', async () => {
    const path = at('set/year=2023/own.csv');
    writeFileSync(path, 'year,x\n2023,1.5\n2023,2.5\n');
    expect((await run(['scores', path, '--columns', 'year,x', '--format', 'csv'])).stderr).toBe('');
  });
});

/** 20 shards of CSV, of which two rows are far out, and all of them in one file. */
function shards(): string[] {
  const random = randomFrom(8);
  const names = Array.from({ length: 20 }, (_, i) => at(`K-${i + 1}.csv`));
  const all = ['id,a,b,c'];
  for (const [k, name] of names.entries()) {
    const rows = Array.from({ length: 100 }, (_, i) => {
      const row = 100 * k + i;
      const size = row === 7 || row === 1555 ? 40 : 1;
      const values = Array.from({ length: 3 }, () => size * (random() - 0.5));
      return [`r${row}`, values[0], row % 97 === 5 ? 'NA' : values[1], values[2]].join(',');
    });
    all.push(...rows);
    writeFileSync(name, `${[all[0], ...rows].join('\n')}\n`);
  }
  write('all.csv', `${all.join('\n')}\n`);
  return names;
}

const CHOICE = ['--columns', 'a:c', '--missing', 'mean', '--intercept', '--id-column', 'id', '--eps', '0.03'];

describe('shards of CSV', () => {
  it('from slurm, without numbers of rows in headers, a pilot or means by hand, are one pass', async () => {
    shards();
    const work = at('U.csv.work');
    const words = [...CHOICE, '--sample-size', '50', '--threads', '1'];
    await linesOf(['slurm', '--shards', at('K-*.csv'), ...words, '-o', at('U.csv')]);
    for (let i = 1; i <= 20; i++) execFileSync('bash', [join(work, `shards/${i}.sh`)], { stdio: 'ignore' });
    execFileSync('bash', [join(work, 'merge.sh')], { stdio: 'ignore' });
    const pilot = ['--pilot', join(work, 'pilot.arrow')];
    const one = await linesOf(['select-keys', at('all.csv'), ...words, ...pilot, '--format', 'csv']);
    const many = readFileSync(at('U.csv'), 'utf8').trim().split('\n');
    const names = (lines: readonly string[]): string[] => lines.map((line) => line.split(',').slice(0, 2).join());
    expect(names(many)).toEqual(names(one));
    expect(names(many)).toEqual(['index,id', '7,r7', '1555,r1555']);
    const score = (line: string): number => Number(line.split(',')[2]);
    for (const [i, line] of many.slice(1).entries()) expect(score(line)).toBeCloseTo(score(one[i + 1]!), 9);
  }, 300_000);

  it.each(['skip', 'zero', 'mean'])(
    "from slurm, with an intercept and --missing %s, have the scores of NumPy's hat matrix (fixtures/tables)",
    async (how) => {
      const { hat, kept } = JSON.parse(readFileSync(fixturePath('tables/expected.json'), 'utf8')) as {
        readonly hat: Readonly<Record<string, readonly number[]>>;
        readonly kept: readonly number[];
      };
      const [header, ...rows] = readFileSync(fixturePath('tables/pandas.csv'), 'utf8').trim().split('\n');
      for (const [i, [from, to]] of [
        [0, 11],
        [11, 29],
        [29, rows.length],
      ].entries())
        write(`hat-${how}-${i}.csv`, `${[header, ...rows.slice(from, to)].join('\n')}\n`);
      const out = at(`hat-${how}.csv`);
      const words = ['--columns', 'x,y,n', '--intercept', '--missing', how, '--eps', '1e-9', '--threads', '1'];
      await linesOf(['slurm', '--shards', at(`hat-${how}-*.csv`), ...words, '-o', out]);
      for (const i of [1, 2, 3]) execFileSync('bash', [join(`${out}.work`, `shards/${i}.sh`)], { stdio: 'ignore' });
      execFileSync('bash', [join(`${out}.work`, 'merge.sh')], { stdio: 'ignore' });
      const found = new Map(
        readFileSync(out, 'utf8')
          .trim()
          .split('\n')
          .slice(1)
          .map((line) => line.split(',').map(Number) as [number, number]),
      );
      const there = how === 'skip' ? kept : rows.map((_, i) => i);
      expect([...found.keys()].sort((a, b) => a - b)).toEqual([...there]);
      for (const [i, row] of there.entries()) expect(Math.abs(found.get(row)! - hat[how]![i]!)).toBeLessThan(1e-9);
    },
    120_000,
  );

  it('means that stood for missing values are remembered: others are refused, rows that follow get the same', async () => {
    const [first, second, third] = shards();
    const sketch = (path: string, offset: number, pilot: string, to: string) =>
      run(['sketch', path, ...CHOICE, '--row-offset', `${offset}`, '--pilot', pilot, '-o', at(to)]);
    expect((await sketch(first!, 0, third!, 'a.lev')).code).toBe(0);
    expect((await sketch(second!, 100, second!, 'b.lev')).code).toBe(0);
    const merged = await run(['merge', at('a.lev'), at('b.lev'), '-o', at('m.lev')]);
    expect(merged.code).toBe(65);
    expect(errorLine(merged)).toMatch(/other means in the place of missing values \(a: .*give the same --pilot/);
    const appended = await run(['sketch', '--append', at('a.lev'), second!, '--missing', 'mean', '-o', at('c.lev')]);
    expect(appended.code).toBe(0);
    const both = await run([...['sketch', first!, second!, ...CHOICE, '--pilot', third!, '-o', at('d.lev')]]);
    expect(both.code).toBe(0);
    const [one, two] = [
      await linesOf(['select-keys', at('c.lev'), '--format', 'csv']),
      await linesOf(['select-keys', at('d.lev'), '--format', 'csv']),
    ];
    // Rows come in other blocks, so that sums round otherwise.
    expect(one.map((line) => line.split(',').slice(0, 2))).toEqual(two.map((line) => line.split(',').slice(0, 2)));
    for (const [i, line] of one.slice(1).entries())
      expect(Number(line.split(',')[2])).toBeCloseTo(Number(two[i + 1]!.split(',')[2]), 9);
  });
});

it('a header alone is no K; rows that all lack a value are passed over, counted, and U is empty', async () => {
  write('none.csv', 'a,b\n');
  const none = await run(['select-keys', at('none.csv')]);
  expect(none.code).toBe(65);
  expect(errorLine(none)).toMatch(/K has no rows/);
  write('gaps.csv', 'a,b\n1.5,NA\nNA,2.5\n');
  const gaps = await run(['select-keys', at('gaps.csv'), '--missing', 'skip', '--format', 'csv']);
  expect([gaps.code, gaps.stdout.toString()]).toEqual([0, 'index,score\n']);
  expect(gaps.stderr).toMatch(/2 rows with NaN, infinities or missing values left out/);
});

it('a spooled pipe that ends early is worth another try', async () => {
  const outcome = await run(['scores', '-o', at('x.csv')], { stdin: Buffer.from('a,b\n1.5,2\n3.5,4\n5') });
  expect(outcome.code).toBe(75);
  expect(outcome.stderr).toMatch(/stdin: line 4.*the pipe ended early/);
});

it('a column that is constant is one with the intercept', async () => {
  const rows = Array.from({ length: 40 }, (_, i) => `${Math.sin(i * i)},2.5`);
  write('constant.csv', `a,b\n${rows.join('\n')}\n`);
  const both = await linesOf(['scores', at('constant.csv'), '--columns', 'a,b', '--intercept', '--format', 'csv']);
  const alone = await linesOf(['scores', at('constant.csv'), '--columns', 'a', '--intercept', '--format', 'csv']);
  const sum = both.slice(1).reduce((total, line) => total + Number(line.split(',')[1]), 0);
  expect(sum).toBeCloseTo(2, 9);
  for (const [i, line] of both.entries())
    if (i > 0) expect(Number(line.split(',')[1])).toBeCloseTo(Number(alone[i]!.split(',')[1]), 9);
});
