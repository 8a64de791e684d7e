/** Runs over several layers and heads that are broken off and run again: one checkpoint holds the sketches of all of them. */

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { npyHeader, temporaryFolder } from '../support/files.js';
import { hashOf, killAgainAndAgain } from '../support/kills.js';
import { errorLine, type Outcome, run, start } from '../support/program.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const folder = temporaryFolder();
const D = 16;
const HEADS = 3;
const ROWS = 5 * 32_768 + 1000;

/** Rows of all sizes, other ones for every seed. */
function rowsOf(count: number, seed: number): Float32Array {
  const gaussian = gaussianFrom(randomFrom(seed));
  const piece = Float32Array.from({ length: 4096 * D }, () => gaussian() / (0.02 + Math.abs(gaussian())));
  const values = new Float32Array(count * D);
  for (let at = 0, grown = 1; at < values.length; at += piece.length, grown *= 1.01) {
    values.set(
      piece.subarray(0, values.length - at).map((value) => value * grown),
      at,
    );
  }
  return values;
}

const npy = (shape: readonly number[], ...parts: readonly Float32Array[]): Buffer =>
  Buffer.concat([npyHeader('<f4', shape), ...parts.map(({ buffer }) => Buffer.from(buffer))]);

const heads = Array.from({ length: HEADS }, (_, head) => rowsOf(ROWS, head + 1));
const bytes = npy([HEADS, ROWS, D], ...heads);
const K = folder.write('K.npy', bytes);

/** The same with a token's heads side by side. */
const sideBySide = ((): string => {
  const values = new Float32Array(ROWS * HEADS * D);
  for (let row = 0; row < ROWS; row++) {
    for (const [head, own] of heads.entries()) {
      values.set(own.subarray(row * D, (row + 1) * D), (row * HEADS + head) * D);
    }
  }
  return folder.write('side-by-side.npy', npy([ROWS, HEADS, D], values));
})();

/** Layers of differing length, each with two heads. */
const layers = folder.at('layer{layer}.npy');
for (const [layer, count] of [
  [0, 100_000],
  [2, 30_000],
  [10, 170_000],
] as const) {
  folder.write(`layer${layer}.npy`, npy([2, count, D], rowsOf(count, 20 + layer), rowsOf(count, 40 + layer)));
}

const ARROW = ['--format', 'arrow'];

/** Sketches that rows are appended to. */
const begun = folder.at('begun.lev');
beforeAll(async () => {
  expect((await run(['sketch', '--eps', '0.001', K, '-o', begun])).code).toBe(0);
});

describe('killed at random moments, it loses nothing and ends with the same bytes', () => {
  test.each<[string, readonly string[], boolean]>([
    ['sketch, heads', ['sketch', '--eps', '0.001', K], false],
    ['sketch, a shard of a job', ['sketch', '--shard', '2/3', '--eps', '0.001', K], false],
    ['sketch, rows that follow others', ['sketch', '--append', begun, K], false],
    ['sketch, layers', ['sketch', '--eps', '0.001', layers], false],
    ['sketch, side by side', ['sketch', '--eps', '0.001', '--layout', 'nhd', sideBySide], false],
    ['select, heads', ['select-keys', '--eps', '0.001', ...ARROW, K], false],
    ['select, some heads of layers', ['select-keys', '--eps', '0.001', '--head', '1', ...ARROW, layers], false],
    ['select, side by side', ['select-keys', '--eps', '0.001', '--layout', 'nhd', ...ARROW, sideBySide], false],
    ['select, |x| from a pipe', ['select-keys', '--f', 'power:1', '--sample-size', '50', ...ARROW], true],
    ['select, two passes', ['select-keys', '--f', 'power:3', '--passes', '2', ...ARROW, layers], false],
  ])('%s', (name, command, piped) =>
    killAgainAndAgain({
      command,
      path: folder.at(name.replaceAll(/\W/g, '-')),
      every: '1MiB',
      stdin: piped ? { pipe: bytes, chunk: 2 ** 18 } : undefined,
      random: randomFrom(name.length),
      attempts: 12,
    }),
  );
});

test.each([
  ['heads one after another', [HEADS, ROWS, D], bytes, []],
  ['heads side by side', [ROWS, HEADS, D], readFileSync(sideBySide), ['--layout', 'nhd']],
] as const)('SIGTERM in the middle, %s: a checkpoint of all that is known, 143', async (name, _, all, layout) => {
  const path = folder.at(`term-${layout.length}`);
  const args = ['select-keys', '--eps', '0.01', ...layout, ...ARROW];
  expect((await run([...args, '-o', `${path}-whole`], { stdin: all })).code).toBe(0);
  const paths = ['-o', `${path}-out`, '--checkpoint', `${path}-ck`, '--every', '3600s'];
  const stalled = start([...args, ...paths], { stdin: 'open' });
  await new Promise((resolve) => stalled.child.stdin!.write(all.subarray(0, all.length / 2), resolve));
  stalled.child.kill('SIGTERM');
  const ended = await stalled.outcome;
  expect([ended.code, existsSync(`${path}-out`), existsSync(`${path}-ck`)], name).toEqual([143, false, true]);
  const rest = await run([...args, ...paths], { stdin: all });
  expect(rest.stderr).toMatch(/-ck: going on after [\d,]+ rows in [23] of 3 matrices\n/);
  expect([rest.code, hashOf(`${path}-out`)]).toEqual([0, hashOf(`${path}-whole`)]);
});

describe('a checkpoint', () => {
  const checkpoint = folder.at('some.ck');
  const U = folder.at('U.arrow');
  const args = ['select-keys', '--eps', '0.01', '-o', U, '--checkpoint', checkpoint];

  /** One of the first head and half of the second: the pipe ends early. */
  const broken = (): Promise<Outcome> => run([...args, '--every', '1'], { stdin: bytes.subarray(0, bytes.length / 2) });

  beforeAll(async () => {
    expect((await broken()).code).toBe(75);
  });

  test('is begun anew for what it does not hold, and says how far it was', async () => {
    const before = readFileSync(checkpoint);
    const outcome = await run(args, { stdin: bytes });
    expect([outcome.code, outcome.stderr]).toEqual([
      0,
      expect.stringMatching(/some\.ck: going on after 230,376 rows in 2 of 3 matrices\n/),
    ]);
    expect(existsSync(checkpoint)).toBe(false);
    writeFileSync(checkpoint, before);
  });

  test.each<[string, readonly string[], RegExp]>([
    [
      'of other settings',
      ['--eps', '0.02', K],
      /another command: eps 0\.02 and 0\.01; remove it, or run that command$/,
    ],
    ['of fewer heads', ['--head', '1:', K], /another command: that one takes in head 0, too; remove it/],
    ['of other axes', [layers], /another command: \(layer, head\) and \(head\); remove it/],
    ['of one matrix', ['--head', '0', folder.at('layer2.npy')], /another command: that one takes in head 1, too/],
    ['of several files', [folder.at('half.npy'), folder.at('half.npy')], /another command: one matrix and \(head\)/],
  ])('%s is refused in one line, and stays', async (_, more, message) => {
    folder.write('half.npy', npy([100, D], heads[0]!.slice(0, 100 * D)));
    const before = hashOf(checkpoint);
    const outcome = await run([...args, ...more]);
    expect([outcome.code, errorLine(outcome)]).toEqual([65, expect.stringMatching(message)]);
    expect(hashOf(checkpoint)).toBe(before);
  });

  test('of another K is refused, whichever head differs, one that was done among them', async () => {
    for (const head of [0, 1]) {
      const other = folder.at('other.npy');
      const changed = Buffer.from(bytes);
      changed.writeFloatLE(7, 128 + 4 * (head * ROWS * D + 3));
      writeFileSync(other, changed);
      const outcome = await run([...args, other]);
      // Of head 1 it is told after the message that the first head is gone on with.
      expect([outcome.code, outcome.stderr]).toEqual([
        65,
        expect.stringMatching(RegExp(`other\\.npy, head ${head}: K is not the one that the checkpoint is of`)),
      ]);
    }
  });

  test('that is damaged, or a finished sketch, is refused', async () => {
    const before = readFileSync(checkpoint);
    writeFileSync(checkpoint, before.subarray(0, before.length / 2));
    expect(errorLine(await run([...args, K]))).toMatch(/some\.ck: .*remove it to begin again$/);
    writeFileSync(checkpoint, before);
    const sketch = folder.at('K.lev');
    expect((await run(['sketch', K, '-o', sketch])).code).toBe(0);
    const outcome = await run(['sketch', K, '-o', folder.at('m.lev'), '--checkpoint', sketch]);
    expect(errorLine(outcome)).toMatch(/K\.lev: is a finished sketch, not a checkpoint/);
    rmSync(sketch);
  });

  test('is no sketch for other commands', async () => {
    for (const command of [
      ['select-keys', checkpoint, '--format', 'csv'],
      ['merge', checkpoint, '-o', folder.at('m.lev')],
      ['heavy', '--keys', checkpoint, K],
    ]) {
      const outcome = await run(command);
      expect([outcome.code, errorLine(outcome)]).toEqual([
        65,
        expect.stringMatching(/some\.ck: is the checkpoint of an unfinished pass; run its command again/),
      ]);
    }
  });
});
