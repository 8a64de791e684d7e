/** The command line: one program, one file a command. */

import { Command, CommanderError } from 'commander';
import { EXIT_CODES } from '../errors.js';
import { allowWideVectors } from '../kernels/wide.js';
import { VERSION } from '../version.js';
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
    const program = await buildProgram(argv[2]);
    arrangeHelp(program, argv);
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exit(error.exitCode === 0 ? 0 : EXIT_CODES.usage);
  }
}

type Add = (program: Command) => void;

/** What adds each command to the program, by what they are for. It is loaded when it is needed: the whole program takes longer to load than a small matrix takes. */
const GROUPS: readonly (readonly [string, { readonly [name: string]: () => Promise<Add> }])[] = [
  [
    'Explore:',
    {
      coverage: async () => (await import('./commands/coverage.js')).addCoverage,
      report: async () => (await import('./commands/report.js')).addReport,
      inspect: async () => (await import('./commands/inspect.js')).addInspect,
      scores: async () => (await import('./commands/scores.js')).addScores,
    },
  ],
  [
    'Select:',
    {
      'select-keys': async () => (await import('./commands/select-keys.js')).addSelectKeys,
      heavy: async () => (await import('./commands/heavy.js')).addHeavy,
      attend: async () => (await import('./commands/attend.js')).addAttend,
      verify: async () => (await import('./commands/verify.js')).addVerify,
    },
  ],
  [
    'Scale out:',
    {
      sketch: async () => (await import('./commands/sketch.js')).addSketch,
      merge: async () => (await import('./commands/merge.js')).addMerge,
      slurm: async () => (await import('./commands/slurm.js')).addSlurm,
      coreset: async () => (await import('./commands/coreset.js')).addCoreset,
    },
  ],
  [
    'Tools:',
    {
      convert: async () => (await import('./commands/convert.js')).addConvert,
      doctor: async () => (await import('./commands/doctor.js')).addDoctor,
      completion: async () => (await import('./commands/completion.js')).addCompletion,
    },
  ],
];

/** It speaks of all commands, and adds `man`, which does so, too. */
const OF_ALL = 'completion';

/**
 * The program with its commands.
 * @param asked - the command that is asked for: the others are left out, if it can do without
 */
export async function buildProgram(asked = ''): Promise<Command> {
  const program = new Command('levattn')
    .description(DESCRIPTION)
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help; COMMAND -h prints a screen, COMMAND --help everything')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) });
  const alone = asked !== OF_ALL && GROUPS.some(([, commands]) => Object.hasOwn(commands, asked));
  for (const [group, commands] of GROUPS) {
    program.commandsGroup(group);
    for (const [name, load] of Object.entries(commands)) if (!alone || name === asked) (await load())(program);
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
