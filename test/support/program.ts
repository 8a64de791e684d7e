/**
 * Starts the built program (bin/levattn.js) as a process of its own, as a user would.
 *
 * It runs what is in dist: `npm test` builds it first.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Absolute path of the program. */
export const PROGRAM = fileURLToPath(new URL('../../bin/levattn.js', import.meta.url));

if (!existsSync(new URL('../../dist/bin/levattn.js', import.meta.url))) {
  throw new Error('the program is not built: npm run build');
}

/** What the program reads: bytes, all at once or `chunk` at a time; a file that is redirected; `open`: a pipe to write to. */
export type Stdin =
  | Uint8Array
  | { readonly pipe: Uint8Array; readonly chunk: number }
  | { readonly file: string }
  | 'open';

/** How a process is started. */
export interface RunOptions {
  /** Default: nothing (/dev/null). */
  readonly stdin?: Stdin;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Seconds that it, and each process it starts, may compute before SIGXCPU ends it: unlike time, the same on a busy machine. */
  readonly cpuSeconds?: number;
}

/** A line of `--log-json`. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [key: string]: unknown;
}

/** How a process ended, with all it said. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** Lines of stderr that are JSON objects. */
  readonly log: readonly LogLine[];
}

/** A process that may still run. */
export interface Running {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
  /** Resolves once stdout or stderr so far contains the text; rejects where the process ends without. */
  said(stream: 'stdout' | 'stderr', text: string): Promise<void>;
}

/** Starts the program. */
export const start = (args: readonly string[], options: RunOptions = {}): Running =>
  startProcess(process.execPath, [PROGRAM, ...args], options);

/** Runs the program to its end. */
export const run = (args: readonly string[], options: RunOptions = {}): Promise<Outcome> =>
  start(args, options).outcome;

/** Starts a bash command in which `levattn` is the program and `set -o pipefail` is off. */
export const startShell = (command: string, options: RunOptions = {}): Running =>
  startProcess('bash', ['-c', `levattn() { "${process.execPath}" "${PROGRAM}" "$@"; }\n${command}`], options);

/** Runs a bash command in which `levattn` is the program. */
export const shell = (command: string, options: RunOptions = {}): Promise<Outcome> =>
  startShell(command, options).outcome;

function startProcess(program: string, given: readonly string[], options: RunOptions): Running {
  const { stdin, cwd, env, cpuSeconds } = options;
  const limited = ['-c', `ulimit -t ${cpuSeconds}; exec "$0" "$@"`, program, ...given];
  const [command, args] = cpuSeconds === undefined ? [program, given] : ['bash', limited];
  const file =
    stdin !== undefined && typeof stdin === 'object' && 'file' in stdin ? openSync(stdin.file, 'r') : undefined;
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: [file ?? (stdin === undefined ? 'ignore' : 'pipe'), 'pipe', 'pipe'],
  });
  if (file !== undefined) closeSync(file);
  feed(child, stdin);
  const streams = { stdout: collect(child, 'stdout'), stderr: collect(child, 'stderr') };
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const stderr = streams.stderr.bytes().toString();
      resolve({ code, signal, stdout: streams.stdout.bytes(), stderr, log: logLines(stderr) });
    });
  });
  return { child, outcome, said: (stream, text) => streams[stream].said(text) };
}

function feed({ stdin: input }: ChildProcess, stdin: Stdin | undefined): void {
  if (!input || stdin === undefined || typeof stdin !== 'object' || 'file' in stdin) return;
  // The program need not read to the end.
  input.on('error', () => {});
  const { pipe, chunk } = 'pipe' in stdin ? stdin : { pipe: stdin, chunk: Math.max(1, stdin.length) };
  let at = 0;
  const next = (): void => {
    if (at >= pipe.length) {
      input.end();
      return;
    }
    const part = pipe.subarray(at, at + chunk);
    at += chunk;
    input.write(part, () => setImmediate(next));
  };
  next();
}

function collect(child: ChildProcess, name: 'stdout' | 'stderr') {
  const chunks: Buffer[] = [];
  const bytes = (): Buffer => Buffer.concat(chunks);
  child[name]!.on('data', (chunk: Buffer) => chunks.push(chunk));
  const said = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (bytes().includes(text)) resolve();
      };
      check();
      child[name]!.on('data', check);
      child.on('close', () => reject(new Error(`ended without ${JSON.stringify(text)} on ${name}: ${bytes()}`)));
    });
  return { bytes, said };
}

/** Lines that are JSON objects. */
export function logLines(stderr: string): LogLine[] {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
}

/** Peak resident memory in bytes of a process that ran with `--log-json`. */
export function peakRss({ log, stderr }: Outcome): number {
  const last = log.at(-1);
  if (typeof last?.peakRss !== 'number') throw new Error(`no peakRss in the last line of: ${stderr}`);
  return last.peakRss;
}

/** The numbers of CSV on standard output, below its header. */
export const numbersIn = ({ stdout }: Outcome): number[][] =>
  stdout
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));

/** The one line that an error is, without the program's name; throws where stderr holds anything else. */
export function errorLine({ stderr }: Outcome): string {
  const line = /^levattn: ([^\n]*)\n$/.exec(stderr)?.[1];
  if (line === undefined || /^\s*at /m.test(stderr)) throw new Error(`not one line: ${JSON.stringify(stderr)}`);
  return line;
}
