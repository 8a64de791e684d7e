/** Answers of NumPy and SciPy, for tests that hold the program to them. */

import { spawnSync } from 'node:child_process';
import { numpy } from '../output/python.js';

export { numpy };

/** Whether SciPy is there, too. */
export const scipy = numpy && spawnSync('python3', ['-c', 'import scipy.optimize']).status === 0;

/** A matrix as it is handed over: its float64 as base64, so that every bit arrives. */
export const handOver = (n: number, d: number, values: Float64Array) => ({
  shape: [n, d],
  data: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'),
});

const PROLOGUE = `
import base64, json, sys
import numpy as np
given = json.load(sys.stdin)
def matrix(m): return np.frombuffer(base64.b64decode(m['data']), dtype='<f8').reshape(m['shape'])
`;

/**
 * Runs a script that finds its input in `given`, turns matrices of it into arrays with `matrix`, and prints JSON.
 * @throws Error with what it said where it failed
 */
export function askNumpy<T>(script: string, given: unknown): T {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', `${PROLOGUE}${script}`], {
    input: JSON.stringify(given),
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`python3: ${stderr}`);
  return JSON.parse(stdout.toString()) as T;
}
