/**
 * What makes softmax of products in float32, a row of them a query, and what is summed of them in float64. Rows are arrays from the
 * backend's `allocate`, or parts of them; what becomes of a query does not depend on the queries around it.
 */

import type { Values } from '../rows/row-block.js';

/** Bins of {@link SingleRowKernels.addSingleBins}: the leading 16 bits of a float32 from 0 to 1. */
export const SINGLE_BINS = 0x3f80 + 1;

/** Part of a backend. */
export interface SingleRowKernels {
  /** Numbers that n packed keys take. */
  singleKeysLength(n: number, d: number): number;

  /**
   * Lays keys out for {@link multiplySingleKeys}, rounded to float32.
   *
   * @param keys - n x d
   * @param packed - singleKeysLength(n, d), overwritten
   */
  packSingleKeys(keys: Values, n: number, d: number, packed: Float32Array): void;

  /**
   * Products with packed keys: out[i, j] = <query i, key from + j>, j < count. How often a term is rounded: {@link roundings}.
   *
   * @param queries - rows x d
   * @param from - a multiple of 16
   * @param out - rows of count numbers, `stride` apart
   */
  multiplySingleKeys(
    queries: Float32Array,
    rows: number,
    d: number,
    packed: Float32Array,
    from: number,
    count: number,
    out: Float32Array,
    stride: number,
  ): void;

  /** How many roundings to float32 the k-th term of a product goes through at most, where both factors are float32. */
  roundings(d: number): Float64Array;

  /** The least number and the largest, but for NaN; of none Infinity and -Infinity. */
  rangeOfSingles(x: Float32Array): { readonly least: number; readonly most: number };

  /**
   * out[j] = x[j] - base, worked out in float64 and rounded to float32.
   * @param x - from `allocate`
   */
  roundDifferences(x: Float64Array, base: number, out: Float32Array): void;

  /**
   * x = 2^(x - most), within 3e-7 of it but for the rounding of x - most; below 2^-126 it counts as that.
   * @param most - a float32, at least every x
   * @returns the sum of what is stored, in float64
   */
  exponentiateSingle(x: Float32Array, most: number): number;

  /** The sum of x^2, of numbers from 0 to 1, within a relative error of 1e-5, and of n 2^-126. */
  singleSquares(x: Float32Array): number;

  /**
   * out[j] += factors[i] x[i, j] over i, in float64.
   * @param x - rows of count numbers, `stride` apart
   */
  addScaledRows(
    x: Float32Array,
    rows: number,
    stride: number,
    count: number,
    factors: Float64Array,
    out: Float64Array,
  ): void;

  /** The places of x that hold at least `least`, ascending; valid until the next call. */
  listSingleAtLeast(x: Float32Array, least: number): Int32Array;

  /**
   * Counts and sums the numbers of a row that are at least `least`, by their leading 16 bits.
   *
   * @param x - numbers from 0 to 1
   * @param counts - SINGLE_BINS, from `allocateIntegers`
   * @param sums - SINGLE_BINS, from `allocate`
   * @returns how many there are
   */
  addSingleBins(x: Float32Array, least: number, counts: Int32Array, sums: Float64Array): number;

  /** The numbers of x, from 0 to 1, with these leading 16 bits; valid until the next call. */
  listSingleBin(x: Float32Array, bin: number): Float32Array;
}
