/** Options of commands that read K more than once, for pipes. */

import { type Command, Option } from 'commander';
import { parseBytes } from './parse.js';

/** Bytes that a pipe may have where nobody says how many. */
const DEFAULT_SPOOL = 16 * 2 ** 30;

/** Adds the options. */
export const addSpoolOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--spool <size>',
        'a pipe that is read more than once is copied to a temporary file of at most this size',
      )
        .argParser(parseBytes)
        .default(DEFAULT_SPOOL, '16GiB'),
    )
    .option('--no-spool', 'refuse such a pipe');
