/** What the benchmark programs share: whole processes timed in turn, medians and ratios, tables. */

import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program under test. */
export const LEVATTN = fileURLToPath(new URL('../../bin/levattn.js', import.meta.url));

/** A script of this folder. */
export const script = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Where generated matrices are kept between runs. */
export const DATA = join(tmpdir(), 'levattn-bench');
mkdirSync(DATA, { recursive: true });

/** A Python that has a module: Debian's by choice. */
export const pythonWith = (module) =>
  ['/usr/bin/python3', 'python3'].find((python) => spawnSync(python, ['-c', `import ${module}`]).status === 0);

/** A Python with NumPy: of Debian's, the BLAS is known. */
export const PYTHON = pythonWith('numpy');

const quoted = (words) => words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');

/**
 * Runs one process to its end.
 *
 * @param stdin - a file redirected to it
 * @param pipeFrom - a command whose output is piped to it, as a shell does it
 * @param discard - whether its output goes to /dev/null rather than being kept
 * @returns seconds, what it printed
 */
export function run(command, args, { stdin, pipeFrom, discard } = {}) {
  return new Promise((resolve, reject) => {
    const input = stdin ? openSync(stdin, 'r') : 'ignore';
    const [program, words] = pipeFrom
      ? ['/bin/sh', ['-c', `${quoted(pipeFrom)} | ${quoted([command, ...args])}`]]
      : [command, args];
    const started = performance.now();
    const child = spawn(program, words, { stdio: [input, discard ? 'ignore' : 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (typeof input === 'number') closeSync(input);
      const seconds = (performance.now() - started) / 1000;
      if (code !== 0) reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${stderr}`));
      else resolve({ seconds, stdout, stderr });
    });
  });
}

/** Reads a file and throws it away. */
export const rawRead = (path) => () => run('cat', [path], { discard: true });

/** The middle of some numbers. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Runs several contestants in turn, `rounds` times, after one round that is not counted.
 * @param contestants name -> function that runs once and returns {seconds}
 * @returns name -> {seconds: median, all: [...]}
 */
export async function alternate(contestants, rounds) {
  const all = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, once] of Object.entries(contestants)) {
      const { seconds } = await once();
      if (round > 0) all[name].push(seconds);
    }
  }
  return Object.fromEntries(Object.entries(all).map(([name, list]) => [name, { seconds: median(list), all: list }]));
}

/** The index of the way that is fastest in its second run. */
export async function bestOf(ways) {
  const seconds = [];
  for (const once of ways) {
    await once();
    seconds.push((await once()).seconds);
  }
  return seconds.indexOf(Math.min(...seconds));
}

/** Ends a comparison that needs NumPy where there is none. */
export function needPython() {
  if (PYTHON) return;
  throw new Error('this comparison needs a python3 with NumPy (Debian: python3-numpy libopenblas0-pthread)');
}

/** Median over rounds of a / b, pair by pair: what holds when the machine's speed drifts. */
export const pairedRatio = (a, b) => median(a.all.map((seconds, i) => seconds / b.all[i]));

/** A Markdown table. */
export function table(header, rows) {
  console.log(`| ${header.join(' | ')} |`);
  console.log(`|${header.map(() => '---').join('|')}|`);
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
  console.log();
}

/** A float32 npy file as float16. */
const HALVE = `
import sys, numpy as np
K = np.load(sys.argv[1], mmap_mode="r")
H = np.lib.format.open_memmap(sys.argv[2], mode="w+", dtype=np.float16, shape=K.shape)
for i in range(0, len(K), 65536):
    H[i : i + 65536] = K[i : i + 65536]
`;

/** A generated matrix on disk, made once. */
export async function gaussianFile(n, d, dtype) {
  const path = join(DATA, `gaussian-${n}x${d}-${dtype}.npy`);
  if (!existsSync(path)) {
    if (dtype === 'float16') await run(PYTHON, ['-c', HALVE, (await gaussianFile(n, d, 'float32')).path, path]);
    else await run(process.execPath, [script('write-gaussian.js'), String(n), String(d), dtype, path]);
  }
  return { path, size: statSync(path).size, n, d };
}
