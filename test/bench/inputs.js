/** The same matrix by file, redirect and pipe, as npy and Arrow, in three element types. */

import { existsSync } from 'node:fs';
import { levattn, numpyAtItsBest } from './select-keys.js';
import { alternate, gaussianFile, LEVATTN, needPython, PYTHON, pairedRatio, run, script, table } from './support.js';

const D = 64;

/** Prints the table. */
export async function benchInputs({ rounds = 5, bytes = 2 ** 29 } = {}) {
  needPython();
  const n = Math.round(bytes / (4 * D));
  const { path, size } = await gaussianFile(n, D, 'float32');
  const arrow = path.replace(/npy$/, 'arrows');
  if (!existsSync(arrow)) await run(process.execPath, [script('write-arrow.js'), path, arrow]);
  const half = await gaussianFile(n, D, 'float16');
  const double = await gaussianFile(n / 2, D, 'float64');
  const stdin = [LEVATTN, 'select-keys', '--format', 'csv'];
  const numpyPipe = [1024, 4096, 16_384].map(
    (rows) => () => run(PYTHON, [script('numpy-one-pass.py'), '-', '0.05', String(rows)], { pipeFrom: ['cat', path] }),
  );
  const contestants = {
    'npy float32, file': levattn(path),
    'npy float32, redirect': () => run(process.execPath, stdin, { stdin: path }),
    'npy float32, pipe': () => run(process.execPath, stdin, { pipeFrom: ['cat', path] }),
    'Arrow stream float32, file': levattn(arrow),
    'npy float16, file': levattn(half.path),
    'npy float64, file': levattn(double.path),
    'NumPy one pass, pipe': numpyPipe[1],
    'NumPy two passes, float64 file': await numpyAtItsBest('numpy-two-pass.py', double.path),
  };
  const results = await alternate(contestants, rounds);
  const sizes = {
    'npy float16, file': half.size,
    'npy float64, file': double.size,
    'NumPy two passes, float64 file': double.size,
  };
  console.log(`## Inputs, d = ${D}, ${(size / 1e6).toFixed(0)} MB of float32: MB/s, medians of ${rounds} rounds\n`);
  table(
    ['input', 'MB/s'],
    Object.entries(results).map(([name, { seconds }]) => [name, ((sizes[name] ?? size) / 1e6 / seconds).toFixed(0)]),
  );
  const ratio = (slow, fast) => pairedRatio(results[slow], results[fast]).toFixed(2);
  table(
    ['comparison', 'ratio'],
    [
      ['Arrow stream file against npy', ratio('npy float32, file', 'Arrow stream float32, file')],
      ['pipe against NumPy reading the same pipe in one pass', ratio('NumPy one pass, pipe', 'npy float32, pipe')],
    ],
  );
}
