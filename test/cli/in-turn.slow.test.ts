/** Commands that follow one another in one process say and write what they do in processes of their own. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { run } from '../support/program.js';

const { at, write } = temporaryFolder();
const inTurn = runnerInTurn();

const [K, Q] = ['K', 'Q'].map((name) => fixturePath(`demo/${name}.npy`)) as [string, string];
const table = fixturePath('tables/duckdb.parquet');

const bad = write('bad.csv', 'a,b\n1,2\n3,x\n');

/** Without times. */
const plain = (text: string): string => text.replace(/[\d.]+ m?s\b/g, 'some time');

/** Each command where it does its work, and where it refuses. */
const COMMANDS: readonly (readonly string[])[] = [
  ['--version'],
  ['nonsense'],
  ['scores', '--help'],
  ['select-keys', K, '--eps', '0.02', '--format', 'csv'],
  ['select-keys', K, '--eps', '2'],
  ['select-keys', K, '--eps', '0.02', '--format', 'csv', '--threads', '3', '--backend', 'plain'],
  ['select-keys', bad, '--columns', 'a,b'],
  ['select-keys', K, '--by', 'key-norm', '--top', '5', '--format', 'csv'],
  ['scores', K, '--top', '5', '--format', 'csv'],
  ['scores', K, '--tops'],
  ['scores', at('missing.npy')],
  ['heavy', Q, '--keys', K, '--f', 'softmax', '--format', 'arrow'],
  ['heavy', Q, '--keys', table],
  ['attend', Q, '--keys', K, '--values', K, '--format', 'csv'],
  ['attend', Q, '--keys', K],
  ['verify', Q, '--keys', K, '--queries', '10'],
  ['coverage', Q, '--keys', K, '--f', 'softmax', '--k', '32'],
  ['coverage', Q, '--keys', K, '--f', 'nonsense'],
  ['report', '--keys', K],
  ['report', '--keys', table, '-o', at('report.html')],
  ['inspect', table],
  ['inspect', at('missing.npy')],
  ['sketch', '-'],
  ['sketch', '-'],
  ['merge', K, '-o', at('merged.lev')],
  ['coreset', K, '--size', '20', '--format', 'csv'],
  ['coreset', bad, '--format', 'csv'],
  ['convert', table, '--columns', 'x,y', '--missing', 'zero', '--format', 'csv'],
  ['convert', table, '--columns', 'x,y', '--missing', 'error', '--format', 'csv'],
  ['convert', table, '--columns', 'x,y', '--missing', 'zero', '--format', 'csv', '--quiet'],
  ['slurm', '--shards', at('no-*.npy'), '-o', at('U.arrow')],
  ['completion', 'bash'],
  ['man'],
];

test.each(COMMANDS.map((args) => [args.join(' '), args] as const))('%s', async (_, args) => {
  const [{ code, stdout, stderr }, expected] = await Promise.all([inTurn(args), run(args)]);
  expect({ code, stderr: plain(stderr) }).toEqual({ code: expected.code, stderr: plain(expected.stderr) });
  expect(plain(stdout.toString('latin1'))).toBe(plain(expected.stdout.toString('latin1')));
});

test('asked at once, each has its own answer; paths are from the folder that is given', async () => {
  const paths = [1, 2, 3].map((i) => {
    write(`${i}.csv`, `a,b\n${i},2\n3,4\n`);
    return `${i}.csv`;
  });
  const convert = (path: string) => inTurn(['convert', path, '--format', 'csv'], { cwd: at('.') });
  const outcomes = await Promise.all([...paths, '4.csv'].map(convert));
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0, 65]);
  const firsts = outcomes.map(({ stdout }) => Number(/\n([^,]+),/.exec(stdout.toString())?.[1] ?? Number.NaN));
  expect(firsts).toEqual([1, 2, 3, Number.NaN]);
});

test('a file that is written, and the log', async () => {
  const outcome = await inTurn(['select-keys', K, '--log-json', '-o', at('U.csv')]);
  expect(outcome.log.at(-1)).toMatchObject({ exitCode: 0, msg: 'done' });
  const { stdout } = await run(['select-keys', K, '--format', 'csv']);
  expect(readFileSync(at('U.csv')).equals(stdout)).toBe(true);
});

test('another standard input has a process of its own', async () => {
  const { code, stdout } = await inTurn(['convert', '-', '--format', 'csv'], { stdin: Buffer.from('a,b\n1,2\n') });
  expect([code, stdout.toString().split('\n')[1]!.split(',').map(Number)]).toEqual([0, [1, 2]]);
});
