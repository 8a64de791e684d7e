/** What the figures were measured on. */

import { spawnSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { PYTHON } from './support.js';

const BLAS = `
import numpy, ctypes, re
maps = open('/proc/self/maps').read()
print('NumPy', numpy.__version__, 'BLAS', ', '.join(sorted(set(re.findall(r'[^/\\s]*(?:blas|mkl)[^/\\s]*\\.so[^/\\s]*', maps)))))
`;

/** Prints machine, Node and the BLAS that NumPy uses. */
export function printMachine() {
  const python = PYTHON ? spawnSync(PYTHON, ['-c', BLAS], { encoding: 'utf8' }).stdout.trim() : 'no NumPy';
  console.log(
    `Node ${process.version}, ${cpus().length} x ${cpus()[0].model}, ${(totalmem() / 1e9).toFixed(0)} GB; ${python}\n`,
  );
}
