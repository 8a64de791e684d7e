/** What the program's commands and options are, read off their one definition: for completions, the man page and documentation. */

import type { Argument, Command, Option } from 'commander';
import { examplesOf } from '../../options/help.js';

/** An option of a command. */
export interface OptionModel {
  /** Such as `-o`; undefined where it has none. */
  readonly short: string | undefined;
  /** Such as `--output`. */
  readonly long: string;
  /** What stands for its value, such as `<file>`; undefined where it takes none. */
  readonly value: string | undefined;
  /** The values that it takes, where they can be listed. */
  readonly choices: readonly string[];
  readonly description: string;
  /** What it is where it is not given, as the help says it; undefined where the description does, or nothing is. */
  readonly standard: string | undefined;
  /** The heading that it stands under. */
  readonly group: string;
}

/** An argument of a command. */
export interface ArgumentModel {
  /** As the help spells it, such as `[K...]`. */
  readonly spelling: string;
  readonly description: string;
}

/** A command. */
export interface CommandModel {
  readonly name: string;
  /** The heading that it stands under. */
  readonly group: string;
  readonly summary: string;
  readonly description: string;
  /** Its arguments as the help spells them, such as `[K...]`. */
  readonly usage: string;
  readonly arguments: readonly ArgumentModel[];
  readonly options: readonly OptionModel[];
  /** Lines of the examples in its help. */
  readonly examples: readonly string[];
}

/** The commands of a program, in their order. */
export const commandsOf = (program: Command): CommandModel[] =>
  program.commands.map((command) => ({
    name: command.name(),
    group: command.helpGroup(),
    summary: command.summary() || command.description(),
    description: command.description(),
    usage: command.registeredArguments.map(spellArgument).join(' '),
    arguments: command.registeredArguments.map((argument) => ({
      spelling: spellArgument(argument),
      description: argument.description,
    })),
    options: command.options.filter(({ hidden }) => !hidden).map(optionOf),
    examples: examplesOf(command).map((line) => line.slice(2)),
  }));

function spellArgument(argument: Argument): string {
  const spelled = argument.variadic ? `${argument.name()}...` : argument.name();
  return argument.required ? `<${spelled}>` : `[${spelled}]`;
}

function optionOf(option: Option): OptionModel {
  const [value] = /[<[].*$/.exec(option.flags) ?? [];
  return {
    short: option.short,
    long: option.long!,
    value,
    choices: option.argChoices ?? [],
    description: option.description,
    standard: standardOf(option),
    group: option.helpGroupHeading ?? 'Options:',
  };
}

/** The standard value in words, where the help shows one. */
function standardOf({ defaultValue, defaultValueDescription }: Option): string | undefined {
  if (defaultValueDescription !== undefined) return defaultValueDescription;
  return typeof defaultValue === 'string' || typeof defaultValue === 'number' ? String(defaultValue) : undefined;
}
