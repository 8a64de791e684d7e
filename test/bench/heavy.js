/**
 * `heavy` against brute force in NumPy over the same K: with the pass over K for a few queries, and per query where U is at
 * hand and queries are many.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { alternate, DATA, LEVATTN, PYTHON, pairedRatio, run, script, table } from './support.js';

const D = 64;
const EPS = '0.05';

/** Keys planted among the others, each in U: at 512 in 64 columns their leverage scores are about 0.125. */
const PLANTED = 512;

const FEW = 1000;
const MANY = 100_000;

/** Row blocks that the NumPy script is given the choice of. */
const NUMPY_ROWS = [1024, 8192, 65_536];

/** K, a few queries, many queries: made once; and U, by the program as it is now. */
async function plantedFiles(n) {
  const at = (name) => join(DATA, `planted-${n}x${D}-${name}`);
  const files = { keys: at('K.npy'), few: at('few.npy'), many: at('many.npy'), set: at('U.arrow') };
  if (!existsSync(files.many)) {
    const planted = [n, D, PLANTED, files.keys, FEW, files.few, MANY, files.many].map(String);
    await run(process.execPath, [script('write-planted.js'), ...planted]);
  }
  await run(process.execPath, [LEVATTN, 'select-keys', '--eps', EPS, files.keys, '-o', files.set]);
  return files;
}

const heavy = (keys, queries) =>
  run(process.execPath, [LEVATTN, 'heavy', '--eps', EPS, '--format', 'csv', '--keys', keys, queries]);

const bruteForce = (keys, queries, rows) =>
  run(PYTHON, [script('numpy-heavy.py'), keys, queries, EPS, ...(rows ? [String(rows)] : [])]);

/** Both find the same number of entries, U is as large as was planted, and every query has an entry. */
async function check({ keys, few, many, set }) {
  const [fromKeys, fromSet, numpy] = [await heavy(keys, few), await heavy(set, many), await bruteForce(keys, few)];
  const queriesOf = ({ stdout }) =>
    stdout
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',', 1)[0]);
  const entries = queriesOf(fromKeys).length;
  if (entries !== Number(numpy.stdout)) throw new Error(`${entries} entries where NumPy finds ${numpy.stdout}`);
  if (new Set(queriesOf(fromSet)).size !== MANY) throw new Error('not every query has an entry');
  const size = (await run(process.execPath, [LEVATTN, 'select-keys', '--eps', EPS, '--format', 'csv', keys])).stdout;
  if (size.trim().split('\n').length !== PLANTED + 1) throw new Error('U is not what was planted');
}

/** The block that NumPy is fastest with. */
async function bestRows({ keys, few }) {
  const contestants = Object.fromEntries(NUMPY_ROWS.map((rows) => [rows, () => bruteForce(keys, few, rows)]));
  const results = await alternate(contestants, 1);
  return Object.entries(results).sort(([, a], [, b]) => a.seconds - b.seconds)[0][0];
}

/** Prints the comparison. */
export async function benchHeavy({ rounds = 5, n = 1e6 } = {}) {
  const count = (value) => value.toLocaleString('en-US');
  console.log(
    `## heavy against NumPy brute force, n = ${count(n)}, d = ${D}, eps = ${EPS}, |U| = ${PLANTED}, float32 npy in page ` +
      `cache, CSV out, median of ${rounds} rounds\n`,
  );
  if (!PYTHON)
    throw new Error('this comparison needs a python3 with NumPy (Debian: python3-numpy libopenblas0-pthread)');
  const files = await plantedFiles(n);
  await check(files);
  const block = await bestRows(files);
  const results = await alternate(
    {
      numpy: () => bruteForce(files.keys, files.few, block),
      fromKeys: () => heavy(files.keys, files.few),
      fromSet: () => heavy(files.set, files.many),
    },
    rounds,
  );
  const line = (name, result, queries, perQuery) => [
    name,
    count(queries),
    result.seconds.toFixed(3),
    ((1e6 * result.seconds) / queries).toFixed(1),
    perQuery.toFixed(1),
  ];
  const { numpy, fromKeys, fromSet } = results;
  table(
    ['', 'queries', 'seconds', 'µs a query', 'times as fast, per query'],
    [
      line(`NumPy, K in blocks of ${block}`, numpy, FEW, 1),
      line('levattn, pass over K included', fromKeys, FEW, pairedRatio(numpy, fromKeys)),
      line('levattn, U given', fromSet, MANY, (pairedRatio(numpy, fromSet) * MANY) / FEW),
    ],
  );
}
