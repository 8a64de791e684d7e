/** What `levattn … --help` prints, without a process. */

import { CommanderError } from 'commander';
import { buildProgram } from '../../src/cli/main.js';
import { arrangeHelp } from '../../src/cli/options/help.js';

/** @param args - such as `heavy -h`, or `help heavy` */
export async function helpText(...args: string[]): Promise<string> {
  const program = await buildProgram();
  const written: string[] = [];
  const write = process.stdout.write;
  process.stdout.write = ((text: string) => written.push(text) > 0) as typeof write;
  try {
    const argv = ['node', 'levattn', ...args];
    arrangeHelp(program, argv);
    program.parse(argv);
  } catch (error) {
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
  } finally {
    process.stdout.write = write;
  }
  return written.join('');
}
