/** The WebAssembly backend's rows of float32. */

import type { SingleRowKernels } from './single-rows.js';
import type { WasmKernels } from './wasm-exports.js';
import type { WasmSpace } from './wasm-space.js';

/** Keys that are packed at a time, a multiple of 16. */
const KEYS_PACKED = 1024;

/** Rows that are added at a time. */
const ROWS_ADDED = 8;

/** Steps that are summed by themselves, and of these eight at a time: `assembly/single-rows-products.ts`. */
const PART = 32;
const CHUNK = 8;

/**
 * As the interface describes them.
 * @param fused - whether products are not rounded before they are added
 */
export function wasmSingleRows(kernels: WasmKernels, space: WasmSpace, fused: boolean): SingleRowKernels {
  const own = (array: Float32Array | Float64Array | Int32Array): number => space.addressOf(array);
  const singleKeysLength = (n: number, d: number): number => kernels.singleKeysBytes(n, d) / 4;
  return {
    singleKeysLength,
    packSingleKeys: (keys, n, d, packed) => {
      const pack = keys instanceof Float32Array ? kernels.packSingleKeysF32 : kernels.packSingleKeysF64;
      const whole = space.owns(packed);
      for (let from = 0; from < n; from += KEYS_PACKED) {
        const count = Math.min(KEYS_PACKED, n - from);
        const [at, length] = [singleKeysLength(from, d), singleKeysLength(count, d)];
        const to = whole ? packed.byteOffset + 4 * at : space.place('packed', 4 * length);
        pack(space.in('a', keys.subarray(from * d, (from + count) * d), count * d), count, d, to);
        if (!whole) packed.set(space.singles(to, length), at);
      }
    },
    multiplySingleKeys: (queries, rows, d, packed, from, count, out, stride) => {
      const [start, length] = [singleKeysLength(from, d), singleKeysLength(count, d)];
      const keys = space.in('packed', packed.subarray(start, start + length), length);
      const scratch = space.place('scratch', kernels.singleProductScratchBytes(rows, d));
      const a = space.in('a', queries, rows * d);
      kernels.multiplySingleKeys(a, rows, d, keys, count, own(out), 4 * stride, scratch);
    },
    roundings: (d) => partRoundings(d, fused),
    rangeOfSingles: (x) => {
      const least = space.place('least', 4);
      const most = kernels.rangeOfSingles(own(x), x.length, least);
      return { least: space.singles(least, 1)[0], most };
    },
    roundDifferences: (x, base, out) => kernels.roundDifferences(own(x), x.length, base, own(out)),
    exponentiateSingle: (x, most) => {
      const scratch = space.place('constants', kernels.singleExponentialScratchBytes());
      return kernels.exponentiateSingle(own(x), x.length, most, scratch);
    },
    singleSquares: (x) => kernels.singleSquares(own(x), x.length),
    addScaledRows: (x, rows, stride, count, factors, out) => {
      const to = space.owns(out) ? out.byteOffset : space.place('sums', 8 * count);
      if (!space.owns(out)) space.doubles(to, count).set(out.subarray(0, count));
      // Rows of a power of two of numbers share the sets of the caches: few of them at a time stay there.
      const multiples = space.in('factors', factors, rows);
      for (let row = 0; row < rows; row += ROWS_ADDED) {
        const some = Math.min(ROWS_ADDED, rows - row);
        kernels.addScaledRows(own(x) + 4 * row * stride, some, 4 * stride, count, multiples + 8 * row, to);
      }
      if (!space.owns(out)) out.set(space.doubles(to, count));
    },
    listSingleAtLeast: (x, least) => {
      const places = space.place('listed', 4 * x.length);
      return space.integers(places, kernels.listSingleAtLeast(own(x), x.length, least, places));
    },
    addSingleBins: (x, least, counts, sums) => {
      const scratch = space.place('gathered', kernels.singleBinsScratchBytes(x.length));
      return kernels.addSingleBins(own(x), x.length, least, own(counts), own(sums), scratch);
    },
    listSingleBin: (x, bin) => {
      const found = space.place('listed', 4 * x.length);
      return space.singles(found, kernels.listSingleBin(own(x), x.length, bin, found));
    },
  };
}

/** Of each term: of the product where it is not fused, in its chunk from its step on, then of the sums that its chunk's and its part's go into. */
function partRoundings(d: number, fused: boolean): Float64Array {
  const parts = Math.ceil(d / PART);
  return Float64Array.from({ length: d }, (_, k) => {
    const part = Math.floor(k / PART);
    const chunks = Math.ceil(Math.min(PART, d - part * PART) / CHUNK);
    const chunk = Math.floor((k % PART) / CHUNK);
    return (fused ? 0 : 1) + (CHUNK - (k % CHUNK)) + (chunks - Math.max(1, chunk)) + (parts - Math.max(1, part));
  });
}
