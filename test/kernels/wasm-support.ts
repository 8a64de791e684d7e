/** What the tests of the WebAssembly kernels share: all builds, as `npm run build` compiled them; a memory that punishes stray reads; numbers. */

import { startFusing } from '../../src/kernels/fusing.js';
import type { WasmKernels } from '../../src/kernels/wasm-exports.js';
import {
  type CompiledKernels,
  compileKernels,
  createMemory,
  instantiateKernels,
  SLACK_BYTES,
  type WasmBuild,
  type WasmMemory,
} from '../../src/kernels/wasm-module.js';
import { HERE, obstacle } from '../../src/kernels/wide.js';

/** Where the builds are, which tests of the kernels share with the program: to compile them takes half a minute. */
export const BUILDS = new URL('../../dist/kernels/', import.meta.url);

/** A build, ready to use. */
export interface Instance {
  readonly build: WasmBuild;
  readonly compiled: CompiledKernels;
  readonly arena: Arena;
  readonly kernels: WasmKernels;
}

/** Every build that this engine runs, with vectors fused where it does that. */
export function instantiateBuilds(): Instance[] {
  if (obstacle(HERE) === undefined) startFusing();
  return (['simd', 'fma', 'wide'] as const).flatMap((build) => {
    const compiled = compileKernels(BUILDS, [build]);
    if (!compiled) return [];
    const arena = new Arena(8 << 20);
    return [{ build, compiled, arena, kernels: instantiateKernels(compiled, arena.memory) }];
  });
}

type Numbers = Float32Array | Float64Array | Int32Array | Uint16Array | Uint8Array;

/** Lays arrays out in a memory in which every byte that no array covers is 255: NaN to whoever reads it as a float. */
export class Arena {
  readonly memory: WasmMemory;
  readonly #bytes: Uint8Array;
  #end = 0;
  #taken: [number, number][] = [];

  constructor(bytes: number) {
    this.memory = createMemory(bytes);
    this.#bytes = new Uint8Array(this.memory.buffer);
    this.clear();
  }

  /** Forgets all arrays. */
  clear(): void {
    this.#bytes.fill(255, 0, this.#end === 0 ? this.#bytes.length : this.#end + SLACK_BYTES);
    this.#end = 64;
    this.#taken = [];
  }

  /** A copy of `values` in the memory, at an address that is a multiple of the element size and of no more. */
  put<T extends Numbers>(values: T): T {
    const size = values.BYTES_PER_ELEMENT;
    let start = Math.ceil((this.#end + SLACK_BYTES) / 16) * 16 + size;
    if (start % 16 === 0) start += size;
    this.#end = start + values.byteLength;
    if (this.#end > this.#bytes.length - SLACK_BYTES) throw new Error('the test memory is too small');
    this.#taken.push([start, this.#end]);
    const make = values.constructor as new (buffer: ArrayBufferLike, at: number, length: number) => T;
    const copy = new make(this.memory.buffer, start, values.length);
    copy.set(values as never);
    return copy;
  }

  /** Scratch of so many bytes; returns its address. */
  scratch(bytes: number): number {
    return this.put(new Uint8Array(bytes).fill(255)).byteOffset;
  }

  /** Whether every byte outside the arrays, as far as the last of them and a little on, is still as it was. */
  intact(): boolean {
    let at = 0;
    for (const [start, end] of [...this.#taken, [this.#end + SLACK_BYTES, 0]]) {
      for (; at < start; at++) if (this.#bytes[at] !== 255) return false;
      at = end;
    }
    return true;
  }
}

/** Where two arrays differ first, in words; undefined where they do not. Far quicker than toEqual. */
export function difference(actual: Numbers, expected: Numbers): string | undefined {
  if (actual.length !== expected.length) return `${actual.length} entries, not ${expected.length}`;
  for (let i = 0; i < actual.length; i++) {
    if (!Object.is(actual[i], expected[i])) return `entry ${i} is ${actual[i]}, not ${expected[i]}`;
  }
  return undefined;
}

/** Numbers in [0, 1) that are the same on every run (xorshift). */
export function randomNumbers(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

/** Whole numbers from -limit to limit: sums of their products are exact, so that results can be compared bit by bit. */
export function wholeNumbers(random: () => number, length: number, limit: number): number[] {
  return Array.from({ length }, () => Math.round((random() * 2 - 1) * limit));
}

/** Sum of x y with twice the digits of float64 (Dekker, Knuth), and the sum of |x y| that its error is measured by. */
export function preciseDot(pairs: Iterable<readonly [number, number]>): { sum: number; size: number } {
  let sum = 0;
  let rest = 0;
  let size = 0;
  for (const [x, y] of pairs) {
    const product = x * y;
    const [x1, x2] = split(x);
    const [y1, y2] = split(y);
    rest += x2 * y2 - (product - x1 * y1 - x2 * y1 - x1 * y2);
    const next = sum + product;
    const back = next - sum;
    rest += sum - (next - back) + (product - back);
    sum = next;
    size += Math.abs(product);
  }
  return { sum: sum + rest, size };
}

function split(x: number): [number, number] {
  const c = x * (2 ** 27 + 1);
  const high = c - (c - x);
  return [high, x - high];
}
