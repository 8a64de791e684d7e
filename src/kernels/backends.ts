/** The backends there are, and the choice among them. To add one: write its file, list it here. */

import { usageError } from '../errors.js';
import { createBlasKernels } from './blas.js';
import type { KernelHandle, Kernels } from './kernels.js';
import { createPlainKernels } from './plain.js';
import { createWasmKernels } from './wasm.js';
import { type CompiledKernels, compileKernels } from './wasm-module.js';
import { wideKernels } from './wide.js';

/** Backends by name, as `--backend` spells them. */
export const BACKENDS = ['auto', 'wasm', 'wasm-128', 'plain', 'blas'] as const;

/**
 * `auto`: WebAssembly where the engine runs it and has the addresses for it, else plain TypeScript; never `blas`, which not every machine has.
 * `wasm-128`: WebAssembly without vectors of 256 bits, which the others use where they are allowed and can be had.
 */
export type BackendChoice = (typeof BACKENDS)[number];

/** Compiled once: what V8 has optimised stays so for the next backend. */
let narrow: CompiledKernels | undefined;

/**
 * A backend with a memory of its own, which lives as long as it does.
 * @throws LevattnError where the one that is asked for cannot be had here
 */
export function createKernels(choice: BackendChoice = 'auto'): Kernels {
  if (choice === 'plain') return createPlainKernels();
  if (choice === 'blas') return createBlasKernels(createKernels());
  const compiled = (choice === 'wasm-128' ? undefined : wideKernels()) ?? narrowKernels();
  if (!compiled && choice !== 'auto') {
    throw usageError('this Node.js cannot run the WebAssembly kernels; use --backend plain or a newer Node.js');
  }
  if (!compiled) return createPlainKernels();
  try {
    return createWasmKernels(compiled);
  } catch (error) {
    // A shared memory reserves the addresses it may grow to, which a limit on address space may not allow.
    if (choice === 'auto' && error instanceof RangeError) return createPlainKernels();
    throw error;
  }
}

function narrowKernels(): CompiledKernels | undefined {
  narrow ??= compileKernels();
  return narrow;
}

/** A backend on this thread over the memory of one on another thread. */
export function attachKernels(handle: KernelHandle): Kernels {
  switch (handle.backend) {
    case 'plain':
      return createPlainKernels();
    case 'wasm':
      return createWasmKernels(handle.compiled, handle.memory);
    case 'blas':
      return createBlasKernels(attachKernels(handle.base), handle.path);
  }
}
