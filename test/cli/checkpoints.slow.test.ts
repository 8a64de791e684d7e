/** Runs that are broken off, in every way there is, and run again: on the built program. */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { npyHeader, temporaryFolder } from '../support/files.js';
import { hashOf, killAgainAndAgain } from '../support/kills.js';
import { errorLine, type Outcome, run, start } from '../support/program.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const folder = temporaryFolder();
const D = 16;
/** Of 2 MiB of float32. */
const BLOCK = 32_768;
const ROWS = 16 * BLOCK + 1000;

/** Blocks that repeat, each a little larger than the one before. */
const bytes = ((): Buffer => {
  const gaussian = gaussianFrom(randomFrom(1));
  const piece = Float32Array.from({ length: 8192 * D }, () => gaussian() / (0.02 + Math.abs(gaussian())));
  const values = new Float32Array(ROWS * D);
  for (let at = 0, grown = 1; at < values.length; at += piece.length, grown *= 1.01) {
    values.set(
      piece.subarray(0, values.length - at).map((value) => value * grown),
      at,
    );
  }
  return Buffer.concat([npyHeader('<f4', [ROWS, D]), Buffer.from(values.buffer)]);
})();
const K = folder.write('K.npy', bytes);

/** Names in the folder that begin with one. */
const leftOf = (name: string): string[] => readdirSync(folder.path).filter((other) => other.includes(name));

interface Job {
  readonly name: string;
  readonly command: readonly string[];
  readonly piped: boolean;
}

const JOBS: readonly Job[] = [
  { name: 'sketch', command: ['sketch', '--eps', '0.001'], piped: false },
  { name: 'select', command: ['select-keys', '--eps', '0.001', '--format', 'arrow'], piped: false },
  {
    name: 'piped',
    command: ['select-keys', '--f', 'power:1', '--eps', '0.05', '--sample-size', '50', '--format', 'arrow'],
    piped: true,
  },
];

describe.each(JOBS)('$command.0, piped: $piped', ({ name, command, piped }) => {
  test('killed at 20 random moments, it loses nothing and ends with the same bytes', () =>
    killAgainAndAgain({
      command: [...command, ...(piped ? [] : [K])],
      path: folder.at(name),
      every: '1MiB',
      stdin: piped ? { pipe: bytes, chunk: 2 ** 18 } : undefined,
      random: randomFrom(name.length),
    }));
});

describe('SIGTERM', () => {
  test.each(['select-keys', 'sketch'])(
    '%s writes a checkpoint while it waits for a stalled pipe, and ends with 143',
    async (command) => {
      const whole = folder.at(`${command}-term-whole`);
      const out = folder.at(`${command}-term-out`);
      const checkpoint = folder.at(`${command}-term-ck`);
      const args = (path: string): string[] =>
        [command, '--eps', '0.01', '-o', path].concat(command === 'sketch' ? [] : ['--format', 'arrow']);
      expect((await run([...args(whole), K])).code).toBe(0);
      const stalled = start([...args(out), '--checkpoint', checkpoint, '--every', '3600s'], { stdin: 'open' });
      await new Promise((resolve) => stalled.child.stdin!.write(bytes.subarray(0, bytes.length / 2), resolve));
      stalled.child.kill('SIGTERM');
      const ended = await stalled.outcome;
      expect({ code: ended.code, out: existsSync(out), checkpoint: existsSync(checkpoint) }).toEqual({
        code: 143,
        out: false,
        checkpoint: true,
      });
      const rest = await run([...args(out), '--checkpoint', checkpoint], { stdin: bytes });
      expect(rest.stderr).toMatch(/going on after [\d,]+ rows\n$/);
      expect(rest.code).toBe(0);
      expect(hashOf(out)).toBe(hashOf(whole));
      expect(leftOf(`${command}-term`).sort()).toEqual([`${command}-term-out`, `${command}-term-whole`]);
    },
  );
});

describe('a checkpoint', () => {
  const checkpoint = folder.at('some.ck');
  const args = [
    'select-keys',
    '--eps',
    '0.01',
    '--format',
    'npy',
    '-o',
    folder.at('U.npy'),
    '--checkpoint',
    checkpoint,
  ];

  /** A checkpoint of about half the rows: the pipe ends early. */
  async function broken(...more: string[]): Promise<Outcome> {
    rmSync(checkpoint, { force: true });
    return run([...args, ...more, '--every', '1'], { stdin: bytes.subarray(0, bytes.length / 2) });
  }

  test('is there after a pipe that broke off (75), and the next run goes on', async () => {
    const ended = await broken();
    expect([ended.code, existsSync(checkpoint), existsSync(folder.at('U.npy'))]).toEqual([75, true, false]);
    const rest = await run(args, { stdin: bytes });
    expect(rest.stderr).toMatch(/some\.ck: going on after 262,144 rows\n$/);
    expect([rest.code, existsSync(checkpoint)]).toEqual([0, false]);
    const whole = folder.at('whole.npy');
    expect((await run(['select-keys', '--eps', '0.01', '-o', whole, K])).code).toBe(0);
    expect(hashOf(folder.at('U.npy'))).toBe(hashOf(whole));
  });

  test('of another command is refused, with both settings', async () => {
    await broken();
    const before = hashOf(checkpoint);
    for (const [more, said] of [
      [
        ['--eps', '0.02'],
        /some\.ck: is the checkpoint of another command: eps 0\.02 and 0\.01; remove it, or run that command/,
      ],
      [['--f', 'power:4'], /f power:4 and power:2/],
      [['--factor', 'stable'], /factor stable and auto/],
      [['--sample', '8'], /sample rate 8 and 1/],
      [['--top', '10'], /top 10 and none/],
      [['--sample-size', '10'], /sample size 10 and none/],
    ] as const) {
      const outcome = await run([...args, ...more, K]);
      expect([outcome.code, errorLine(outcome)]).toEqual([65, expect.stringMatching(said)]);
    }
    const other = folder.at('other.npy');
    writeFileSync(
      other,
      Buffer.concat([bytes.subarray(0, 128), bytes.subarray(128 + 4 * D), bytes.subarray(128, 128 + 4 * D)]),
    );
    const outcome = await run([...args, other]);
    expect([outcome.code, outcome.stderr]).toEqual([
      65,
      expect.stringMatching(
        /other\.npy: K is not the one that the checkpoint is of: its first rows differ; remove the checkpoint/,
      ),
    ]);
    expect(hashOf(checkpoint)).toBe(before);
  });

  test('that is damaged is refused: 65, and what to do', async () => {
    await broken();
    const whole = readFileSync(checkpoint);
    for (const damage of [
      whole.subarray(0, whole.length / 2),
      Buffer.alloc(0),
      Buffer.from(whole).fill(1, 3000, 3001),
    ]) {
      writeFileSync(checkpoint, damage);
      const outcome = await run([...args, K]);
      expect([outcome.code, errorLine(outcome)]).toEqual([
        65,
        expect.stringMatching(/some\.ck: .*remove it to begin again/),
      ]);
    }
  });

  test('is not where the result goes', async () => {
    for (const command of ['sketch', 'select-keys']) {
      const path = folder.at('both.npy');
      const outcome = await run([command, K, '-o', path, '--checkpoint', `${folder.path}/./both.npy`]);
      expect([outcome.code, errorLine(outcome)]).toEqual([
        64,
        expect.stringMatching(/cannot be both the result and its checkpoint/),
      ]);
    }
  });

  test('is no sketch for other commands', async () => {
    await broken();
    for (const command of [
      ['select-keys', checkpoint, '--format', 'csv'],
      ['merge', checkpoint, '-o', folder.at('m.lev')],
      ['sketch', '--append', checkpoint, K, '-o', folder.at('m.lev')],
      ['heavy', '--keys', checkpoint, K],
    ]) {
      const outcome = await run(command);
      expect([outcome.code, errorLine(outcome)]).toEqual([
        65,
        expect.stringMatching(/some\.ck: is the checkpoint of an unfinished pass; run its command again/),
      ]);
    }
    const sketch = folder.at('K.lev');
    expect((await run(['sketch', K, '-o', sketch])).code).toBe(0);
    const outcome = await run(['sketch', K, '-o', folder.at('m.lev'), '--checkpoint', sketch]);
    expect([outcome.code, errorLine(outcome)]).toEqual([
      65,
      expect.stringMatching(/K\.lev: is a finished sketch, not a checkpoint/),
    ]);
    expect(existsSync(sketch)).toBe(true);
  });

  test('names file and row of NaN after it has gone on', async () => {
    const bad = Buffer.from(bytes);
    const row = 12 * BLOCK + 7;
    bad.writeFloatLE(Number.NaN, 128 + 4 * (row * D + 3));
    rmSync(checkpoint, { force: true });
    const path = folder.write('bad.npy', bad);
    const first = await run([...args, '--every', '4MiB', path]);
    expect([first.code, errorLine(first)]).toEqual([65, expect.stringContaining(`bad.npy: row ${row}, column 3: NaN`)]);
    expect(existsSync(checkpoint)).toBe(true);
    const second = await run([...args, path]);
    expect([second.code, second.stderr]).toEqual([65, expect.stringContaining(`bad.npy: row ${row}, column 3: NaN`)]);
    expect(second.stderr).toContain('going on after');
  });

  test('is written after so many seconds, too', async () => {
    rmSync(checkpoint, { force: true });
    const slow = start([...args, '--every', '0.01s'], { stdin: 'open' });
    await new Promise((resolve) => slow.child.stdin!.write(bytes.subarray(0, bytes.length / 2), resolve));
    // Where there is never one, the test runs out of time.
    while (!existsSync(checkpoint)) await delay(50);
    slow.child.kill('SIGKILL');
    await slow.outcome;
  });
});

/** A file system of so many bytes that fills up, or that may not be written to; undefined where none can be mounted. */
function mounted(name: string, options: string): string | undefined {
  const path = folder.at(name);
  mkdirSync(path);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]).status !== 0) return undefined;
  afterAll(() => execFileSync('umount', [path]));
  return path;
}

const small = mounted('small', 'size=64k');
const closed = mounted('closed', 'ro');

describe.skipIf(!small)('a full disk (a file system of 64 KiB, where one can be mounted)', () => {
  const target = `${small}/target`;

  beforeAll(() => {
    writeFileSync(target, 'before');
    writeFileSync(`${small}/filling`, Buffer.alloc(52 * 1024));
  });

  test.each(['-o', '--checkpoint'])('for %s: 75, nothing half-written, and what was there stays', async (option) => {
    const paths =
      option === '-o' ? ['-o', target] : ['-o', folder.at('full.lev'), '--checkpoint', `${small}/ck`, '--every', '1'];
    const outcome = await run(['sketch', '--eps', '0.001', K, ...paths]);
    expect([outcome.code, errorLine(outcome)]).toEqual([
      75,
      expect.stringMatching(/small\/(target|ck): .*(space|full)/i),
    ]);
    expect(readFileSync(target, 'utf8')).toBe('before');
    expect(readdirSync(small!).sort()).toEqual(['filling', 'target']);
    expect(existsSync(folder.at('full.lev'))).toBe(false);
  });

  test('on SIGTERM: 143, and it is said that there is no checkpoint', async () => {
    const paths = ['-o', folder.at('full.lev'), '--checkpoint', `${small}/ck`, '--every', '3600s'];
    const stalled = start(['sketch', '--eps', '0.001', ...paths], { stdin: 'open' });
    await new Promise((resolve) => stalled.child.stdin!.write(bytes.subarray(0, bytes.length / 2), resolve));
    stalled.child.kill('SIGTERM');
    const outcome = await stalled.outcome;
    expect([outcome.code, errorLine(outcome)]).toEqual([143, expect.stringMatching(/small\/ck: .*(space|full)/i)]);
    expect(readdirSync(small!).sort()).toEqual(['filling', 'target']);
  });
});

describe('an output folder that cannot be written to', () => {
  test('that does not exist: 64, before a row is read where that can be', async () => {
    for (const paths of [
      ['-o', folder.at('none/K.lev')],
      ['-o', folder.at('x.lev'), '--checkpoint', folder.at('none/ck'), '--every', '1'],
    ]) {
      const outcome = await run(['sketch', K, ...paths]);
      expect([outcome.code, errorLine(outcome)]).toEqual([64, expect.stringMatching(/none\/(K\.lev|ck): .*folder/)]);
    }
  });

  test.skipIf(!closed)('that is read-only (where one can be mounted): 64', async () => {
    for (const paths of [
      ['-o', `${closed}/K.lev`],
      ['-o', folder.at('x.lev'), '--checkpoint', `${closed}/ck`, '--every', '1'],
    ]) {
      const outcome = await run(['sketch', K, ...paths]);
      expect([outcome.code, errorLine(outcome)]).toEqual([64, expect.stringMatching(/closed\/(K\.lev|ck): /)]);
    }
    expect(statSync(closed!).isDirectory()).toBe(true);
  });
});
