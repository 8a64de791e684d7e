/** levattn select-keys --f: U on a real head against attention by its definition, and refusals. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import { fixturePath, loadMatrix } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine } from '../support/program.js';
import { attentionOf, productsWith, queriesFor, withModerateColumns } from '../support/sensitivities.js';
import { fromCsv } from './answers.js';

const run = runnerInTurn();

const K = fixturePath('demo/K.npy');

describe.concurrent('a real head (fixtures/demo)', { tags: ['slow'] }, () => {
  const { rows: n, d, values } = loadMatrix(K);
  const matrix = withModerateColumns({ kind: 'demo', n, d, values: Float64Array.from(values) });
  test.each(['power:4', 'power:3', 'power:1', 'huber:1', 'logcosh'])('%s: no key is missing', async (name) => {
    const { code, stdout, stderr } = await run(['select-keys', '--f', name, '--eps', '0.2', K, '--format', 'csv']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const bounds = new Map(fromCsv(stdout).rows.map(([row, score]) => [row!, score!]));
    const f = parseFunction(name);
    for (let row = 0; row < n; row += 500) {
      for (const q of queriesFor(matrix, row, f.growth!.b)) {
        const attention = attentionOf(productsWith(matrix, q), f);
        for (const [j, score] of attention.entries()) {
          if (!(score <= (bounds.get(j) ?? 0.2) * (1 + 1e-7)))
            throw new Error(`row ${row}: key ${j} receives ${score}`);
        }
      }
    }
  });

  test('--f power:2 is what is done where nothing is said, to the byte', async () => {
    const [said, unsaid] = await Promise.all([
      run(['select-keys', '--f', 'power:2', '--certificate', 'gram', K]),
      run(['select-keys', K]),
    ]);
    expect(said.stdout.equals(unsaid.stdout)).toBe(true);
  });

  test('any number of threads writes the same bytes', async () => {
    const [one, two] = await Promise.all(
      ['1', '2'].map((threads) => run(['select-keys', '--f', 'power:3', '--threads', threads, K])),
    );
    expect(one!.stdout.equals(two!.stdout)).toBe(true);
  });
});

describe.concurrent('--passes 2', () => {
  test('takes a file, and finds no more keys than one pass', async () => {
    const [once, twice] = await Promise.all(
      ['1', '2'].map((passes) =>
        run(['select-keys', '--f', 'power:3', '--eps', '0.5', '--passes', passes, K, '--format', 'csv']),
      ),
    );
    expect(twice).toMatchObject({ code: 0, stderr: '' });
    const rows = fromCsv(once!.stdout).rows.map(([row]) => row);
    expect(rows).toEqual(expect.arrayContaining(fromCsv(twice!.stdout).rows.map(([row]) => row)));
  });

  test('says that it changes nothing for x^2', async () => {
    const { code, stderr } = await run(['select-keys', '--passes', '2', K, '--format', 'csv']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^levattn: warning: --passes 2 changes nothing for f\(x\) = x\^2, .*\n$/);
  });

  test('refuses what can be read once only', async () => {
    const outcome = await run(['select-keys', '--f', 'power:3', '--passes', '2'], { stdin: readFileSync(K) });
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(/^stdin: can be read once only, .* give it as a file by its name$/);
  });
});

describe.concurrent('refusals', { tags: ['slow'] }, () => {
  test.each([
    ['no such function', ['--f', 'cosine'], 64, /unknown function 'cosine'; known: power:p/],
    ['a function without growth', ['--f', 'softmax'], 64, /f = softmax has no small universal set/],
    [
      'Lewis weights of a function that has none',
      ['--f', 'huber', '--certificate', 'lewis'],
      64,
      /--certificate to auto/,
    ],
    ['tensor of another power', ['--f', 'power:3', '--certificate', 'tensor'], 64, /for x\^4 and all rows/],
    ['Lewis weights of a sample', ['--f', 'power:4', '--sample', '8', '--certificate', 'lewis'], 64, /all rows of K/],
  ])('%s', async (_, args, code, message) => {
    const outcome = await run(['select-keys', ...args, K]);
    expect(outcome.code).toBe(code);
    expect(errorLine(outcome)).toMatch(message);
    expect(outcome.stdout.length).toBe(0);
  });
});
