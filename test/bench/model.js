/**
 * `coverage` of the heads of a model against the script that one would write with PyTorch, or with NumPy where there is no PyTorch: whole runs,
 * in turn, in elapsed and in processor time, which other work on the machine changes less. Both use two threads.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DATA, LEVATTN, median, needPython, PYTHON, pythonWith, run, script, table } from './support.js';

const HEADS = 10;
const KEYS = 32_768;
const QUERIES = 2048;
const D = 128;

/** Queries at a time that the script is given the choice of. */
const ROWS = [64, 256, 1024];

/** Shares that float32 rounds to another last digit, and counts of keys. */
const SHARE = 0.1 + 1e-9;
const COUNT = 3;

const WRITE = `
import sys, numpy as np
r = np.random.default_rng(0)
for path, rows in ((sys.argv[1], ${KEYS}), (sys.argv[2], ${QUERIES})):
    np.save(path, r.standard_normal((${HEADS}, rows, ${D}), dtype=np.float32))
`;

async function modelFiles() {
  const at = (name) => join(DATA, `model-${HEADS}x${KEYS}x${D}-${name}.npy`);
  const files = { keys: at('K'), queries: at('Q') };
  if (!existsSync(files.queries)) await run(PYTHON, ['-c', WRITE, files.keys, files.queries]);
  return files;
}

/** Elapsed seconds, those of processors, and what was printed. */
async function timed(command, args) {
  const code = 'TIMEFORMAT=$\'\\n%R %U %S\'; time "$@"';
  const { stdout, stderr } = await run('bash', ['-c', code, 'bash', command, ...args]);
  const [seconds, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { seconds, cpu: user + system, stdout, stderr };
}

const coverage = ({ keys, queries }, ...options) =>
  timed(process.execPath, [
    ...[LEVATTN, 'coverage', queries, '--keys', keys, '--f', 'softmax', '--by', 'key-norm', '--k', '32,128,512'],
    ...['--threads', '2', ...options],
  ]);

/** Both print the same table, but for what float32 rounds in the script. */
async function check(files, byScript) {
  const own = (await coverage(files)).stdout.split('\n').slice(2, 2 + HEADS);
  const theirs = (await byScript()).stdout.trim().split('\n');
  for (const [head, line] of theirs.entries()) {
    const [a, b] = [own[head].trim().split(/\s+/).slice(2), line.split(' ')].map((cells) =>
      cells.map((cell) => Number(cell.replaceAll(',', ''))),
    );
    const apart = a.length === b.length && a.every((one, i) => Math.abs(one - b[i]) <= (i < 6 ? COUNT : SHARE));
    if (!apart) throw new Error(`head ${head}: ${a.join(' ')} where the script has ${b.join(' ')}`);
  }
}

/** Prints the comparison. */
export async function benchModel({ rounds = 5 } = {}) {
  needPython();
  const count = (value) => value.toLocaleString('en-US');
  const torch = pythonWith('torch');
  const [library, python] = torch ? ['torch', torch] : ['numpy', PYTHON];
  const files = await modelFiles();
  const byScript = (rows) => () =>
    timed(python, [script('softmax-coverage.py'), library, files.keys, files.queries, String(rows)]);
  console.log(
    `## coverage of ${HEADS} heads against ${library}${torch ? '' : ' (no PyTorch here)'}: n = ${count(KEYS)}, ${count(QUERIES)} queries, ` +
      `d = ${D}, softmax, two threads, medians of ${rounds} rounds\n`,
  );
  const tried = [];
  for (const rows of ROWS) tried.push((await byScript(rows)()).seconds);
  const fastest = byScript(ROWS[tried.indexOf(Math.min(...tried))]);
  await check(files, fastest);
  const [mine, theirs] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    const pair = [await coverage(files), await fastest()];
    if (round === 0) continue;
    mine.push(pair[0]);
    theirs.push(pair[1]);
  }
  const of = (times, what) => median(times.map((time) => time[what])).toFixed(2);
  const ratio = (what) => median(mine.map((time, i) => theirs[i][what] / time[what])).toFixed(2);
  const { stderr } = await coverage(files, '--verbose');
  const peak = Number(/peakRss=(\d+)/.exec(stderr)?.[1]) / 1e6;
  table(
    ['', 'levattn', `${library}, float32`, `${library} / levattn`],
    [
      ['seconds', of(mine, 'seconds'), of(theirs, 'seconds'), ratio('seconds')],
      ['seconds of processors', of(mine, 'cpu'), of(theirs, 'cpu'), ratio('cpu')],
      ['peak RSS, MB', peak.toFixed(0), '', ''],
    ],
  );
}
