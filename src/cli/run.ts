/**
 * What every command does around its work: signals, closed pipes, errors as one line, exit codes.
 *
 * Exit codes are documented in docs/exit-codes.md.
 */

import { EXIT_CODES, LevattnError } from '../errors.js';
import { releaseWaitingFifos } from '../matrix/sources.js';
import { abortOpenSinks, ClosedPipe } from '../output/sink.js';
import { createLogger, type Logger } from './log.js';
import type { MessageOptions } from './options.js';

/** Exit codes of signals, as a shell reports them. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** An unexpected fault of the program itself. */
const FAULT = 1;

/** Ends the process on a signal: no temporary file stays, and nothing keeps it from exiting. */
export function installSignalHandlers(): void {
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      abortOpenSinks();
      releaseWaitingFifos();
      process.exit(code);
    });
  }
}

/** Runs a command's work to its end and leaves with the exit code it deserves. */
export async function runCommand(options: MessageOptions, work: (log: Logger) => Promise<void>): Promise<never> {
  const log = createLogger(options);
  let exitCode = 0;
  try {
    await work(log);
  } catch (error) {
    abortOpenSinks();
    exitCode = reportError(error, log);
  }
  const peakRss = process.resourceUsage().maxRSS * 1024;
  log.info({ exitCode, seconds: process.uptime(), peakRss }, exitCode === 0 ? 'done' : 'failed');
  return process.exit(exitCode);
}

/** Says in one line what went wrong; returns the exit code. */
function reportError(error: unknown, log: Logger): number {
  if (error instanceof ClosedPipe) return 0;
  // A progress line may be under the cursor.
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  if (error instanceof LevattnError) {
    log.error(error.message);
    return EXIT_CODES[error.kind];
  }
  log.debug({ err: error instanceof Error ? error.stack : String(error) }, 'unexpected fault');
  log.fatal(
    `unexpected fault: ${error instanceof Error ? error.message : String(error)}; please report it, with --verbose`,
  );
  return FAULT;
}
