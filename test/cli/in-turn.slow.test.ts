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

const COMMANDS: readonly (readonly string[])[] = [
  ['--version'],
  ['scores', '--help'],
  ['select-keys', K, '--eps', '0.02', '--format', 'csv'],
  ['select-keys', K, '--eps', '2'],
  ['select-keys', K, '--eps', '0.02', '--format', 'csv', '--threads', '3', '--backend', 'plain'],
  ['scores', at('missing.npy'), '--verbos'],
  ['scores', at('missing.npy')],
  ['heavy', Q, '--keys', K, '--f', 'softmax', '--format', 'arrow'],
  ['convert', table, '--columns', 'x,y', '--missing', 'zero', '--format', 'csv'],
  ['convert', table, '--columns', 'x,y', '--missing', 'error', '--format', 'csv'],
  ['convert', table, '--columns', 'x,y', '--missing', 'zero', '--format', 'csv', '--quiet'],
  ['sketch', '-'],
  ['sketch', '-'],
  ['select-keys', write('bad.csv', 'a,b\n1,2\n3,x\n'), '--columns', 'a,b'],
  ['inspect', table],
];

test('exit code, output and messages', async () => {
  for (const args of COMMANDS) {
    const [{ code, stdout, stderr }, expected] = await Promise.all([inTurn(args), run(args)]);
    expect({ args, code, stderr }).toEqual({ args, code: expected.code, stderr: expected.stderr });
    expect(stdout.equals(expected.stdout), args.join(' ')).toBe(true);
  }
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
