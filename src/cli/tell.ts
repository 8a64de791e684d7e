/** What people on a terminal are told when a command is done: a line of figures, and what to do next. */

import type { MessageOptions } from './options.js';
import { wipeProgress } from './progress.js';

/** Says a line to people; machines that read stderr get none. */
export function tell({ logJson, quiet, label }: MessageOptions, line: string): void {
  if (process.stderr.isTTY !== true || logJson || quiet) return;
  wipeProgress();
  process.stderr.write(`${label === undefined ? '' : `${label}  `}${line}\n`);
}

/** Names the command that goes on from here; its words are quoted as a shell needs them. */
export function suggest(options: MessageOptions, ...words: readonly string[]): void {
  tell(options, `next: levattn ${words.map(quote).join(' ')}`);
}

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
