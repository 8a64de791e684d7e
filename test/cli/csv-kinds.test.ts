/** CSV of kinds that were once read wrongly, through the program: `fixtures/faults`. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine } from '../support/program.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const fault = (name: string): string => fixturePath(`faults/${name}`);
const convert = (...args: string[]) => run(['convert', '--format', 'ndjson', ...args]);
/** The rows that are written. */
const rowsOf = (stdout: Buffer): number[][] =>
  stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as number[]);

describe.concurrent('CSV', () => {
  test('decimal commas are read, as recognised and as the user says', async () => {
    const recognised = await convert(fault('dc_semi3.csv'));
    expect(rowsOf(recognised.stdout)).toEqual([
      [1.5, 2.5, 3.5],
      [3.5, 4.5, 5.5],
    ]);
    const column = folder.write('column.csv', 'x\n1,5\n2,5\n');
    expect(await convert(column)).toMatchObject({ code: 65 });
    expect(rowsOf((await convert('--decimal', ',', column)).stdout)).toEqual([[1.5], [2.5]]);
    expect(await convert('--decimal', ';', column)).toMatchObject({ code: 64 });
  });

  test('numbers that may name the columns are asked for', async () => {
    const asked = await convert(fault('years.csv'));
    expect(asked.code).toBe(65);
    expect(errorLine(asked)).toMatch(
      /\(country, 1990, 1991, 1992\) may be a header of numbers or data; say which: --header or --no-header/,
    );
    expect(rowsOf((await convert('--header', fault('years.csv'))).stdout)).toEqual([
      [1.5, 2.5, 3.5],
      [4.5, 5.5, 6.5],
    ]);
  });

  test('a first row of missing values is row 0, which --nan skip passes over', async () => {
    const refused = await run(['select-keys', fault('na_first_row.csv')]);
    expect(refused.code).toBe(65);
    expect(errorLine(refused)).toMatch(
      /line 1, column 1, holds "NA" where a number is expected; skip such rows with --missing skip/,
    );
    const U = folder.at('na.csv');
    const read = await run(['select-keys', '--nan', 'skip', '--eps', '0.01', '-o', U, fault('na_first_row.csv')]);
    expect(read.code).toBe(0);
    expect(read.stderr).toMatch(/\b1 row\b/);
    const index = (await run(['convert', '--columns', 'index', '--format', 'ndjson', U])).stdout;
    expect(rowsOf(index)).toEqual([[1], [2]]);
  });

  test('comments are counted, rows that begin with # are read', async () => {
    const outcome = await convert(folder.write('hash.csv', 'tag,a\n#x,1.5\n# a comment\ny,2.5\n'));
    expect(rowsOf(outcome.stdout)).toEqual([[1.5], [2.5]]);
    expect(outcome.stderr).toMatch(/hash\.csv: 1 line that begins with # is skipped as a comment\n$/);
  });

  test('quotes are characters where the user says so', async () => {
    const path = folder.write('quotes.csv', 't,a\n",1.5\nx,2.5\n",3.5\n');
    const swallowed = await convert(path);
    expect(swallowed.code).toBe(65);
    expect(errorLine(swallowed)).toContain('--no-quotes');
    expect(rowsOf((await convert('--no-quotes', path)).stdout)).toEqual([[1.5], [2.5], [3.5]]);
  });

  test('words are ids, lone quotes among them', async () => {
    const U = folder.at('glove.csv');
    const args = ['--id-column', '0', '--eps', '0.0001', '-o', U];
    expect((await run(['select-keys', ...args, fault('glove_2quotes.txt')])).code).toBe(0);
    const ids = readFileSync(U, 'utf8')
      .split('\n')
      .slice(1, -1)
      .map((line) => line.split(',')[1]);
    expect(ids).toEqual(['the', '""""', 'of', '""""', 'a']);
  });

  test('columns that are left out are named with what they hold', async () => {
    const { stderr } = await convert(folder.write('kinds.csv', 'id,x,share,w\n1,0.5,5%,3 kg\n2,1.5,6%,4 kg\n'));
    expect(stderr).toMatch(
      /\(x; left out: id \(integer\), share \(percentages\), w \(numbers with a unit\)\); choose others with --columns/,
    );
    const { stdout } = await convert('--columns', 'all', folder.at('kinds.csv'));
    expect(rowsOf(stdout)).toEqual([
      [1, 0.5],
      [2, 1.5],
    ]);
  });

  test.each([
    ['libsvm.txt', /is libsvm/],
    ['late_number.csv', /column "b", is empty in the first rows and left out, but holds "7\.5"/],
  ])('%s is refused', async (name, message) => {
    const outcome = await convert(fault(name));
    expect(outcome.code).toBe(65);
    expect(outcome.stderr).toMatch(message);
  });

  test('tables of whole numbers alone say which column looks like row numbers', async () => {
    const { code, stderr } = await run([
      'select-keys',
      folder.write('ints.csv', 'index,a,b\n0,5,2\n1,7,9\n2,1,4\n'),
      '-o',
      folder.at('ints.arrow'),
    ]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/all columns are integers, and column index looks like row numbers or ids but belongs/);
  });
});
