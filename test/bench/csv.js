/**
 * CSV against pandas and NumPy: what reading alone takes, imports not counted, and `select-keys` as a whole process from its
 * start to its end.
 */

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { levattn } from './select-keys.js';
import { alternate, DATA, pairedRatio, pythonWith, run, script, table } from './support.js';

const D = 64;

/** How numbers are spelled: as pandas and JavaScript write them, and as numpy.savetxt does. */
const SPELLINGS = { shortest: 'shortest', '%.18e': 'exponential' };

/** A script that prints the seconds it has taken. */
const timed = (command, args) => async () => ({ seconds: Number((await run(command, args)).stdout) });

/** What else reads CSV here. */
function otherReaders() {
  const pythons = { pandas: pythonWith('pandas'), 'numpy.loadtxt': pythonWith('numpy') };
  for (const [name, python] of Object.entries(pythons)) if (!python) console.log(`${name} is not installed\n`);
  return Object.entries(pythons).filter(([, python]) => python);
}

/** A generated matrix on disk, made once. */
async function gaussianCsv(bytes, spelling) {
  const path = join(DATA, `gaussian-${bytes}x${D}-${spelling}.csv`);
  if (!existsSync(path))
    await run(process.execPath, [script('write-csv.js'), String(bytes), String(D), spelling, path]);
  return { path, size: statSync(path).size };
}

/** Prints the comparison. */
export async function benchCsv({ rounds = 5, bytes = 1e8 } = {}) {
  console.log(`## CSV, d = ${D}, ${bytes / 1e6} MB in the page cache: MB/s, medians of ${rounds} rounds\n`);
  const others = otherReaders();
  const rows = [];
  for (const [name, spelling] of Object.entries(SPELLINGS)) {
    const { path, size } = await gaussianCsv(bytes, spelling);
    const contestants = {
      reading: timed(process.execPath, [script('read-csv.js'), path]),
      selecting: levattn(path),
      ...Object.fromEntries(
        others.map(([other, python]) => [other, timed(python, [script('read-csv.py'), other, path])]),
      ),
    };
    const results = await alternate(contestants, rounds);
    const rate = (one) => (size / 1e6 / results[one].seconds).toFixed(0);
    const times = (slow, fast) => pairedRatio(results[slow], results[fast]).toFixed(2);
    rows.push([
      name,
      rate('reading'),
      rate('selecting'),
      ...others.flatMap(([other]) => [rate(other), `${times(other, 'reading')}, ${times(other, 'selecting')}`]),
    ]);
  }
  const columns = others.flatMap(([other]) => [`${other}, reading`, 'levattn is times as fast: reading, select-keys']);
  table(['numbers', 'levattn, reading', 'levattn select-keys', ...columns], rows);
}
