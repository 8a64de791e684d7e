/**
 * The compiled WebAssembly kernels: finds the fastest build this engine runs, and gives typed access to an instance.
 *
 * Kernels work on byte addresses in one shared memory that JavaScript lays out; an instance keeps no state and the module
 * holds no data, so every worker may have its own instance over the same memory and work on its own part of it.
 */

import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { KERNEL_DIRECTORY } from '../files.js';
import type { BlockedExports } from './blocked-exports.js';
import { clearingAfter, isFusing } from './fusing.js';

/** What of the engine's WebAssembly is used here; the standard library declares it for browsers only. */
declare const WebAssembly: {
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: { env: { memory: WasmMemory } },
  ) => { readonly exports: WasmKernels };
  validate(bytes: Uint8Array): boolean;
};

/** A shared memory; growing it leaves earlier views valid, but `buffer` must be read again to see what was added. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
  /** Adds pages of 64 KiB; a RangeError if there is no room. */
  grow(pages: number): number;
}

/** A compiled module: can be posted to a worker. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: 'WebAssembly.Module';
}

/**
 * Three builds of one source: with fused multiply-adds (relaxed SIMD), with plain 128-bit SIMD, or with the former in tiles for an engine
 * that fuses neighbouring vectors to 256 bits. The last gives the same bytes as the first; without fusing it is slower.
 */
export type WasmBuild = 'wide' | 'fma' | 'simd';

/** A build that this engine can run; can be posted to a worker. */
export interface CompiledKernels {
  readonly build: WasmBuild;
  readonly module: WasmModule;
  /** Whether V8 fuses vectors, so that something must be cleared after each call: `fusing.ts`. */
  readonly fused: boolean;
}

/** Behind its inputs a kernel may read this many bytes: the memory's last ones must stay unused. */
export const SLACK_BYTES = 64;

const PAGE_BYTES = 65536;
const MOST_PAGES = 65536;

/** Pages that a memory grows by at least: a call takes its time, however few they are, and pages that are not touched take no memory. */
const GROWTH_PAGES = 256;

/**
 * Compiles the fastest build of 128-bit vectors that this engine can run.
 *
 * @param directory - where `levattn-fma.wasm` and the others are; default: where the build puts them
 * @param builds - which to try, in this order
 * @returns undefined where the engine can run none of them, or they were never built
 */
export function compileKernels(
  directory = KERNEL_DIRECTORY,
  builds: readonly WasmBuild[] = ['fma', 'simd'],
): CompiledKernels | undefined {
  for (const build of builds) {
    const bytes = readIfThere(new URL(`levattn-${build}.wasm`, directory));
    if (!bytes) continue;
    if (build !== 'simd') enableRelaxedSimd(bytes);
    const module = compile(bytes);
    if (module) return { build, module, fused: isFusing() };
  }
  return undefined;
}

/** A module; undefined where the engine does not know what is in it. */
function compile(bytes: Uint8Array): WasmModule | undefined {
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    if ((error as Error).name === 'CompileError') return undefined;
    throw error;
  }
}

/** A memory of at least `bytes` bytes with {@link SLACK_BYTES} behind them, zeroed; it can grow to 4 GiB. */
export function createMemory(bytes: number): WasmMemory {
  return new WebAssembly.Memory({ initial: pagesFor(bytes), maximum: MOST_PAGES, shared: true });
}

/** Makes a memory hold at least `bytes` bytes and {@link SLACK_BYTES} behind them; RangeError if there is no room. */
export function growMemory(memory: WasmMemory, bytes: number): void {
  const pages = memory.buffer.byteLength / PAGE_BYTES;
  const missing = pagesFor(bytes) - pages;
  if (missing > 0) memory.grow(Math.max(missing, Math.min(GROWTH_PAGES, MOST_PAGES - pages)));
}

/** Kernels over a memory. */
export function instantiateKernels({ module, fused }: CompiledKernels, memory: WasmMemory): WasmKernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return fused ? clearingAfter(exports) : exports;
}

function pagesFor(bytes: number): number {
  return Math.ceil((bytes + SLACK_BYTES) / PAGE_BYTES);
}

function readIfThere(file: URL): Uint8Array | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** V8 before 11.4 (Node 20) has relaxed SIMD behind a flag; later versions have it on and complain of the flag. */
function enableRelaxedSimd(bytes: Uint8Array): void {
  const [major, minor] = process.versions.v8.split('.').map(Number);
  if (major === 11 && minor < 4 && !WebAssembly.validate(bytes)) {
    setFlagsFromString('--experimental-wasm-relaxed-simd');
  }
}

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
  gramAndNormsF32(
    a: number,
    rows: number,
    d: number,
    weights: number,
    out: number,
    gram: number,
    scratch: number,
  ): number;
  /** The same from float64. */
  gramAndNormsF64(
    a: number,
    rows: number,
    d: number,
    weights: number,
    out: number,
    gram: number,
    scratch: number,
  ): number;
  /** gram += sum_i roots[i]^2 a_i a_i^T (j >= i), from float32. */
  roughGram(a: number, rows: number, d: number, roots: number, gram: number, scratch: number): void;
  roughGramScratchBytes(d: number): number;
  weightedGramF32(a: number, rows: number, d: number, roots: number, gram: number, scratch: number): void;
  /** The same from float64; `ones` is d times 1. */
  weightedGramF64(a: number, rows: number, d: number, ones: number, roots: number, gram: number, scratch: number): void;
  /** Bytes of scratch for those above, but `roughGram`. */
  gramScratchBytes(d: number): number;

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
