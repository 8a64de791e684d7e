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

/** A Python with NumPy: Debian's by choice, as its BLAS is known. */
export const PYTHON = ['/usr/bin/python3', 'python3'].find(
  (python) => spawnSync(python, ['-c', 'import numpy']).status === 0,
);

/**
 * Runs one process to its end.
 * @returns seconds, exit code, what it printed
 */
export function run(command, args, { stdin, pipeFrom, env } = {}) {
  return new Promise((resolve, reject) => {
    const input = stdin ? openSync(stdin, 'r') : pipeFrom ? 'pipe' : 'ignore';
    const started = performance.now();
    const child = spawn(command, args, { stdio: [input, 'pipe', 'pipe'], env: { ...process.env, ...env } });
    if (pipeFrom) {
      const source = spawn(pipeFrom[0], pipeFrom.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
      source.stdout.pipe(child.stdin);
      child.stdin.on('error', () => source.kill());
    }
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
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

/** Median over rounds of a / b, pair by pair: what holds when the machine's speed drifts. */
export const pairedRatio = (a, b) => median(a.all.map((seconds, i) => seconds / b.all[i]));

/** A Markdown table. */
export function table(header, rows) {
  console.log(`| ${header.join(' | ')} |`);
  console.log(`|${header.map(() => '---').join('|')}|`);
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
  console.log();
}

/** A generated matrix on disk, made once. */
export async function gaussianFile(n, d, dtype) {
  const path = join(DATA, `gaussian-${n}x${d}-${dtype}.npy`);
  if (!existsSync(path)) await run(process.execPath, [script('write-gaussian.js'), String(n), String(d), dtype, path]);
  return { path, bytes: statSync(path).size, n, d };
}
