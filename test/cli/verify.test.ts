/** `levattn verify` on the built program. */

import { readFileSync } from 'node:fs';
import { tableFromIPC } from 'apache-arrow';
import { beforeAll, describe, expect, test } from 'vitest';
import { universalSetFromTable } from '../../src/universal-set/table.js';
import { csvFrom, temporaryFolder } from '../support/files.js';
import { loadCase } from '../support/fixtures.js';
import { errorLine, type Outcome, run } from '../support/program.js';
import { writeSet } from '../support/set-file.js';

const folder = temporaryFolder();
const { Q, expected, paths } = loadCase('planted');
const { eps, U: expectedU, entries: expectedEntries } = expected.results[0]!;
const U = folder.at('U.arrow');
const entries = folder.at('entries.csv');

beforeAll(async () => {
  expect((await run(['select-keys', '--eps', String(eps), paths.K, '-o', U])).code).toBe(0);
  expect((await run(['heavy', '--keys', U, paths.Q, '-o', entries])).code).toBe(0);
});

const verify = (...args: string[]): Promise<Outcome> => run(['verify', '--keys', paths.K, ...args]);

/** The one line of the error, where a fault was found. */
const lastLine = (outcome: Outcome): string => {
  expect(outcome.code).toBe(2);
  return errorLine(outcome);
};

describe('verify', () => {
  test('U alone, made now: captured is all, in words and as JSON', async () => {
    const told = await verify('--eps', String(eps));
    expect({ code: told.code, stderr: told.stderr }).toEqual({ code: 0, stderr: '' });
    const size = expectedU.length;
    expect(told.stdout.toString()).toContain(`\n  captured    ${size} of ${size} keys seen to reach ${eps}\n`);
    expect(told.stdout.toString()).toMatch(/\nright\n$/);
    const json = JSON.parse((await verify('--eps', String(eps), '--json')).stdout.toString());
    expect(json).toMatchObject({
      ok: true,
      n: expected.n,
      d: expected.d,
      rank: expected.rank,
      f: 'power:2',
      eps,
      set: { heavy: size, captured: size, missed: 0, queries: null },
      entries: null,
      findings: [],
    });
  });

  test('files made earlier, as Arrow, CSV and NDJSON', async () => {
    for (const name of ['entries.csv', 'entries.arrow', 'entries.ndjson']) {
      const path = folder.at(name);
      if (path !== entries) expect((await run(['heavy', '--keys', U, paths.Q, '-o', path])).code).toBe(0);
      const { code, stdout } = await verify(paths.Q, '--set', U, '--entries', path, '--json');
      const heavy = expectedEntries.length;
      expect([code, JSON.parse(stdout.toString()).entries]).toEqual([
        0,
        expect.objectContaining({ queries: Q.rows, given: heavy, heavy, captured: heavy, missed: 0, surplus: 0 }),
      ]);
    }
  });

  test('a sample of the queries', async () => {
    const { stdout } = await verify(paths.Q, '--rows', '5', '--seed', '3', '--set', U, '--entries', entries, '--json');
    expect(JSON.parse(stdout.toString()).entries).toMatchObject({ queries: 5, of: Q.rows, missed: 0 });
  });

  test.each(['power:4', 'softmax'])('%s: entries found now', async (f) => {
    const { code, stdout } = await verify(paths.Q, '--f', f, '--eps', '0.05', '--json');
    expect(JSON.parse(stdout.toString())).toMatchObject({ ok: true, f });
    expect(code).toBe(0);
  });

  test('a U without one of its keys: 2', async () => {
    const set = universalSetFromTable(tableFromIPC(readFileSync(U)), 'U');
    const path = await writeSet(
      { ...set, index: set.index.slice(1), score: set.score.slice(1), keys: set.keys.slice(set.d) },
      folder.at('lacking.arrow'),
    );
    const outcome = await verify('--set', path);
    expect(lastLine(outcome)).toMatch(
      new RegExp(`^1 fault found; the first: U lacks key ${set.index[0]}, of score 0\\.`),
    );
    expect(outcome.stdout.toString()).toMatch(/\n {2}missed +1\n/);
  });

  test('entries without one, and with another score: 2', async () => {
    const lines = readFileSync(entries, 'utf8').trimEnd().split('\n');
    const [query, key, score] = lines[3]!.split(',').map(Number);
    const fewer = folder.write('fewer.csv', `${lines.toSpliced(3, 1).join('\n')}\n`);
    expect(lastLine(await verify(paths.Q, '--set', U, '--entries', fewer))).toMatch(
      new RegExp(`^1 fault found; the first: the entries lack query ${query}, key ${key}, of score 0\\.`),
    );
    const other = folder.write(
      'other.csv',
      `${lines.toSpliced(3, 1, `${query},${key},${score! * 1.01}`).join('\n')}\n`,
    );
    expect(lastLine(await verify(paths.Q, '--set', U, '--entries', other))).toMatch(
      new RegExp(`^1 fault found; the first: the score of query ${query}, key ${key} in the entries is `),
    );
  });

  test('what cannot be verified is refused', async () => {
    const text = folder.write('K.csv', csvFrom(Q));
    for (const [args, code, message] of [
      [['--f', 'softmax'], 64, 'f = softmax has no universal set to check; give Q'],
      [['--rows', '5'], 64, '--rows is about queries; give Q'],
      [['--set', text], 65, /K\.csv: a matrix, where --set takes a universal set as Arrow or a sketch/],
      [['--set', U, '--eps', String(eps / 2)], 65, /^U was made for eps .* and lacks keys that matter at eps /],
      [
        ['--memory', '10KB'],
        65,
        /K\.npy: row 78: rows of 8 columns are held in memory, and it holds 78; raise --memory, or give fewer rows/,
      ],
      [[paths.Q, '--entries', text], 65, /K\.csv: /],
    ] as const) {
      const outcome = await verify(...args);
      expect({ args, code: outcome.code }).toEqual({ args, code });
      expect(errorLine(outcome)).toMatch(message);
    }
  });
});
