/** Work space in the kernels' memory by name: it grows to what is asked of it, and is used again. */

import type { Values } from '../rows/row-block.js';
import type { Kernels } from './kernels.js';

/** The work space of one thread, whose places are called one of some names. */
export class Places<Name extends string> {
  readonly #places = new Map<Name, Float64Array>();
  readonly #buffers = new Set<ArrayBufferLike>();

  constructor(readonly kernels: Kernels) {}

  /** `length` numbers of unspecified content, valid until that name is asked for again. */
  take(name: Name, length: number): Float64Array {
    let place = this.#places.get(name);
    if (!place || place.length < length) {
      place = this.note(this.kernels.allocate('float64', length));
      this.#places.set(name, place);
    }
    return place.subarray(0, length);
  }

  /** Notes that an array lies in the kernels' memory. */
  note<T extends Values>(array: T): T {
    this.#buffers.add(array.buffer);
    return array;
  }

  /** Whether an array is known to lie in the kernels' memory. */
  owns(array: Values): boolean {
    return this.#buffers.has(array.buffer);
  }

  /** The address of the first `length` numbers of an array: its own, or that of a copy under this name. */
  copy(name: Name, array: Values, length: number): number {
    if (this.owns(array)) return array.byteOffset;
    const place = this.take(name, Math.ceil((length * array.BYTES_PER_ELEMENT) / 8));
    const { buffer, byteOffset } = place;
    const copy =
      array instanceof Float32Array
        ? new Float32Array(buffer, byteOffset, length)
        : new Float64Array(buffer, byteOffset, length);
    copy.set(array.subarray(0, length));
    return byteOffset;
  }
}
