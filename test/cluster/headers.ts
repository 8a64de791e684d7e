/** Headers of sketch files that tests make. */

import type { JsonObject } from '../../src/sketch-file/json.js';

/** Rows of every shard. */
export const ROWS = 10;

/** The header of a shard's sketch for f = x^2 and eps 0.05, or what a test changes of it. */
export const headerOf = (shard: number, of: number, changes: JsonObject = {}): JsonObject => ({
  kind: 'sketch',
  f: 'power:2',
  family: { a: 2, b: 2 },
  d: 2,
  n: ROWS,
  eps: 0.05,
  certificate: 'auto',
  factor: 'auto',
  sampleRate: 1,
  blockRows: 64,
  nonFinite: 'error',
  dtype: 'float64',
  coverage: { kind: 'shards', of, shards: [[shard, ROWS]] },
  skipped: 0,
  candidates: 0,
  delta: 1e-12,
  fingerprint: '00',
  ...changes,
});
