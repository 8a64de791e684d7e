/** The reference of the commands, docs/commands.md, in Markdown, from the one definition of the commands. */

import type { CommandModel, OptionModel } from './command-model.js';

/** The page; `npm run docs:commands` writes it. */
export function commandPage(commands: readonly CommandModel[]): string {
  const contents = commands.map(({ name, summary }) => `| [${name}](#${name}) | ${cell(summary)} |`);
  return `${[
    '# Commands',
    'Every command with its options, as `levattn help COMMAND` shows them. This page is made from the same definition, by `npm run docs:commands`.',
    ['| | |', '|---|---|', ...contents].join('\n'),
    ...commands.flatMap(commandSection),
  ].join('\n\n')}\n`;
}

function commandSection({ name, usage, description, arguments: inputs, options, examples }: CommandModel): string[] {
  const groups = [...new Set(options.map(({ group }) => group))];
  const rows = [
    ...inputs.map((input) => `| \`${input.spelling}\` | ${cell(input.description)} |`),
    ...groups.flatMap((group) => [
      `| **${cell(group.replace(/:$/, ''))}** | |`,
      ...options.filter((option) => option.group === group).map(optionRow),
    ]),
  ];
  return [
    `## ${name}`,
    `    levattn ${name}${options.length > 0 ? ' [options]' : ''}${usage === '' ? '' : ` ${usage}`}`,
    prose(description),
    ...(rows.length > 0 ? [['| | |', '|---|---|', ...rows].join('\n')] : []),
    ...(examples.length > 0 ? [['```sh', ...examples.map(asShell), '```'].join('\n')] : []),
  ];
}

function optionRow({ short, long, value, choices, description, standard }: OptionModel): string {
  const names = [short, value ? `${long} ${value}` : long].filter((name) => name !== undefined);
  const notes = [
    ...(choices.length > 0 ? [`one of ${choices.join(', ')}`] : []),
    ...(standard === undefined ? [] : [`default: ${standard}`]),
  ];
  const noted = notes.length > 0 ? `${description} (${notes.join('; ')})` : description;
  return `| ${names.map((name) => `\`${name}\``).join(', ')} | ${cell(noted)} |`;
}

/** What stands two blanks or more behind an example is a comment on it. */
const asShell = (example: string): string => example.replace(/ {2,}(?=\S)/, '$&# ');

/** Text that Markdown shows as it is. */
const prose = (text: string): string => text.replaceAll(/[\\<|*_]/g, (letter) => `\\${letter}`);

/** The same on one line. */
const cell = (text: string): string => prose(text).replaceAll('\n', ' ');
