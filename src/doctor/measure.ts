/** How fast a backend's operations are on this machine, on one thread: the best of many short runs, as others only slow it. */

import type { Kernels } from '../kernels/kernels.js';

const ROWS = 1024;
const D = 64;

/** Rates of one backend: giga-operations (n d (d + 1) for triangles, else 2 n m d) and gigabytes of input a second. */
export interface Rates {
  /** Gram update, GF. */
  readonly gram: number;
  /** Quadratic forms of rows, GF. */
  readonly scoring: number;
  /** Float32 products against thresholds, GF. */
  readonly screening: number;
  /** Row norms, GB/s. */
  readonly norms: number;
}

/** The names of the rates, in the order in which they are shown. */
export const RATES: readonly (keyof Rates)[] = ['gram', 'scoring', 'screening', 'norms'];

/**
 * Measures a backend on float32 rows of 64 columns.
 * @param seconds - time to spend on each rate
 */
export function measure(kernels: Kernels, seconds: number): Rates {
  const rows = kernels.allocate('float32', ROWS * D);
  for (let i = 0; i < rows.length; i++) rows[i] = Math.sin(i);
  const factor = kernels.allocate('float64', D * D);
  for (let i = 0; i < D; i++) for (let j = i; j < D; j++) factor[i * D + j] = Math.cos(i + j);
  const gram = kernels.allocate('float64', D * D);
  const out = kernels.allocate('float64', ROWS);
  const ones = kernels.allocate('float64', D).fill(1);
  const keys = kernels.packRows(rows, ROWS, D);
  const thresholds = new Float32Array(ROWS).fill(1e9);
  const triangle = ROWS * D * (D + 1);
  return {
    gram: rate(triangle, seconds, () => kernels.addGram(rows, ROWS, D, gram)),
    scoring: rate(triangle, seconds, () => kernels.rowScores(rows, ROWS, D, factor, D, true, out)),
    screening: rate(2 * ROWS * ROWS * D, seconds, () =>
      kernels.screenPairs(rows, ROWS, D, keys, ROWS, thresholds, () => {}),
    ),
    norms: rate(4 * ROWS * D, seconds, () => kernels.rowNorms(rows, ROWS, D, ones, out)),
  };
}

/** The best rate, in 10^9 a second. */
function rate(work: number, seconds: number, run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + 1000 * seconds;
  for (let now = performance.now(); now < end || best === Number.POSITIVE_INFINITY; ) {
    const from = now;
    let calls = 0;
    // At least a millisecond: a single call may be shorter than the clock can tell.
    for (; now < from + 1; now = performance.now(), calls++) run();
    best = Math.min(best, (now - from) / calls);
  }
  return work / best / 1e6;
}
