/** `--backend`: the same answers, NumPy's, from each that this machine has; a plain refusal of one that it has not. */

import { describe, expect, test } from 'vitest';
import { HERE, obstacle } from '../../src/kernels/wide.js';
import { fixturePath, loadReal } from '../support/fixtures.js';
import { hasBlas, hasKoffi } from '../support/kernels.js';
import { errorLine, run, shell } from '../support/program.js';
import { expectList, fromCsv } from './answers.js';

const K = fixturePath('demo/K.npy');
const { results, tolerance } = loadReal('use-l0h0-long');
const { U } = results.find(({ eps }) => eps === 0.05)!;

/** What a backend calls itself. */
const names: Record<string, RegExp> = {
  wasm: obstacle(HERE) === undefined ? /^wasm-wide$/ : /^wasm-(fma|simd)$/,
  'wasm-128': /^wasm-(fma|simd)$/,
  plain: /^plain$/,
  ...(hasBlas ? { blas: /^blas/ } : {}),
};

describe.concurrent.each(Object.keys(names))('--backend %s', (backend) => {
  test.each(['1', '3'])('--threads %s', async (threads) => {
    const { code, stdout, log } = await run([
      'select-keys',
      '--backend',
      backend,
      '--threads',
      threads,
      '--format',
      'csv',
      '--verbose',
      '--log-json',
      K,
    ]);
    expect(code).toBe(0);
    expect(log.find(({ msg }) => msg === 'computing')?.backend).toMatch(names[backend]);
    expectList(fromCsv(stdout), U, tolerance);
  });
});

test('LEVATTN_WASM_128 keeps to 128 bits', async () => {
  const { code, log } = await run(['select-keys', '--verbose', '--log-json', '--format', 'csv', K], {
    env: { LEVATTN_WASM_128: '1' },
  });
  expect(code).toBe(0);
  expect(log.find(({ msg }) => msg === 'computing')?.backend).toMatch(/^wasm-(fma|simd)$/);
});

test.skipIf(!hasKoffi)('a BLAS that cannot be had ends with exit code 64 and one line', async () => {
  const outcome = await run(['select-keys', '--backend', 'blas', K], { env: { LEVATTN_BLAS: '/nowhere/libblas.so' } });
  expect(outcome.code).toBe(64);
  expect(errorLine(outcome)).toMatch(/^--backend blas: \/nowhere\/libblas\.so .*install OpenBLAS/);
});

test('where a limit on address space forbids WebAssembly memory, the plain backend does it', async () => {
  const { code, stdout, stderr } = await shell(
    `ulimit -v 5000000; levattn select-keys --verbose --format csv --threads 1 "${K}"`,
  );
  expect(code).toBe(0);
  expect(stderr).toMatch(/backend=plain/);
  expectList(fromCsv(stdout), U, tolerance);
});
