/**
 * Runs commands of the built program one after another in this process: once its modules are loaded and compiled, a small command takes a
 * few milliseconds of it, where a process of its own takes 0.3 s.
 *
 * A request comes over the channel to the parent: `{ args, cwd, mark }`. Standard output and error are the descriptors of this process,
 * so that all is seen that a command writes, whatever way it does. After the command the mark ends both, followed by the exit code on
 * standard output.
 */

import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../bin/levattn.js', import.meta.url));

/** Not imported by its name, under which the type check would read the build. */
const program = import(new URL('../../dist/bin/levattn.js', import.meta.url).href);

/** Thrown where a command ends its process. */
class Exit {
  constructor(code) {
    this.code = code;
  }
}

process.exit = (code) => {
  throw new Exit(code);
};

/** What a command listens to until its process ends. */
const LISTENED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException'];

async function exitCodeOf(args) {
  const { main } = await program;
  // Scripts that the program writes call it as it was called.
  process.argv = [process.execPath, PROGRAM, ...args];
  try {
    await main(process.argv);
    return 0;
  } catch (thrown) {
    if (thrown instanceof Exit) return thrown.code;
    throw thrown;
  } finally {
    for (const event of LISTENED) process.removeAllListeners(event);
    for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error');
  }
}

process.on('message', async ({ args, cwd, mark }) => {
  process.chdir(cwd);
  const code = await exitCodeOf(args);
  process.stdout.write(`${mark}${code}\n`);
  process.stderr.write(`${mark}\n`);
});
