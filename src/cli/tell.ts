/** What people are told when a command is done: a line of figures, and on a terminal what to do next. */

import type { MessageOptions } from './options.js';
import { wipeProgress } from './progress.js';

/** Says a line of figures: on a terminal, or where `--verbose` or `--progress` ask for more than warnings; to people, not to machines. */
export function tell({ logJson, quiet, verbose, progress, label }: MessageOptions, line: string): void {
  if (logJson || quiet) return;
  if (process.stderr.isTTY !== true && !verbose && !progress) return;
  wipeProgress();
  process.stderr.write(`${label === undefined ? '' : `${label}  `}${line}\n`);
}

/** Names the command that goes on from here; its words are quoted as a shell needs them. */
export function suggest(options: MessageOptions, ...words: readonly string[]): void {
  if (process.stderr.isTTY === true) tell(options, `next: levattn ${words.map(quote).join(' ')}`);
}

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
