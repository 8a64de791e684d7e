/** `select-keys` for functions other than x^2 against x^2 on the same file: what Lewis weights cost. */

import { levattn } from './select-keys.js';
import { alternate, gaussianFile, pairedRatio, table } from './support.js';

const FUNCTIONS = ['power:2', 'power:4', 'power:3', 'power:1', 'power:1.3', 'huber:1'];

/** Prints the comparison. */
export async function benchFunctions({ rounds = 5, n = 2_097_152, d = 64 } = {}) {
  const { path, size } = await gaussianFile(n, d, 'float32');
  const results = await alternate(Object.fromEntries(FUNCTIONS.map((f) => [f, levattn(path, '--f', f)])), rounds);
  console.log(`## select-keys --f, ${n} x ${d} float32 in the page cache, medians of ${rounds} rounds\n`);
  table(
    ['f', 'seconds', 'MB/s', 'times x^2'],
    FUNCTIONS.map((f) => [
      f,
      results[f].seconds.toFixed(2),
      (size / 1e6 / results[f].seconds).toFixed(0),
      pairedRatio(results[f], results['power:2']).toFixed(2),
    ]),
  );
}
