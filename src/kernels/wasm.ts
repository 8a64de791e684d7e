/**
 * The WebAssembly backend: the kernels of `assembly/` over one shared memory.
 *
 * Each method brings its arrays into that memory, calls one kernel, and takes the result out of it.
 */

import { type Dtype, dtypeOf, type Values } from '../rows/row-block.js';
import type { HeadAttention, HeadGradients, HeadRows } from './head-rows.js';
import type { KernelHandle, Kernels } from './kernels.js';
import type { KeyRows, QueryStrips } from './query-strips.js';
import type { ScoreRowKernels } from './score-rows.js';
import type { SingleRowKernels } from './single-rows.js';
import type { TriangularKernels } from './triangular.js';
import { chunkRoundings, type ExponentialArguments, layTask, TASK_BYTES, taskProgress } from './wasm-exponentials.js';
import type { WasmKernels } from './wasm-exports.js';
import { attendHeads, attendHeadsBackward, headScores } from './wasm-heads.js';
import { type CompiledKernels, instantiateKernels, type WasmMemory } from './wasm-module.js';
import { wasmScoreRows } from './wasm-score-rows.js';
import { wasmSingleRows } from './wasm-single-rows.js';
import { firstMemory, WasmSpace } from './wasm-space.js';
import { wasmTriangular } from './wasm-triangular.js';

/** Rows of a panel of the Gram kernels: PANEL in `assembly/panel.ts`. */
const PANEL_ROWS = 256;

/** Pairs that are listed at a time. */
const PAIRS = 2 ** 14;

/** A backend over a memory of its own, or over the one of `handle`. */
export function createWasmKernels(compiled: CompiledKernels, memory?: WasmMemory): Kernels {
  const own = memory ?? firstMemory();
  const kernels = instantiateKernels(compiled, own);
  const space = new WasmSpace(own);
  return Object.assign(
    new WasmBackend(compiled, own, kernels, space),
    wasmScoreRows(kernels, space),
    wasmTriangular(kernels, space),
  );
}

/** All but rows of scores, and triangular matrices. */
class WasmBackend implements Omit<Kernels, keyof (ScoreRowKernels & TriangularKernels)> {
  readonly name: string;
  readonly handle: KernelHandle;
  readonly single: SingleRowKernels;
  readonly #kernels: WasmKernels;
  readonly #space: WasmSpace;
  /** Whether products are added without being rounded. */
  readonly #fused: boolean;

  constructor(compiled: CompiledKernels, memory: WasmMemory, kernels: WasmKernels, space: WasmSpace) {
    this.name = `wasm-${compiled.build}`;
    this.handle = { backend: 'wasm', compiled, memory };
    this.#kernels = kernels;
    this.#space = space;
    this.#fused = this.name !== 'wasm-simd';
    this.single = wasmSingleRows(this.#kernels, this.#space, this.#fused);
  }

  allocate(dtype: 'float32', length: number): Float32Array;
  allocate(dtype: 'float64', length: number): Float64Array;
  allocate(dtype: Dtype, length: number): Values;
  allocate(dtype: Dtype, length: number): Values {
    const address = this.#space.reserve(length * (dtype === 'float32' ? 4 : 8));
    return this.#space.view(dtype, address, length);
  }

  allocateIntegers(length: number): Int32Array {
    return this.#space.integers(this.#space.reserve(4 * length), length);
  }

  adopt<T extends Values | Int32Array>(array: T): T {
    if (array instanceof Int32Array) return this.#space.integers(array.byteOffset, array.length) as T;
    return this.#space.view(dtypeOf(array), array.byteOffset, array.length) as T;
  }

  scan(a: Values, rows: number, d: number, peaks: Float64Array): boolean {
    const { scanF32, scanF64, scanScratchBytes } = this.#kernels;
    const scan = a instanceof Float32Array ? scanF32 : scanF64;
    return (
      this.#space.into('peaks', peaks, d, true, (to) =>
        scan(this.#space.in('a', a, rows * d), rows, d, to, this.#scratch(scanScratchBytes(d))),
      ) === 1
    );
  }

  rowNorms(a: Values, rows: number, d: number, weights: Float64Array, out: Float64Array): boolean {
    const { rowNormsF32, rowNormsF64 } = this.#kernels;
    const norms = a instanceof Float32Array ? rowNormsF32 : rowNormsF64;
    return (
      this.#space.into('out', out, rows, false, (to) =>
        norms(this.#space.in('a', a, rows * d), rows, d, this.#space.in('weights', weights, d), to),
      ) === 1
    );
  }

  normsAndSquares(
    a: Values,
    rows: number,
    d: number,
    weights: Float64Array,
    out: Float64Array,
    sums: Float64Array,
  ): boolean {
    const { normsAndSquaresF32, normsAndSquaresF64 } = this.#kernels;
    const kernel = a instanceof Float32Array ? normsAndSquaresF32 : normsAndSquaresF64;
    const finite = this.#space.into('sums', sums, d, true, (sumsAt) =>
      this.#space.into('out', out, rows, false, (outAt) =>
        kernel(this.#space.in('a', a, rows * d), rows, d, this.#space.in('weights', weights, d), outAt, sumsAt),
      ),
    );
    return finite === 1;
  }

  addGram(a: Values, rows: number, d: number, gram: Float64Array): void {
    const { gramF32, gramF64, gramScratchBytes } = this.#kernels;
    const scratch = this.#scratch(gramScratchBytes(d));
    this.#space.into('gram', gram, d * d, true, (to) => {
      const from = this.#space.in('a', a, rows * d);
      if (a instanceof Float32Array) gramF32(from, rows, d, to, scratch);
      else gramF64(from, rows, d, this.#ones(d), to, scratch);
    });
  }

  gramRows(): number {
    return PANEL_ROWS;
  }

  addGramAndNorms(
    a: Values,
    rows: number,
    d: number,
    weights: Float64Array,
    norms: Float64Array,
    gram: Float64Array,
  ): boolean {
    const { gramAndNormsF32, gramAndNormsF64, gramScratchBytes } = this.#kernels;
    const kernel = a instanceof Float32Array ? gramAndNormsF32 : gramAndNormsF64;
    const scratch = this.#scratch(gramScratchBytes(d));
    const finite = this.#space.into('gram', gram, d * d, true, (gramAt) =>
      this.#space.into('out', norms, rows, false, (normsAt) => {
        const from = this.#space.in('a', a, rows * d);
        return kernel(from, rows, d, this.#space.in('weights', weights, d), normsAt, gramAt, scratch);
      }),
    );
    return finite === 1;
  }

  addWeightedGram(a: Values, rows: number, d: number, roots: Float64Array, gram: Float64Array): void {
    const { weightedGramF32, weightedGramF64, gramScratchBytes } = this.#kernels;
    const scratch = this.#scratch(gramScratchBytes(d));
    this.#space.into('gram', gram, d * d, true, (to) => {
      const from = this.#space.in('a', a, rows * d);
      const weights = this.#space.in('weights', roots, rows);
      if (a instanceof Float32Array) weightedGramF32(from, rows, d, weights, to, scratch);
      else weightedGramF64(from, rows, d, this.#ones(d), weights, to, scratch);
    });
  }

  addRoughGram(a: Float32Array, rows: number, d: number, roots: Float64Array, gram: Float64Array): void {
    const { roughGram, roughGramScratchBytes } = this.#kernels;
    const scratch = this.#scratch(roughGramScratchBytes(d));
    this.#space.into('gram', gram, d * d, true, (to) =>
      roughGram(this.#space.in('a', a, rows * d), rows, d, this.#space.in('weights', roots, rows), to, scratch),
    );
  }

  multiply(a: Values, rows: number, d: number, b: Float64Array, r: number, upper: boolean, out: Float64Array): void {
    const { multiplyF32, multiplyF64 } = this.#kernels;
    this.#product(a instanceof Float32Array ? multiplyF32 : multiplyF64, a, rows, d, b, r, upper, out, rows * r);
  }

  rowScores(a: Values, rows: number, d: number, b: Float64Array, r: number, upper: boolean, out: Float64Array): void {
    const { rowScoresF32, rowScoresF64 } = this.#kernels;
    this.#product(a instanceof Float32Array ? rowScoresF32 : rowScoresF64, a, rows, d, b, r, upper, out, rows);
  }

  roughScores(
    a: Float32Array,
    rows: number,
    d: number,
    b: Float64Array,
    r: number,
    upper: boolean,
    out: Float64Array,
  ): void {
    const { packScreenFactor, screenBytes, screenScores, screenScratchBytes } = this.#kernels;
    const factor = this.#space.place('factor', screenBytes(d, r));
    packScreenFactor(this.#space.in('b', b, d * r), d, r, factor);
    const from = this.#space.in('a', a, rows * d);
    const to = this.#space.place('out', 8 * (rows + 4));
    screenScores(from, rows, d, factor, r, upper ? 1 : 0, to, this.#scratch(screenScratchBytes(d)));
    out.set(this.#space.doubles(to, rows));
  }

  packRows(b: Float32Array, count: number, d: number): Values {
    const packed = this.allocate('float32', this.#kernels.screenBytes(d, count) / 4);
    this.#kernels.packScreenRows(this.#space.in('b', b, count * d), count, d, packed.byteOffset);
    return packed;
  }

  screenPairs(
    a: Float32Array,
    rows: number,
    d: number,
    b: Values,
    count: number,
    thresholds: Float32Array,
    found: (pairs: Int32Array) => void,
  ): void {
    const { screenPairs, screenScratchBytes } = this.#kernels;
    // Places of their own: `found` may call other kernels while this one is under way.
    const from = this.#space.in('screened', a, rows * d);
    const limits = this.#space.in('thresholds', thresholds, rows);
    const strips = this.#space.in('strips', b, b.length);
    const scratch = this.#space.place('screen', screenScratchBytes(d));
    const list = this.#space.place('pairs', 8 * PAIRS);
    const cursor = this.#space.integers(this.#space.place('cursor', 8), 2).fill(0);
    do {
      screenPairs(from, rows, d, strips, count, limits, list, PAIRS, cursor.byteOffset, scratch);
      if (cursor[1] > 0) found(this.#space.integers(list, 2 * cursor[1]));
    } while (cursor[0] >= 0);
  }

  pairDots(a: Values, b: Values, d: number, pairs: Int32Array, out: Float64Array): void {
    const { dotsF32F32, dotsF32F64, dotsF64F32, dotsF64F64 } = this.#kernels;
    const [single, double] = a instanceof Float32Array ? [dotsF32F32, dotsF32F64] : [dotsF64F32, dotsF64F64];
    const dots = b instanceof Float32Array ? single : double;
    const count = pairs.length / 2;
    this.#space.into('out', out, count, false, (to) =>
      dots(
        this.#space.in('a', a, a.length),
        this.#space.in('b', b, b.length),
        d,
        this.#space.in('listed', pairs, pairs.length),
        count,
        to,
      ),
    );
  }

  addExponentials(
    keys: KeyRows,
    queries: QueryStrips,
    from: number,
    to: number,
    share: number,
    found: (pairs: Int32Array, x: Float64Array) => void,
  ): void {
    const { addExponentialsF32, addExponentialsF64 } = this.#kernels;
    const add = keys.values instanceof Float32Array ? addExponentialsF32 : addExponentialsF64;
    const task = this.#task({ keys, queries, from, to, share });
    do {
      add(task.byteOffset);
      const { listed } = taskProgress(task);
      const [pairs, x] = [this.#space.place('exponentials', 8 * PAIRS), this.#space.place('x', 8 * PAIRS)];
      if (listed > 0) found(this.#space.integers(pairs, 2 * listed), this.#space.doubles(x, listed));
    } while (!taskProgress(task).done);
  }

  addScores(
    keys: KeyRows,
    queries: QueryStrips,
    from: number,
    to: number,
    total: Float64Array,
    largest: Float64Array,
  ): void {
    const { addScoresF32, addScoresF64 } = this.#kernels;
    const add = keys.values instanceof Float32Array ? addScoresF32 : addScoresF64;
    add(this.#task({ keys, queries, from, to, share: 0, totals: { total, largest } }).byteOffset);
  }

  #task(asked: Omit<ExponentialArguments, 'pairs' | 'x' | 'capacity' | 'scratch'>): Int32Array {
    const pairs = this.#space.place('exponentials', 8 * PAIRS);
    const x = this.#space.place('x', 8 * PAIRS);
    const scratch = this.#space.place('panel', this.#kernels.exponentialScratchBytes(asked.queries.d));
    const task = this.#space.integers(this.#space.place('task', TASK_BYTES), TASK_BYTES / 4);
    layTask(task, { ...asked, pairs, x, capacity: PAIRS, scratch }, (array) => this.#space.addressOf(array));
    return task;
  }

  termRoundings(d: number): Float64Array {
    return chunkRoundings(d, this.#fused);
  }

  headScores(keys: HeadRows, scores: Float64Array): void {
    headScores(this.#kernels, this.#space, keys, scores);
  }

  attendHeads(attention: HeadAttention, output: HeadRows): void {
    attendHeads(this.#kernels, this.#space, attention, output);
  }

  attendHeadsBackward(attention: HeadAttention, slopes: HeadRows, gradients: HeadGradients): void {
    attendHeadsBackward(this.#kernels, this.#space, attention, slopes, gradients);
  }

  #product(
    kernel: WasmKernels['multiplyF64'],
    a: Values,
    rows: number,
    d: number,
    b: Float64Array,
    r: number,
    upper: boolean,
    out: Float64Array,
    length: number,
  ): void {
    if (rows === 0 || r === 0) {
      out.fill(0, 0, length);
      return;
    }
    const { packFactor, factorBytes, productScratchBytes } = this.#kernels;
    const factor = this.#space.place('factor', factorBytes(d, r));
    packFactor(this.#space.in('b', b, d * r), d, r, factor);
    const from = this.#space.in('a', a, rows * d);
    const scratch = this.#scratch(productScratchBytes(d));
    // The kernels may write up to three numbers more than they are asked for: never into the caller's array.
    const to = this.#space.place('out', 8 * (length + 4));
    kernel(from, rows, d, factor, r, upper ? 1 : 0, to, scratch);
    out.set(this.#space.doubles(to, length));
  }

  #scratch(bytes: number): number {
    return this.#space.place('scratch', bytes);
  }

  #ones(d: number): number {
    const address = this.#space.place('ones', 8 * d);
    this.#space.doubles(address, d).fill(1);
    return address;
  }
}
