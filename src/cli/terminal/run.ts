/**
 * What every command does around its work: signals, closed pipes, errors as one line, exit codes.
 *
 * Exit codes are documented in docs/exit-codes.md.
 */

import { EXIT_CODES, LevattnError } from '../../errors.js';
import { readInTurn, releaseWaitingFifos } from '../../formats/bytes/sources.js';
import { abortOpenSinks, ClosedPipe } from '../../output/sink.js';
import type { MessageOptions } from '../options/options.js';
import { createLogger, type Logger } from './log.js';
import { peakRss } from './peak-rss.js';
import { wipeProgress } from './progress.js';

/** Exit codes of signals, as a shell reports them. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** What is done on a signal before the process ends; no longer than a scheduler waits before it kills. */
let lastWork: (() => Promise<unknown>) | undefined;

/** Has something done on a signal before the process ends, or nothing any more. */
export function beforeSignalsEnd(work: (() => Promise<unknown>) | undefined): void {
  lastWork = work;
}

/** An unexpected fault of the program itself. */
const FAULT = 1;

/**
 * Ends the process on a signal, and on an error that nobody caught: no temporary file stays, and nothing keeps it from
 * exiting. That nobody reads the messages any more is no reason to stop.
 */
export function installHandlers(): void {
  const report = (error: unknown): number => reportError(error, createLogger({}));
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      wipeProgress();
      const work = lastWork;
      // A second signal does not wait.
      lastWork = undefined;
      if (work)
        void work()
          .catch(report)
          .finally(() => end(code));
      else end(code);
    });
  }
  process.on('uncaughtException', (error) => end(report(error)));
  process.stderr.on('error', () => {});
}

function end(code: number): never {
  abortOpenSinks();
  releaseWaitingFifos();
  return process.exit(code);
}

/**
 * Runs a command's work to its end and leaves with the exit code it deserves.
 * @param inputs - names of all that it reads, each as often as it is read as another input; undefined: an input that is not there
 */
export async function runCommand(
  options: MessageOptions,
  inputs: readonly (string | undefined)[],
  work: (log: Logger) => Promise<void>,
): Promise<never> {
  const log = createLogger(options);
  let exitCode = 0;
  try {
    readInTurn(inputs);
    await work(log);
  } catch (error) {
    abortOpenSinks();
    exitCode = reportError(error, log);
  }
  log.info({ exitCode, seconds: process.uptime(), peakRss: peakRss() }, exitCode === 0 ? 'done' : 'failed');
  return process.exit(exitCode);
}

/** Says in one line what went wrong; returns the exit code. */
function reportError(error: unknown, log: Logger): number {
  if (error instanceof ClosedPipe) return 0;
  if (error instanceof LevattnError) {
    log.error(error.message);
    return EXIT_CODES[error.kind];
  }
  if (isOutOfMemory(error)) {
    log.error(
      'there is not enough memory: d columns take several times d^2 numbers; give fewer, or try --backend plain or a larger machine',
    );
    return EXIT_CODES.data;
  }
  log.debug({ err: error instanceof Error ? error.stack : String(error) }, 'unexpected fault');
  log.fatal(
    `unexpected fault: ${error instanceof Error ? error.message : String(error)}; please report it, with --verbose`,
  );
  return FAULT;
}

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof RangeError &&
  /^(Array buffer allocation failed|Invalid typed array length|WebAssembly\.Memory)/.test(error.message);
