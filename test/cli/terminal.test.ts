/** What people see on a terminal, which util-linux's `script` provides. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { fixturePath, loadReal } from '../support/fixtures.js';
import { PROGRAM, shell } from '../support/program.js';

const K = fixturePath('demo/K.npy');
const Q = fixturePath('demo/Q.npy');
/** Writes a large matrix to stdout. */
const BENCH = fileURLToPath(new URL('../bench/write-gaussian.js', import.meta.url));
const demo = loadReal('use-l0h0-long');
const folder = temporaryFolder();
const WIPE = '\r\u001b[K';

const hasScript = spawnSync('script', ['-qec', 'true', '/dev/null'], { input: '' }).status === 0;

let scripts = 0;

/** Runs a shell command on a terminal of its own; `levattn` is the program. Returns all that the terminal got. */
async function onTerminal(
  command: string,
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; screen: string }> {
  // Node finds no colours where CI is set, whatever the terminal.
  const program = `unset CI; levattn() { "${process.execPath}" "${PROGRAM}" "$@"; }`;
  const path = folder.write(`${scripts++}.sh`, `${program}\n${command}\n`);
  const { code, stdout } = await shell(`script -qec 'bash "${path}"' /dev/null < /dev/null`, {
    cwd: folder.path,
    env: { TERM: 'xterm', ...env },
  });
  return { code, screen: stdout.toString().replaceAll('\r\n', '\n') };
}

describe.skipIf(!hasScript)(
  `on a terminal${hasScript ? '' : ' (script of util-linux is absent)'}`,
  { concurrent: true },
  () => {
    test('select-keys: progress, summary, the first 20 rows of U', async () => {
      const { code, screen } = await onTerminal(`levattn select-keys "${K}"`, { NO_COLOR: '1' });
      expect(code).toBe(0);
      expect(screen).toMatch(/reading K {2}\[[#.]{24}\] +\d+ % {2}[\d,]+ rows {2}\S+ MB\/s/);
      const [summary, header, ...lines] = screen.slice(screen.lastIndexOf(WIPE) + WIPE.length).split('\n');
      expect(summary).toMatch(
        /^n 1,536 {2}d 64 {2}rank 64 {2}\|U\| 211 \(at most d\/eps = 1,280\) {2}largest score 0\.09501 {2}\d+\.\d\d s {2}\S+ MB\/s$/,
      );
      expect(header).toMatch(/^ *index +score$/);
      const { all } = demo.results.find(({ eps }) => eps === 0.05)!.U;
      expect(lines.slice(0, 20).map((line) => line.trim().split(/ +/))).toEqual(
        all!.slice(0, 20).map(([index, score]) => [String(index), score.toPrecision(6)]),
      );
      expect(lines.slice(20)).toEqual(['… and 191 more', '']);
    });

    test('select-keys: an empty U has no largest score', async () => {
      const largest = Math.max(...demo.results.find(({ eps }) => eps === 0.05)!.U.all!.map(([, score]) => score));
      expect(largest).toBeLessThan(0.2);
      const { code, screen } = await onTerminal(`levattn select-keys --eps 0.2 "${K}"`);
      expect(code).toBe(0);
      expect(screen).toMatch(/\|U\| 0 \(at most d\/eps = 320\) {2}no score reaches 0\.2 {2}\d+\.\d\d s/);
    });

    test('heavy: entries, then the summary', async () => {
      const { code, screen } = await onTerminal(`levattn heavy --eps 0.02 --keys "${K}" "${Q}"`);
      expect(code).toBe(0);
      expect(screen).toMatch(/query +key +score/);
      expect(screen).toMatch(/… and 36 more\n/);
      expect(screen).toMatch(/1,536 queries {2}56 heavy entries {2}\d+\.\d\d s\n$/);
    });

    test('a header in bold, unless NO_COLOR forbids it', async () => {
      const [bold, plain] = await Promise.all([
        onTerminal(`levattn select-keys "${K}"`),
        onTerminal(`levattn select-keys "${K}"`, { NO_COLOR: '1' }),
      ]);
      expect(bold.screen).toMatch('\u001b[1m');
      expect(plain.screen).not.toMatch('\u001b[1m');
    });

    test('no table in a pipe or a file, but the format that is asked for', async () => {
      const { screen } = await onTerminal(
        `levattn select-keys "${K}" --no-progress 2> /dev/null | head -c 4 | od -A n -t x1`,
      );
      expect(screen.trim()).toBe('ff ff ff ff');
    });

    test('the next command is named, with names that a shell takes', async () => {
      const { screen } = await onTerminal(`levattn select-keys "${K}" --no-progress -o "my U.arrow"`);
      expect(screen).toMatch(/\nnext: levattn heavy --keys 'my U\.arrow' Q\.npy\n$/);
    });

    test('--quiet says nothing but errors', async () => {
      const { code, screen } = await onTerminal(`levattn select-keys --quiet --delimiter , "${K}" -o q.arrow`);
      expect([code, screen]).toEqual([0, '']);
      const failed = await onTerminal('levattn select-keys -q missing.npy -o q.arrow');
      expect(failed.screen).toMatch(/^levattn: missing\.npy: [^\n]*\n$/);
    });

    test('--no-progress shows none; --log-json JSON alone', async () => {
      const quiet = await onTerminal(`levattn select-keys "${K}" --no-progress -o U.csv`);
      expect(quiet.screen).toMatch(/^n 1,536 [^\n]*\n$/);
      const { screen } = await onTerminal(`levattn select-keys "${K}" --log-json -o U.csv`);
      for (const line of screen.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
    });

    test.each([
      ['select-keys', 'no K'],
      ['select-keys -', 'no K'],
      ['heavy', 'no keys'],
      [`heavy "${Q}"`, 'no keys'],
      [`heavy --keys "${K}"`, 'no Q'],
    ])('%s with nothing but the terminal to read: 64 and a hint, no waiting', async (args, missing) => {
      const { code, screen } = await onTerminal(`levattn ${args}`);
      expect(code).toBe(64);
      expect(
        screen
          .split('\n')
          .filter((line) => line !== '')
          .at(-1),
      ).toMatch(new RegExp(`levattn: ${missing}: name a file, or redirect or pipe one to standard input`));
    });

    test.each(['/dev/stdin', '/dev/tty', '/dev/fd/0'])('%s as a file, which is the terminal: 64', async (path) => {
      const { code, screen } = await onTerminal(`levattn select-keys ${path}`);
      expect({ code, screen }).toEqual({
        code: 64,
        screen: expect.stringMatching(/^levattn: \S+: is a terminal; .*\n$/),
      });
    });

    test('an error in the midst of a pass wipes the progress line and stands alone', async () => {
      const { code, screen } = await onTerminal(
        `"${process.execPath}" "${BENCH}" 20000 64 float32 | head -c 3000000 | levattn select-keys`,
      );
      expect(code).toBe(75);
      expect(screen).toMatch(/reading K /);
      expect(screen.slice(screen.lastIndexOf(WIPE) + WIPE.length)).toMatch(
        /^levattn: stdin: data ends in row 11718 of 20000; .*\n$/,
      );
    });
  },
);
