/** The reference of the commands, docs/commands.md, in Markdown, from the one definition of the commands. */

import type { CommandModel, OptionModel } from './command-model.js';

/** The page; `npm run docs:commands` writes it. */
export function commandPage(commands: readonly CommandModel[]): string {
  const shared = sharedOptions(commands);
  const groups = unique(commands.map(({ group }) => group));
  return `${[
    '# Commands',
    '*A reference for everyone: every command with its options, as `levattn COMMAND --help` shows them.* `npm run docs:commands` makes this page from the same definition.',
    ...groups.map((group) =>
      [
        `| **${headingOf(group)}** | |`,
        '|---|---|',
        ...commands.filter((command) => command.group === group).map(contentsRow),
      ].join('\n'),
    ),
    ...commands.flatMap((command) => commandSection(command, shared)),
    '## Options of several commands',
    'Options that several commands share.',
    ...[...shared].flatMap(([group, options]) => [
      `### ${headingOf(group)} options`,
      ['| | |', '|---|---|', ...options.map(optionRow)].join('\n'),
    ]),
  ].join('\n\n')}\n`;
}

/** Options under headings of their own that several commands have alike: by heading, in the order of the commands. */
function sharedOptions(commands: readonly CommandModel[]): Map<string, OptionModel[]> {
  const shared = new Map<string, OptionModel[]>();
  const seen = new Set<string>();
  for (const option of commands.flatMap(({ options }) => options)) {
    const key = JSON.stringify(option);
    if (seen.has(key) && option.group !== OWN_GROUP) {
      const options = shared.get(option.group) ?? [];
      if (!options.some((other) => JSON.stringify(other) === key)) options.push(option);
      shared.set(option.group, options);
    }
    seen.add(key);
  }
  return shared;
}

/** The heading of what a command has for itself. */
const OWN_GROUP = 'Options:';

const contentsRow = ({ name, summary }: CommandModel): string => `| [${name}](#${name}) | ${cell(summary)} |`;

function commandSection(command: CommandModel, shared: ReadonlyMap<string, readonly OptionModel[]>): string[] {
  const { name, usage, description, arguments: inputs, options, examples } = command;
  const rows = [
    ...inputs.map((input) => `| \`${input.spelling}\` | ${cell(input.description)} |`),
    ...unique(options.map(({ group }) => group)).flatMap((group) => {
      const inGroup = options.filter((option) => option.group === group);
      const isShared = (option: OptionModel): boolean =>
        (shared.get(group) ?? []).some((other) => JSON.stringify(other) === JSON.stringify(option));
      const own = inGroup.filter((option) => !isShared(option));
      const others = inGroup.filter(isShared);
      return [
        ...(own.length > 0 ? [`| **${headingOf(group)}** | |`, ...own.map(optionRow)] : []),
        ...(others.length > 0
          ? [`| [${headingOf(group)}](#${anchorOf(group)}) | ${others.map(nameOf).join(', ')} |`]
          : []),
      ];
    }),
  ];
  return [
    `## ${name}`,
    `    levattn ${name}${options.length > 0 ? ' [options]' : ''}${usage === '' ? '' : ` ${usage}`}`,
    prose(description),
    ...(rows.length > 0 ? [['| | |', '|---|---|', ...rows].join('\n')] : []),
    ...(examples.length > 0 ? [['```sh', ...examples.map(asShell), '```'].join('\n')] : []),
  ];
}

const headingOf = (group: string): string => prose(group.replace(/:$/, ''));

/** What GitHub makes of the heading of shared options. */
const anchorOf = (group: string): string =>
  `${group.replace(/:$/, '')} options`
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

const nameOf = ({ long, value }: OptionModel): string => `\`${value ? `${long} ${value}` : long}\``;

function optionRow({ short, long, value, choices, description, standard }: OptionModel): string {
  const names = [short, value ? `${long} ${value}` : long].filter((name) => name !== undefined);
  const notes = [
    ...(choices.length > 0 ? [`one of ${choices.join(', ')}`] : []),
    ...(standard === undefined ? [] : [`default: ${standard}`]),
  ];
  const noted = notes.length > 0 ? `${description} (${notes.join('; ')})` : description;
  return `| ${names.map((name) => `\`${name}\``).join(', ')} | ${cell(noted)} |`;
}

const unique = (names: readonly string[]): string[] => [...new Set(names)];

/** What stands two blanks or more behind an example is a comment on it. */
const asShell = (example: string): string => example.replace(/ {2,}(?=\S)/, '$&# ');

/** Text that Markdown shows as it is. */
const prose = (text: string): string => text.replaceAll(/[\\<|*_]/g, (letter) => `\\${letter}`);

/** The same on one line. */
const cell = (text: string): string => prose(text).replaceAll('\n', ' ');
