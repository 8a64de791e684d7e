/** Compiles the arithmetic of training, and sets it up over the memory of the library's kernels. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FILE = 'training.wasm';

/**
 * Compiles `assembly`.
 * @param build - `fma` or `simd`, as the library's own kernels are
 * @returns {Promise<Uint8Array>} the bytes of the module
 */
export async function compileTraining(build) {
  let bytes;
  const { error, stderr } = await asc.main(
    [
      ...['test/experiments/vit/assembly/index.ts', '--baseDir', ROOT, '--outFile', FILE],
      ...['--runtime', 'stub', '--use', 'abort=', '--optimizeLevel', '3', '--converge', '--noAssert'],
      ...['--importMemory', '--noExportMemory', '--initialMemory', '0', '--sharedMemory', '--maximumMemory', '65536'],
      ...['--enable', 'simd', '--enable', 'threads', ...(build === 'fma' ? ['--enable', 'relaxed-simd'] : [])],
    ],
    {
      readFile: (name, base) => {
        try {
          return readFileSync(join(base, name), 'utf8');
        } catch {
          return null;
        }
      },
      writeFile: (name, contents) => {
        if (name === FILE) bytes = contents;
      },
    },
  );
  if (error) throw new Error(`${stderr}${error.message}`);
  return bytes;
}

/**
 * The functions of `assembly/index.ts`.
 * @param bytes - from {@link compileTraining}
 * @param kernels - the library's, from `createKernels('wasm')`: arrays that they allocate lie in the same memory
 */
export const startTraining = (bytes, kernels) =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory: kernels.handle.memory } }).exports;
