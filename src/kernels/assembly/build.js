/**
 * Compiles the kernels into both builds: `node src/kernels/assembly/build.js [DIRECTORY]`, default dist/kernels.
 *
 * The memory is imported, shared, and holds no data of the module's own, so that any number of instances, on any number of
 * threads, may work in one memory.
 */

import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const here = fileURLToPath(new URL('.', import.meta.url));
const output = resolve(process.argv[2] ?? join(here, '../../../dist/kernels'));

const COMMON = [
  'index.ts',
  ...['--baseDir', here],
  ...['--runtime', 'stub', '--use', 'abort='],
  ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--converge', '--noAssert'],
  ...['--importMemory', '--noExportMemory', '--sharedMemory', '--initialMemory', '0', '--maximumMemory', '65536'],
  ...['--enable', 'simd', '--enable', 'threads'],
];

mkdirSync(output, { recursive: true });
for (const [build, options] of [
  ['simd', []],
  ['fma', ['--enable', 'relaxed-simd']],
]) {
  const file = join(output, `levattn-${build}.wasm`);
  const { error, stderr } = await asc.main([...COMMON, ...options, '--outFile', file]);
  if (error) {
    process.stderr.write(`${stderr.toString()}${error.message}\n`);
    process.exit(1);
  }
}
