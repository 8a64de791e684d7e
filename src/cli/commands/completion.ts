/** `levattn completion SHELL` and `levattn man`: what shells and man need, from the one definition of the commands. */

import { Argument, type Command } from 'commander';
import { stdoutSink } from '../../output/sink.js';
import { VERSION } from '../../version.js';
import { addExamples } from '../options/help.js';
import { runCommand } from '../terminal/run.js';
import { commandsOf } from './completion/command-model.js';
import { commandPage } from './completion/command-page.js';
import { manPage } from './completion/man-page.js';
import { completionScript, SHELLS, type Shell } from './completion/scripts.js';

const COMPLETION_EXAMPLES = `
Examples:
  source <(levattn completion bash)                                      in this shell; in ~/.bashrc for all
  levattn completion zsh > ~/.zfunc/_levattn                             in a folder of $fpath
  levattn completion fish > ~/.config/fish/completions/levattn.fish
`;

const MAN_EXAMPLES = `
Examples:
  levattn man > ~/.local/share/man/man1/levattn.1        then man levattn
  levattn man --markdown > commands.md                   the same as a page
`;

/** Adds both commands to the program. */
export function addCompletion(program: Command): void {
  const completion = program
    .command('completion')
    .summary('completions for bash, zsh or fish')
    .description('Prints the script that lets a shell complete commands, options and their values.')
    .addArgument(new Argument('<SHELL>', 'which shell').choices(SHELLS))
    .action((shell: Shell) => runCommand({}, [], () => print(completionScript(shell, commandsOf(program)))));
  addExamples(completion, COMPLETION_EXAMPLES);
  const man = program
    .command('man')
    .summary('the man page')
    .description('Prints the man page, in roff.')
    .option('--markdown', 'print the commands in Markdown instead')
    .action(({ markdown }: { readonly markdown?: boolean }) =>
      runCommand({}, [], () => {
        const commands = commandsOf(program);
        const facts = { version: VERSION, description: program.description() };
        return print(markdown ? commandPage(commands) : manPage(commands, facts));
      }),
    );
  addExamples(man, MAN_EXAMPLES);
}

const print = (text: string): Promise<void> => stdoutSink().write(Buffer.from(text));
