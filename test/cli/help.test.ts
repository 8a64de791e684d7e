/** `-h` is a screen, `--help` everything; commands stand in groups. */

import { describe, expect, test } from 'vitest';
import { helpText } from '../support/help.js';
import { run } from '../support/program.js';

const GROUPS = {
  Explore: ['coverage', 'report', 'inspect', 'scores'],
  Select: ['select-keys', 'heavy', 'attend', 'verify'],
  'Scale out': ['sketch', 'merge', 'slurm', 'coreset'],
  Tools: ['convert', 'doctor', 'completion', 'man', 'help'],
};
const COMMANDS = Object.values(GROUPS).flat().slice(0, -1);

/** What stands under a heading, up to the next blank line. */
const under = (text: string, heading: string): string[] =>
  text
    .split(`\n${heading}:\n`)[1]!
    .split('\n\n')[0]!
    .split('\n')
    .filter((line) => line !== '');

test('the commands stand in groups, one line each', async () => {
  const text = await helpText('--help');
  for (const [group, commands] of Object.entries(GROUPS)) {
    expect(
      under(text, group).map((line) => /^ {2}(\S+)/.exec(line)?.[1]),
      group,
    ).toEqual(commands);
    for (const line of under(text, group)) expect(line.length, line).toBeLessThanOrEqual(80);
  }
  expect(await helpText('-h')).toBe(text);
});

test.concurrent.each(['--help', 'heavy -h', 'coverage --help', 'help report'])(
  'levattn %s prints it on stdout',
  async (line) => {
    const args = line.split(' ');
    const { code, stdout, stderr } = await run(args);
    expect([code, stderr, stdout.toString()]).toEqual([0, '', await helpText(...args)]);
  },
);

describe.each(COMMANDS)('%s', (command) => {
  test('-h fits a screen, and holds what --help holds, which begins with examples', async () => {
    const short = await helpText(command, '-h');
    const long = await helpText(command, '--help');
    expect(await helpText('help', command)).toBe(long);
    const lines = short.split('\n');
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(lines.at(-2)).toBe(`All options and examples: levattn ${command} --help`);
    expect(lines[0]).toBe(long.split('\n')[0]);
    if (short.includes('\nOptions:\n')) {
      const options = under(short, 'Options');
      expect(options.length).toBeLessThanOrEqual(6);
      const flags = new Set(long.split('\n').map((line) => line.trim().split('  ')[0]));
      for (const option of options) {
        expect(flags).toContain(option.trim().split('  ')[0]);
        expect(option).toMatch(/ {2}\S.*\S {2,}[a-zUV]/);
      }
      // The default of --f is that of --help, whose lines are wrapped.
      const [, standard] = /--f .*\((.*?)(?:, which is x\^2)?\)$/m.exec(options.join('\n')) ?? [];
      const [, wanted] = /\n {2}--f <function> .*?\(default: ([^)]*)\)/s.exec(long.replaceAll(/\n {5,}/g, ' ')) ?? [];
      expect(standard).toBe(options.some((line) => line.startsWith('  --f ')) ? wanted : undefined);
    }
    const examples = under(long, 'Examples');
    expect(under(short, 'Examples')).toEqual(examples.slice(0, 3));
    expect(long.indexOf('\nExamples:')).toBeLessThan(long.indexOf('--help'));
  });
});
