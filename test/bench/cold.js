/** `select-keys` on a file that is not in the page cache, against `cat FILE`. Needs the right to drop the caches (root). */

import { writeFileSync } from 'node:fs';
import { levattn } from './select-keys.js';
import { alternate, gaussianFile, pairedRatio, rawRead, table } from './support.js';

/** Empties the page cache; false where that is not allowed. */
function dropCaches() {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3');
    return true;
  } catch {
    return false;
  }
}

/** Prints the table, or why there is none. */
export async function benchCold({ rounds = 5, bytes = 2 ** 30 } = {}) {
  console.log(`## Cold disk, float32 npy of ${bytes / 2 ** 30} GiB, caches dropped before every run\n`);
  if (!dropCaches()) {
    console.log('not measured: the page cache cannot be dropped here\n');
    return;
  }
  const rows = [];
  for (const d of [15, 64]) {
    const { path, size } = await gaussianFile(Math.round(bytes / (4 * d)), d, 'float32');
    const cold = (once) => () => {
      dropCaches();
      return once();
    };
    const results = await alternate({ levattn: cold(levattn(path)), cat: cold(rawRead(path)) }, rounds);
    const rate = ({ seconds }) => (size / 1e6 / seconds).toFixed(0);
    rows.push([d, rate(results.levattn), rate(results.cat), pairedRatio(results.cat, results.levattn).toFixed(2)]);
  }
  table(['d', 'levattn MB/s', 'cat MB/s', 'levattn / cat'], rows);
}
