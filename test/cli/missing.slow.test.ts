/** `--missing`: nulls, empty fields, NA and the like in every table format (fixtures/tables, by pandas, Polars and DuckDB). */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine, numbersIn } from '../support/program.js';

const run = runnerInTurn();
const { at, write: file } = temporaryFolder();

const FILES = [
  ...['pandas.csv', 'pandas-NA.csv', 'pandas-null.csv', 'pandas-None.csv', 'pandas-NaN.csv', 'pandas-quoted.csv'],
  ...['polars.csv', 'duckdb.csv', 'pandas.ndjson', 'absent.ndjson', 'polars.ndjson', 'duckdb.ndjson'],
  ...['polars.arrow', 'polars.parquet', 'duckdb.parquet'],
];

interface Expected {
  readonly means: Readonly<Record<string, number>>;
  readonly kept: readonly number[];
  readonly rows: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly scores: Readonly<Record<string, readonly number[]>>;
}

const expected = JSON.parse(readFileSync(fixturePath('tables/expected.json'), 'utf8')) as Expected;
const N = 40;
const pathOf = (name: string): string => fixturePath(`tables/${name}`);
const COLUMNS = ['--columns', 'x,y,n'];

const rowsOf = async (path: string, ...words: string[]): Promise<number[][]> => {
  const outcome = await run(['convert', path, '--format', 'csv', ...words]);
  expect(outcome.code, outcome.stderr).toBe(0);
  return numbersIn(outcome);
};

describe.each(FILES)('%s', (name) => {
  const path = pathOf(name);

  it('is refused by default, with row and column', async () => {
    const outcome = await run(['scores', path, ...COLUMNS, '--format', 'csv']);
    expect(outcome.code).toBe(65);
    // The first row lacks n; Parquet is read column by column, and row 3 lacks x.
    expect(errorLine(outcome)).toMatch(/(row [03]|line [12])\b.*column .?[xn]\b.*--missing/);
  });

  it('gives NumPy’s leverage scores, whatever stands for what is missing', async () => {
    for (const how of ['skip', 'zero', 'mean']) {
      const outcome = await run(['scores', path, ...COLUMNS, '--missing', how, '--format', 'csv']);
      expect(outcome.code, outcome.stderr).toBe(0);
      const scores = numbersIn(outcome);
      expect(scores.map(([row]) => row)).toEqual(Array.from({ length: N }, (_, i) => i));
      const wanted = new Float64Array(N);
      const rows = how === 'skip' ? expected.kept : wanted.keys();
      for (const [i, row] of [...rows].entries()) wanted[row] = expected.scores[how]![i]!;
      for (const [i, [, score]] of scores.entries()) expect(Math.abs(score! - wanted[i]!)).toBeLessThan(1e-9);
    }
  });

  it('gives pandas’ rows', async () => {
    expect(await rowsOf(path, ...COLUMNS, '--missing', 'zero')).toEqual(expected.rows.zero);
    const filled = await rowsOf(path, ...COLUMNS, '--missing', 'mean');
    for (const [i, row] of expected.rows.mean!.entries()) {
      for (const [j, value] of row.entries()) expect(Math.abs(filled[i]![j]! - value)).toBeLessThan(1e-12);
    }
  });
});

describe('what is said', () => {
  it('counts the rows that are passed over', async () => {
    const { stderr } = await run(['scores', pathOf('pandas.csv'), ...COLUMNS, '--missing', 'skip', '--format', 'csv']);
    expect(stderr).toBe('levattn: warning: 5 rows with NaN, infinities or missing values left out: score 0\n');
  });

  it('names the means, and how often each was used, once', async () => {
    const { stderr } = await run([
      'scores',
      pathOf('polars.arrow'),
      ...COLUMNS,
      '--missing',
      'mean',
      '--format',
      'csv',
    ]);
    const { x, y, n } = expected.means;
    const spell = (mean: number): string => mean.toPrecision(6);
    expect(stderr).toBe(
      `levattn: warning: ${pathOf('polars.arrow')}: 6 missing values read as the mean of the column: ` +
        `x ${spell(x!)} (3), y ${spell(y!)} (1), n ${spell(n!)} (2)\n`,
    );
  });

  it('counts the zeros', async () => {
    const { stderr } = await run([
      'select-keys',
      pathOf('duckdb.parquet'),
      ...COLUMNS,
      '--missing',
      'zero',
      '--format',
      'csv',
    ]);
    expect(stderr).toMatch(/: 6 missing values read as 0: x \(3\), y \(1\), n \(2\)$/m);
  });
});

describe('beside --nan', () => {
  const table = 'a,b\n1.5,2.5\n,3.5\ninf,4.5\n5.5,-1.5\n';

  it('--missing skip leaves infinities an error, with their row', async () => {
    const path = file('inf.csv', table);
    const outcome = await run(['scores', path, '--missing', 'skip', '--format', 'csv']);
    expect([outcome.code, errorLine(outcome)]).toEqual([
      65,
      expect.stringMatching(/row 2, column a: Infinity.*--nan skip/),
    ]);
  });

  it('--nan skip passes over both, --nan skip --missing error over infinities alone', async () => {
    const path = file('inf.csv', table);
    const both = await run(['scores', path, '--nan', 'skip', '--format', 'csv']);
    expect([both.code, both.stderr]).toEqual([0, expect.stringMatching(/2 rows/)]);
    const strict = await run(['scores', path, '--nan', 'skip', '--missing', 'error', '--format', 'csv']);
    expect([strict.code, errorLine(strict)]).toEqual([65, expect.stringMatching(/line 3, column "a", is empty/)]);
  });

  it('a NaN of Arrow is a number, a NaN that is spelled in CSV is missing', async () => {
    const text = file('nan.csv', 'a,b\n1.5,2.5\nNaN,3.5\n5.5,-1.5\n');
    expect(await rowsOf(text, '--missing', 'zero')).toEqual([
      [1.5, 2.5],
      [0, 3.5],
      [5.5, -1.5],
    ]);
    const json = file('nan.ndjson', '{"a":1.5,"b":2.5}\n{"a":NaN,"b":3.5}\n');
    const outcome = await run(['scores', json, '--missing', 'zero', '--format', 'csv']);
    expect([outcome.code, errorLine(outcome)]).toEqual([65, expect.stringMatching(/row 1, column 0: NaN/)]);
  });
});

describe('lists', () => {
  it('a null list is a row of zeros, an entry that is null the mean of its place', async () => {
    const path = file('lists.ndjson', '{"k":[1,2]}\n{"k":null}\n{"k":[null,4]}\n');
    expect(await rowsOf(path, '--missing', 'zero')).toEqual([
      [1, 2],
      [0, 0],
      [0, 4],
    ]);
    expect(await rowsOf(path, '--missing', 'mean')).toEqual([
      [1, 2],
      [1, 3],
      [1, 4],
    ]);
  });
});

describe('means', () => {
  it('of parts are those of a pilot, matched by name', async () => {
    const pilot = file('pilot.csv', 'b,a\n10.5,1.5\n20.5,2.5\n');
    const [one, two] = [file('one.csv', 'a,b\n,1.5\n2.5,2.5\n'), file('two.csv', 'a,b\n4.5,\n0.5,6.5\n')];
    for (const [i, part] of [one, two].entries()) {
      const { code, stderr } = await run([
        'sketch',
        part,
        '--shard',
        `${i + 1}/2`,
        '--missing',
        'mean',
        '--pilot',
        pilot,
        '-o',
        at(`${i}.lev`),
      ]);
      expect(code, stderr).toBe(0);
      expect(stderr).toMatch(i === 0 ? /: a 2\.00000 \(1\)$/m : /: b 15\.5000 \(1\)$/m);
    }
    await run(['merge', at('0.lev'), at('1.lev'), '-o', at('both.lev')]);
    const merged = numbersIn(await run(['select-keys', at('both.lev'), '--format', 'csv']));
    const filled = file('filled.csv', 'a,b\n2,1.5\n2.5,2.5\n4.5,15.5\n0.5,6.5\n');
    const wanted = numbersIn(await run(['select-keys', filled, '--format', 'csv']));
    expect(merged.map(([index]) => index)).toEqual(wanted.map(([index]) => index));
    for (const [i, [, score]] of wanted.entries()) expect(Math.abs(merged[i]![1]! - score!)).toBeLessThan(1e-12);
  });

  it('of a part are refused without a pilot, those of a pipe too', async () => {
    const part = await run([
      'sketch',
      pathOf('pandas.csv'),
      ...COLUMNS,
      '--shard',
      '1/2',
      '--missing',
      'mean',
      '-o',
      at('s.lev'),
    ]);
    expect([part.code, errorLine(part)]).toEqual([64, expect.stringMatching(/--pilot/)]);
    const pipe = await run(['select-keys', ...COLUMNS, '--missing', 'mean', '--format', 'csv'], {
      stdin: readFileSync(pathOf('pandas.csv')),
    });
    expect([pipe.code, errorLine(pipe)]).toEqual([65, expect.stringMatching(/--pilot/)]);
  });

  it.each([
    [['--missing', 'skip'], '2.5,2.5\n4.5,2\n0.5,6.5\n1,2\n', [0, 1, 3, 4]],
    [['--missing', 'zero'], '2.5,2.5\n4.5,2\n0,3.5\n0.5,6.5\n1,2\n', [0, 1, 2, 3, 4]],
    [['--missing', 'mean', '--pilot', 'pilot.csv'], '2.5,2.5\n4.5,2\n15.5,3.5\n0.5,6.5\n1,2\n', [0, 1, 2, 3, 4]],
  ])('rows that lack values after a sketch of rows that lack none: %s', async (words, text, rows) => {
    const pilot = file('pilot.csv', 'b,a\n1.5,10.5\n2.5,20.5\n');
    const whole = file('whole.csv', 'a,b\n2.5,2.5\n4.5,2\n');
    const [more, sketch, all] = [file('more.csv', 'a,b\n,3.5\n0.5,6.5\n1,2\n'), at('whole.lev'), at('all.lev')];
    await run(['sketch', whole, '-o', sketch]);
    const named = words.map((word) => (word === 'pilot.csv' ? pilot : word));
    const { code, stderr } = await run(['sketch', '--append', sketch, more, ...named, '-o', all]);
    expect(code, stderr).toBe(0);
    const U = numbersIn(await run(['select-keys', all, '--format', 'csv']));
    const wanted = numbersIn(await run(['select-keys', file('filled.csv', `a,b\n${text}`), '--format', 'csv']));
    expect(U.map(([index]) => index)).toEqual(wanted.map(([i]) => rows[i!]));
    for (const [i, [, score]] of wanted.entries()) expect(Math.abs(U[i]![1]! - score!)).toBeLessThan(1e-12);
  });

  it('after a sketch: infinities stay an error, means need a pilot, and a sketch that has means keeps them', async () => {
    const [whole, sketch] = [file('whole.csv', 'a,b\n2.5,2.5\n4.5,2\n'), at('whole.lev')];
    const append = (rows: string, ...words: string[]) =>
      run(['sketch', '--append', sketch, file('more.csv', `a,b\n${rows}`), ...words, '-o', at('never.lev')]);
    await run(['sketch', whole, '-o', sketch]);
    for (const [outcome, code, message] of [
      [await append('inf,3.5\n', '--missing', 'skip'), 65, /more\.csv: row 0, column a: Infinity/],
      [await append(',3.5\n', '--missing', 'mean'), 64, /whole\.lev was made without means; give a --pilot/],
      [await append('1,3.5\n', '--pilot', whole), 64, /whole\.lev: rows to come are weighed.*leave --pilot out/],
    ] as const) {
      expect([outcome.code, errorLine(outcome)]).toEqual([code, expect.stringMatching(message)]);
    }
    await run(['sketch', whole, '--missing', 'mean', '-o', sketch]);
    const again = await append(',3.5\n', '--missing', 'mean', '--pilot', whole);
    expect([again.code, errorLine(again)]).toEqual([64, expect.stringMatching(/leave --pilot out/)]);
  });

  describe('beside ids that are numbers, and of which --columns says all', () => {
    const words = ['--columns', 'all', '--exclude', 'c', '--id-column', 'id', '--missing', 'mean'];
    const [one, two] = ['id,a,b,c\n71,,1.5,9\n72,2.5,2.5,9\n', 'b,id,c,a\n,81,9,4.5\n6.5,82,9,0.5\n'];
    // By hand: a (2.5 + 4.5 + 0.5) / 3, b (1.5 + 2.5 + 6.5) / 3.
    const filled = [
      [2.5, 1.5],
      [2.5, 2.5],
      [4.5, 3.5],
      [0.5, 6.5],
    ];

    it('are those of the matrix', async () => {
      const parts = [file('one.csv', one), file('two.csv', two)];
      const coreset = await run(['coreset', ...parts, ...words, '--size', '9', '--format', 'csv']);
      expect(coreset.code, coreset.stderr).toBe(0);
      // index, id, weight, a, b, c
      expect(numbersIn(coreset).map((row) => [...row.slice(0, 2), ...row.slice(3, 5)])).toEqual(
        filled.map((row, i) => [i, [71, 72, 81, 82][i], ...row]),
      );
    });

    it('are those of a pilot that has the ids, too, and weighs a sample', async () => {
      const pilot = file('pilot.csv', `${one}81,4.5,,9\n82,0.5,6.5,9\n`);
      const outcome = await run([
        ...['sketch', file('two.csv', two), ...words, '--pilot', pilot],
        ...['--sample-size', '5', '-o', at('two.lev')],
      ]);
      expect([outcome.code, outcome.stderr]).toEqual([
        0,
        expect.stringMatching(/mean of the column: b 3\.50000 \(1\)$/m),
      ]);
    });
  });

  it('of a header alone are none', async () => {
    const outcome = await run(['scores', file('header.csv', 'a,b\n'), '--missing', 'mean', '--format', 'csv']);
    expect([outcome.code, errorLine(outcome)]).toEqual([
      65,
      expect.stringMatching(/header\.csv: no rows, and so no means/),
    ]);
  });

  it('need a value in each column', async () => {
    const path = file('empty.csv', 'a,b\n1.5,\n2.5,\n');
    const outcome = await run(['scores', path, '--columns', 'a,b', '--missing', 'mean', '--format', 'csv']);
    expect([outcome.code, errorLine(outcome)]).toEqual([65, expect.stringMatching(/column b has no value/)]);
  });
});

describe('CSV', () => {
  it('rows that lack values between others, fast or by the parser, are the same', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) =>
      i % 7 === 3 ? `${i}.5,NA` : i % 11 === 5 ? `,${i}.25` : `${i}.5,${i}.25`,
    );
    const plain = file('plain.csv', `a,b\n${lines.join('\r\n')}\n`);
    const wanted = lines.map((line) => line.split(',').map((field) => (field === 'NA' ? 0 : Number(field))));
    expect(await rowsOf(plain, '--missing', 'zero')).toEqual(wanted);
    const quoted = file(
      'quoted.csv',
      `a,b\n${lines.map((line, i) => (i === 2500 ? `"${i}.5","${i}.25"` : line)).join('\n')}\n`,
    );
    wanted[2500] = [2500.5, 2500.25];
    expect(await rowsOf(quoted, '--missing', 'zero')).toEqual(wanted);
  });

  it('all rows passed over leave rank 0', async () => {
    const path = file('none.csv', 'a,b\n1.5,\n,2.5\n');
    const { code, stdout, stderr } = await run(['scores', path, '--missing', 'skip', '--format', 'csv']);
    expect([code, stdout.toString()]).toEqual([0, 'row,score\n0,0\n1,0\n']);
    expect(stderr).toMatch(/2 rows .* left out/);
  });
});
