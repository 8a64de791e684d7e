/** How many rows each stage of `select-keys` lets through: those that take a quadratic form, and those that become candidates. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DATA, gaussianFile, LEVATTN, run, table } from './support.js';

/** What a run says of its stages in its log. */
async function stagesOf(path, ...options) {
  const args = ['select-keys', '--log-json', '--eps', '0.05', '--format', 'csv', ...options, path];
  const { stderr } = await run(process.execPath, [LEVATTN, ...args], { discard: true });
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === 'rows');
}

/** Prints the table. */
export async function benchStages({ bytes = 2 ** 28 } = {}) {
  const gaussian = async (d) => (await gaussianFile(Math.round(bytes / (4 * d)), d, 'float32')).path;
  const planted = join(DATA, 'planted-1000000x64-K.npy');
  const ways = [
    ...(await Promise.all([15, 64, 128, 256].map(async (d) => [`Gaussian, d = ${d}`, await gaussian(d)]))),
    ['Gaussian, d = 64, --sample 16', await gaussian(64), '--sample', '16'],
    ['Gaussian, d = 64, --f power:4', await gaussian(64), '--f', 'power:4'],
    ['Gaussian, d = 64, --f huber:1', await gaussian(64), '--f', 'huber:1'],
    // Made by the comparison of heavy.
    ...(existsSync(planted) ? [['planted, d = 64', planted]] : []),
  ];
  console.log('## Rows that each stage lets through, eps = 0.05\n');
  const rows = [];
  for (const [name, ...way] of ways) {
    const { rows: all, scored, kept } = await stagesOf(...way);
    rows.push([name, ...[all, scored, kept].map((count) => count.toLocaleString('en-US'))]);
  }
  table(['keys', 'rows', 'scored by a quadratic form', 'candidates'], rows);
}
