/**
 * Writes a planted K and queries for it as float32 npy: write-planted.js N D KEYS K.npy [QUERIES Q.npy]...
 *
 * KEYS rows, spread evenly over K, are Gaussian; the others are noise a thousand times smaller, so that the planted rows
 * share the rank among themselves: each has a leverage score of about D / KEYS. A query is a planted row with some noise
 * on it and sees that row with nearly that score.
 */

import { openSync } from 'node:fs';
import { normal, npyWriter } from './npy.js';

const [n, d, keys] = process.argv.slice(2, 5).map(Number);
const [keysPath, ...queryFiles] = process.argv.slice(5);

const NOISE = 1e-3;
const QUERY_NOISE = 0.1;

const planted = Float32Array.from({ length: keys * d }, normal);
const noise = Float32Array.from({ length: d * 1024 }, () => NOISE * normal());
const every = Math.floor(n / keys);

const writeKeys = npyWriter(openSync(keysPath, 'w'), n, d, Float32Array);
for (let key = 0; key < keys; key++) {
  const rows = key < keys - 1 ? every : n - key * every;
  const part = new Float32Array(rows * d);
  for (let row = 0; row < rows; row++) part.set(noise.subarray((row % 1024) * d, ((row % 1024) + 1) * d), row * d);
  part.set(planted.subarray(key * d, (key + 1) * d));
  writeKeys(part);
  // The next rows are other ones: turned by one column.
  noise.copyWithin(1, 0, noise.length - 1);
}

const query = new Float32Array(d);
for (let file = 0; file < queryFiles.length; file += 2) {
  const queries = Number(queryFiles[file]);
  const writeQuery = npyWriter(openSync(queryFiles[file + 1], 'w'), queries, d, Float32Array);
  for (let i = 0; i < queries; i++) {
    const key = (7 * i) % keys;
    for (let j = 0; j < d; j++) query[j] = planted[key * d + j] + QUERY_NOISE * normal();
    writeQuery(query);
  }
}
