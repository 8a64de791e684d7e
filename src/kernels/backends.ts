/** The backends there are, and the choice among them. To add one: write its file, list it here. */

import { usageError } from '../errors.js';
import type { KernelHandle, Kernels } from './kernels.js';
import { createPlainKernels } from './plain.js';
import { createWasmKernels } from './wasm.js';
import { compileKernels } from './wasm-module.js';

/** Backends by name, as `--backend` spells them. */
export const BACKENDS = ['auto', 'wasm', 'plain'] as const;

/** `auto`: WebAssembly where the engine runs it, else plain TypeScript. */
export type BackendChoice = (typeof BACKENDS)[number];

/**
 * A backend with a memory of its own, which lives as long as it does.
 * @throws LevattnError where `wasm` is asked for and this engine cannot run it
 */
export function createKernels(choice: BackendChoice = 'auto'): Kernels {
  if (choice === 'plain') return createPlainKernels();
  const compiled = compileKernels();
  if (compiled) return createWasmKernels(compiled);
  if (choice === 'wasm') {
    throw usageError('this Node.js cannot run the WebAssembly kernels; use --backend plain or a newer Node.js');
  }
  return createPlainKernels();
}

/** A backend on this thread over the memory of one on another thread. */
export function attachKernels(handle: KernelHandle): Kernels {
  return handle.backend === 'wasm' ? createWasmKernels(handle.compiled, handle.memory) : createPlainKernels();
}
