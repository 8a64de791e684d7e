/** `select-keys` against NumPy and against the mere reading of the same file, d = 15 to 256, in one run. */

import {
  alternate,
  bestOf,
  gaussianFile,
  LEVATTN,
  needPython,
  PYTHON,
  pairedRatio,
  rawRead,
  run,
  script,
  table,
} from './support.js';

const EPS = '0.05';

/** Row blocks that the NumPy scripts are given the choice of. */
const NUMPY_ROWS = [1024, 4096, 16_384, 65_536];

/** levattn on a file. */
export const levattn =
  (path, ...options) =>
  () =>
    run(process.execPath, [LEVATTN, 'select-keys', '--eps', EPS, '--format', 'csv', ...options, path]);

/** A NumPy script on a file, with the block it is fastest with. */
export async function numpyAtItsBest(name, path) {
  const ways = NUMPY_ROWS.map((rows) => () => run(PYTHON, [script(name), path, EPS, String(rows)]));
  return ways[await bestOf(ways)];
}

/** Prints the comparison. */
export async function benchSelectKeys({ rounds = 3, bytes = 2 ** 30 } = {}) {
  needPython();
  console.log(
    `## select-keys, float32 npy of ${bytes / 2 ** 30} GiB in the page cache: MB/s, medians of ${rounds} rounds\n`,
  );
  const rows = [];
  for (const d of [15, 64, 128, 256]) {
    const { path, size } = await gaussianFile(Math.round(bytes / (4 * d)), d, 'float32');
    const results = await alternate(
      {
        all: levattn(path),
        one: levattn(path, '--threads', '1'),
        sample: levattn(path, '--sample', '16'),
        twoPass: await numpyAtItsBest('numpy-two-pass.py', path),
        onePass: await numpyAtItsBest('numpy-one-pass.py', path),
        inMemory: () => run(PYTHON, [script('numpy-in-memory.py'), path, EPS]),
        read: rawRead(path),
      },
      rounds,
    );
    const rate = ({ seconds }) => (size / 1e6 / seconds).toFixed(0);
    const times = (slow, fast) => pairedRatio(results[slow], results[fast]).toFixed(2);
    rows.push([
      d,
      ...['all', 'one', 'sample', 'twoPass', 'onePass', 'inMemory', 'read'].map((name) => rate(results[name])),
      times('twoPass', 'all'),
      times('onePass', 'one'),
      times('onePass', 'all'),
      times('twoPass', 'sample'),
      times('read', 'sample'),
    ]);
  }
  table(
    [
      'd',
      'levattn',
      'one thread',
      '--sample 16',
      'NumPy two passes (a)',
      'NumPy one pass (b)',
      'NumPy in memory (c)',
      'raw read (d)',
      'levattn / a',
      'one thread / b',
      'levattn / b',
      'sample / a',
      'sample / d',
    ],
    rows,
  );
}
