/** `--columns` and `--exclude`: names, positions, ranges, globs; dates; what stays of them in parts, sketches and universal sets. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine } from '../support/program.js';

const run = runnerInTurn();
const { at, write: file } = temporaryFolder();

type Cell = number | string | boolean | null;
const source = JSON.parse(readFileSync(fixturePath('tables/table.json'), 'utf8')) as Record<
  string,
  Record<string, Cell>
>;
const pathOf = (name: string): string => fixturePath(`tables/${name}`);
const TABLES = ['pandas.csv', 'polars.arrow', 'polars.parquet', 'duckdb.parquet', 'pandas.ndjson'];

/** The table's own numbers, 0 for what is missing; dates as days. */
const wanted = (...names: readonly string[]): number[][] =>
  Array.from({ length: 40 }, (_, row) =>
    names.map((name) => {
      const value = source[name]![row];
      return typeof value === 'string' ? Date.parse(`${value}T00:00:00Z`) / 86_400_000 : Number(value ?? 0);
    }),
  );

async function rowsOf(...words: readonly string[]): Promise<number[][]> {
  const { code, stderr, stdout } = await run(['convert', ...words, '--missing', 'zero', '--format', 'csv']);
  expect(code, stderr).toBe(0);
  const [, ...lines] = stdout.toString().trim().split('\n');
  return lines.map((line) => line.split(',').map(Number));
}

const errorOf = async (...words: readonly string[]): Promise<[number | null, string]> => {
  const outcome = await run(['scores', ...words, '--missing', 'zero', '--format', 'csv']);
  return [outcome.code, errorLine(outcome)];
};

describe.each(TABLES)('%s', (name) => {
  const path = pathOf(name);

  it('ranges, globs and exclusions', async () => {
    expect(await rowsOf(path, '--columns', 'x:n')).toEqual(wanted('x', 'y', 'n'));
    expect(await rowsOf(path, '--columns', '1:3,fare')).toEqual(wanted('x', 'y', 'n', 'fare'));
    expect(await rowsOf(path, '--columns', '?,f*')).toEqual(wanted('x', 'y', 'n', 'flag', 'fare'));
    expect(await rowsOf(path, '--columns', '[xy],n')).toEqual(wanted('x', 'y', 'n'));
    expect(await rowsOf(path, '--columns', 'all', '--exclude', 'fare,1:2')).toEqual(wanted('n', 'flag'));
    expect(await rowsOf(path, '--columns', 'x:fare', '--exclude', 'day,f*')).toEqual(wanted('x', 'y', 'n'));
    // Floating-point numbers, decimals and booleans by themselves.
    expect((await rowsOf(path, '--exclude', 'n')).map((row) => row.length)).toEqual(Array(40).fill(4));
  });

  it('strings that are asked for are an error that names the column', async () => {
    const [code, line] = await errorOf(path, '--columns', 'trip:y');
    expect([code, line]).toEqual([65, expect.stringMatching(/column "?trip"?/)]);
  });

  it('what is not there, runs backwards or matches nothing is an error', async () => {
    expect(await errorOf(path, '--columns', 'n:x')).toEqual([65, expect.stringMatching(/range n:x runs backwards/)]);
    expect(await errorOf(path, '--columns', 'z*')).toEqual([
      65,
      expect.stringMatching(/no column z\*; there are trip/),
    ]);
    expect(await errorOf(path, '--exclude', 'tip')).toEqual([65, expect.stringMatching(/no column tip; there are/)]);
    expect(await errorOf(path, '--columns', 'x,x')).toEqual([64, expect.stringMatching(/names x twice/)]);
    expect(await errorOf(path, '--columns', 'x', '--exclude', '*')).toEqual([64, expect.stringMatching(/leaves none/)]);
  });
});

describe('dates', () => {
  it('are days where somebody names them', async () => {
    for (const name of ['pandas.csv', 'duckdb.csv', 'duckdb.parquet']) {
      expect(await rowsOf(pathOf(name), '--columns', 'day,y')).toEqual(wanted('day', 'y'));
    }
  });

  it('with a time of day are seconds, in UTC', async () => {
    const path = file('times.csv', 't,v\n2024-03-01T00:00:00Z,1.5\n2024-03-01 01:30:00.25+01:00,2.5\n1969-12-31,3.5\n');
    expect(await rowsOf(path, '--columns', 't,v')).toEqual([
      [1709251200, 1.5],
      [1709253000.25, 2.5],
      [-86400, 3.5],
    ]);
  });

  it('that are none are an error with their line', async () => {
    const path = file('days.csv', 't,v\n2024-02-28,1.5\n2024-02-30,2.5\n');
    expect(await errorOf(path, '--columns', 't,v')).toEqual([65, expect.stringMatching(/line 3, column "t", holds/)]);
  });
});

describe('duplicate names', () => {
  it('are chosen by position, and otherwise an error', async () => {
    const path = file('twice.csv', 'a,b,a\n1.5,2.5,3.5\n4.5,5.5,6.5\n');
    expect(await errorOf(path, '--columns', 'a')).toEqual([
      65,
      expect.stringMatching(/more than one column is named a/),
    ]);
    expect(await rowsOf(path, '--columns', '0:1')).toEqual([
      [1.5, 2.5],
      [4.5, 5.5],
    ]);
  });
});

describe('parts of one table', () => {
  const one = 'id,x1,x2,y\n1,1.5,2.5,100.5\n2,-1.25,0.5,3.5\n3,4.5,1.5,7.5\n';
  // The same columns in another order, and one that was added last month.
  const two = 'y,new,x2,x1,id\n1.5,9.5,3.5,0.25,4\n2.5,8.5,-2.5,1.5,5\n';
  const together = [
    [1.5, 2.5],
    [-1.25, 0.5],
    [4.5, 1.5],
    [0.25, 3.5],
    [1.5, -2.5],
  ];

  /** k^T G^-1 k by the inverse of a 2 x 2 matrix. */
  const leverages = (): number[] => {
    const sum = (i: number, j: number): number => together.reduce((total, row) => total + row[i]! * row[j]!, 0);
    const [a, b, c] = [sum(0, 0), sum(0, 1), sum(1, 1)];
    return together.map(([x = 0, y = 0]) => (x * x * c - 2 * x * y * b + y * y * a) / (a * c - b * b));
  };

  const scoresOf = async (...words: readonly string[]): Promise<number[]> => {
    const { code, stderr, stdout } = await run([...words, '--format', 'csv']);
    expect(code, stderr).toBe(0);
    const [, ...lines] = stdout.toString().trim().split('\n');
    return lines.map((line) => Number(line.split(',').at(-1)));
  };

  const expectLeverages = (found: readonly number[]): void => {
    for (const [i, score] of leverages().entries()) expect(Math.abs(found[i]! - score)).toBeLessThan(1e-12);
  };

  it('a range and a glob mean the first file’s columns in every one', async () => {
    const paths = [file('one.csv', one), file('two.csv', two)];
    for (const chosen of [
      ['--columns', 'x1:x2'],
      ['--columns', 'x*'],
      ['--exclude', 'y'],
    ]) {
      expectLeverages(await scoresOf('scores', ...paths, ...chosen));
      expectLeverages(await scoresOf('select-keys', '--eps', '1e-9', ...paths, ...chosen));
    }
  });

  it('a sketch and a U keep them: what comes later need not repeat them', async () => {
    const paths = [file('one.csv', one), file('two.csv', two)];
    for (const [i, path] of paths.entries()) {
      await run(['sketch', path, '--eps', '1e-9', '--shard', `${i + 1}/2`, '--columns', 'x*', '-o', at(`s${i}.lev`)]);
    }
    await run(['merge', at('s0.lev'), at('s1.lev'), '-o', at('all.lev')]);
    expectLeverages(await scoresOf('scores', '--sketch', at('all.lev'), ...paths));
    await run(['select-keys', at('all.lev'), '--eps', '1e-9', '-o', at('U.arrow')]);
    const { code, stdout } = await run([
      'heavy',
      '--keys',
      at('U.arrow'),
      paths[1]!,
      '--eps',
      '1e-9',
      '--format',
      'csv',
    ]);
    expect([code, stdout.toString().split('\n').length]).toEqual([0, 2 * 5 + 2]);
  });

  it('columns that another part lacks are an error that names them', async () => {
    const paths = [file('one.csv', one), file('less.csv', 'x1,y\n1.5,2.5\n')];
    expect(await errorOf(...paths, '--columns', 'x*')).toEqual([65, expect.stringMatching(/missing: x2/)]);
  });
});

describe('ids', () => {
  it('in a range are passed over, and named for both are an error', async () => {
    const path = pathOf('duckdb.parquet');
    const outcome = await run([
      'scores',
      path,
      '--columns',
      'trip:n',
      '--id-column',
      'trip',
      '--missing',
      'zero',
      '--format',
      'csv',
    ]);
    expect([outcome.code, outcome.stdout.toString().split('\n')[1]]).toEqual([0, expect.stringMatching(/^0,t000,/)]);
    expect(await errorOf(path, '--columns', 'x,trip', '--id-column', 'trip')).toEqual([
      64,
      expect.stringMatching(/for the ids and/),
    ]);
  });

  it('that are missing are an error with their row', async () => {
    const path = file('ids.csv', 'id,a,b\nr1,1.5,2.5\n,3.5,4.5\n');
    expect(await errorOf(path, '--id-column', 'id')).toEqual([65, expect.stringMatching(/line 3.*id/)]);
  });
});

describe('names with blanks, commas, colons and quotes', () => {
  const names = [' lead', 'a,b', 'c:d', 'e"f', 'z'];
  const path = () =>
    file(
      'odd.ndjson',
      [0, 1]
        .map((i) => JSON.stringify(Object.fromEntries(names.map((name, j) => [name, 10 * i + j + 0.5]))))
        .join('\n'),
    );

  it.each([
    ['"a,b":z', [1, 2, 3, 4]],
    ['" lead":"a,b"', [0, 1]],
    ['"a,b":c:d,z', [1, 2, 4]],
    ['c:d:"e""f"', [2, 3]],
    ['z," lead"', [4, 0]],
  ])('are the ends of ranges: %s', async (columns, positions) => {
    expect(await rowsOf(path(), '--columns', columns)).toEqual(
      [0, 10].map((from) => positions.map((j) => from + j + 0.5)),
    );
  });

  it('are listed as --columns takes them', async () => {
    expect(await errorOf(path(), '--columns', 'lead')).toEqual([
      65,
      expect.stringMatching(
        /no column lead; there are " lead": Number, "a,b": Number, c:d: Number, "e""f": Number, z: /,
      ),
    ]);
  });
});

it('a range of nothing but ids is an error that says so', async () => {
  const path = file('only-ids.csv', 'id,a,b\n1,1.5,2.5\n2,3.5,4.5\n');
  expect(await errorOf(path, '--columns', '0:0', '--id-column', 'id')).toEqual([
    64,
    expect.stringMatching(/names nothing but the ids in .*only-ids\.csv/),
  ]);
});

describe('what is left out', () => {
  it('is said, with how to have it', async () => {
    const { stderr } = await run(['scores', pathOf('duckdb.parquet'), '--missing', 'zero', '--format', 'csv']);
    expect(stderr).toMatch(
      /left out: n \(Int32\), day \(Date\)\); choose others with --columns, all of numbers with --columns all$/m,
    );
  });

  it('is not said of what was excluded', async () => {
    const { stderr } = await run([
      'scores',
      pathOf('duckdb.parquet'),
      '--exclude',
      'n,day',
      '--missing',
      'zero',
      '--format',
      'csv',
    ]);
    expect(stderr).not.toMatch(/left out/);
  });
});
