/**
 * A coreset of K: few of its rows, weighted, so that sums over them stand for sums over all.
 *
 * Every key of U counts once, and a row of the priority sample for max(weight, threshold) / weight rows (Duffield, Lund, Thorup
 * 2007). So for any function g of a row that is 0 for a row of zeros, sum_i weight_i g(k_i) is sum_l g(k_l) on average over the
 * seeds of the sample. Where g(k) = f(<x, k>), no row that takes a share of eps of that sum, for any x at all, is left to
 * chance: it is in U. With rows [A | b] and f = |x|^p this is l_p regression of b on A.
 */

import { dataError } from '../../errors.js';
import type { MaskedRows } from '../../rows/masked-rows.js';
import type { Dtype } from '../../rows/row-block.js';
import { storedKeys } from '../stored-keys.js';
import type { UniversalSet } from '../universal-set.js';
import { defaultSampleSize } from './priority-sampler.js';

/** Weighted rows of K. */
export interface Coreset {
  /** Rows and columns of K. */
  readonly n: number;
  readonly d: number;
  /** The function whose large terms are all here. */
  readonly f: string;
  /** No row outside takes a larger share of a sum of f. */
  readonly eps: number;
  /** Rows that count once, those of U. */
  readonly certain: number;
  /** Of the sample's hash. */
  readonly seed: number;
  /** Global 0-based row indices, count, ascending. */
  readonly index: Float64Array;
  /** How many rows of K each stands for, count, >= 1. */
  readonly weight: Float64Array;
  /** The rows, count x d, row-major, as they were read. */
  readonly keys: Float64Array;
  /** The element type that holds them without loss. */
  readonly dtype: Dtype;
  /** What is remembered of the masks that K was read with: rows of padding are none of these. */
  readonly masks?: readonly MaskedRows[] | undefined;
}

/**
 * The coreset that a universal set and its sample make.
 * @param name - names the set in messages
 * @throws LevattnError where it has no sample
 */
export function coresetOf(set: UniversalSet, name = 'the universal set'): Coreset {
  const { n, d, f, eps, dtype, sample, masks } = set;
  if (!sample) {
    throw dataError(
      `${name}: has no sample of the rows outside U, without which a coreset would lack them; make it again with --sample-size ${defaultSampleSize(d)}`,
    );
  }
  const { seed, threshold } = sample;
  const certain = set.index.length;
  const own = storedKeys(set);
  const all = [...set.index, ...sample.index];
  const order = Array.from(all.keys()).sort((i, j) => all[i] - all[j]);
  const keys = new Float64Array(all.length * d);
  const weight = new Float64Array(all.length);
  for (const [to, i] of order.entries()) {
    const [source, at] = i < certain ? [own, i] : [sample.keys, i - certain];
    keys.set(source.subarray(at * d, (at + 1) * d), to * d);
    weight[to] = i < certain ? 1 : Math.max(1, threshold / sample.weight[at]);
  }
  return { n, d, f, eps, certain, seed, index: Float64Array.from(order, (i) => all[i]), weight, keys, dtype, masks };
}
