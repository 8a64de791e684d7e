/** Child processes that use the sinks: the sources are transpiled into a folder, as Node itself reads no TypeScript. */

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const SOURCES = ['errors', 'output/sink', 'output/sink/descriptor', 'output/sink/errors', 'output/sink/replacing-file'];
const SRC = new URL('../../src/', import.meta.url);

/** A folder with the sinks as JavaScript, to run scripts in. */
export interface Workshop {
  readonly folder: string;
  /** Starts a script, an ES module's body with everything of sink.ts at hand and its arguments in `args`. */
  start(script: string, args?: readonly string[]): ChildProcess;
  /** The same within a shell command in which `$RUN` runs the script. */
  startShell(command: string, script: string): ChildProcess;
  /** Ends what still runs and removes the folder. */
  remove(): void;
}

const PRELUDE = `import * as sinks from './src/output/sink.js';
const { openFileSink, stdoutSink, abortOpenSinks, ClosedPipe } = sinks;
const args = process.argv.slice(2);
/** Ends as the command line does: quietly where the pipe was closed, else by the kind of error. */
const settle = async (work) => {
  try {
    await work();
  } catch (error) {
    if (error instanceof ClosedPipe) process.exit(0);
    process.stderr.write(error.message + '\\n');
    process.exit({ usage: 64, data: 65, retry: 75 }[error.kind] ?? 1);
  }
};
`;

export function openWorkshop(): Workshop {
  const folder = mkdtempSync(join(tmpdir(), 'levattn-sinks-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const source of SOURCES) {
    const { outputText } = ts.transpileModule(readFileSync(new URL(`${source}.ts`, SRC), 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
    });
    const path = join(folder, 'src', `${source}.js`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, outputText);
  }
  let scripts = 0;
  const children: ChildProcess[] = [];
  /** Each in a process group of its own, so that what a failed test leaves running can be ended. */
  const run = (command: string, args: readonly string[], options: SpawnOptions): ChildProcess => {
    const child = spawn(command, args, { cwd: folder, detached: true, ...options });
    children.push(child);
    return child;
  };
  const write = (script: string): string => {
    const path = join(folder, `script-${scripts++}.js`);
    writeFileSync(path, PRELUDE + script);
    return path;
  };
  return {
    folder,
    start: (script, args = []) => run(process.execPath, [write(script), ...args], {}),
    startShell: (command, script) =>
      run('bash', ['-c', command], { env: { ...process.env, RUN: `${process.execPath} ${write(script)}` } }),
    remove() {
      for (const { pid, exitCode, signalCode } of children) {
        if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** How a child ended, with all it said. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data: Buffer) => (stdout += data.toString('latin1')));
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Resolves once the child has said something that includes the text on the stream. */
export function heard(child: ChildProcess, text: string): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    child.stderr!.on('data', (data: Buffer) => {
      said += data.toString();
      if (said.includes(text)) resolve();
    });
    child.on('close', () => reject(new Error(`ended without saying ${text}: ${said}`)));
  });
}
