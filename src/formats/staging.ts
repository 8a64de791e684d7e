/**
 * Where elements that cannot be read in place are put first: swapped and widened there by the WebAssembly kernels where the
 * engine runs them, else by the engine's own means.
 */

import { clearUpperHalves } from '../kernels/fusing.js';
import { compileKernels, createMemory, instantiateKernels, type WasmMemory } from '../kernels/wasm-module.js';
import type { Values } from '../rows/row-block.js';
import { type ElementType, elementsIn } from './elements.js';

/** Some whole elements on their way. */
export interface Staging {
  /** Where they are put, as they are in the file. */
  readonly bytes: Uint8Array;
  /** Converts the first `count` elements, big-endian ones to begin with where the file is so, to the front of `into`. */
  convert(count: number, into: Values): void;
}

/** Room for `length` bytes of elements of one type. */
export function createStaging(type: ElementType, length: number, bigEndian: boolean): Staging {
  const wasm = bigEndian || type.name === 'float16' ? compileKernels() : undefined;
  if (!wasm) return plainStaging(type, new Uint8Array(length), bigEndian);
  // The elements first, then, on a boundary that suits every type, the widened ones.
  const widenedAt = Math.ceil(length / 64) * 64;
  const memory = memoryFor(widenedAt + (type.name === 'float16' ? 2 * length : 0));
  if (!memory) return plainStaging(type, new Uint8Array(length), bigEndian);
  const kernels = instantiateKernels(wasm, memory);
  const swaps = { 1: () => {}, 2: kernels.swapBytes2, 4: kernels.swapBytes4, 8: kernels.swapBytes8 };
  const bytes = new Uint8Array(memory.buffer, 0, length);
  const elements = elementsIn(type, bytes);
  return {
    bytes,
    convert: (count, into) => {
      if (bigEndian) swaps[type.size](0, count * type.size);
      if (type.name !== 'float16') return elements(0, count, into, 0, 1);
      kernels.widenF16(0, count, widenedAt);
      clearUpperHalves();
      into.set(new Float32Array(memory.buffer, widenedAt, count));
    },
  };
}

/** Undefined where a limit on address space forbids a shared memory. */
function memoryFor(bytes: number): WasmMemory | undefined {
  try {
    return createMemory(bytes);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function plainStaging(type: ElementType, bytes: Uint8Array, bigEndian: boolean): Staging {
  const elements = elementsIn(type, bytes);
  return {
    bytes,
    convert: (count, into) => {
      if (bigEndian) swapBytes(bytes.subarray(0, count * type.size), type.size);
      elements(0, count, into, 0, 1);
    },
  };
}

/** Reverses the bytes of each element of `size` bytes. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else if (size === 8) buffer.swap64();
}
