/**
 * What makes attention scores of products, a row of them a query, in float64, and what is summed of them. Every sum is one running sum in
 * order, so that results depend neither on how rows are cut into blocks nor on the backend, but for the products' own rounding.
 */

import type { Values } from '../rows/row-block.js';

/** Columns of a strip of {@link ScoreRowKernels.addStripMultiples}. */
export const STRIP_COLUMNS = 16;

/** Keys of a pivoted Cholesky factor of the kernel e^(-||y - y'||^2 / 2), a multiple of 16 in strips of 16; arrays as rows of scores are. */
export interface FactorKeys {
  readonly d: number;
  /** Their rows y, transposed: a strip has d rows, one behind the other. */
  readonly columns: Float64Array;
  /** ||y||^2 of each, and how many there are. */
  readonly square: Float64Array;
  /** What is left of each one's 1. */
  readonly residual: Float64Array;
  /** The factor: a strip has `rows` rows, one behind the other, those of pivots so far first. */
  readonly factor: Float64Array;
  readonly rows: number;
  /** Residuals below it are 0. */
  readonly flat: number;
}

/** Pivots of such a factor; arrays as rows of scores are. */
export interface FactorPivots {
  /** Their rows y, d each. */
  readonly rows: Float64Array;
  /** ||y||^2 of each. */
  readonly squares: Float64Array;
  /** The root of each one's residual when it was chosen. */
  readonly roots: Float64Array;
  /** The numbers of each in the rows of the factor before its own, signs turned: u of pivot u, `stride` apart. */
  readonly columns: Float64Array;
  readonly stride: number;
}

/** Part of a backend; rows of scores are arrays from its `allocate`, or parts of them. */
export interface ScoreRowKernels {
  /** Numbers that n packed keys take. */
  packedKeysLength(n: number, d: number): number;

  /**
   * Lays keys out for {@link multiplyKeys}.
   *
   * @param keys - n x d
   * @param packed - packedKeysLength(n, d), overwritten
   */
  packKeys(keys: Values, n: number, d: number, packed: Float64Array): void;

  /**
   * Products with packed keys: out[i, j] = <query i, key from + j>, j < count, each a running sum over the columns.
   *
   * @param queries - rows x d
   * @param from - a multiple of four
   * @param out - rows of count numbers, `stride` apart
   */
  multiplyKeys(
    queries: Values,
    rows: number,
    d: number,
    packed: Float64Array,
    from: number,
    count: number,
    out: Float64Array,
    stride: number,
  ): void;

  /**
   * x = scale x.
   * @param sizes - whether the largest |x| is asked for
   * @returns the largest x, or |x|, but for NaN; of none -Infinity, or 0
   */
  scaleRow(x: Float64Array, scale: number, sizes: boolean): number;

  /** x = e^(x - most), with e^x as `Math.exp` has it; returns the sum. */
  exponentiateRow(x: Float64Array, most: number): number;

  /** x = (x / most)^2; returns the sum. */
  squareRow(x: Float64Array, most: number): number;

  /** x = x / by. */
  divideRow(x: Float64Array, by: number): void;

  /** sums[i] += x[i, j] over j; rows of count numbers, `stride` apart. */
  sumRows(x: Float64Array, rows: number, stride: number, count: number, sums: Float64Array): void;

  /** out[j] += x[i, j] over i; rows of count numbers, `stride` apart. */
  addRows(x: Float64Array, rows: number, stride: number, count: number, out: Float64Array): void;

  /**
   * sums[c] += weights[j] rows[j, c], one row after another, each product rounded.
   * @param weights - as rows of scores are
   * @param rows - weights.length x width
   * @param sums - width
   */
  addMultiples(weights: Float64Array, rows: Float64Array, width: number, sums: Float64Array): void;

  /**
   * {@link addMultiples} of rows that are cut into strips of 16 columns, each of which holds its rows one behind the other.
   *
   * @param weights - as rows of scores are
   * @param strips - as rows of scores are; those of a strip begin `stride` numbers behind those of the one before
   * @param sums - as rows of scores are; a multiple of 16
   */
  addStripMultiples(weights: Float64Array, strips: Float64Array, stride: number, sums: Float64Array): void;

  /**
   * Adds the rows of pivots `from` to `to` to the factor of some keys, of pivot u (e^(-||y - y'||^2 / 2) + sum of columns[u][v] times row v)
   * / root, each sum running as that of {@link addStripMultiples}; their squares are taken from the residuals.
   */
  addPivotRows(keys: FactorKeys, pivots: FactorPivots, from: number, to: number): void;

  /** The places of x that hold at least `least`, ascending; valid until the next call. */
  listAtLeast(x: Float64Array, least: number): Int32Array;
}
