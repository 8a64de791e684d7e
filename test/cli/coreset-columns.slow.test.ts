/** The columns that come with the rows of a coreset: how often K is read for them, and parts that have others. */

import { readFileSync } from 'node:fs';
import { Dictionary, Float64, Int32, tableFromIPC, Utf8, vectorFromArray } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { bytesOf, listType, listVector, tableOf } from '../formats/arrow-tables.js';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine } from '../support/program.js';

const run = runnerInTurn();
const { at, write: file } = temporaryFolder();

async function coreset(...words: readonly string[]): Promise<{ readonly text: string; readonly stderr: string }> {
  const out = at('out.ndjson');
  const { code, stderr } = await run(['coreset', ...words, '-o', out, '--progress']);
  expect(code, stderr).toBe(0);
  return { text: readFileSync(out, 'utf8'), stderr };
}

/** Rows without what the sample makes of them. */
const rowsOf = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const { index, weight, ...row } = JSON.parse(line) as Record<string, unknown>;
      return row;
    });

describe('K is read', () => {
  it.each(['pandas.csv', 'duckdb.parquet', 'polars.arrow', 'pandas.ndjson'])(
    'once more for words, dates and numbers of %s together',
    async (name) => {
      const words = [fixturePath(`tables/${name}`), '--columns', 'x,y', '--missing', 'skip', '--size', '6'];
      const { stderr } = await coreset(...words, '--id-column', 'trip');
      expect(stderr).toMatch(/K was read 2 times: once to choose rows, once for their columns\n/);
    },
  );

  it('once more for the means', async () => {
    const words = [fixturePath('tables/pandas.csv'), '--columns', 'x,y', '--missing', 'mean', '--size', '6'];
    expect((await coreset(...words)).stderr).toMatch(
      /K was read 3 times: once for the means, once to choose rows, once for their columns\n/,
    );
  });

  it('once where all its columns are numbers of the matrix, whole ones and truth values, too', async () => {
    const path = file('numbers.csv', 'x,n,flag\n1.5,7,true\n2.5,-3,false\n0.5,11,true\n');
    const { text, stderr } = await coreset(path, '--columns', 'x,n,flag', '--size', '5');
    expect(stderr).toMatch(/3 rows of 3/);
    expect(stderr).not.toMatch(/K was read/);
    expect(rowsOf(text)).toEqual([
      { x: 1.5, n: 7, flag: 1 },
      { x: 2.5, n: -3, flag: 0 },
      { x: 0.5, n: 11, flag: 1 },
    ]);
  });
});

it('no row at all is a table without rows, with ids of their type', async () => {
  const path = file('none.csv', 'id,x,y\na,NA,2\nb,1.5,\n');
  const out = at('none.arrow');
  const words = ['--missing', 'skip', '--columns', 'x,y', '--id-column', 'id', '--size', '5', '-o', out];
  const { code, stderr } = await run(['coreset', path, ...words]);
  expect(code, stderr).toBe(0);
  const { schema, numRows } = tableFromIPC(readFileSync(out));
  expect([numRows, ...schema.fields.map(({ name }) => name)]).toEqual([0, 'index', 'id', 'weight', 'x', 'y']);
});

describe('rows far apart', () => {
  it('of CSV with words, quotes, comments, blank lines and line breaks within are those of the file', async () => {
    const lines = Array.from({ length: 9000 }, (_, i) => {
      const note = i % 7 === 0 ? `"a ""${i}"", b\nand more"` : `w${i}`;
      return `${i % 500 === 3 ? '\n# no row\n' : ''}${note},${i === 4321 || i === 8999 ? 1e6 + i : (i % 13) / 8}\n`;
    });
    const path = file('apart.csv', `note,x\n${lines.join('')}`);
    const { code, stdout } = await run(['coreset', path, '--size', '40', '--format', 'ndjson']);
    expect(code).toBe(0);
    const rows = stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { index: number; x: number; note: string });
    expect(rows.map(({ index }) => index)).toEqual(expect.arrayContaining([4321, 8999]));
    for (const { index, x, note } of rows) {
      expect(note).toBe(index % 7 === 0 ? `a "${index}", b\nand more` : `w${index}`);
      expect(x).toBe(index === 4321 || index === 8999 ? 1e6 + index : (index % 13) / 8);
    }
  });
});

describe('parts', () => {
  const one = 'id,x,y,word,big\na,1.5,2,red,9007199254740993\nb,2.5,1,blue,9007199254740995\nc,0.5,7,,5\n';
  const two = 'y,id,fresh,x,word\n3.5,d,7.5,0.25,"g\nh"\n1.5,e,8.5,4.5,z\n';
  const row = (id: string, x: number, y: number, word: string): object => ({ id, x, y, word });

  it('may have other columns, in another order: what one lacks is missing there', async () => {
    const paths = [file('one.csv', one), file('two.csv', two)];
    const { text } = await coreset(...paths, '--columns', 'x,y', '--id-column', 'id', '--size', '20');
    expect(rowsOf(text)).toEqual([
      { ...row('a', 1.5, 2, 'red'), big: '9007199254740993', fresh: null },
      { ...row('b', 2.5, 1, 'blue'), big: '9007199254740995', fresh: null },
      { ...row('c', 0.5, 7, ''), big: '5', fresh: null },
      { ...row('d', 0.25, 3.5, 'g\nh'), big: '', fresh: 7.5 },
      { ...row('e', 4.5, 1.5, 'z'), big: '', fresh: 8.5 },
    ]);
  });

  it('may have words where another has numbers, in a column that is no part of the matrix', async () => {
    const other = 'id,x,y,word,big\nf,0.75,3.5,w,unknown\ng,4.25,1.5,w,7\n';
    const paths = [file('one.csv', one), file('other.csv', other)];
    const { text } = await coreset(...paths, '--columns', 'x,y', '--id-column', 'id', '--size', '20');
    const big = (rowsOf(text) as { big: string }[]).map((each) => each.big);
    expect(big).toEqual(['9007199254740993', '9007199254740995', '5', 'unknown', '7']);
  });

  it('an id that is missing, or a column of them, is an error that names it; the same id twice is none', async () => {
    const words = ['--columns', 'x,y', '--id-column', 'id', '--size', '20', '--format', 'csv'];
    const [first, without] = [file('one.csv', one), file('without.csv', 'x,y\n1.5,2\n')];
    const lacking = await run(['coreset', first, without, ...words]);
    expect([lacking.code, errorLine(lacking)]).toEqual([
      65,
      expect.stringMatching(/without\.csv: no column id; there/),
    ]);
    const empty = await run(['coreset', file('empty.csv', 'id,x,y\na,1.5,2\n,2.5,1\n'), ...words]);
    expect([empty.code, errorLine(empty)]).toEqual([
      65,
      expect.stringMatching(/empty\.csv: line 3, column "id", is empty where an id is expected/),
    ]);
    const twice = await run(['coreset', file('twice.csv', 'id,x,y\na,1.5,2\na,2.5,1\n'), ...words]);
    expect(twice.code, twice.stderr).toBe(0);
    expect(twice.stdout.toString()).toMatch(/^0,a,.*\n1,a,/m);
  });
});

describe('parts whose columns are of other types (fixtures/tables/make-parts.py: pyarrow)', () => {
  type Cells = Record<string, readonly (number | string | null)[]>;
  const { typed } = JSON.parse(readFileSync(fixturePath('tables/parts-expected.json'), 'utf8')) as { typed: Cells };
  const names = Object.keys(typed);
  const cellsOf = async (files: readonly string[], at: number): Promise<Cells> => {
    const paths = files.map((name) => fixturePath(`tables/parts-${name}`));
    const { text } = await coreset(...paths, '--columns', 'x', '--size', '20');
    const rows = rowsOf(text).slice(at, at + 5) as Record<string, number | string | null>[];
    return Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name]!)]));
  };
  const isText = (name: string): boolean => name === 'day' || name === 'at';
  const second = ['typed.parquet', 'typed.arrow'];

  it.each(['words.csv', 'words.arrow', 'words.parquet'].flatMap((words) => second.map((name) => [words, name])))(
    'words in %s: numbers, dates and decimals of %s are text there, and missing ones are empty',
    async (words, other) => {
      const wanted = names.map((name) => [name, typed[name]!.map((cell) => cell ?? '')]);
      for (const [files, at] of [
        [[words, other], 5],
        [[other, words], 0],
      ] as const) {
        const cells = await cellsOf(files, at);
        const read = names.map((name) => [
          name,
          cells[name]!.map((cell, i) => (typeof typed[name]![i] === 'number' ? Number(cell) : cell)),
        ]);
        expect(read).toEqual(wanted);
      }
    },
  );

  it.each(['whole.csv', 'whole.arrow', 'whole.parquet'].flatMap((whole) => second.map((name) => [whole, name])))(
    'whole numbers in %s: numbers of %s are numbers, as pandas makes float64 of whole ones where some are missing',
    async (whole, other) => {
      const cells = await cellsOf([whole, other], 5);
      for (const name of names) {
        const isWritten = isText(name) || name === 'large';
        const wanted = typed[name]!.map((cell) => (isWritten ? (cell ?? '') : cell === null ? null : Number(cell)));
        expect([name, cells[name]]).toEqual([name, wanted]);
      }
    },
  );
});

describe('columns of the matrix', () => {
  const lacking = 'w,x,y\na,1.5,\nb,,2.5\nc,3.5,4.5\n';
  const wanted = [
    { w: 'a', x: 1.5, y: 0 },
    { w: 'b', x: 0, y: 2.5 },
    { w: 'c', x: 3.5, y: 4.5 },
  ];

  it.each(['x,y', '1:2', '1,2', 'y,x', '2,1'])(
    'have what was read for missing values: --columns %s',
    async (columns) => {
      const words = ['--columns', columns, '--missing', 'zero', '--intercept', '--size', '9'];
      expect(rowsOf((await coreset(file('lacking.csv', lacking), ...words)).text)).toEqual(wanted);
    },
  );

  it('have it where a file has no header, or names that are there twice', async () => {
    const words = ['--missing', 'zero', '--size', '9'];
    const bare = await coreset(file('bare.csv', '1.5,\n,2.5\n3.5,4.5\n'), ...words);
    expect(rowsOf(bare.text)).toEqual(wanted.map(({ x, y }) => ({ 0: x, 1: y })));
    expect(bare.stderr).not.toMatch(/K was read/);
    const twice = await coreset(file('twice.csv', 'a,a\n1.5,\n,2.5\n3.5,4.5\n'), ...words);
    expect(rowsOf(twice.text)).toEqual(wanted.map(({ x, y }) => ({ a: x, a_: y })));
  });

  it('come with rows of a sketch, also where the first row of NDJSON lacks one', async () => {
    const path = file('lacking.ndjson', '{"x":1.5,"y":null}\n{"x":null,"y":2.5}\n{"x":3.5,"y":4.5}\n');
    const sketch = at('lacking.lev');
    const made = await run(['sketch', path, '--missing', 'zero', '--sample-size', '9', '-o', sketch]);
    expect(made.code, made.stderr).toBe(0);
    const { text } = await coreset(sketch, path);
    expect(rowsOf(text)).toEqual(wanted.map(({ x, y }) => ({ x, y })));
  });
});

describe('of a sketch of shards', () => {
  it('rows get their columns from all files of K in order, else that is an error', async () => {
    const lines = Array.from({ length: 300 }, (_, i) => `i${i},w${i % 7},${Math.sin(i) * 3},${i * 1.5}\n`);
    const parts = [0, 1, 2].map((k) =>
      file(`k${k}.csv`, `id,word,x,y\n${lines.slice(100 * k, 100 * k + 100).join('')}`),
    );
    const sketches = parts.map((_, k) => at(`k${k}.lev`));
    for (const [k, part] of parts.entries()) {
      const words = ['--columns', 'x', '--intercept', '--sample-size', '40', '--pilot', parts[0]!, '-o', sketches[k]!];
      const { code, stderr } = await run(['sketch', '--shard', `${k + 1}/3`, part, ...words]);
      expect(code, stderr).toBe(0);
    }
    const all = at('k.lev');
    expect((await run(['merge', ...[2, 0, 1].map((k) => sketches[k]!), '-o', all])).code).toBe(0);
    const { code, stdout, stderr } = await run(['coreset', all, ...parts, '--id-column', 'id', '--format', 'ndjson']);
    expect(code, stderr).toBe(0);
    const rows = stdout.toString().trim().split('\n');
    expect(rows.length).toBeGreaterThanOrEqual(40);
    for (const line of rows) {
      const { index, weight, ...row } = JSON.parse(line) as { index: number; weight: number };
      expect(row).toEqual({ id: `i${index}`, word: `w${index % 7}`, x: Math.sin(index) * 3, y: index * 1.5 });
    }
    const [one, two, three] = parts as [string, string, string];
    const few = await run(['coreset', '-q', all, one, two, '--id-column', 'id', '--format', 'csv']);
    expect([few.code, errorLine(few)]).toEqual([65, expect.stringMatching(/K ends after 200 rows, and row 2\d\d was/)]);
    const turned = await run(['coreset', '-q', all, one, three, two, '--id-column', 'id', '--format', 'csv']);
    expect([turned.code, errorLine(turned)]).toEqual([
      65,
      expect.stringMatching(/row \d+ of K has .* in column x, where .* was read; give the files of K in their order/),
    ]);
  });
});

describe('columns that are nested, encoded or called the same', () => {
  it('of NDJSON are written as JSON', async () => {
    const path = file('nested.ndjson', '{"x":1.5,"tags":["a","b"],"at":{"lon":2}}\n{"x":2.5,"tags":null}\n');
    expect(rowsOf((await coreset(path, '--columns', 'x', '--size', '5')).text)).toEqual([
      { x: 1.5, tags: '["a","b"]', at: '{"lon":2}' },
      { x: 2.5, tags: '', at: '' },
    ]);
  });

  it('of Arrow: text in dictionaries is text, lists beside the matrix are left out with a word', async () => {
    const numbers = vectorFromArray([1.5, 2.5, -1.5], new Float64());
    const colour = vectorFromArray(['red', null, 'blue'], new Dictionary(new Utf8(), new Int32()));
    const tags = listVector(listType('List', 1), [[1], [2], [3]]);
    const path = file('encoded.arrow', bytesOf(tableOf([{ x: numbers, colour, tags }]), 'file'));
    const { text, stderr } = await coreset(path, '--columns', 'x', '--size', '5');
    expect(rowsOf(text)).toEqual([
      { x: 1.5, colour: 'red' },
      { x: 2.5, colour: '' },
      { x: -1.5, colour: 'blue' },
    ]);
    expect(stderr).toMatch(/tags \(List<Float32>\) left out of the rows that are written/);
  });

  it('lists that are the matrix are written under their name', async () => {
    const word = vectorFromArray(['p', 'q', 'r'], new Utf8());
    const key = listVector(listType('List', 2), [
      [1, 0.5],
      [2, -0.5],
      [3, 4],
    ]);
    const path = file('lists.arrow', bytesOf(tableOf([{ word, key }]), 'file'));
    const out = at('lists-core.arrow');
    const { code, stderr } = await run(['coreset', path, '--size', '5', '-o', out]);
    expect(code, stderr).toBe(0);
    const table = tableFromIPC(readFileSync(out));
    expect(table.schema.fields.map(({ name }) => name)).toEqual(['index', 'weight', 'word', 'key']);
    expect([...table.getChild('word')!]).toEqual(['p', 'q', 'r']);
    expect(Array.from(table.getChild('key')!, (row) => [...row])).toEqual([
      [1, 0.5],
      [2, -0.5],
      [3, 4],
    ]);
  });

  it('names that are there twice are told apart, with a word', async () => {
    const path = file('same.csv', 'a,a\n1.5,2.5\n0.5,3.5\n');
    const { text, stderr } = await coreset(path, '--size', '5');
    expect(rowsOf(text)).toEqual([
      { a: 1.5, a_: 2.5 },
      { a: 0.5, a_: 3.5 },
    ]);
    expect(stderr).toMatch(/column a is written as a_, as the name is taken/);
  });
});
