/** Every backend that this machine can run, for suites that hold all of them to the same answers. */

import { createRequire } from 'node:module';
import { createBlasKernels } from '../../src/kernels/blas.js';
import { findBlas } from '../../src/kernels/blas-library.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { createPlainKernels } from '../../src/kernels/plain.js';
import { createWasmKernels } from '../../src/kernels/wasm.js';
import { compileKernels, type WasmBuild } from '../../src/kernels/wasm-module.js';
import { HERE, tryWide } from '../../src/kernels/wide.js';
import { NO_VERDICT } from '../../src/kernels/wide-verdict.js';

const BUILT = new URL('../../dist/kernels/', import.meta.url);

/** The kernels for 256 bits, on a Node and a processor that fuse vectors; turns fusing on for the whole process. */
const wide = tryWide({
  ...HERE,
  compile: (build) => compileKernels(BUILT, [build]),
  verdict: () => NO_VERDICT,
});

/** Makes a backend by its name; the WebAssembly builds are those of the last `npm run build`. */
export function makeKernels(name: string): Kernels {
  if (name === 'plain') return createPlainKernels();
  if (name === 'blas') return createBlasKernels(makeKernels(backendNames.at(-1)!));
  const compiled =
    name === 'wasm-wide' && 'compiled' in wide
      ? wide.compiled
      : compileKernels(BUILT, [name.replace('wasm-', '') as WasmBuild]);
  if (!compiled) throw new Error(`${name}: not built, or not for this engine; npm run build makes it`);
  return createWasmKernels(compiled);
}

/** Whether the optional package is installed. */
export const hasKoffi = isInstalled('koffi');

/** Whether OpenBLAS and koffi are there; that they work is for the tests to see. */
export const hasBlas = hasKoffi && findBlas() !== undefined;

/** Names of the backends. Left out are the relaxed-SIMD builds where the engine has none or does not fuse vectors, and BLAS where it is missing. */
export const backendNames: readonly string[] = [
  'plain',
  ...(hasBlas ? ['blas'] : []),
  'wasm-simd',
  ...(compileKernels(BUILT, ['fma']) ? ['wasm-fma'] : []),
  ...('compiled' in wide ? ['wasm-wide'] : []),
];

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}
