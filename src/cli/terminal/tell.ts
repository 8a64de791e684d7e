/** What people are told when a command is done: a line of figures, and on a terminal what to do next. */

import type { MessageOptions } from '../options/options.js';
import type { Logger } from './log.js';
import { wipeProgress } from './progress.js';

/**
 * Says a line of figures: on a terminal or where `--progress` is given, as it is; with `--verbose`, among the messages. To people, not to
 * machines.
 */
export function tell(options: MessageOptions, log: Logger, line: string): void {
  const { logJson, quiet, verbose, progress } = options;
  if (logJson || quiet) return;
  if (process.stderr.isTTY === true || progress) show(options, line);
  else if (verbose) log.debug(line);
}

/** Names the command that goes on from here; its words are quoted as a shell needs them. */
export function suggest(options: MessageOptions, ...words: readonly string[]): void {
  const { logJson, quiet } = options;
  if (process.stderr.isTTY !== true || logJson || quiet) return;
  show(options, `next: levattn ${words.map(quote).join(' ')}`);
}

function show({ label }: MessageOptions, line: string): void {
  wipeProgress();
  process.stderr.write(`${label === undefined ? '' : `${label}  `}${line}\n`);
}

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
