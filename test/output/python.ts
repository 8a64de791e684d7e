/** Whether Python, and NumPy in it, are at hand to read what was written. */

import { spawnSync } from 'node:child_process';

const runs = (script: string): boolean => spawnSync('python3', ['-c', script]).status === 0;

export const python = runs('');
export const numpy = python && runs('import numpy');
