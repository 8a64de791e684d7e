/** `heavy --f softmax`, exact, against brute force in NumPy: m queries, n keys, in one run each. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { alternate, DATA, LEVATTN, PYTHON, pairedRatio, run, script, table } from './support.js';

const D = 64;
const EPS = '0.1';
const QUERIES = 2048;

/** Row blocks that the NumPy script is given the choice of. */
const NUMPY_ROWS = [256, 1024, 4096];

async function attentionFiles(n) {
  const at = (name) => join(DATA, `attention-${n}x${D}-${name}`);
  const files = { keys: at('K.npy'), queries: at('Q.npy') };
  if (!existsSync(files.queries)) {
    const made = [n, D, files.keys, QUERIES, files.queries].map(String);
    await run(process.execPath, [script('write-attention.js'), ...made]);
  }
  return files;
}

const exact = ({ keys, queries }) =>
  run(process.execPath, [LEVATTN, 'heavy', '--f', 'softmax', '--eps', EPS, '--format', 'csv', '--keys', keys, queries]);

const bruteForce = ({ keys, queries }, rows) =>
  run(PYTHON, [script('numpy-softmax.py'), keys, queries, EPS, String(rows)]);

/** Both find the same number of entries, but for those that float32 in NumPy puts on the other side of eps. */
async function check(files) {
  const [own, numpy] = [await exact(files), await bruteForce(files, 1024)];
  const entries = own.stdout.trim().split('\n').length - 1;
  if (entries < QUERIES / 2 || Math.abs(entries - Number(numpy.stdout)) > QUERIES / 200) {
    throw new Error(`${entries} entries where NumPy finds ${numpy.stdout.trim()}`);
  }
  return entries;
}

/** Prints the comparison. */
export async function benchExact({ rounds = 5, n = 1e6 } = {}) {
  const count = (value) => value.toLocaleString('en-US');
  if (!PYTHON)
    throw new Error('this comparison needs a python3 with NumPy (Debian: python3-numpy libopenblas0-pthread)');
  const files = await attentionFiles(n);
  const entries = await check(files);
  console.log(
    `## exact softmax against NumPy brute force, m = ${count(QUERIES)}, n = ${count(n)}, d = ${D}, eps = ${EPS}, ` +
      `${count(entries)} entries, float32 npy in page cache, CSV out, median of ${rounds} rounds\n`,
  );
  const tried = await alternate(Object.fromEntries(NUMPY_ROWS.map((rows) => [rows, () => bruteForce(files, rows)])), 1);
  const [rows] = Object.entries(tried).sort(([, a], [, b]) => a.seconds - b.seconds)[0];
  const contestants = { numpy: () => bruteForce(files, rows), levattn: () => exact(files) };
  const { numpy, levattn } = await alternate(contestants, rounds);
  table(
    ['', 'seconds', 'times as fast'],
    [
      [`NumPy, K in blocks of ${rows}`, numpy.seconds.toFixed(3), '1.0'],
      ['levattn heavy --f softmax', levattn.seconds.toFixed(3), pairedRatio(numpy, levattn).toFixed(2)],
    ],
  );
}
