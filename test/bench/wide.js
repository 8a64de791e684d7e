/**
 * Vectors of 256 bits against 128 on the Node that runs this, and NumPy beside them: whole runs, in turn.
 *
 * Beside the time by the clock stands that of the processors, user and system, which other work on the machine changes less.
 */

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DATA, gaussianFile, LEVATTN, median, PYTHON, run, script, table } from './support.js';

const D = 64;

/** Runs a command under bash's `time`: seconds by the clock, and of processors. */
async function timed(words, narrow) {
  const code = 'TIMEFORMAT=$\'\\n%R %U %S\'; export LEVATTN_WASM_128=$1; shift; time "$@" > /dev/null';
  const { stderr } = await run('bash', ['-c', code, 'bash', narrow ? '1' : '', ...words]);
  const [seconds, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { seconds, cpu: user + system };
}

/** Contestants in turn, after a round that is not counted: medians, and medians of the ratios of each round. */
async function compare(name, own, numpy, rounds) {
  const words = [process.execPath, LEVATTN, ...own];
  const contestants = {
    wide: () => timed(words, false),
    narrow: () => timed(words, true),
    ...(numpy && PYTHON ? { numpy: () => timed([PYTHON, ...numpy], false) } : {}),
  };
  const all = Object.fromEntries(Object.keys(contestants).map((contestant) => [contestant, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [contestant, once] of Object.entries(contestants)) {
      const result = await once();
      if (round > 0) all[contestant].push(result);
    }
  }
  const middle = (contestant, what) =>
    all[contestant] ? median(all[contestant].map((result) => result[what])).toFixed(2) : '';
  const ratio = (slow, fast, what) =>
    all[slow] ? median(all[slow].map((result, i) => result[what] / all[fast][i][what])).toFixed(2) : '';
  return [
    name,
    ...['wide', 'narrow', 'numpy'].flatMap((contestant) => [middle(contestant, 'seconds'), middle(contestant, 'cpu')]),
    ...['narrow', 'numpy'].flatMap((slow) => [ratio(slow, 'wide', 'seconds'), ratio(slow, 'wide', 'cpu')]),
  ];
}

/** Keys and queries that a script of this folder makes, removed afterwards. */
async function withFiles(names, make, use) {
  const paths = names.map((name) => join(DATA, `wide-${name}.npy`));
  if (!paths.every(existsSync)) await run(process.execPath, make(paths));
  const result = await use(paths);
  for (const path of paths) rmSync(path);
  return result;
}

/** Prints the comparison; files are made one after the other and removed. */
export async function benchWide({ rounds = 5, bytes = 2 ** 30 } = {}) {
  console.log(`## 256 bits against 128: seconds (of processors), medians of ${rounds} rounds\n`);
  const rows = [];
  for (const d of [15, 64, 128, 256]) {
    const { path, n } = await gaussianFile(Math.round(bytes / (4 * d)), d, 'float32');
    const keys = ['select-keys', '--eps', '0.05', '--format', 'csv', path];
    const numpy = [script('numpy-two-pass.py'), path, '0.05', '16384'];
    rows.push(await compare(`select-keys, ${n} x ${d}`, keys, numpy, rounds));
    if (d === D) {
      rows.push(await compare(`select-keys --sample 16, ${n} x ${d}`, [...keys, '--sample', '16'], undefined, rounds));
    }
    rmSync(path);
  }
  const { path, n } = await gaussianFile(Math.round(bytes / (16 * D)), D, 'float32');
  for (const f of ['power:2', 'power:4']) {
    const keys = ['select-keys', '--f', f, '--eps', '0.1', '--format', 'csv', path];
    rows.push(await compare(`select-keys --f ${f}, ${n} x ${D}`, keys, undefined, rounds));
  }
  rmSync(path);
  rows.push(
    await withFiles(
      ['planted', 'few', 'many'],
      ([keys, few, many]) => [script('write-planted.js'), ...[1e6, D, 512, keys, 1000, few, 1000, many].map(String)],
      ([keys, few]) =>
        compare(
          `heavy, 1,000 queries past 1e6 x ${D}`,
          ['heavy', '--eps', '0.05', '--format', 'csv', '--keys', keys, few],
          [script('numpy-heavy.py'), keys, few, '0.05'],
          rounds,
        ),
    ),
    await withFiles(
      ['attention', 'queries'],
      ([keys, queries]) => [script('write-attention.js'), ...[1e6, D, keys, 2048, queries].map(String)],
      ([keys, queries]) =>
        compare(
          `heavy --f softmax, 2,048 queries past 1e6 x ${D}`,
          ['heavy', '--f', 'softmax', '--eps', '0.1', '--format', 'csv', '--keys', keys, queries],
          [script('numpy-softmax.py'), keys, queries, '0.1', '1024'],
          rounds,
        ),
    ),
  );
  const both = (name) => [`${name}, s`, '(cpu)'];
  table(['', ...['256', '128', 'NumPy'].flatMap(both), '128 / 256', '(cpu)', 'NumPy / 256', '(cpu)'], rows);
}
