/** The man page, in the man macros of roff, from the one definition of the commands. */

import type { CommandModel, OptionModel } from './command-model.js';

/** What the page says of the program as a whole. */
export interface PageFacts {
  readonly version: string;
  readonly description: string;
}

/** The page, for man(1). */
export function manPage(commands: readonly CommandModel[], { version, description }: PageFacts): string {
  return [
    `.TH LEVATTN 1 "" "levattn ${version}" "User Commands"`,
    '.SH NAME',
    'levattn \\- the keys of an attention head that could ever matter, and its heavy entries',
    '.SH SYNOPSIS',
    ...commands.map(({ name, usage }) => `.B levattn ${plain(name)}\n[\\fIoptions\\fR] ${plain(usage)}\n.br`),
    '.SH DESCRIPTION',
    plain(description),
    ...commands.flatMap(commandSection),
    '.SH EXIT STATUS',
    ...EXIT_STATUS.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, plain(meaning)]),
    '',
  ].join('\n');
}

const EXIT_STATUS: readonly (readonly [string, string])[] = [
  ['0', 'done'],
  ['1', 'a fault of the program itself'],
  ['2', 'verify found something wrong'],
  ['64', 'the command line is wrong, or the output cannot be written'],
  ['65', 'the input is missing, unreadable, truncated or bad'],
  ['75', 'the same command may succeed later'],
  ['129, 130, 143', 'stopped by SIGHUP, SIGINT, SIGTERM'],
];

function commandSection({ name, usage, description, options, examples }: CommandModel): string[] {
  const groups = [...new Set(options.map(({ group }) => group))];
  return [
    `.SH "${name.toUpperCase()}"`,
    `.B levattn ${plain(name)}`,
    `[\\fIoptions\\fR] ${plain(usage)}`,
    '.PP',
    plain(description),
    ...groups.flatMap((group) => [
      `.SS "${plain(group.replace(/:$/, ''))}"`,
      ...options.filter((option) => option.group === group).flatMap(optionEntry),
    ]),
    ...(examples.length > 0 ? ['.SS "Examples"', '.nf', ...examples.map(plain), '.fi'] : []),
  ];
}

function optionEntry({ short, long, value, choices, description }: OptionModel): string[] {
  const names = [short, long].filter((name) => name !== undefined).map((name) => `\\fB${plain(name)}\\fR`);
  const listed = choices.length > 0 ? ` (${choices.join(', ')})` : '';
  return ['.TP', `${names.join(', ')}${value ? ` \\fI${plain(value)}\\fR` : ''}`, plain(`${description}${listed}`)];
}

/**
 * Text that roff prints as it is: a backslash is an escape, a hyphen a minus, a dot or quote at a line's start a command; beyond
 * ASCII characters go by their code.
 */
const plain = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1')
    .replaceAll(/[^\n -~]/gu, (letter) => `\\[u${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`);
