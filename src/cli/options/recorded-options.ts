/** Options that are handed on to another program as they were given. */

import type { Command } from 'commander';

/**
 * Records what a command line says of some options.
 * @param add - adds them to the command
 * @returns the words, `--name=value` or `--name`, in the order of the command line
 */
export function recordOptions(command: Command, add: () => void): readonly string[] {
  const words: string[] = [];
  const before = command.options.length;
  add();
  for (const option of command.options.slice(before)) {
    command.on(`option:${option.name()}`, (value?: string) => {
      words.push(value === undefined ? option.long! : `${option.long}=${value}`);
    });
  }
  return words;
}
