/** The program as a process that is ended by signals or finds no room: no half results, and the exit codes that say so. */

import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { npyFrom, temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { errorLine, PROGRAM, run, shell, start, startShell } from '../support/program.js';

const K = fixturePath('demo/K.npy');
const Q = fixturePath('demo/Q.npy');
const folder = temporaryFolder();
const cwd = folder.path;

describe.skipIf(!existsSync('/dev/full'))('no space left (where there is /dev/full)', { concurrent: true }, () => {
  test.each(['> /dev/full', '-o /dev/full --format csv'])('%s: 75', async (redirection) => {
    const outcome = await shell(`levattn select-keys "${K}" ${redirection}`);
    expect({ code: outcome.code, stdout: outcome.stdout.length }).toEqual({ code: 75, stdout: 0 });
    expect(errorLine(outcome)).toMatch(/no space left/);
  });
});

describe.skipIf(!existsSync('/proc/self/status'))('signals (on Linux)', { concurrent: true }, () => {
  const codes = { SIGINT: 130, SIGTERM: 143 } as const;
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const hasTemporary = (): boolean => readdirSync(cwd).some((name) => name.endsWith('.tmp'));

  /** Resolves when the process has installed its handlers: SIGHUP is one that Node itself leaves alone. */
  async function ready({ pid }: ChildProcess): Promise<void> {
    for (let caught = 0; caught % 2 === 0; await delay(20)) {
      const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]!;
      caught = Number.parseInt(mask.at(-1)!, 16);
    }
    // It goes on to where it waits.
    await delay(300);
  }

  test.each(signals)('%s on an idle pipe', async (signal) => {
    const { child, outcome } = start(['select-keys'], { stdin: 'open' });
    await ready(child);
    child.kill(signal);
    expect(await outcome).toMatchObject({ code: codes[signal], stderr: '' });
  });

  test.each(signals)('%s on a FIFO that nobody writes to', async (signal) => {
    const fifo = folder.at(`fifo-${signal}`);
    await shell(`mkfifo "${fifo}"`);
    const { child, outcome } = start(['select-keys', fifo]);
    await ready(child);
    child.kill(signal);
    expect(await outcome).toMatchObject({ code: codes[signal], stderr: '' });
  });

  test.each(signals)('%s in the midst of a pass with -o: no temporary stays, the old file does', async (signal) => {
    const target = folder.at(`target-${signal}.csv`);
    writeFileSync(target, 'as it was\n');
    const program = start(['heavy', '--verbose', '--keys', K, '-o', target], { stdin: 'open' });
    const bytes = readFileSync(Q);
    program.child.stdin!.write(bytes.subarray(0, bytes.length / 2));
    await program.said('stderr', 'stdin: npy');
    // Where there is never one, the test runs out of time.
    while (!hasTemporary()) await delay(20);
    program.child.kill(signal);
    expect((await program.outcome).code).toBe(codes[signal]);
    expect(readdirSync(cwd).filter((name) => name.includes(`target-${signal}`))).toEqual([`target-${signal}.csv`]);
    expect(readFileSync(target, 'utf8')).toBe('as it was\n');
  });

  test.each(signals)('%s while it computes', async (signal) => {
    const bench = new URL('../bench/write-gaussian.js', import.meta.url).pathname;
    const shellRun = startShell(
      `exec "${process.execPath}" "${PROGRAM}" select-keys --verbose <("${process.execPath}" "${bench}" 100000000 64 float32)`,
    );
    await shellRun.said('stderr', 'factor route');
    shellRun.child.kill(signal);
    expect((await shellRun.outcome).code).toBe(codes[signal]);
  });

  test('SIGTERM while the reader of stdout does not read', async () => {
    const ones = (rows: number) => npyFrom({ rows, d: 1, values: new Float64Array(rows).fill(1) });
    const keys = folder.write('ones.npy', ones(1000));
    const queries = folder.write('many.npy', ones(100_000));
    const program = start(['heavy', '--eps', '0.0009', '--keys', keys, queries, '--format', 'csv']);
    await program.said('stdout', 'query,key,score');
    program.child.stdout!.pause();
    await delay(300);
    program.child.kill('SIGTERM');
    const exited = new Promise((resolve) => program.child.on('exit', resolve));
    expect(await exited).toBe(143);
    program.child.stdout!.destroy();
  });

  test('an error in the midst leaves no temporary either', async () => {
    const target = folder.at('spoiled.csv');
    const outcome = await run(['heavy', '--keys', K, '-o', target], { stdin: readFileSync(Q).subarray(0, 300_000) });
    expect(outcome.code).toBe(75);
    expect(readdirSync(cwd).filter((name) => name.includes('spoiled'))).toEqual([]);
  });
});
