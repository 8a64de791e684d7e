/** `levattn sketch`, `merge` and what takes sketches, on the built program: parts, settings, refusals. */

import { existsSync, readFileSync } from 'node:fs';
import { tableFromIPC } from 'apache-arrow';
import { beforeAll, describe, expect, test } from 'vitest';
import { npyFrom, rowsOf, temporaryFolder } from '../support/files.js';
import { loadCase } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine, type Outcome } from '../support/program.js';
import { makeMatrix } from '../support/random-matrices.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const { K, expected, paths } = loadCase('heavy-tailed');
const [{ eps, U }] = expected.results;
const N = K.rows;
const CUTS = [0, 1, Math.floor(N / 3), Math.floor(N / 2), N];
const parts = CUTS.slice(1).map((end, i) =>
  folder.write(`part-${i}.npy`, npyFrom(rowsOf(K, CUTS[i], end), i === 2 ? 'float64' : 'float32')),
);
const pilot = folder.write('pilot.npy', npyFrom(rowsOf(K, 0, 50)));

const wide = folder.write(
  'wide.npy',
  npyFrom({ rows: 20, d: K.d + 1, values: makeMatrix('gaussian', 20, K.d + 1, 1).values }),
);

const ok = async (...args: string[]): Promise<Outcome> => {
  const outcome = await run(args);
  expect({ args, code: outcome.code, stderr: outcome.code === 0 ? '' : outcome.stderr }).toEqual({
    args,
    code: 0,
    stderr: '',
  });
  return outcome;
};

/** A part's sketch. */
async function sketch(name: string, part: number, ...options: string[]): Promise<string> {
  const path = folder.at(`${name}.lev`);
  await ok('sketch', '--eps', String(eps), ...options, parts[part], '-o', path);
  return path;
}

const offset = (part: number): string[] => ['--row-offset', String(CUTS[part])];

const indicesOf = async (...args: string[]): Promise<number[]> => {
  const { stdout } = await ok('select-keys', ...args, '--format', 'csv');
  return stdout
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[0]));
};

async function refused(args: readonly string[], code: number, message: RegExp): Promise<void> {
  const outcome = await run(args);
  expect([outcome.code, errorLine(outcome)]).toEqual([code, expect.stringMatching(message)]);
}

const shards: string[] = [];
const ranges: string[] = [];

beforeAll(async () => {
  for (let part = 0; part < parts.length; part++) {
    shards.push(await sketch(`shard-${part}`, part, '--shard', `${part + 1}/4`));
    ranges.push(await sketch(`range-${part}`, part, ...offset(part)));
  }
});

describe('parts', () => {
  test('shards and ranges in any order give U of the whole, with global numbers', async () => {
    const all = folder.at('all.lev');
    for (const some of [shards, ranges]) {
      const half = folder.at('half.lev');
      const merging = await ok('merge', '-o', half, some[3], some[0]);
      expect(merging.stderr).toMatch(/half\.lev: .* rows; it lacks (shards 2-3 of 4|rows 1-\d+)/);
      expect((await ok('merge', '-o', all, some[2], half, some[1])).stderr).toBe('');
      expect(await indicesOf(all)).toEqual(U);
    }
    const set = folder.at('U.arrow');
    await ok('select-keys', all, '-o', set);
    const fromSketch = await ok('heavy', '--eps', String(eps), '--keys', all, paths.Q, '--format', 'csv');
    const entries = fromSketch.stdout
      .toString()
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').slice(0, 2).map(Number));
    expect(entries).toEqual(expected.results[0].entries.map(([query, key]) => [query, key]));
    expect((await ok('heavy', '--keys', set, paths.Q, '--format', 'csv')).stdout).toEqual(fromSketch.stdout);
  });

  test('that are missing are named: select-keys and heavy refuse, and with --allow-partial say so', async () => {
    const some = folder.at('some.lev');
    await ok('merge', '-o', some, ranges[0], ranges[2]);
    const few = folder.at('few.lev');
    await ok('merge', '-o', few, shards[3], shards[1]);
    const rows = `rows 1-${CUTS[2] - 1}`;
    for (const [path, missing] of [
      [some, rows],
      [few, 'shards 1,3 of 4'],
      [ranges[1], 'row 0'],
    ]) {
      const message = new RegExp(`lev: lacks ${missing}; merge them into it`);
      await refused(['select-keys', path], 65, message);
      await refused(['heavy', '--keys', path, paths.Q], 65, message);
      const set = folder.at('partial.arrow');
      await ok('select-keys', path, '--allow-partial', '-o', set);
      expect(JSON.parse(tableFromIPC(readFileSync(set)).schema.metadata.get('levattn')!).missing).toBe(missing);
      const said = await ok('heavy', '--keys', set, paths.Q, '--format', 'csv');
      expect(said.stderr).toContain(missing);
      const straight = await ok('heavy', '--keys', path, '--allow-partial', paths.Q, '--format', 'csv');
      expect(straight.stderr).toContain(missing);
    }
  });
});

describe('what cannot be merged is refused, both files by name', { tags: ['slow'] }, () => {
  const never = folder.at('never.lev');
  const cases: readonly (readonly [string, () => Promise<string[]>, RegExp])[] = [
    [
      'the same twice',
      async () => [ranges[0], ranges[1], ranges[0]],
      /range-0\.lev and .*range-0\.lev .*both cover row 0/,
    ],
    [
      'rows that overlap',
      async () => [ranges[0], ranges[2], await sketch('overlap', 3, '--row-offset', String(CUTS[2] + 1))],
      /range-2\.lev and .*overlap\.lev .*both cover rows /,
    ],
    [
      'the same shard twice',
      async () => [shards[1], shards[0], shards[1]],
      /shard-1\.lev and .*shard-1\.lev .*both cover shard 2/,
    ],
    [
      'shards of jobs of other sizes',
      async () => [shards[0], await sketch('of-5', 1, '--shard', '2/5')],
      /shard-0\.lev and .*of-5\.lev .*job of 4 shards, the other of 5/,
    ],
    ['shards and ranges', async () => [shards[0], ranges[1]], /one covers rows by their index, the other shards/],
    [
      'another f',
      async () => [ranges[0], await sketch('f', 1, '--f', 'power:4', '--pilot', pilot, ...offset(1))],
      /range-0\.lev and .*f\.lev .*f power:2 and power:4/,
    ],
    [
      'another factor',
      async () => [ranges[0], await sketch('factor', 1, '--factor', 'stable', ...offset(1))],
      /factor auto and stable/,
    ],
    [
      'another sample rate',
      async () => [ranges[0], await sketch('rate', 1, '--sample', '3', '--pilot', pilot, ...offset(1))],
      /sample rate 1 and 3/,
    ],
    [
      'another certificate',
      async () => [
        await sketch('c1', 0, '--f', 'power:4', '--pilot', pilot, ...offset(0)),
        await sketch('c2', 1, '--f', 'power:4', '--certificate', 'gram', '--pilot', pilot, ...offset(1)),
      ],
      /c1\.lev and .*c2\.lev .*certificate auto and gram/,
    ],
    [
      'another seed',
      async () => [
        await sketch('s1', 0, '--f', 'power:4', '--pilot', pilot, ...offset(0)),
        await sketch('s2', 1, '--f', 'power:4', '--seed', '5', '--pilot', pilot, ...offset(1)),
      ],
      /s1\.lev and .*s2\.lev .*seed 0 and 5/,
    ],
  ];
  test.each(cases)('%s', async (_name, files, message) => {
    await refused(['merge', '-o', never, ...(await files())], 65, message);
    expect(existsSync(never)).toBe(false);
  });

  test('another d', async () => {
    const other = folder.at('wide.lev');
    await ok('sketch', wide, '--row-offset', '5', '-o', other);
    await refused(
      ['merge', '-o', never, ranges[0], other],
      65,
      new RegExp(`range-0\\.lev and .*wide\\.lev .*columns ${K.d} and ${K.d + 1}`),
    );
  });

  test('what is no sketch', async () => {
    await refused(['merge', '-o', never, ranges[0], parts[1]], 65, /part-1\.npy: /);
    await refused(['merge', '-o', never, ranges[0], folder.at('nowhere.lev')], 65, /nowhere\.lev: /);
    await refused(['merge', '-o', never, '-'], 64, /name their files/);
    await refused(['select-keys', ranges[0], ranges[1]], 65, /lev: /);
  });
});

describe('eps', () => {
  test('of several the coarser counts, and it is said', async () => {
    const fine = folder.at('fine.lev');
    await ok('sketch', '--eps', String(eps / 2), ...offset(1), parts[1], '-o', fine);
    const merged = folder.at('eps.lev');
    const said = await ok('merge', '-o', merged, ranges[0], fine, ranges[2], ranges[3]);
    expect(said.stderr).toContain(
      `fine.lev: eps ${eps / 2} meets ${eps}; the merged sketch serves eps >= ${eps}, not ${eps / 2}`,
    );
    expect(await indicesOf(merged)).toEqual(U);
    await refused(
      ['select-keys', '--eps', String(eps / 2), merged],
      65,
      new RegExp(`eps\\.lev: was made for eps >= ${eps}, and keys for eps = ${eps / 2}`),
    );
    await refused(['heavy', '--eps', String(eps / 2), '--keys', merged, paths.Q], 65, new RegExp(`eps >= ${eps}`));
    const other = expected.results.find((result) => result.eps > eps)!;
    expect(await indicesOf(merged, '--eps', String(other.eps))).toEqual(other.U);
  });
});

describe('--append', () => {
  test('rows get the numbers that follow; then merged, and appended with a checkpoint', async () => {
    const first = folder.at('first.lev');
    await ok('sketch', '--eps', String(eps), parts[0], parts[1], '-o', first);
    const second = folder.at('second.lev');
    await ok(
      'sketch',
      '--append',
      first,
      '--checkpoint',
      folder.at('append.ck'),
      '--every',
      '1',
      parts[2],
      '-o',
      second,
    );
    const all = folder.at('appended.lev');
    await ok('merge', '-o', all, ranges[3], second);
    expect(await indicesOf(all)).toEqual(U);
    await ok('sketch', '--append', second, parts[3], '-o', all);
    expect(await indicesOf(all)).toEqual(U);
    await ok('merge', '-o', all, ...shards);
    const longer = folder.at('longer.lev');
    await ok('sketch', '--append', all, parts[0], '-o', longer);
    await refused(
      ['merge', '-o', folder.at('never.lev'), longer, await sketch('after', 1, '--row-offset', String(N))],
      65,
      new RegExp(`both cover row ${N}`),
    );
  });

  test('other settings, gaps and other widths are refused', { tags: ['slow'] }, async () => {
    const never = folder.at('never.lev');
    const base = ['sketch', '--append', ranges[0], parts[1], '-o', never];
    await refused([...base, '--eps', '0.5'], 65, new RegExp(`range-0\\.lev: was made with eps ${eps}, not 0\\.5`));
    await refused([...base, '--f', 'power:4'], 65, /made with f power:2, not power:4/);
    await refused([...base, '--factor', 'gram'], 65, /made with factor auto, not gram/);
    await refused([...base, '--row-offset', '7'], 64, /--row-offset and --append/);
    await refused([...base, '--pilot', pilot], 64, /range-0\.lev: rows to come are weighed.*leave --pilot out/);
    await refused(['sketch', '--append', shards[0], parts[1], '-o', never], 65, /shard-0\.lev: lacks shards 2-4 of 4/);
    await refused(
      ['sketch', '--append', ranges[0], wide, '-o', never],
      65,
      /wide\.npy: K has \d+ columns, and its sketch \d+/,
    );
    expect(existsSync(never)).toBe(false);
  });
});
