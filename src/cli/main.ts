/** The command line: one program, one file a command. */

import { Command, CommanderError } from 'commander';
import { EXIT_CODES } from '../errors.js';
import { allowWideVectors } from '../kernels/wide.js';
import { VERSION } from '../version.js';
import { addAttend } from './commands/attend.js';
import { addCompletion } from './commands/completion.js';
import { addConvert } from './commands/convert.js';
import { addCoreset } from './commands/coreset.js';
import { addCoverage } from './commands/coverage.js';
import { addDoctor } from './commands/doctor.js';
import { addHeavy } from './commands/heavy.js';
import { addInspect } from './commands/inspect.js';
import { addMerge } from './commands/merge.js';
import { addReport } from './commands/report.js';
import { addScores } from './commands/scores.js';
import { addSelectKeys } from './commands/select-keys.js';
import { addSketch } from './commands/sketch.js';
import { addSlurm } from './commands/slurm.js';
import { addVerify } from './commands/verify.js';
import { arrangeHelp } from './options/help.js';
import { installHandlers } from './terminal/run.js';

const DESCRIPTION = `Finds the keys of an attention head that could ever matter, and every heavy entry of its attention matrix: exactly, in one pass, in memory that does not grow with the number of keys.`;

const EXAMPLES = `
Examples:
  levattn select-keys < K.arrow > U.arrow                keys that could ever be heavy
  cat U.arrow Q.arrow | levattn heavy --eps 0.05         every heavy entry of Q past them
  levattn heavy --eps 0.01 --keys K.npy Q.npy --format csv

Exit codes: 0 done, 2 verify found something wrong, 64 wrong command line or output not writable, 65 bad data,
75 the same command may succeed later, 130 and 143 stopped by a signal, 1 a bug in the program.`;

/** Runs the command line; ends the process. */
export async function main(argv: readonly string[]): Promise<void> {
  installHandlers();
  allowWideVectors();
  try {
    const program = buildProgram();
    arrangeHelp(program, argv);
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exit(error.exitCode === 0 ? 0 : EXIT_CODES.usage);
  }
}

/** The commands, by what they are for. */
const GROUPS: readonly (readonly [string, readonly ((program: Command) => void)[]])[] = [
  ['Explore:', [addCoverage, addReport, addInspect, addScores]],
  ['Select:', [addSelectKeys, addHeavy, addAttend, addVerify]],
  ['Scale out:', [addSketch, addMerge, addSlurm, addCoreset]],
  ['Tools:', [addConvert, addDoctor, addCompletion]],
];

/** The program with all its commands. */
export function buildProgram(): Command {
  const program = new Command('levattn')
    .description(DESCRIPTION)
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help; COMMAND -h prints a screen, COMMAND --help everything')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) });
  for (const [group, commands] of GROUPS) {
    program.commandsGroup(group);
    for (const add of commands) add(program);
  }
  const help = new Command('help').argument('[command]').summary('everything about a command').helpGroup('Tools:');
  return program.addHelpCommand(help);
}

/** Commander's message as this program's one line, with where to look. */
function oneLine(text: string): string {
  const message = text
    .replace(/^error: /, '')
    .replace(/\n+\(?(Did you mean [^)\n]*)\)?/, '; $1')
    .trim();
  return `levattn: ${message.replaceAll('\n', ' ')} (see levattn --help)\n`;
}
