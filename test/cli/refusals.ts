/** What bad input may lead to: one line on stderr, an exit code, nothing on stdout, bounded work and memory. */

import { expect } from 'vitest';
import { type Outcome, peakRss, type RunOptions, run, shell } from '../support/program.js';

const MOST_MEMORY = 300e6;
/** Far more seconds of a processor than any of these takes: it tells endless work from much work. */
const MOST_WORK = 20;

/** Holds an outcome of `--log-json` to what any bad input may lead to; returns the message. */
export function expectRefused({ code, stdout, stderr, log }: Outcome, codes: readonly number[] = [65, 75]): string {
  expect(codes, stderr).toContain(code);
  expect(stdout.length).toBe(0);
  expect(log.length, stderr).toBe(stderr.split('\n').length - 1);
  const errors = log.filter(({ level }) => level >= 50);
  expect(errors.length, stderr).toBe(1);
  expect(errors[0]!.msg).not.toMatch(/unexpected fault|\n| at .*\.js/);
  expectBounded({ code, stdout, stderr, log });
  return errors[0]!.msg;
}

function expectBounded(outcome: Pick<Outcome, 'code' | 'stdout' | 'stderr' | 'log'>): void {
  expect(peakRss({ ...outcome, signal: null })).toBeLessThan(MOST_MEMORY);
}

/** Refused, or read to the end: a changed byte may be one of a value, of padding, of a name. */
export function expectRefusedOrRead(outcome: Outcome): void {
  if (outcome.code !== 0) {
    expectRefused(outcome);
    return;
  }
  expectBounded(outcome);
  expect(outcome.log.filter(({ level }) => level >= 50)).toEqual([]);
}

/** Runs the program on what may be endless: it is killed where it computes too long. */
export const runBounded = (args: readonly string[], options?: RunOptions): Promise<Outcome> =>
  run(args, { ...options, cpuSeconds: MOST_WORK });

/** The same for a command of the shell. */
export const shellBounded = (command: string, options?: RunOptions): Promise<Outcome> =>
  shell(command, { ...options, cpuSeconds: MOST_WORK });

/** Reads a file as K. */
export const select = (path: string, options?: RunOptions): Promise<Outcome> =>
  runBounded(['select-keys', '--log-json', path], options);
