/**
 * Arrays in the memory that WebAssembly kernels work on.
 *
 * Several instances, on several threads, may share the memory: space is handed out by an atomic counter at its beginning, and never
 * taken back. Arrays that lie in the memory are used where they are; others are copied in, and results copied out.
 */

import { type Dtype, dtypeOf, type Values } from '../rows/row-block.js';
import { createMemory, growMemory, type WasmMemory } from './wasm-module.js';

/** Space is handed out in units of a cache line. */
const LINE = 64;

/** A memory of which nothing but the counter is handed out. */
export function firstMemory(): WasmMemory {
  const memory = createMemory(2 * LINE);
  Atomics.store(new Uint32Array(memory.buffer, 0, 1), 0, 1);
  return memory;
}

/** What one instance of the kernels knows of its memory. */
export class WasmSpace {
  /** The memory's buffer as it was before and after it grew: the same bytes behind each of them. */
  readonly #buffers = new Set<ArrayBufferLike>();
  /** Places for arrays from elsewhere, by the argument they are for, and scratch; they grow and are reused. */
  readonly #places = new Map<string, { address: number; bytes: number }>();

  constructor(readonly memory: WasmMemory) {}

  /** Whether an array lies in the memory. */
  owns(array: Values | Int32Array): boolean {
    return this.#buffers.has(array.buffer);
  }

  /** The address of an array that lies in the memory. */
  addressOf(array: Values | Int32Array): number {
    if (!this.owns(array)) throw new RangeError('an array from elsewhere where kernels must find it');
    return array.byteOffset;
  }

  /** The address of an array's first `length` elements: its own, or that of a copy. */
  in(name: string, array: Values | Int32Array, length: number): number {
    if (this.owns(array)) return array.byteOffset;
    const address = this.place(name, length * array.BYTES_PER_ELEMENT);
    const copy =
      array instanceof Int32Array ? this.integers(address, length) : this.view(dtypeOf(array), address, length);
    copy.set(array.subarray(0, length));
    return address;
  }

  /**
   * Calls a kernel that writes to an array, at its own address or by way of a copy.
   * @param reads - whether the kernel reads what is there, too
   */
  into<T>(name: string, array: Float64Array, length: number, reads: boolean, call: (address: number) => T): T {
    if (this.owns(array)) return call(array.byteOffset);
    const address = this.place(name, 8 * length);
    if (reads) this.doubles(address, length).set(array.subarray(0, length));
    const result = call(address);
    array.set(this.doubles(address, length));
    return result;
  }

  /** The address of space for `bytes` bytes, of unspecified content until that name is asked for again. */
  place(name: string, bytes: number): number {
    const place = this.#places.get(name);
    if (place && place.bytes >= bytes) return place.address;
    const roomy = Math.max(bytes, 2 * (place?.bytes ?? 0));
    const address = this.reserve(roomy);
    this.#places.set(name, { address, bytes: roomy });
    return address;
  }

  /** The address of new space for `bytes` bytes, and a line behind it that kernels may read. */
  reserve(bytes: number): number {
    const lines = Math.ceil(bytes / LINE) + 1;
    const first = Atomics.add(new Uint32Array(this.memory.buffer, 0, 1), 0, lines);
    growMemory(this.memory, (first + lines) * LINE);
    return first * LINE;
  }

  view(dtype: Dtype, address: number, length: number): Values {
    return dtype === 'float32' ? this.singles(address, length) : this.doubles(address, length);
  }

  singles(address: number, length: number): Float32Array {
    return new Float32Array(this.#buffer(), address, length);
  }

  doubles(address: number, length: number): Float64Array {
    return new Float64Array(this.#buffer(), address, length);
  }

  integers(address: number, length: number): Int32Array {
    return new Int32Array(this.#buffer(), address, length);
  }

  #buffer(): ArrayBufferLike {
    const { buffer } = this.memory;
    this.#buffers.add(buffer);
    return buffer;
  }
}
