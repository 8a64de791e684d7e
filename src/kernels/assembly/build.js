/**
 * Compiles the kernels into their three builds, and the modules of readers of CSV and Parquet: `node src/kernels/assembly/build.js`.
 *
 * The memory is imported and holds no data of a module's own. That of the kernels is shared, so that any number of instances,
 * on any number of threads, may work in one.
 */

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { TILES_F32 } from './tiles/f32.js';
import { TILES_F64 } from './tiles/f64.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const output = join(here, '../../../dist/kernels');

const COMMON = [
  ...['--baseDir', here],
  ...['--runtime', 'stub', '--use', 'abort='],
  ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--converge', '--noAssert'],
  ...['--importMemory', '--noExportMemory', '--initialMemory', '0', '--enable', 'simd'],
];

const KERNELS = ['--sharedMemory', '--maximumMemory', '65536', '--enable', 'threads'];
const FUSED = ['--enable', 'relaxed-simd'];

const MODULES = {
  simd: ['narrow.ts', 'index.ts', ...KERNELS],
  fma: ['narrow.ts', 'index.ts', ...KERNELS, ...FUSED],
  wide: ['wide.ts', 'index.ts', ...KERNELS, ...FUSED],
  csv: ['csv.ts'],
  parquet: ['parquet.ts'],
};

/** Sources that are written by a program, by the names under which others import them. */
const WRITTEN = { 'tiles-f32.ts': TILES_F32, 'tiles-f64.ts': TILES_F64 };

function readFile(name, folder) {
  if (name in WRITTEN) return WRITTEN[name];
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch {
    return null; // The compiler tries several names.
  }
}

mkdirSync(output, { recursive: true });
for (const [name, options] of Object.entries(MODULES)) {
  const file = join(output, `levattn-${name}.wasm`);
  const { error, stderr } = await asc.main([...options, ...COMMON, '--outFile', file], { readFile });
  if (error) {
    process.stderr.write(`${stderr.toString()}${error.message}\n`);
    process.exit(1);
  }
}
