/** A command with a checkpoint, killed again and again: it loses nothing and ends with the same bytes. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Outcome, run, start } from './program.js';

/** The SHA-256 of a file. */
export const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** A command that is killed. */
export interface KilledCommand {
  /** Its words, without -o and --checkpoint. */
  readonly command: readonly string[];
  /** Where its results and its checkpoint go: the beginning of names. */
  readonly path: string;
  readonly every: string;
  readonly stdin?: { readonly pipe: Buffer; readonly chunk: number } | undefined;
  /** Draws the moments. */
  readonly random: () => number;
  readonly attempts?: number;
}

/** Waits until a file is there, or the process that should write it has ended. */
async function untilThere(path: string, end: Promise<unknown>): Promise<void> {
  let ended = false;
  void end.then(() => {
    ended = true;
  });
  while (!ended && !existsSync(path)) await delay(2);
}

/**
 * Runs a command once without a break, then kills it at random moments, each time going on from its checkpoint: whatever ends has the
 * bytes of the first run.
 */
export async function killAgainAndAgain(killed: KilledCommand): Promise<void> {
  const { command, path, every, stdin, random, attempts = 20 } = killed;
  const [whole, out, checkpoint] = [`${path}-whole`, `${path}-out`, `${path}-ck`];
  const begun = performance.now();
  expect((await run([...command, '-o', whole], { stdin })).code).toBe(0);
  let time = performance.now() - begun;
  const args = [...command, '-o', out, '--checkpoint', checkpoint, '--every', every];
  let kills = 0;
  let goneOn = 0;
  let last: Outcome | undefined;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const started = performance.now();
    const running = start(args, { stdin });
    // At any moment; every other time once there is a checkpoint, however busy the machine is.
    const begun = attempt % 2 === 0 ? Promise.resolve() : untilThere(checkpoint, running.outcome);
    await Promise.race([begun.then(() => delay(time * random() * 1.2)), running.outcome]);
    running.child.kill('SIGKILL');
    last = await running.outcome;
    if (/going on after/.test(last.stderr)) goneOn++;
    if (last.signal !== 'SIGKILL') {
      // The machine may have been busier before.
      time = Math.min(time, performance.now() - started);
      expect({ code: last.code, same: hashOf(out) === hashOf(whole) }).toEqual({ code: 0, same: true });
      expect(existsSync(checkpoint)).toBe(false);
      rmSync(out);
      continue;
    }
    kills++;
    // Nothing half-written is ever at the target.
    if (existsSync(out)) expect(hashOf(out)).toBe(hashOf(whole));
  }
  const end = await run(args, { stdin });
  expect(end.code).toBe(0);
  expect(hashOf(out)).toBe(hashOf(whole));
  expect(existsSync(checkpoint)).toBe(false);
  expect(kills).toBeGreaterThan(3);
  expect(goneOn).toBeGreaterThan(0);
}
