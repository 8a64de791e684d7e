/** The operating system's refusals as errors for the user. */

import { dataError } from '../../../errors.js';
import { statsOf } from '../stats.js';
import { adviceForAddress } from './addresses.js';

/** What the operating system's refusals mean to a user. */
export function inputError(name: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code;
  const advice = code === 'ENOENT' ? adviceForAddress(name) : undefined;
  if (advice !== undefined) return dataError(`${name}: ${advice}`, error);
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return dataError(`${name}: no such file; ${adviceOn(name)}`, error);
    case 'EACCES':
    case 'EPERM':
      return dataError(`${name}: not readable (${code}); check its permissions`, error);
    case 'EISDIR':
      return dataError(`${name}: is a directory; name the file in it`, error);
    case 'EBADF':
      return dataError(`${name}: not open for reading; redirect a file or a pipe to it`, error);
    default:
      return dataError(
        `${name}: cannot be read (${code ?? (error as Error).message}); check the file or device`,
        error,
      );
  }
}

/** What may have been meant by a name that is no file's. */
function adviceOn(name: string): string {
  for (const { index } of name.matchAll(/[:/]/g)) {
    const file = name.slice(0, index);
    const rest = name.slice(index).replace(/^[:/]+/, '');
    if (rest !== '' && !name.includes('::') && statsOf(file)?.isFile())
      return `name a tensor of ${file} as ${file}::${rest}`;
  }
  return /[*?{]/.test(name)
    ? 'check the path; * stands for files where several are taken, and of words in braces only {layer}, {batch} and {head} stand for numbers'
    : 'check the path';
}
