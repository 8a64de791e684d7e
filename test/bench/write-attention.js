/**
 * Writes Gaussian keys and queries that attend to them as float32 npy: write-attention.js N D K.npy M Q.npy
 *
 * Query i is twice some key, with noise on it: under softmax with scale 1 / sqrt(D) and a million keys of 64 columns about
 * half of it goes to that key, and the rest to all the others.
 */

import { openSync } from 'node:fs';
import { normal, npyWriter } from './npy.js';

const [n, d] = process.argv.slice(2, 4).map(Number);
const [keysPath, m, queriesPath] = process.argv.slice(4);

const LENGTH = 2;
const NOISE = 0.3;

const every = Math.floor(n / Number(m));
const queries = new Float32Array(Number(m) * d);
const writeKeys = npyWriter(openSync(keysPath, 'w'), n, d, Float32Array);
const key = new Float32Array(d);
for (let row = 0; row < n; row++) {
  for (let j = 0; j < d; j++) key[j] = normal();
  writeKeys(key);
  const query = row / every;
  if (!Number.isInteger(query) || query >= Number(m)) continue;
  for (let j = 0; j < d; j++) queries[query * d + j] = LENGTH * (key[j] + NOISE * normal());
}
npyWriter(openSync(queriesPath, 'w'), Number(m), d, Float32Array)(queries);
