/** What the WebAssembly kernels export, as TypeScript sees it. */

import type { BlockedExports } from './blocked-exports.js';

/**
 * The exports of `assembly/index.ts`, where each is described. `a`, `b`, `out` and the like are byte addresses; matrices are
 * row-major without gaps; names end in the element type of their input. Sizes count elements unless they say bytes.
 */
export interface WasmKernels extends BlockedExports {
  /** gram += A^T A (j >= i), from float32. */
  gramF32(a: number, rows: number, d: number, gram: number, scratch: number): void;
  /** gram += A^T A (j >= i) of the columns of A times `factors`, from float64. */
  gramF64(a: number, rows: number, d: number, factors: number, gram: number, scratch: number): void;
  /** gram += A^T A (j >= i) and out[i] = sum_j weights[j] a[i, j]^2, from float32; returns 1 if all norms are finite. */
  gramAndNormsF32: GramAndNormsKernel;
  /** The same from float64. */
  gramAndNormsF64: GramAndNormsKernel;
  /** gram += sum_i roots[i]^2 a_i a_i^T (j >= i), from float32. */
  roughGram(a: number, rows: number, d: number, roots: number, gram: number, scratch: number): void;
  roughGramScratchBytes(d: number): number;
  weightedGramF32(a: number, rows: number, d: number, roots: number, gram: number, scratch: number): void;
  /** The same from float64; `ones` is d times 1. */
  weightedGramF64(a: number, rows: number, d: number, ones: number, roots: number, gram: number, scratch: number): void;
  /** Bytes of scratch for those above, but `roughGram`. */
  gramScratchBytes(d: number): number;

  /** r, upper triangular, with r^T r = g + shift I, where r is not 0; returns 1, or 0 where there is none. */
  choleskyUpper(g: number, d: number, shift: number, r: number, scratch: number): number;
  /** Bytes of scratch for it. */
  choleskyScratchBytes(d: number): number;
  /** The inverse of an upper triangular matrix. */
  invertUpper(r: number, d: number, inverse: number, scratch: number): void;
  /** Bytes of scratch for it. */
  invertUpperScratchBytes(d: number): number;
  /** to += from, upper triangles. */
  addUpper(from: number, d: number, to: number): void;
  /** out[i, j] = a[i, j] rows[i] columns[j] for j >= i, 0 below. */
  scaleUpper(a: number, d: number, rows: number, columns: number, out: number): void;

  /** out[i] = sum_j weights[j] a[i, j]^2; returns 1 if all are finite. */
  rowNormsF32(a: number, rows: number, d: number, weights: number, out: number): number;
  /** The same from float64. */
  rowNormsF64(a: number, rows: number, d: number, weights: number, out: number): number;

  /** Raises `peaks` to the largest |a[i, j]| of each column if all are finite; returns 1 if they are. */
  scanF32(a: number, rows: number, d: number, peaks: number, scratch: number): number;
  /** The same from float64. */
  scanF64(a: number, rows: number, d: number, peaks: number, scratch: number): number;
  /** Bytes of scratch for the two above. */
  scanScratchBytes(d: number): number;

  /** sums[j] += sum_i a[i, j]^2 and out[i] = sum_j weights[j] a[i, j]^2, from float32; returns 1 if all norms are finite. */
  normsAndSquaresF32(a: number, rows: number, d: number, weights: number, out: number, sums: number): number;
  /** The same from float64. */
  normsAndSquaresF64(a: number, rows: number, d: number, weights: number, out: number, sums: number): number;

  /** Packs a d x r float64 factor for the four below. */
  packFactor(b: number, d: number, r: number, factor: number): void;
  /** Bytes of a packed factor. */
  factorBytes(d: number, r: number): number;
  /** out = A B, from float32; `upper` is 1 for an upper triangular B, else 0. */
  multiplyF32: ProductKernel;
  /** out = A B, from float64. */
  multiplyF64: ProductKernel;
  /** out[i] = ||a_i B||^2, from float32; up to 3 more float64 behind `out` are overwritten. */
  rowScoresF32: ProductKernel;
  /** The same from float64. */
  rowScoresF64: ProductKernel;
  /** Bytes of scratch for the four above. */
  productScratchBytes(d: number): number;

  /** Packs n float64 keys for the two below: four keys take as much as four columns of a factor. */
  packKeysF64(keys: number, n: number, d: number, packed: number): void;
  /** The same from float32, d a multiple of four. */
  packKeysF32(keys: number, n: number, d: number, packed: number): void;
  /** out = A K^T, from float32; rows of `out` are `stride` bytes apart. */
  multiplyKeysF32: KeyProductKernel;
  /** The same from float64. */
  multiplyKeysF64: KeyProductKernel;
  /** x = scale x; returns the largest x, or |x| where `sizes` is 1. */
  scaleRow(x: number, count: number, scale: number, sizes: number): number;
  /** x = e^(x - most); returns the sum. */
  exponentiateRow(x: number, count: number, most: number, scratch: number): number;
  /** Bytes of scratch for it. */
  exponentialConstantsBytes(): number;
  /** x = (x / most)^2; returns the sum. */
  squareRow(x: number, count: number, most: number): number;
  /** x = x / by. */
  divideRow(x: number, count: number, by: number): void;
  /** sums[i] += the numbers of row i; rows are `stride` bytes apart. */
  sumRows(x: number, rows: number, stride: number, count: number, sums: number): void;
  /** out[j] += the numbers of column j; rows are `stride` bytes apart. */
  addRows(x: number, rows: number, stride: number, count: number, out: number): void;
  /** sums[c] += weights[j] rows[j][c], one row after another. */
  addMultiples(weights: number, count: number, rows: number, width: number, sums: number): void;
  /** sums[c] += weights[j] times row j of the strip of column c; strips are `stride` bytes apart. */
  addStripMultiples(weights: number, count: number, strips: number, stride: number, width: number, sums: number): void;
  /** The next rows of a pivoted factor; as `assembly/pivot-rows.ts` has it. */
  addPivotRows(
    from: number,
    to: number,
    rows: number,
    d: number,
    owns: number,
    roots: number,
    pivots: number,
    pivotStride: number,
    columns: number,
    squares: number,
    factor: number,
    stride: number,
    residual: number,
    flat: number,
    strips: number,
    scratch: number,
  ): void;
  /** The same for one of several lists of keys, which `tasks` tells of. */
  addPivotRowsOfTask(
    tasks: number,
    task: number,
    to: number,
    rows: number,
    d: number,
    owns: number,
    roots: number,
    pivots: number,
    pivotStride: number,
    stride: number,
    flat: number,
    scratch: number,
  ): void;
  /** Bytes that tell of one of these lists: from, columns, squares, factor, residual, strips, as float64. */
  pivotTaskBytes(): number;
  /** Bytes of scratch for both. */
  pivotRowScratchBytes(): number;
  /** Lists the places of numbers of at least `least`, int32; returns how many. */
  listAtLeast(x: number, count: number, least: number, places: number): number;

  /** Bytes of n keys for `multiplySingleKeys`. */
  singleKeysBytes(n: number, d: number): number;
  /** Packs n float32 keys for it. */
  packSingleKeysF32(keys: number, n: number, d: number, strips: number): void;
  /** The same from float64. */
  packSingleKeysF64(keys: number, n: number, d: number, strips: number): void;
  /** out = A K^T in float32; rows of `out` are `stride` bytes apart. */
  multiplySingleKeys: KeyProductKernel;
  /** Bytes of scratch for it. */
  singleProductScratchBytes(rows: number, d: number): number;
  /** Stores the least of `count` float32; returns the largest. */
  rangeOfSingles(x: number, count: number, least: number): number;
  /** out = x - base, from float64 to float32. */
  roundDifferences(x: number, count: number, base: number, out: number): void;
  /** x = 2^(x - most) of float32; returns the sum. */
  exponentiateSingle(x: number, count: number, most: number, scratch: number): number;
  /** Bytes of scratch for it. */
  singleExponentialScratchBytes(): number;
  /** out[j] += factors[i] x[i][j] in float64, from float32 rows `stride` bytes apart. */
  addScaledRows(x: number, rows: number, stride: number, count: number, factors: number, out: number): void;
  /** The sum of squares of float32. */
  singleSquares(x: number, count: number): number;
  /** Lists the places of float32 of at least `least`, int32; returns how many. */
  listSingleAtLeast(x: number, count: number, least: number, places: number): number;
  /** Counts (int32) and sums (float64) float32 of at least `least` by their leading 16 bits; returns how many. */
  addSingleBins(x: number, count: number, least: number, counts: number, sums: number, scratch: number): number;
  /** Bytes of scratch for it. */
  singleBinsScratchBytes(count: number): number;
  /** Lists float32 with these leading 16 bits; returns how many. */
  listSingleBin(x: number, count: number, bin: number, found: number): number;

  /** Packs a d x r float64 factor, rounded to float32, for `screenScores`. */
  packScreenFactor(b: number, d: number, r: number, factor: number): void;
  /** Packs `count` float32 rows for `screenPairs`. */
  packScreenRows(b: number, count: number, d: number, strips: number): void;
  /** Bytes of a packed d x r factor, or of r packed rows. */
  screenBytes(d: number, r: number): number;
  /** out[i] ~ ||a_i B||^2 in float32 arithmetic (float64 `out`); up to 3 more are overwritten. */
  screenScores: ProductKernel;
  /** Lists (i, j) with (a_i . b_j)^2 >= thresholds[i] in float32 arithmetic; `cursor` is [where to go on, pairs listed]. */
  screenPairs(
    a: number,
    rows: number,
    d: number,
    strips: number,
    count: number,
    thresholds: number,
    pairs: number,
    capacity: number,
    cursor: number,
    scratch: number,
  ): void;
  /** Bytes of scratch for the two above. */
  screenScratchBytes(d: number): number;

  /** out[p] = a_i . b_j in float64 for the pairs (i, j), two int32 each. */
  dotsF32F32: DotsKernel;
  /** The same, b float64. */
  dotsF32F64: DotsKernel;
  /** The same, a float64. */
  dotsF64F32: DotsKernel;
  /** The same, both float64. */
  dotsF64F64: DotsKernel;

  /** Sums of 2^x over a block of float32 keys; `task` is as `wasm-exponentials.ts` lays it out. */
  addExponentialsF32(task: number): void;
  /** The same from float64. */
  addExponentialsF64(task: number): void;
  /** What float32 keys receive of queries whose denominators are known. */
  addScoresF32(task: number): void;
  /** The same from float64. */
  addScoresF64(task: number): void;
  /** Bytes of scratch for the four above. */
  exponentialScratchBytes(d: number): number;

  /** Leverage scores of a head's n float32 keys, `stride` bytes apart; up to 3 more float64 behind `scores` are overwritten. */
  headScores(keys: number, stride: number, n: number, d: number, scores: number, scratch: number): void;
  /** Bytes of scratch for it. */
  headScoresScratchBytes(n: number, d: number): number;
  /** Attention of a head over its chosen keys; `task` is as `wasm-heads.ts` lays it out. */
  attendHead(task: number): void;
  /** Its gradients. */
  attendHeadBackward(task: number): void;
  /** Bytes of scratch for the two above. */
  headAttentionScratchBytes(count: number, d: number, width: number): number;

  /** float16 to float32. */
  widenF16(values: number, count: number, out: number): void;
  /** bfloat16 to float32. */
  widenBf16(values: number, count: number, out: number): void;
  /** Reverses the bytes of elements of 2, in place. */
  swapBytes2(values: number, bytes: number): void;
  /** Reverses the bytes of elements of 4, in place. */
  swapBytes4(values: number, bytes: number): void;
  /** Reverses the bytes of elements of 8, in place. */
  swapBytes8(values: number, bytes: number): void;
}

/** A product of rows with a packed factor. */
type ProductKernel = (
  a: number,
  rows: number,
  d: number,
  factor: number,
  r: number,
  upper: number,
  out: number,
  scratch: number,
) => void;

/** Products of rows with packed keys. */
type KeyProductKernel = (
  a: number,
  rows: number,
  d: number,
  keys: number,
  count: number,
  out: number,
  stride: number,
  scratch: number,
) => void;

/** Dot products of listed pairs of rows. */
type DotsKernel = (a: number, b: number, d: number, pairs: number, count: number, out: number) => void;

type GramAndNormsKernel = (
  a: number,
  rows: number,
  d: number,
  weights: number,
  out: number,
  gram: number,
  scratch: number,
) => number;
