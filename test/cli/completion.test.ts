/** `levattn completion`, `levattn man` and docs/commands.md, held to the help of the commands and to the shells themselves. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { helpText } from '../support/help.js';
import { run } from '../support/program.js';

const folder = temporaryFolder();
const has = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

const helps = new Map<string, string>();

/** The help of a command, or without one of the program, asked for once. */
const helpOf = async (command = ''): Promise<string> => {
  const help = helps.get(command) ?? (await helpText(...[command, '--help'].filter(Boolean)));
  helps.set(command, help);
  return help;
};

/** Names of the commands, and of the options of one, as the help has them. */
const commandsIn = (help: string): string[] =>
  [...help.slice(help.indexOf('\nExplore:'), help.indexOf('\nExamples:')).matchAll(/^ {2}([a-z-]+)/gm)]
    .map(([, name]) => name!)
    .filter((name) => name !== 'help');
const optionsIn = (help: string): string[] =>
  [...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, name]) => name!);

async function scriptFor(shell: string): Promise<string> {
  const { code, stdout } = await run(['completion', shell]);
  expect(code).toBe(0);
  return folder.write(`levattn.${shell}`, stdout);
}

/** What bash offers for the last of some words. */
function offered(script: string, words: readonly string[]): string[] {
  const program = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _levattn; printf '%s\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', program, script, ...words], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

test('bash completes every command and every option that the help has', async () => {
  const script = await scriptFor('bash');
  const commands = commandsIn(await helpOf());
  expect(commands.length).toBeGreaterThan(8);
  expect(offered(script, ['levattn', ''])).toEqual(expect.arrayContaining(commands));
  for (const command of commands) {
    const options = optionsIn(await helpOf(command));
    expect(offered(script, ['levattn', command, '--'])).toEqual(expect.arrayContaining(options));
  }
  expect(offered(script, ['levattn', 'heavy', '--factor', 's'])).toEqual(['stable']);
  expect(offered(script, ['levattn', 'heavy', '--eps', ''])).toEqual([]);
});

test.each(['zsh', 'fish'])('%s reads its script', async (shell) => {
  const script = await scriptFor(shell);
  if (!has(shell)) return console.warn(`skipped: there is no ${shell}`);
  expect(spawnSync(shell, ['-n', script], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});

test('fish completes an option with what it does', async () => {
  const script = await scriptFor('fish');
  if (!has('fish')) return console.warn('skipped: there is no fish');
  const program = `source ${script}; complete -C 'levattn heavy --caus'`;
  expect(spawnSync('fish', ['-c', program], { encoding: 'utf8' }).stdout).toMatch(/^--causal\t./);
});

test('the man page has every command and option, and roff has nothing to say against it', async () => {
  const { code, stdout } = await run(['man']);
  expect(code).toBe(0);
  const page = stdout.toString().replaceAll('\\-', '-');
  for (const command of commandsIn(await helpOf())) {
    expect(page).toContain(`.SH "${command.toUpperCase()}"`);
    for (const option of optionsIn(await helpOf(command))) {
      if (option !== '--help') expect(page).toContain(`\\fB${option}\\fR`);
    }
  }
  if (!has('groff')) return console.warn('skipped: there is no groff');
  expect(spawnSync('groff', ['-man', '-ww', '-z'], { input: stdout, encoding: 'utf8' }).stderr).toBe('');
});

test('docs/commands.md has every command and option, and is up to date: npm run docs:commands', async () => {
  const page = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');
  const sections = new Map(page.split('\n## ').map((section) => [section.slice(0, section.indexOf('\n')), section]));
  for (const command of commandsIn(await helpOf())) {
    for (const option of optionsIn(await helpOf(command))) {
      if (option !== '--help') expect(sections.get(command)).toMatch(new RegExp(`\`${option}[ \`]`));
    }
  }
  expect((await run(['man', '--markdown'])).stdout.toString()).toBe(page);
});

test('another shell is refused', async () => {
  expect((await run(['completion', 'csh'])).code).toBe(64);
});
