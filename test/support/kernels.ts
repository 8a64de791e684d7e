/** Every backend that this machine can run, for suites that hold all of them to the same answers. */

import type { Kernels } from '../../src/kernels/kernels.js';
import { createPlainKernels } from '../../src/kernels/plain.js';
import { createWasmKernels } from '../../src/kernels/wasm.js';
import { compileKernels, type WasmBuild } from '../../src/kernels/wasm-module.js';

const BUILT = new URL('../../dist/kernels/', import.meta.url);

/** Makes a backend by its name; the WebAssembly builds are those of the last `npm run build`. */
export function makeKernels(name: string): Kernels {
  if (name === 'plain') return createPlainKernels();
  const compiled = compileKernels(BUILT, [name.replace('wasm-', '') as WasmBuild]);
  if (!compiled) throw new Error(`${name}: not built, or not for this engine; npm run build makes it`);
  return createWasmKernels(compiled);
}

/** Names of the backends. The relaxed-SIMD build is left out where the engine has none. */
export const backendNames: readonly string[] = [
  'plain',
  'wasm-simd',
  ...(compileKernels(BUILT, ['fma']) ? ['wasm-fma'] : []),
];
