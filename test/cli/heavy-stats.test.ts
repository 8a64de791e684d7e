/** levattn heavy --stats without exact mode: what each key receives, added up from the entries that are written. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { fromCsv } from './answers.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const K = fixturePath('demo/K.npy');
const Q = fixturePath('demo/Q.npy');

/** [key, max_score, heavy] of every key with entries, from the entries. */
function statsOf(rows: readonly (readonly number[])[]): number[][] {
  const stats = new Map<number, [number, number]>();
  for (const [, key, score] of rows) {
    const [largest, heavy] = stats.get(key!) ?? [0, 0];
    stats.set(key!, [Math.max(largest, score!), heavy + 1]);
  }
  return [...stats].map(([key, values]) => [key, ...values]).sort(([x], [y]) => x! - y!);
}

describe.concurrent('a row for each key of U', () => {
  test.each([
    ['x^2', ['--eps', '0.02']],
    ['|x|^4, which has bounds', ['--f', 'power:4', '--eps', '0.1']],
    ['|x|^4, certified', ['--f', 'power:4', '--eps', '0.1', '--certify', K]],
  ])('%s', async (name, options) => {
    const path = folder.at(`${name.length}.csv`);
    const keys = (await run(['select-keys', ...options.slice(0, name === 'x^2' ? 2 : 4), K, '--format', 'csv'])).stdout;
    const args = ['heavy', ...options, '--keys', K, Q, '--format', 'csv'];
    const { code, stdout, stderr } = await run([...args, '--stats', path]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { columns, rows } = fromCsv(readFileSync(path));
    expect(columns).toEqual(['key', 'max_score', 'heavy']);
    expect(rows.map(([key]) => key)).toEqual(fromCsv(keys).rows.map(([index]) => index));
    const expected = statsOf(fromCsv(stdout).rows);
    expect(expected.length).toBeGreaterThan(0);
    expect(rows.filter(([, , heavy]) => heavy! > 0)).toEqual(expected);
    expect(rows.every(([, largest, heavy]) => (heavy === 0) === (largest === 0))).toBe(true);
  });
});

test('causal: a row for each key', async () => {
  const path = folder.at('causal.csv');
  const { stdout } = await run(['heavy', '--causal', '--keys', K, Q, '--format', 'csv', '--stats', path]);
  const { rows } = fromCsv(readFileSync(path));
  expect(rows).toHaveLength(1536);
  expect(rows.filter(([, , heavy]) => heavy! > 0)).toEqual(statsOf(fromCsv(stdout).rows));
});

test('a file that cannot be written: 64, before anything is read', async () => {
  const { code, stderr } = await run(['heavy', '--keys', K, Q, '--stats', folder.at('nowhere/stats.csv')]);
  expect(code).toBe(64);
  expect(stderr).toMatch(/nowhere/);
});
