/** `select-keys` against the NumPy script a user would write, on the same files, in one run. */

import { alternate, gaussianFile, LEVATTN, PYTHON, pairedRatio, run, script, table } from './support.js';

const EPS = '0.05';

/** Row blocks that the NumPy script is given the choice of. */
const NUMPY_ROWS = [1024, 8192, 65_536];

/** The block that NumPy is fastest with on this file. */
async function bestRows(path) {
  const results = await alternate(
    Object.fromEntries(
      NUMPY_ROWS.map((rows) => [rows, () => run(PYTHON, [script('numpy-two-pass.py'), path, EPS, String(rows)])]),
    ),
    1,
  );
  return Object.entries(results).sort(([, a], [, b]) => a.seconds - b.seconds)[0][0];
}

/** Prints the comparison. */
export async function benchSelectKeys({ rounds = 5, megabytes = 256 } = {}) {
  console.log(`## select-keys against NumPy, float32 npy of ${megabytes} MB, page cache, median of ${rounds} rounds\n`);
  if (!PYTHON)
    throw new Error('this comparison needs a python3 with NumPy (Debian: python3-numpy libopenblas0-pthread)');
  const rows = [];
  for (const d of [15, 64, 128, 256]) {
    const file = await gaussianFile(Math.round((megabytes * 1e6) / (4 * d)), d, 'float32');
    const block = await bestRows(file.path);
    const results = await alternate(
      {
        levattn: () => run(process.execPath, [LEVATTN, 'select-keys', '--eps', EPS, '--format', 'csv', file.path]),
        numpy: () => run(PYTHON, [script('numpy-two-pass.py'), file.path, EPS, block]),
      },
      rounds,
    );
    const rate = ({ seconds }) => (file.bytes / 1e6 / seconds).toFixed(0);
    const ratio = pairedRatio(results.numpy, results.levattn).toFixed(2);
    rows.push([d, file.n, rate(results.levattn), `${rate(results.numpy)} (blocks of ${block})`, ratio]);
  }
  table(['d', 'n', 'levattn MB/s', 'NumPy, two passes MB/s', 'times as fast'], rows);
}
