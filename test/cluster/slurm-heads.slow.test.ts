/** Jobs whose shards are of several layers, examples and heads: U is what NumPy finds head by head in all of K (fixtures/heads). */

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectRows, fromCsv } from '../cli/answers.js';
import { npyHeader, temporaryFolder } from '../support/files.js';
import { loadMatrix } from '../support/fixtures.js';
import { ANSWERS, keysAt } from '../support/heads.js';
import { errorLine, run } from '../support/program.js';

const temporary = temporaryFolder();
const { eps, shape } = ANSWERS;
const { batch, heads, n, d } = shape;

/** Where the rows of K are cut. */
const CUTS = [0, 13, 40, n] as const;
const SHARDS = [1, 2, 3] as const;

/** Rows of some shard, of one example and head. */
const rowsOf = (shard: number, example: number, head: number): number[] =>
  keysAt(example, head).slice(CUTS[shard - 1]! * d, CUTS[shard]! * d);

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** Rows side by side: those of heads for every token. */
const interleaved = (parts: readonly (readonly number[])[]): number[] =>
  range(parts[0]!.length / d).flatMap((row) => parts.flatMap((part) => part.slice(row * d, (row + 1) * d)));

let folders = 0;

/** A folder for a job, and what is done in it. */
function setUp() {
  const path = temporary.at(String(folders++));
  const at = (name: string): string => join(path, name);
  const write = (name: string, lengths: readonly number[], values: readonly number[]): void => {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), Buffer.concat([npyHeader('<f8', lengths), Buffer.from(Float64Array.from(values).buffer)]));
  };
  const slurm = (...args: readonly string[]) => run(['slurm', ...args], { cwd: path });
  const begin = async (...args: readonly string[]): Promise<void> => {
    const { code, stderr } = await slurm('--eps', String(eps), '-o', 'U.csv', ...args);
    expect([code, stderr]).toEqual([0, '']);
  };
  const bash = (script: string): void => {
    execFileSync('bash', [at(`U.csv.work/${script}`)], { stdio: ['ignore', 'ignore', 'pipe'] });
  };
  /** Runs shards in any order, then the merge. */
  const finish = (): void => {
    for (const shard of [3, 1, 2]) bash(`shards/${shard}.sh`);
    bash('merge.sh');
  };
  return { at, write, slurm, begin, bash, finish, read: () => fromCsv(readFileSync(at('U.csv'))) };
}

type Write = ReturnType<typeof setUp>['write'];

/** K in every form, cut into three shards. */
const FORMS: readonly { name: string; shards: string; options: readonly string[]; write: (write: Write) => void }[] = [
  {
    name: '(batch, heads, n, d)',
    shards: 'K-*.npy',
    options: [],
    write: (write) => {
      for (const i of SHARDS) {
        const parts = range(batch).flatMap((b) => range(heads).flatMap((h) => rowsOf(i, b, h)));
        write(`K-${i}.npy`, [batch, heads, CUTS[i]! - CUTS[i - 1]!, d], parts);
      }
    },
  },
  {
    name: '(batch, n, heads, d)',
    shards: 'K-*.npy',
    options: ['--layout', 'bnhd'],
    write: (write) => {
      for (const i of SHARDS) {
        const parts = range(batch).flatMap((b) => interleaved(range(heads).map((h) => rowsOf(i, b, h))));
        write(`K-${i}.npy`, [batch, CUTS[i]! - CUTS[i - 1]!, heads, d], parts);
      }
    },
  },
  {
    name: '(batch, n, heads * d)',
    shards: 'K-*.npy',
    options: ['--heads', String(heads)],
    write: (write) => {
      for (const i of SHARDS) {
        const parts = range(batch).flatMap((b) => interleaved(range(heads).map((h) => rowsOf(i, b, h))));
        write(`K-${i}.npy`, [batch, CUTS[i]! - CUTS[i - 1]!, heads * d], parts);
      }
    },
  },
  {
    name: 'a file for each example and head of each shard',
    shards: 'part-*/batch{batch}_head{head}.npy',
    options: [],
    write: (write) => {
      for (const i of SHARDS) {
        for (const b of range(batch)) {
          for (const h of range(heads)) {
            write(`part-${i}/batch${b}_head${h}.npy`, [CUTS[i]! - CUTS[i - 1]!, d], rowsOf(i, b, h));
          }
        }
      }
    },
  },
];

describe.each(FORMS)('$name', ({ shards, options, write: writeForm }) => {
  test('U is that of all rows, head by head', async () => {
    const { write, begin, finish, read, slurm } = setUp();
    writeForm(write);
    await begin('--shards', shards, ...options);
    finish();
    const found = read();
    expect(found.columns).toEqual(['batch', 'head', 'index', 'score']);
    expectRows(found, ANSWERS.sets, 1e-9);
    expect((await slurm('-o', 'U.csv', '--check')).code).toBe(0);
  });

  test('two shards in one task, and one head alone', async () => {
    const { write, begin, bash, read } = setUp();
    writeForm(write);
    await begin('--shards', shards, ...options, '--tasks', '2', '--head', '1');
    for (const script of ['shards/1.sh', 'shards/2.sh', 'merge.sh']) bash(script);
    const expected = ANSWERS.sets.filter(([, head]) => head === 1);
    expectRows(read(), expected, 1e-9);
  });

  test('rows that are drawn: each head is weighed by its own first rows', async () => {
    const { at, write, begin, finish, read, slurm } = setUp();
    writeForm(write);
    await begin('--shards', shards, ...options, '--sample-size', '20');
    for (const b of range(batch)) {
      for (const h of range(heads)) {
        const pilot = loadMatrix(at(`U.csv.work/pilot-batch${b}-head${h}.npy`));
        expect([...pilot.values]).toEqual(keysAt(b, h));
      }
    }
    const script = readFileSync(at('U.csv.work/shards/3.sh'), 'utf8');
    expect(script).toMatch(/ sketch --shard 3\/3 .*\/pilot-batch\{batch\}-head\{head\}\.npy'/);
    finish();
    expectRows(read(), ANSWERS.sets, 1e-9);
    // The same job again is that job.
    const again = await slurm(
      '--eps',
      String(eps),
      '-o',
      'U.csv',
      '--shards',
      shards,
      ...options,
      '--sample-size',
      '20',
    );
    expect([again.code, again.stderr]).toEqual([0, '']);
  });
});

test('a sketch of which one head is of another shard counts as missing', async () => {
  const { at, write, begin, finish, slurm } = setUp();
  FORMS[0]!.write(write);
  await begin('--shards', 'K-*.npy');
  finish();
  copyFileSync(at('U.csv.work/sketches/1.lev'), at('U.csv.work/sketches/2.lev'));
  const outcome = await slurm('-o', 'U.csv', '--check', '2');
  expect([outcome.code, errorLine(outcome)]).toEqual([
    75,
    expect.stringMatching(/2\.lev: a sketch of shard 1 of 3, not of shard 2 of 3/),
  ]);
});

test('layers of differing length cannot have rows drawn by their numbers', async () => {
  const { write, slurm } = setUp();
  for (const [layer, rows] of [
    [0, 5],
    [1, 6],
  ] as const) {
    write(`part-1/layer${layer}.npy`, [rows, d], keysAt(0, 0).slice(0, rows * d));
  }
  const args = ['--shards', 'part-*/layer{layer}.npy', '-o', 'U.csv'];
  const outcome = await slurm(...args, '--sample', '2');
  expect([outcome.code, errorLine(outcome)]).toEqual([
    64,
    expect.stringMatching(/layer1\.npy: has 6 rows where .*layer0\.npy has 5, and .*; make a job for each$/),
  ]);
  expect((await slurm(...args, '--f', 'power:4')).code).toBe(0);
});

test('names of shards and of layers that nothing tells apart', async () => {
  const { write, slurm } = setUp();
  write('k1.npy', [1, d], keysAt(0, 0).slice(0, d));
  for (const glob of ['*{layer}.npy', '{layer}*.npy', 'k?{layer}.npy']) {
    const outcome = await slurm('--shards', glob, '-o', 'U.csv');
    expect([outcome.code, errorLine(outcome)]).toEqual([
      64,
      expect.stringMatching(/only single \* may occur in a file's name, with something between them$/),
    ]);
  }
});
