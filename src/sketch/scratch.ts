/** Work space in the kernels' memory. */

import type { Kernels } from '../kernels/kernels.js';
import type { Dtype, Values } from '../rows/row-block.js';

/** Work space in a backend's memory that grows to what is asked of it. */
export class Scratch {
  #array: Float64Array = new Float64Array(0);

  constructor(readonly kernels: Kernels) {}

  /** `length` numbers of unspecified content, valid until the next call. */
  take(length: number): Float64Array {
    if (this.#array.length < length) {
      this.#array = this.kernels.allocate('float64', Math.max(length, 2 * this.#array.length));
    }
    return this.#array.subarray(0, length);
  }

  /** The same for numbers of either type. */
  takeAs(dtype: Dtype, length: number): Values {
    if (dtype === 'float64') return this.take(length);
    const { buffer, byteOffset } = this.take(Math.ceil(length / 2));
    return new Float32Array(buffer, byteOffset, length);
  }
}

/** Rows that are worth gathering in one go: more would not stay in a cache, and memory that is touched for the first time takes its time. */
export const GATHERED_ROWS = 1024;

/** Copies some rows of `a` (row-major, d columns) one after another into work space. */
export function gatherRows(a: Values, d: number, which: ArrayLike<number>, scratch: Scratch): Float64Array {
  const gathered = scratch.take(which.length * d);
  for (let k = 0, to = 0; k < which.length; k++) {
    for (let from = which[k] * d, end = from + d; from < end; from++, to++) gathered[to] = a[from];
  }
  return gathered;
}
