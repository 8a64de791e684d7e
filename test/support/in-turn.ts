/**
 * Runs commands one after another in one process, for tests of values, where a process for each would take most of the time.
 *
 * It is a process of its own, apart from the tests', and runs the same build as a user does: standard output, standard error and the exit
 * code are those of a command, byte for byte (test/cli/in-turn.slow.test.ts). Modules, compiled kernels and threads stay from one command to
 * the next. So what a test asks of the process itself needs one of its own (`run` of program.ts): signals, pipes, descriptors,
 * memory, time, variables of the environment, how it ends while work is under way.
 */

import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { logLines, type Outcome, type RunOptions, run } from './program.js';

const HOST = fileURLToPath(new URL('in-turn-host.js', import.meta.url));

/** Runs a command: in the process of the others, or if there is more to the options than a folder, in one of its own. */
export type Runner = (args: readonly string[], options?: RunOptions) => Promise<Outcome>;

/** A runner for one test file. Its process starts with the first command, and ends after the tests. */
export function runnerInTurn(): Runner {
  let host: Host | undefined;
  let before: Promise<unknown> = Promise.resolve();
  afterAll(() => host?.end());
  return (args, options = {}) => {
    const { cwd = process.cwd(), ...others } = options;
    if (Object.keys(others).length > 0) return run(args, options);
    const outcome = before.then(() => {
      if (!host?.lives) host = new Host();
      return host.run(args, cwd);
    });
    before = outcome.catch(() => {});
    return outcome;
  };
}

class Host {
  readonly #child = spawn(process.execPath, [HOST], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  readonly #ended: Promise<string>;
  #commands = 0;

  constructor() {
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => resolve(`ended with ${code ?? signal}`));
    });
  }

  get lives(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Runs a command; no other is under way. */
  async run(args: readonly string[], cwd: string): Promise<Outcome> {
    const mark = `\0end of command ${++this.#commands}\0`;
    const [stdout, stderr] = [upTo(mark, this.#child.stdout!), upTo(mark, this.#child.stderr!)];
    this.#child.send({ args, cwd, mark });
    const fault = this.#ended.then((how) => {
      throw new Error(`the process of ${JSON.stringify(args)} ${how}: ${stderr.soFar()}`);
    });
    const [out, err] = await Promise.race([Promise.all([stdout.whole, stderr.whole]), fault]);
    return {
      code: Number(out.after),
      signal: null,
      stdout: out.before,
      stderr: `${err.before}`,
      log: logLines(`${err.before}`),
    };
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

interface Marked {
  readonly before: Buffer;
  /** The rest of the mark's line. */
  readonly after: string;
}

/** What comes on a stream from now on, up to a line that ends with a mark. */
function upTo(mark: string, stream: Readable): { readonly whole: Promise<Marked>; readonly soFar: () => Buffer } {
  const chunks: Buffer[] = [];
  const soFar = (): Buffer => Buffer.concat(chunks);
  const whole = new Promise<Marked>((resolve) => {
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      if (!chunk.subarray(-1).equals(LINE_END)) return;
      const bytes = soFar();
      const at = bytes.lastIndexOf(mark);
      if (at < 0) return;
      stream.off('data', take);
      resolve({ before: bytes.subarray(0, at), after: bytes.toString('latin1', at + mark.length, bytes.length - 1) });
    };
    stream.on('data', take);
  });
  return { whole, soFar };
}

const LINE_END = Buffer.from('\n');
