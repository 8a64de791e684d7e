/** K in shards: keys of real attention heads, one shard so long that sketching it takes a while. */

import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const inRepository = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Heads of one width, where there are any beside the repository. */
const HEADS = ['use-l0h1-corpus', 'use-l0h1-passages', 'use-l0h0-long'].map((name) =>
  inRepository(`../shared/data/real-attention/${name}_k.npy`),
);

/** Keys of the long shard are this much smaller, so that the others stay heavy beside millions of them. */
const SHRINK = 2 ** -9;

/** What every shard is sketched with: the slowest arithmetic there is, as the point is that it takes time. */
export const SLOW = ['--backend', 'plain', '--factor', 'stable'];

/** Rows by which the rate is measured. */
const SAMPLE_ROWS = 2 ** 18;

/**
 * Writes K-1, K-2, K-3 and K-10 into a folder, K-3 the long one.
 * @param seconds - how long sketching the long one takes a processor, about
 */
export function writeShards(folder, program, seconds) {
  const heads = HEADS.every((path) => existsSync(path))
    ? HEADS.map(readFloats)
    : thirds(readFloats(inRepository('fixtures/demo/K.npy')));
  const [first, second, last] = heads;
  const { d } = last;
  const paths = [1, 2, 3, 10].map((number) => join(folder, `K-${number}.npy`));
  writeRepeated(paths[0], first, first.values.length / d);
  writeRepeated(paths[1], second, second.values.length / d);
  writeRepeated(paths[3], last, last.values.length / d);
  const small = { d, values: last.values.map((value) => value * SHRINK) };
  writeRepeated(paths[2], small, SAMPLE_ROWS);
  const rows = Math.ceil((seconds * SAMPLE_ROWS) / measure(program, paths[2]));
  writeRepeated(paths[2], small, rows);
  return { paths, rows, real: HEADS.every((path) => existsSync(path)) };
}

/** Seconds of a processor that the work itself takes, whatever else the machine does. */
function measure(program, path) {
  const args = [program, 'select-keys', ...SLOW, '--threads', '1', '-o', join(path, '..', 'rate.npy'), path];
  const timed = ['-c', 'TIMEFORMAT=%U; time "$@"', 'bash', process.execPath, ...args];
  const { status, stderr } = spawnSync('bash', timed, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return Number(stderr) - START_SECONDS;
}

/** What the program takes to start, about. */
const START_SECONDS = 0.2;

/** Float32 npy, version 1. */
function readFloats(path) {
  const bytes = readFileSync(path);
  const header = bytes.readUInt16LE(8);
  const [, d] = /'shape': \(\d+, (\d+)\)/.exec(bytes.toString('latin1', 10, 10 + header));
  const body = bytes.buffer.slice(bytes.byteOffset + 10 + header, bytes.byteOffset + bytes.length);
  return { d: Number(d), values: new Float32Array(body) };
}

function thirds({ d, values }) {
  const rows = Math.floor(values.length / d / 3);
  return [0, 1, 2].map((i) => ({ d, values: values.subarray(i * rows * d, (i + 1) * rows * d) }));
}

/** A matrix again and again, until there are so many rows. */
function writeRepeated(path, { d, values }, rows) {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${d}), }`.padEnd(117);
  writeFileSync(path, Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(`${header}\n`)]));
  const file = openSync(path, 'a');
  for (let left = rows * d; left > 0; left -= values.length) {
    writeSync(file, values.subarray(0, Math.min(left, values.length)));
  }
  closeSync(file);
}
