/** Peak memory of `select-keys` over n: a matrix generated on the fly into a pipe, never on disk. */

import { LEVATTN, run, script, table } from './support.js';

const D = 64;

/** Peak RSS in MB, as the program reports it of itself at the end. */
async function peakMemory(n, d) {
  const { stderr, seconds } = await run(process.execPath, [LEVATTN, 'select-keys', '--log-json', '--format', 'csv'], {
    pipeFrom: [process.execPath, script('write-gaussian.js'), String(n), String(d), 'float32'],
  });
  const done = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .find(({ msg }) => msg === 'done');
  return { megabytes: done.peakRss / 1e6, seconds };
}

/** Prints the table. */
export async function benchMemory() {
  console.log(`## Peak memory of select-keys over n, d = ${D}, float32 npy through a pipe\n`);
  const rows = [];
  for (const n of [1e5, 1e6, 1e7]) {
    const { megabytes, seconds } = await peakMemory(n, D);
    rows.push([n.toLocaleString('en-US'), megabytes.toFixed(0), seconds.toFixed(1)]);
  }
  table(['n', 'peak RSS MB', 'seconds'], rows);
}
