/**
 * `select-keys` on wide matrices against NumPy's two passes, in one run: seconds, and processor time of both, as that says more on a machine
 * with other work.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bestOf, DATA, gaussianFile, LEVATTN, median, needPython, PYTHON, run, script, table } from './support.js';

const EPS = '0.05';

/** Row blocks that the NumPy script is given the choice of. */
const NUMPY_ROWS = [4096, 16_384];

/** A matrix with two columns that are sums of others, whose entries are rounded so that the sums are exact. */
const DEPEND = `
import sys, numpy as np
K = np.round(np.load(sys.argv[1]) * 64) / 64
K[:, -1] = K[:, 0] + K[:, 1]
K[:, K.shape[1] // 2] = K[:, 3] - 2 * K[:, 5]
np.save(sys.argv[2], K.astype(np.float32))
`;

/** Elapsed seconds, and those of processors, of a command. */
async function timed(command, args) {
  const { seconds, stdout } = await run('/bin/sh', ['-c', '"$@" > /dev/null; times', 'sh', command, ...args]);
  const processors = [
    ...stdout
      .trim()
      .split('\n')
      .at(-1)
      .matchAll(/(\d+)m([\d.]+)s/g),
  ];
  return { seconds, cpu: processors.reduce((sum, [, minutes, rest]) => sum + 60 * Number(minutes) + Number(rest), 0) };
}

const levattn = (path) => () =>
  timed(process.execPath, [LEVATTN, 'select-keys', '--eps', EPS, '--format', 'csv', '--quiet', path]);

const numpy = (path, rows) => () => timed(PYTHON, [script('numpy-two-pass.py'), path, EPS, String(rows)]);

async function dependentFile(n, d) {
  const path = join(DATA, `dependent-${n}x${d}.npy`);
  if (!existsSync(path)) await run(PYTHON, ['-c', DEPEND, (await gaussianFile(n, d, 'float32')).path, path]);
  return { path };
}

/** Both in turn, after one round that is not counted. */
async function inTurn(contestants, rounds) {
  const times = contestants.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, once] of contestants.entries()) {
      const time = await once();
      if (round > 0 || rounds === 0) times[i].push(time);
    }
  }
  return times;
}

/** Prints the comparison. */
export async function benchWideMatrices({ rounds = 3 } = {}) {
  needPython();
  console.log(`## select-keys on wide matrices, float32 npy in the page cache: medians of ${rounds} rounds\n`);
  const files = [
    ['100,000 x 768', await gaussianFile(100_000, 768, 'float32')],
    ['50,000 x 1,536', await gaussianFile(50_000, 1536, 'float32')],
    ['20,000 x 4,096', await gaussianFile(20_000, 4096, 'float32')],
    ['20,000 x 1,024', await gaussianFile(20_000, 1024, 'float32')],
    ['20,000 x 1,024, two columns dependent', await dependentFile(20_000, 1024)],
  ];
  const rows = [];
  for (const [name, { path }] of files) {
    const ways = NUMPY_ROWS.map((count) => numpy(path, count));
    const [mine, theirs] = await inTurn([levattn(path), ways[await bestOf(ways)]], rounds);
    const of = (times, what) => median(times.map((time) => time[what]));
    const ratio = (what) => median(mine.map((time, i) => theirs[i][what] / time[what])).toFixed(2);
    rows.push([
      name,
      ...['seconds', 'cpu'].flatMap((what) => [of(mine, what).toFixed(1), of(theirs, what).toFixed(1), ratio(what)]),
    ]);
  }
  table(
    ['', 'levattn, s', 'NumPy, s', 'NumPy / levattn', 'levattn, CPU s', 'NumPy, CPU s', 'NumPy / levattn, CPU'],
    rows,
  );
}
