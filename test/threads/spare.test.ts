/** Threads that are started before anybody needs them. Runs the built module in a process of its own. */

import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';

const folder = temporaryFolder();
const SPARE = new URL('../../dist/threads/spare.js', import.meta.url).href;

const echo = folder.write(
  'echo.mjs',
  `import { parentPort, threadId } from 'node:worker_threads';
   parentPort.on('message', (asked) => parentPort.postMessage([asked, threadId]));`,
);

/** What a program prints that can start and take threads which answer with what they were asked, and their number. */
function printed(program: string): string {
  const script = folder.write(
    'program.mjs',
    `import { startSpare, takeThread } from '${SPARE}';
     const file = new URL('file://${echo}');
     const ask = async (thread, what) => {
       const answer = new Promise((resolve) => thread.once('message', resolve));
       thread.postMessage(what);
       return (await answer).join(' ');
     };
     ${program}`,
  );
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: 60_000 });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trim();
}

test('are taken each once, then new ones are started', () => {
  const answers = printed(`
    startSpare(file, 2);
    const threads = [takeThread(file), takeThread(file), takeThread(file)];
    for (const [i, thread] of threads.entries()) console.log(await ask(thread, i));
    for (const thread of threads) await thread.terminate();
  `);
  expect(answers.split('\n')).toEqual(['0 2', '1 1', '2 3']);
});

test('do not keep the process, whether or not one is taken and ended', () => {
  expect(printed(`startSpare(file, 2); console.log('end');`)).toBe('end');
  expect(
    printed(
      `startSpare(file, 2); const one = takeThread(file); console.log(await ask(one, 'a')); await one.terminate();`,
    ),
  ).toBe('a 2');
});

test('of another file are not taken', () => {
  const other = folder.write('other.mjs', 'setInterval(() => {}, 1e6);');
  const program = `startSpare(new URL('file://${other}'), 1); const one = takeThread(file); console.log(await ask(one, 'b')); await one.terminate();`;
  expect(printed(program)).toBe('b 2');
});
