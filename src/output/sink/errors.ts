/** What the operating system's refusals to write mean to a user. */

import { retryError, usageError } from '../../errors.js';

/** The reader of a pipe has left: nothing more is wanted, which ends the program quietly with exit code 0. */
export class ClosedPipe extends Error {
  override readonly name = 'ClosedPipe';
}

/**
 * The error to throw where writing to `name` failed.
 * @returns ClosedPipe where the reader has left, a retry error (75) where space ran out, else a usage error (64)
 */
export function outputError(name: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EPIPE':
    case 'ECONNRESET':
      return new ClosedPipe(`${name}: the reader has closed the pipe`, { cause: error });
    case 'ENOSPC':
      return retryError(`${name}: no space left to write it; free some, or write elsewhere, and run again`, error);
    case 'EDQUOT':
      return retryError(`${name}: the disk quota is used up; free some, or write elsewhere, and run again`, error);
    case 'ENOENT':
    case 'ENOTDIR':
      return usageError(`${name}: cannot be written, there is no such folder; create it, or check the path`, error);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return usageError(`${name}: may not be written (${code}); check the permissions, or write elsewhere`, error);
    case 'EISDIR':
      return usageError(`${name}: is a directory; name a file in it`, error);
    default:
      return usageError(`${name}: cannot be written (${code ?? message}); check the file or device`, error);
  }
}
