/**
 * Arithmetic on typed arrays, behind one interface so that backends can be added one file at a time.
 *
 * Kernels know nothing of files or sketches. All matrices are row-major and without gaps; rows may be float32 or float64
 * (the product of two float32 is exact in float64), everything else is float64, and so are all sums. Sums run in an order
 * that depends on the sizes alone: the same input gives the same bits however often and wherever it is computed. What
 * becomes of a row does not depend on the rows around it. Equal columns give equal Gram entries (but for BLAS, which leaves
 * copied columns to the rank decision).
 */

import type { Dtype, Values } from '../rows/row-block.js';
import type { HeadAttention, HeadGradients, HeadRows } from './head-rows.js';
import type { KeyRows, QueryStrips } from './query-strips.js';
import type { ScoreRowKernels } from './score-rows.js';
import type { SingleRowKernels } from './single-rows.js';
import type { TriangularKernels } from './triangular.js';
import type { CompiledKernels, WasmMemory } from './wasm-module.js';

/** What another thread needs to work in the same memory; can be posted to it. */
export type KernelHandle =
  | { readonly backend: 'plain' }
  | { readonly backend: 'wasm'; readonly compiled: CompiledKernels; readonly memory: WasmMemory }
  | { readonly backend: 'blas'; readonly path: string; readonly base: KernelHandle };

/** How far {@link Kernels.addRoughGram} may be off, relative to the sum of the absolute terms. */
export const ROUGH_GRAM_ERROR = 136 * 2 ** -24;

/** A backend: every operation the sketches and the heavy-entry search spend their time in. */
export interface Kernels extends ScoreRowKernels, TriangularKernels {
  /** Softmax in float32. */
  readonly single: SingleRowKernels;

  /** The backend's name, as `--verbose` prints it. */
  readonly name: string;

  /** What another thread needs to share the memory of this instance. */
  readonly handle: KernelHandle;

  /**
   * The same memory as this instance sees it, for an array that an instance on another thread has allocated and posted.
   */
  adopt<T extends Values | Int32Array>(array: T): T;

  /**
   * An array where this backend works fastest, backed by shared memory. It lives as long as the backend does, so ask for
   * few and reuse them.
   *
   * @param length - elements; their content is zero
   */
  allocate(dtype: 'float32', length: number): Float32Array;
  /** The same for float64. */
  allocate(dtype: 'float64', length: number): Float64Array;
  /** The same for either. */
  allocate(dtype: Dtype, length: number): Values;

  /** The same for int32. */
  allocateIntegers(length: number): Int32Array;

  /**
   * Raises `peaks[j]` to the largest |a[i, j]| of its column.
   *
   * @param a - rows x d
   * @param peaks - d, >= 0; unspecified where the return value is false
   * @returns whether every entry is finite
   */
  scan(a: Values, rows: number, d: number, peaks: Float64Array): boolean;

  /**
   * Weighted squared row norms: out[i] = sum_j weights[j] a[i, j]^2.
   *
   * @param a - rows x d
   * @param weights - d
   * @param out - rows, overwritten
   * @returns whether every norm is finite, which for float32 and weights below 1e200 is whether every entry is
   */
  rowNorms(a: Values, rows: number, d: number, weights: Float64Array, out: Float64Array): boolean;

  /**
   * {@link rowNorms}, and the diagonal of the Gram update: sums[j] += sum_i a[i, j]^2.
   *
   * @param sums - d
   * @returns whether every norm is finite; if not, the sums mean nothing
   */
  normsAndSquares(
    a: Values,
    rows: number,
    d: number,
    weights: Float64Array,
    out: Float64Array,
    sums: Float64Array,
  ): boolean;

  /**
   * Gram update: gram += a^T a, upper triangle (j >= i); what it leaves in the strict lower triangle means nothing.
   *
   * @param a - rows x d
   * @param gram - d x d
   */
  addGram(a: Values, rows: number, d: number, gram: Float64Array): void;

  /**
   * How many rows of d columns {@link addGram} sums before it adds their sums. Rows that are added in several calls, each but the last of a multiple
   * of this number, give the same bits as in one. Infinity where all rows of a call are summed first.
   */
  gramRows(d: number): number;

  /**
   * {@link addGram} and {@link rowNorms} of the same rows, which are then read once.
   *
   * @param norms - rows, overwritten
   * @returns whether every norm is finite; if not, the sums mean nothing
   */
  addGramAndNorms(
    a: Values,
    rows: number,
    d: number,
    weights: Float64Array,
    norms: Float64Array,
    gram: Float64Array,
  ): boolean;

  /**
   * Weighted Gram update: gram += sum_i roots[i]^2 a_i a_i^T, upper triangle; what it leaves in the strict lower triangle
   * means nothing. Each row is multiplied by its root, and rounded, first.
   *
   * @param a - rows x d
   * @param roots - rows
   * @param gram - d x d
   */
  addWeightedGram(a: Values, rows: number, d: number, roots: Float64Array, gram: Float64Array): void;

  /**
   * {@link addWeightedGram} in float32 arithmetic or better: with u = 2^-24, every sum over the rows is within `ROUGH_GRAM_ERROR`
   * times the sum of the absolute terms of the true one, and rows times 2^-148 more. Infinite or NaN where terms leave the range of float32.
   *
   * @param a - rows x d
   * @param roots - rows
   * @param gram - d x d
   */
  addRoughGram(a: Float32Array, rows: number, d: number, roots: Float64Array, gram: Float64Array): void;

  /**
   * Product out = a b.
   *
   * @param a - rows x d
   * @param b - d x r
   * @param upper - whether b is upper triangular (b[k, j] = 0 for k > j), which halves the work
   * @param out - rows x r, overwritten
   */
  multiply(a: Values, rows: number, d: number, b: Float64Array, r: number, upper: boolean, out: Float64Array): void;

  /**
   * Squared norms of the rows of a product, without the product: out[i] = ||a_i b||^2.
   *
   * @param a - rows x d
   * @param b - d x r
   * @param upper - whether b is upper triangular
   * @param out - rows, overwritten
   */
  rowScores(a: Values, rows: number, d: number, b: Float64Array, r: number, upper: boolean, out: Float64Array): void;

  /**
   * {@link rowScores} in float32 arithmetic or better: with u = 2^-24 and y_i = |a_i| |b| (entrywise), sqrt(out[i]) is within
   * (d + 2) u ||y_i|| of the true value, and then within a factor of 1 +- (r / 8 + 4) u. Meaningless where products of
   * entries leave the range of float32.
   *
   * @param a - rows x d
   * @param b - d x r
   * @param upper - whether b is upper triangular
   * @param out - rows, overwritten
   */
  roughScores(
    a: Float32Array,
    rows: number,
    d: number,
    b: Float64Array,
    r: number,
    upper: boolean,
    out: Float64Array,
  ): void;

  /**
   * Rows in the order in which {@link screenPairs} reads them, in this backend's memory, where they stay as long as it does.
   *
   * @param b - count x d
   */
  packRows(b: Float32Array, count: number, d: number): Values;

  /**
   * Lists every pair (i, j) with (a_i . b_j)^2 >= thresholds[i], or NaN, as float32 arithmetic or better has it: with
   * u = 2^-24, a product is within 1.01 (d + 1) u sum_k |a_ik b_jk| + d 2^-149 of the true one and its square within a
   * factor of 1 +- u, or 2^-150.
   *
   * @param a - rows x d
   * @param b - count rows of d, as {@link packRows} gave them
   * @param thresholds - rows, >= 0
   * @param found - is told of the pairs in portions, [i, j, i, j, …], those of one row with j ascending; a portion is valid
   *   until it returns
   */
  screenPairs(
    a: Float32Array,
    rows: number,
    d: number,
    b: Values,
    count: number,
    thresholds: Float32Array,
    found: (pairs: Int32Array) => void,
  ): void;

  /**
   * Dot products of listed pairs of rows, in float64: out[p] = a_i . b_j, whose bits depend on these two rows alone.
   *
   * @param a - rows of d
   * @param b - rows of d
   * @param pairs - [i, j, i, j, …]
   * @param out - half as many as `pairs`, overwritten
   */
  pairDots(a: Values, b: Values, d: number, pairs: Int32Array, out: Float64Array): void;

  /**
   * Adds 2^x, x = <q, k>, of a block of keys to the running sums of queries, and lists those pairs instead for which 2^x
   * may be at least 2^share of the query's sum so far and x at least its floor; how it is rounded: `query-strips.ts`.
   *
   * @param keys - arrays from {@link Kernels.allocate}
   * @param queries - arrays from {@link Kernels.allocate}; references and sums are brought up to date
   * @param from - the first strip to work on
   * @param to - the strip after the last
   * @param found - is told of the pairs [query, key, …] in portions, those of one query with its keys ascending, and of
   *   their x: as it was compared with the reference, or NaN where that was float32; a portion is valid until it returns
   */
  addExponentials(
    keys: KeyRows,
    queries: QueryStrips,
    from: number,
    to: number,
    share: number,
    found: (pairs: Int32Array, x: Float64Array) => void,
  ): void;

  /**
   * Adds up what keys receive of queries: total[j] += sum of 2^(x - floor) over those that see key j, and largest[j] is
   * raised to the largest of these; rounded like {@link Kernels.addExponentials}, and 0 below 2^-126.
   *
   * @param queries - `floor` holds log2 of their denominators
   * @param total - rows, from {@link Kernels.allocate}
   * @param largest - rows, likewise
   */
  addScores(
    keys: KeyRows,
    queries: QueryStrips,
    from: number,
    to: number,
    total: Float64Array,
    largest: Float64Array,
  ): void;

  /**
   * How many roundings to float32 the k-th term of x in {@link Kernels.addExponentials} goes through at most, where x is
   * float32, that of q_k included.
   */
  termRoundings(d: number): Float64Array;

  /**
   * Leverage scores of the keys of each head, k^T (K^T K)^+ k, in float64. A column of K of which less than 1e-5 of its length is left,
   * once the columns before it are taken out, counts as dependent on them.
   *
   * @param scores - batch heads n, overwritten; where entries of a head's K are not finite, at least one of its scores is NaN
   */
  headScores(keys: HeadRows, scores: Float64Array): void;

  /**
   * Softmax attention of each head over its chosen keys, in float32 arithmetic or better.
   *
   * @param output - m rows of the width of the values, overwritten; zeros where a head has no chosen keys
   */
  attendHeads(attention: HeadAttention, output: HeadRows): void;

  /**
   * Gradients of {@link attendHeads} with the choice held fixed, in float32 arithmetic or better. Those of keys that were not chosen are zero.
   *
   * @param attention - what the forward pass was given, with its `stats`
   * @param slopes - the gradient with respect to the output
   * @param gradients - overwritten; its rows must not overlap those of anything else
   */
  attendHeadsBackward(attention: HeadAttention, slopes: HeadRows, gradients: HeadGradients): void;
}

/** Multiplies column j by `factors[j]`: out[i, j] = a[i, j] factors[j]; a and out are rows x d, and may be the same. */
export function scaleColumns(a: Values, rows: number, d: number, factors: Float64Array, out: Float64Array): void {
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < d; j++, at++) out[at] = a[at] * factors[j];
  }
}
