/** Writes a table of results to where the user asked: a file, whole or not at all, or stdout as it comes. */

import { usageError } from '../../errors.js';
import { chooseFormat, formatOfEnding, type ResultFormat, spellFormats } from '../../output/formats.js';
import { type MatrixOutput, outputIn } from '../../output/matrix.js';
import { openFileSink, stdoutSink } from '../../output/sink.js';
import type { ByteSink } from '../../output/table.js';
import type { OutputOptions } from '../options/options.js';
import type { Logger } from './log.js';
import { wipeProgress } from './progress.js';
import { tellingReplaced } from './replaced-text.js';

/** Where results will go: opened before the work begins, so that nobody waits for a result that cannot be written. */
export interface Output extends MatrixOutput {
  readonly format: ResultFormat;
  /** Puts a file, whose table has ended, in its place. */
  commit(): Promise<void>;
}

/**
 * Warns of a path whose ending names another format than what is written there.
 * @param what - is written, in words
 */
export function warnOfEnding(path: string, what: string, log: Logger, written?: ResultFormat): void {
  const named = formatOfEnding(path);
  if (!named || named.name === written?.name) return;
  log.warn(`${path}: holds ${what}, though its name ends as ${named.title} does; give it another ending`);
}

/**
 * Opens the output that the options name.
 * @param npyLacks - what npy, which is one column of numbers, could not hold of the table; where left out, it can be written
 * @throws LevattnError where it cannot be written, or no format has that name or ending
 */
export async function openOutput({ output, format }: OutputOptions, log: Logger, npyLacks?: string): Promise<Output> {
  const chosen = chooseFormat({ format, path: output, tty: process.stdout.isTTY === true });
  const telling = <T extends MatrixOutput>(to: T): T => ({ ...to, begin: tellingReplaced(to.begin, log) });
  if (chosen.name === 'npy' && npyLacks !== undefined) {
    throw usageError(`npy holds no ${npyLacks}; write ${spellFormats('npy')}`);
  }
  if (output === undefined || output === '-') {
    return { ...telling(outputIn(chosen, belowProgress(stdoutSink()))), commit: async () => {} };
  }
  warnOfEnding(output, chosen.title, log, chosen);
  const sink = await openFileSink(output);
  return { ...telling(outputIn(chosen, sink)), commit: () => sink.commit() };
}

/** Standard output may end on the terminal that shows the progress line, which must not stand before the results. */
const belowProgress = (sink: ByteSink): ByteSink => ({
  write: (bytes) => {
    wipeProgress();
    return sink.write(bytes);
  },
});
