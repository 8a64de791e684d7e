/** `sketch` with checkpoints over a stream that is generated on the fly, up to 10^8 rows: time and peak memory over n; and merging. */

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEVATTN, run, script, table } from './support.js';

const D = 16;
const SIZES = [1e6, 1e7, 1e8];
const SHARDS = 32;

/** Runs the program with its log as JSON; what it says at the end, and the seconds. */
async function logged(args, pipeFrom) {
  const { stderr, seconds } = await run(process.execPath, [LEVATTN, ...args, '--log-json'], { pipeFrom });
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { peak: lines.find(({ msg }) => msg === 'done').peakRss / 1e6, seconds };
}

/** Prints both tables. */
export async function benchStream() {
  const folder = mkdtempSync(join(tmpdir(), 'levattn-stream-'));
  try {
    await benchRows(folder);
    await benchMerge(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function benchRows(folder) {
  console.log(`## sketch with checkpoints (--every 1s) over n, d = ${D}, float32 npy through a pipe\n`);
  const rows = [];
  for (const n of SIZES) {
    const out = join(folder, 'K.lev');
    const { peak, seconds } = await logged(
      ['sketch', '--checkpoint', join(folder, 'K.ck'), '--every', '1s', '-o', out],
      [process.execPath, script('write-gaussian.js'), String(n), String(D), 'float32'],
    );
    const rate = n / seconds / 1e6;
    rows.push([n.toLocaleString('en-US'), seconds.toFixed(1), rate.toFixed(2), peak.toFixed(0), statSync(out).size]);
  }
  table(['n', 'seconds', 'million rows a second', 'peak RSS MB', 'bytes of the sketch'], rows);
}

async function benchMerge(folder) {
  console.log(`## merge of ${SHARDS} sketches\n`);
  const rows = [];
  for (const d of [16, 64]) {
    const paths = [];
    for (let i = 1; i <= SHARDS; i++) {
      const path = join(folder, `s${d}-${i}.lev`);
      const source = [process.execPath, script('write-gaussian.js'), String(8 * d), String(d), 'float32'];
      await logged(['sketch', '--shard', `${i}/${SHARDS}`, '-o', path], source);
      paths.push(path);
    }
    const { peak, seconds } = await logged(['merge', '-o', join(folder, 'all.lev'), ...paths]);
    rows.push([
      d,
      statSync(paths[0]).size,
      seconds.toFixed(2),
      ((1000 * seconds) / SHARDS).toFixed(1),
      peak.toFixed(0),
    ]);
  }
  table(['d', 'bytes of each', 'seconds', 'ms each', 'peak RSS MB'], rows);
}
