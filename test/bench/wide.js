/**
 * Vectors of 256 bits against 128 on the Node that runs this: whole runs, in turn.
 *
 * Beside the elapsed time stands that of the processors, user and system, which other work on the machine changes less.
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DATA, gaussianFile, LEVATTN, median, run, script } from './support.js';

const D = 64;

/** Runs a command under bash's `time`: elapsed seconds, and those of processors. */
async function timed(words, narrow) {
  const code = 'TIMEFORMAT=$\'\\n%R %U %S\'; export LEVATTN_WASM_128=$1; shift; time "$@" > /dev/null';
  const { stderr } = await run('bash', ['-c', code, 'bash', narrow ? '1' : '', ...words]);
  const [seconds, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { seconds, cpu: user + system };
}

/** Both in turn, after a round that is not counted; prints medians, and medians of the ratios of each round. */
async function compare(name, options, rounds) {
  const words = [process.execPath, LEVATTN, ...options, '--format', 'csv'];
  const [wide, narrow] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    const pair = [await timed(words, false), await timed(words, true)];
    if (round === 0) continue;
    wide.push(pair[0]);
    narrow.push(pair[1]);
  }
  const cells = ['seconds', 'cpu'].flatMap((what) => [
    ...[wide, narrow].map((all) => median(all.map((result) => result[what]))),
    median(narrow.map((result, i) => result[what] / wide[i][what])),
  ]);
  console.log(`| ${[name, ...cells.map((cell) => cell.toFixed(2))].join(' | ')} |`);
}

/** Files that a script of this folder makes, removed afterwards. */
async function withFiles(names, make, use) {
  const paths = names.map((name) => join(DATA, `wide-${name}.npy`));
  await run(process.execPath, make(paths));
  await use(paths);
  for (const path of paths) rmSync(path);
}

/** Prints the comparison, line by line; files are made one after the other and removed. */
export async function benchWide({ rounds = 5, bytes = 2 ** 29, n = 500_000 } = {}) {
  const count = (value) => value.toLocaleString('en-US');
  console.log(`## vectors of 256 bits against 128: medians of ${rounds} rounds\n`);
  const columns = ['256, s', '128, s', '128 / 256', '256, s of processors', '128', '128 / 256'];
  console.log(`| | ${columns.join(' | ')} |\n|${'---|'.repeat(columns.length + 1)}`);
  for (const d of [15, 64, 128, 256]) {
    const { path, n } = await gaussianFile(Math.round(bytes / (4 * d)), d, 'float32');
    const select = (name, ...options) => compare(name, ['select-keys', path, '--eps', '0.05', ...options], rounds);
    await select(`select-keys, ${count(n)} x ${d}`);
    if (d === D) {
      await select('the same with --sample 16', '--sample', '16');
      await select('the same with --f power:4', '--f', 'power:4');
    }
    rmSync(path);
  }
  await withFiles(
    ['planted', 'few', 'many'],
    ([keys, few, many]) => [script('write-planted.js'), ...[n, D, 512, keys, 1000, few, 1000, many].map(String)],
    ([keys, few]) =>
      compare(`heavy, 1,000 queries past ${count(n)} x ${D}`, ['heavy', few, '--eps', '0.05', '--keys', keys], rounds),
  );
  await withFiles(
    ['attention', 'queries'],
    ([keys, queries]) => [script('write-attention.js'), ...[n, D, keys, 2048, queries].map(String)],
    ([keys, queries]) =>
      compare(
        `heavy --f softmax, 2,048 queries past ${count(n)} x ${D}`,
        ['heavy', queries, '--f', 'softmax', '--eps', '0.1', '--keys', keys],
        rounds,
      ),
  );
}
