/**
 * A coreset for softmax attention: few keys with weights w and values U that stand for all, so that for every query
 * sum_S e^(s <q, k_l>) U_l / sum_S e^(s <q, k_l>) w_l is near its attention over all keys (WildCat, arXiv:2602.10056).
 *
 * Some keys stand for themselves, with weight 1 and their own value; the others are pivots of the softmax kernel, which stand for the
 * rest: W = h_SS^-1 h_S,: , w = W 1, U = W V. Pivots, mean and radius are those of the rest. Weights hold for K as it is, as a shift of
 * all keys is one factor for each query; they may be negative.
 */

import type { Kernels } from '../kernels/kernels.js';
import type { PivotPanels } from './pivot-panels.js';
import { findPivots } from './pivots.js';

/** What a coreset is made of, and how. */
export interface CoresetSettings {
  readonly kernels: Kernels;
  /** s, > 0. */
  readonly scale: number;
  /** Keys of the coreset, >= 1. */
  readonly size: number;
  /** Places of keys that stand for themselves, each once, fewer than `size`; default none. */
  readonly exact?: ArrayLike<number> | undefined;
  /** Of the draws of pivots; undefined: the largest residual next. */
  readonly seed?: number | undefined;
  /** The longest query that is expected; default: the longest key about the mean. */
  readonly queryRadius?: number | undefined;
}

/** Keys that stand for all. */
export interface WeightedKeys {
  /** Places: those that stand for themselves, then the pivots in the order in which they were chosen. */
  readonly place: Int32Array;
  readonly weight: Float64Array;
  /** A row of U for each of them; undefined without V. */
  readonly values: Float64Array | undefined;
  /** How many stand for themselves. */
  readonly exact: number;
}

/**
 * Makes a coreset: the time of its pivots and n k^2 / 2 + n k width more.
 *
 * @param keys - n x d
 * @param values - n x width
 * @returns `size` keys; fewer if K has fewer rows, or every residual has reached zero
 */
export function makeCoreset(
  keys: { readonly d: number; readonly values: Float64Array },
  values: { readonly width: number; readonly rows: Float64Array } | undefined,
  { kernels, scale, size, exact = [], seed, queryRadius }: CoresetSettings,
): WeightedKeys {
  const { d } = keys;
  const n = keys.values.length / d;
  const isExact = new Uint8Array(n);
  for (let i = 0; i < exact.length; i++) isExact[exact[i]] = 1;
  const rest = Int32Array.from(Array.from(isExact.keys()).filter((j) => !isExact[j]));
  const others = { d, values: gather(keys.values, d, rest) };
  const { pivots, panels } = findPivots(others, { scale, most: size - exact.length, seed, queryRadius }, kernels);
  const width = values?.width ?? 0;
  // Values, and a column of ones for the weights.
  const sums = summed(panels, rest, values ?? { width, rows: new Float64Array(0) }, kernels);
  const place = Int32Array.from([...Array.from(exact), ...Array.from(pivots, (j) => rest[j])]);
  const weight = new Float64Array(place.length).fill(1);
  const merged = new Float64Array(place.length * width);
  for (let i = 0; values && i < exact.length; i++) {
    merged.set(values.rows.subarray(exact[i] * width, (exact[i] + 1) * width), i * width);
  }
  for (let l = 0; l < pivots.length; l++) {
    const at = exact.length + l;
    merged.set(sums.subarray(l * (width + 1), l * (width + 1) + width), at * width);
    weight[at] = sums[l * (width + 1) + width];
  }
  return { place, weight, values: values && merged, exact: exact.length };
}

function gather(rows: Float64Array, d: number, places: Int32Array): Float64Array {
  const out = new Float64Array(places.length * d);
  for (const [at, j] of places.entries()) out.set(rows.subarray(j * d, (j + 1) * d), at * d);
  return out;
}

/**
 * W [V 1], k x (width + 1): with T = L[:, S], upper triangular, W_lj = (T^-1 L)_lj e^((||y_j||^2 - ||y_l||^2) / 2).
 * @param places - of the keys that the factor is of
 */
function summed(
  all: PivotPanels,
  places: Int32Array,
  { width, rows }: { readonly width: number; readonly rows: Float64Array },
  kernels: Kernels,
): Float64Array {
  const k = all.count;
  const sums = new Float64Array(k * (width + 1));
  const product = new Float64Array(k * (width + 1));
  for (const { panel, weights } of all.weights()) {
    const count = panel.places.length;
    for (let l = 0; l < k; l++) {
      const own = all.squareOf(l);
      for (let j = 0; j < count; j++) weights[l * count + j] *= Math.exp((panel.square[j] - own) / 2);
    }
    const values = new Float64Array(count * (width + 1)).fill(1);
    for (let j = 0; j < count; j++) {
      const row = places[panel.places[j]];
      values.set(rows.subarray(row * width, (row + 1) * width), j * (width + 1));
    }
    kernels.multiply(weights, k, count, values, width + 1, false, product);
    for (let at = 0; at < sums.length; at++) sums[at] += product[at];
  }
  return sums;
}

/** The longest row. */
export function radiusOf(rows: Float64Array, d: number): number {
  let most = 0;
  for (let at = 0; at < rows.length; at += d) {
    let sum = 0;
    for (let c = 0; c < d; c++) sum += rows[at + c] * rows[at + c];
    most = Math.max(most, sum);
  }
  return Math.sqrt(most);
}
