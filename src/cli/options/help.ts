/**
 * What help shows: `-h` a screen, with the options that matter most; `--help` everything, examples first. Either way the commands stand in
 * groups, in the order in which they were added.
 */

import { type Command, Help } from 'commander';

/** The options that matter most, a few of each command. */
const MAIN_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  coverage: ['--keys', '--values', '--f', '--k', '--causal', '--output'],
  report: ['--keys', '--values', '--f', '--causal', '--output', '--svg'],
  inspect: ['--json', '--tensor', '--columns', '--layout'],
  scores: ['--f', '--sketch', '--columns', '--id-column', '--mask', '--output'],
  'select-keys': ['--eps', '--f', '--top', '--columns', '--mask', '--output'],
  heavy: ['--keys', '--eps', '--f', '--certify', '--causal', '--output'],
  attend: ['--keys', '--values', '--rows', '--compare', '--causal', '--output'],
  verify: ['--keys', '--set', '--entries', '--eps', '--f', '--json'],
  sketch: ['--output', '--eps', '--f', '--shard', '--append', '--checkpoint'],
  merge: ['--output', '--backend', '--verbose'],
  slurm: ['--shards', '--output', '--eps', '--submit', '--check', '--partition'],
  coreset: ['--size', '--for', '--id-column', '--exclude', '--output', '--format'],
  convert: ['--output', '--format', '--tensor', '--columns', '--layout', '--id-column'],
  doctor: ['--quick', '--json'],
  man: ['--markdown'],
};

/** What they do, in few words: of one command, else of all that have them. */
const IN_SHORT: Readonly<Record<string, string>> = {
  'coverage --f': 'the scoring function, may be repeated (softmax and power:2)',
  'report --f': 'the scoring function, may be repeated (softmax and power:2)',
  '--allow-partial': 'accept a sketch that lacks rows',
  '--append': 'add the next rows to a sketch',
  '--backend': 'what computes (wasm if it runs)',
  '--batch': 'only these examples of the batch',
  '--causal': 'query i sees only the keys up to i',
  '--certify': 'read K once more: exactly the heavy entries',
  '--check': 'list the missing shards',
  '--checkpoint': 'keep the state in a file, to resume after a crash',
  '--columns': 'tables: the columns that make a row',
  '--compare': 'all of K: report the error of the outputs',
  '--entries': 'entries that heavy wrote',
  '--eps': 'the share from which on attention is heavy (0.05)',
  '--exclude': 'tables: columns to leave out',
  '--f': 'the scoring function (power:2, which is x^2)',
  '--for': 'softmax: keys and values for attend --keys',
  '--format': 'the output format (by the ending of -o)',
  '--head': 'only these heads, such as 3 or 0:8',
  '--id-column': 'tables: the column of row ids',
  '--json': 'print JSON',
  '--k': 'numbers of keys, such as 64,256',
  '--keys': 'the keys',
  '--layer': 'only these layers, such as 3 or 0:4',
  '--layout': 'the axes of an array of heads, such as bhnd',
  '--markdown': 'print the commands in Markdown instead',
  '--mask': 'marks padding rows of K, by 0',
  '--output': 'write to FILE, which appears whole or not at all',
  '--partition': 'the partition of the cluster',
  '--quick': 'measure for one second instead of ten',
  '--rows': 'the rows of K to attend to',
  '--set': 'U as select-keys wrote it',
  '--shard': 'this part of the rows: 2/8 is the second of 8',
  '--shards': 'files of the parts of K',
  '--size': 'at most this many rows',
  '--sketch': 'score rows by a sketch or U, in one pass',
  '--submit': 'submit the jobs with sbatch',
  '--svg': 'write the figures to a folder',
  '--tensor': 'the tensor of a container to read',
  '--top': 'the k best keys instead of all above eps',
  '--values': 'V: report the error of the outputs',
  '--verbose': 'print what is done',
};

/** Examples that `-h` shows. */
const FEW_EXAMPLES = 3;

const examples = new WeakMap<Command, readonly string[]>();

/** Gives a command its examples: lines of a command line and, two blanks or more behind it, what it does. */
export function addExamples(command: Command, text: string): Command {
  examples.set(
    command,
    text.split('\n').filter((line) => line.startsWith('  ')),
  );
  return command;
}

/** The examples of a command, each on a line that is indented. */
export const examplesOf = (command: Command): readonly string[] => examples.get(command) ?? [];

/** Arranges the help of a program and of its commands, once all of them were added. */
export function arrangeHelp(program: Command, argv: readonly string[]): void {
  const isShort = argv.includes('-h') && !argv.includes('--help');
  program.configureHelp({ subcommandTerm: (command) => command.name() });
  for (const command of program.commands) {
    command.configureHelp({ formatHelp: (_, helper) => helpOf(command, helper, isShort) });
  }
}

function helpOf(command: Command, helper: Help, isShort: boolean): string {
  const shown = examplesOf(command);
  if (!isShort) return withExamples(Help.prototype.formatHelp.call(helper, command, helper), shown);
  const lines = (MAIN_OPTIONS[command.name()] ?? []).map((name) => ({
    term: command.options.find(({ long }) => long === name)!.flags,
    description: (IN_SHORT[`${command.name()} ${name}`] ?? IN_SHORT[name])!,
  }));
  const width = Math.max(0, ...lines.map(({ term }) => term.length));
  return `${[
    `Usage: ${helper.commandUsage(command)}`,
    '',
    ...wrapped(firstSentence(command.description()), helper),
    ...(lines.length > 0 ? ['', 'Options:'] : []),
    ...lines.map(({ term, description }) => `  ${term.padEnd(width)}  ${description}`),
    ...(shown.length > 0 ? ['', 'Examples:'] : []),
    ...shown.slice(0, FEW_EXAMPLES),
    '',
    `All options and examples: levattn ${command.name()} --help`,
  ].join('\n')}\n`;
}

const firstSentence = (text: string): string => /^.*?\.(?= |$)/s.exec(text)?.[0] ?? text;

const wrapped = (text: string, helper: Help): string[] => helper.boxWrap(text, helper.helpWidth ?? 80).split('\n');

/** Examples between the description and the options. */
function withExamples(help: string, shown: readonly string[]): string {
  if (shown.length === 0) return help;
  const block = `Examples:\n${shown.join('\n')}\n\n`;
  const at = help.search(/^(?:Arguments|Options|[A-Z][^\n]*):$/m);
  return at < 0 ? `${help}\n${block}` : `${help.slice(0, at)}${block}${help.slice(at)}`;
}
