/** Whether Python, and NumPy in it, are at hand to read what was written. */

import { spawnSync } from 'node:child_process';

// One start for both answers: each takes longer than many a test.
const { status, stdout } = spawnSync('python3', ['-c', 'print("python", flush=True); import numpy']);

export const python = stdout?.toString().trim() === 'python';
export const numpy = python && status === 0;
