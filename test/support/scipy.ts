/** Whether SciPy is at hand, beside NumPy: for the few tests that take it, as to load it takes seconds. */

import { spawnSync } from 'node:child_process';
import { numpy } from '../output/python.js';

export const scipy = numpy && spawnSync('python3', ['-c', 'import scipy.optimize']).status === 0;
