/** Options of commands that read K more than once, for pipes. */

import type { Command } from 'commander';
import { parseBytes } from './parse.js';

/** Bytes that a pipe may have where nobody says how many. */
const DEFAULT_SPOOL = 16 * 2 ** 30;

/** Adds the options. */
export const addSpoolOptions = (command: Command): Command =>
  command
    .option(
      '--spool <size>',
      'a pipe that is read more than once stands in a temporary file meanwhile, of at most so much (default: 16GiB)',
      parseBytes,
      DEFAULT_SPOOL,
    )
    .option('--no-spool', 'such a pipe ends with an error');
