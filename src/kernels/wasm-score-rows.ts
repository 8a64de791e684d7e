/** The WebAssembly backend's rows of attention scores. */

import type { Values } from '../rows/row-block.js';
import { plainScoreRows } from './plain-score-rows.js';
import { type FactorKeys, type FactorPivots, type ScoreRowKernels, STRIP_COLUMNS } from './score-rows.js';
import type { WasmKernels } from './wasm-exports.js';
import type { WasmSpace } from './wasm-space.js';

/** Keys that are packed at a time, a multiple of four. */
const KEYS_PACKED = 1024;

/** As the interface describes them. */
export function wasmScoreRows(kernels: WasmKernels, space: WasmSpace): ScoreRowKernels {
  const packedKeysLength = (n: number, d: number): number => kernels.factorBytes(d, n) / 8;
  return {
    packedKeysLength,

    packKeys(keys: Values, n: number, d: number, packed: Float64Array): void {
      const whole = space.owns(packed);
      const { packKeysF32, packKeysF64 } = kernels;
      const narrow = keys instanceof Float32Array && d % 4 === 0;
      const pack = narrow ? packKeysF32 : packKeysF64;
      for (let from = 0; from < n; from += KEYS_PACKED) {
        const count = Math.min(KEYS_PACKED, n - from);
        const length = packedKeysLength(count, d);
        const at = packedKeysLength(from, d);
        const to = whole ? packed.byteOffset + 8 * at : space.place('packed', 8 * length);
        const part = keys.subarray(from * d, (from + count) * d);
        const own = part instanceof Float32Array && !narrow ? Float64Array.from(part) : part;
        pack(space.in('a', own, count * d), count, d, to);
        if (!whole) packed.set(space.doubles(to, length), at);
      }
    },

    multiplyKeys(
      queries: Values,
      rows: number,
      d: number,
      packed: Float64Array,
      from: number,
      count: number,
      out: Float64Array,
      stride: number,
    ): void {
      const { multiplyKeysF32, multiplyKeysF64, productScratchBytes } = kernels;
      const multiply = queries instanceof Float32Array ? multiplyKeysF32 : multiplyKeysF64;
      const length = packedKeysLength(count, d);
      const start = packedKeysLength(from, d);
      const keys = packed.subarray(start, start + length);
      const a = space.in('a', queries, rows * d);
      const scratch = space.place('scratch', productScratchBytes(d));
      multiply(a, rows, d, space.in('packed', keys, length), count, space.addressOf(out), 8 * stride, scratch);
    },

    scaleRow(x: Float64Array, scale: number, sizes: boolean): number {
      return kernels.scaleRow(space.addressOf(x), x.length, scale, sizes ? 1 : 0);
    },

    exponentiateRow(x: Float64Array, most: number): number {
      const { exponentiateRow, exponentialConstantsBytes } = kernels;
      return exponentiateRow(space.addressOf(x), x.length, most, space.place('constants', exponentialConstantsBytes()));
    },

    squareRow(x: Float64Array, most: number): number {
      return kernels.squareRow(space.addressOf(x), x.length, most);
    },

    divideRow(x: Float64Array, by: number): void {
      kernels.divideRow(space.addressOf(x), x.length, by);
    },

    sumRows(x: Float64Array, rows: number, stride: number, count: number, sums: Float64Array): void {
      space.into('sums', sums, rows, true, (to) => kernels.sumRows(space.addressOf(x), rows, 8 * stride, count, to));
    },

    addRows(x: Float64Array, rows: number, stride: number, count: number, out: Float64Array): void {
      space.into('out', out, count, true, (to) => kernels.addRows(space.addressOf(x), rows, 8 * stride, count, to));
    },

    addMultiples(weights: Float64Array, rows: Float64Array, width: number, sums: Float64Array): void {
      // Rows from elsewhere are not worth a copy for one sum.
      if (!space.owns(rows)) plainScoreRows.addMultiples(weights, rows, width, sums);
      else {
        space.into('sums', sums, width, true, (to) =>
          kernels.addMultiples(space.addressOf(weights), weights.length, rows.byteOffset, width, to),
        );
      }
    },

    addStripMultiples(weights: Float64Array, strips: Float64Array, stride: number, sums: Float64Array): void {
      const [from, to] = [space.addressOf(strips), space.addressOf(sums)];
      kernels.addStripMultiples(space.addressOf(weights), weights.length, from, 8 * stride, sums.length, to);
    },

    addPivotRows(keys: FactorKeys, pivots: FactorPivots, from: number, to: number): void {
      const { addPivotRows, pivotRowScratchBytes } = kernels;
      addPivotRows(
        from,
        to,
        space.addressOf(pivots.rows),
        keys.d,
        space.addressOf(pivots.squares),
        space.addressOf(pivots.roots),
        space.addressOf(pivots.columns),
        8 * pivots.stride,
        space.addressOf(keys.columns),
        space.addressOf(keys.square),
        space.addressOf(keys.factor),
        8 * STRIP_COLUMNS * keys.rows,
        space.addressOf(keys.residual),
        keys.flat,
        keys.square.length / STRIP_COLUMNS,
        space.place('pivot rows', pivotRowScratchBytes()),
      );
    },

    listAtLeast(x: Float64Array, least: number): Int32Array {
      const places = space.place('listed', 4 * x.length);
      return space.integers(places, kernels.listAtLeast(space.addressOf(x), x.length, least, places));
    },
  };
}
