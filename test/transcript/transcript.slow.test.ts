/** Every transcript of README.md and docs, run with the package as it is installed from its tarball, and compared. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { numpy } from '../output/python.js';
import { temporaryFolder } from '../support/files.js';
import { installPackage } from '../support/installed.js';
import { beside, type Command, stepsOf } from './transcript.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]
  .filter((path) => path.endsWith('.md'))
  .map((path) => ({ path, steps: stepsOf(readFileSync(join(root, path), 'utf8')) }))
  .filter(({ steps }) => steps.some(({ kind }) => kind === 'command'));

const folder = temporaryFolder();
const hasScript = spawnSync('script', ['-qec', 'true', '/dev/null'], { input: '' }).status === 0;

const hasMake = spawnSync('make', ['--version']).status === 0;
/** What a command needs and this machine lacks. */
const lacking = (command: string): string | undefined =>
  command.startsWith('python3') && !numpy ? 'NumPy' : command.startsWith('make ') && !hasMake ? 'make' : undefined;

/** A progress line, which is wiped before anything else is written. */
const WIPED = new RegExp(`[^\\n]*${'\r\u001b'}\\[K`, 'g');

/** Runs a command on a terminal of its own. Returns the lines that stay on it. */
function onTerminal(text: string, cwd: string): string[] {
  const path = join(cwd, '.command');
  writeFileSync(path, `unset CI; ${text}\n`);
  const { PATH } = process.env;
  const { status, stdout } = spawnSync('script', ['-qec', `bash "${path}"`, '/dev/null'], {
    cwd,
    input: '',
    encoding: 'utf8',
    // Nothing else ends one that hangs: this blocks the runner.
    timeout: 600_000,
    env: { ...process.env, TERM: 'xterm', NO_COLOR: '1', PATH: `${folder.at('home/node_modules/.bin')}:${PATH}` },
  });
  expect(status, `${text}\n${stdout}`).toBe(0);
  const screen = stdout.replaceAll('\r\n', '\n').replaceAll(WIPED, '');
  return screen.split('\n');
}

describe.skipIf(!hasScript)(`transcripts${hasScript ? '' : ' (script of util-linux is absent)'}`, () => {
  beforeAll(() => {
    installPackage(folder.path);
  });

  test('the pages that show most have some', () => {
    const shown = ['README.md', 'docs/tutorial.md', 'docs/tables.md', 'docs/recipes.md', 'docs/coverage.md'];
    expect(pages.map(({ path }) => path)).toEqual(expect.arrayContaining(shown));
  });

  test.each(pages)('$path', ({ path, steps }) => {
    const cwd = folder.at(`home/${path.replaceAll('/', '-')}`);
    mkdirSync(cwd);
    symlinkSync('../node_modules/levattn/fixtures', join(cwd, 'fixtures'));
    for (const step of steps) {
      if (step.kind === 'file') writeFileSync(join(cwd, step.name), step.content);
      else if (lacking(step.text) !== undefined)
        console.warn(`${path}:${step.line} left out: there is no ${lacking(step.text)}`);
      else compare(path, step, onTerminal(step.text, cwd));
    }
  });

  test('npm run demo, in the package', () => {
    const home = folder.at('home/node_modules/levattn');
    const { status, stdout } = spawnSync('npm', ['run', '--silent', 'demo'], { cwd: home, encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stdout).toContain('query,key,score\n0,946,0.0635');
  });
});

function compare(path: string, { text, shown, line }: Command, screen: readonly string[]): void {
  const { shown: wanted, came } = beside(shown, screen);
  expect(came.join('\n'), `${path}:${line}: $ ${text}`).toBe(wanted.join('\n'));
}
