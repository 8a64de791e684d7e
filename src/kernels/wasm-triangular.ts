/** The WebAssembly backend's factors and inverses of triangular matrices. */

import type { TriangularKernels } from './triangular.js';
import type { WasmKernels } from './wasm-exports.js';
import type { WasmSpace } from './wasm-space.js';

/** As the interface describes them. */
export function wasmTriangular(kernels: WasmKernels, space: WasmSpace): TriangularKernels {
  return {
    choleskyUpper(g: Float64Array, d: number, shift: number, r?: Float64Array): boolean {
      const from = space.in('gram', g, d * d);
      const scratch = space.place('scratch', kernels.choleskyScratchBytes(d));
      const factor = (to: number): number => kernels.choleskyUpper(from, d, shift, to, scratch);
      return (r ? space.into('b', r, d * d, false, factor) : factor(0)) === 1;
    },

    invertUpper(r: Float64Array, d: number, inverse: Float64Array): void {
      const scratch = space.place('scratch', kernels.invertUpperScratchBytes(d));
      const from = space.in('gram', r, d * d);
      space.into('b', inverse, d * d, false, (to) => kernels.invertUpper(from, d, to, scratch));
    },

    addUpper(part: Float64Array, d: number, sum: Float64Array): void {
      const from = space.in('gram', part, d * d);
      space.into('b', sum, d * d, true, (to) => kernels.addUpper(from, d, to));
    },

    scaleUpper(a: Float64Array, d: number, rows: Float64Array, columns: Float64Array, out: Float64Array): void {
      const from = space.in('gram', a, d * d);
      const rowsAt = space.in('weights', rows, d);
      const columnsAt = space.in('sums', columns, d);
      space.into('b', out, d * d, false, (to) => kernels.scaleUpper(from, d, rowsAt, columnsAt, to));
    },
  };
}
