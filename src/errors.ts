/**
 * The errors a user can cause. Each is one line that says what is wrong, where (file, row, column, byte) and what to
 * do about it, and belongs to one kind, which alone decides the exit code (docs/exit-codes.md).
 *
 * Anything else that is thrown is a fault of the program itself and ends with exit code 1.
 */

/** Exit code by kind of error; the numbers follow sysexits where it has one. */
export const EXIT_CODES = {
  /** What was to be verified is wrong. */
  mismatch: 2,
  /** The command line is wrong, or the output cannot be written. */
  usage: 64,
  /** A missing, unreadable or truncated file, bad data, an eps below the floor. */
  data: 65,
  /** Worth another try as it is: a pipe that ended early, a full disk. */
  retry: 75,
} as const;

/** What an error is about: it decides the exit code. */
export type ErrorKind = keyof typeof EXIT_CODES;

/** An error with a one-line message that is meant for the user. */
export class LevattnError extends Error {
  override readonly name = 'LevattnError';

  /**
   * @param kind - decides the exit code
   * @param message - one line: what, where, and what to do
   */
  constructor(
    readonly kind: ErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Bad, missing or truncated data (exit 65). */
export const dataError = (message: string, cause?: unknown): LevattnError =>
  new LevattnError('data', message, { cause });

/** A wrong command line, or an output that cannot be written (exit 64). */
export const usageError = (message: string, cause?: unknown): LevattnError =>
  new LevattnError('usage', message, { cause });

/** What was verified is wrong (exit 2). */
export const mismatchError = (message: string): LevattnError => new LevattnError('mismatch', message);

/** A failure that may pass if the same command is run again (exit 75). */
export const retryError = (message: string, cause?: unknown): LevattnError =>
  new LevattnError('retry', message, { cause });
