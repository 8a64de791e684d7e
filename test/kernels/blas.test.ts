/** OpenBLAS: how it is found, and what is said where it or koffi is missing or wrong. What it computes: backends.test.ts. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { LevattnError } from '../../src/errors.js';
import { createKernels } from '../../src/kernels/backends.js';
import { findBlas } from '../../src/kernels/blas-library.js';
import { temporaryFolder } from '../support/files.js';
import { hasBlas, hasKoffi } from '../support/kernels.js';

const folder = temporaryFolder();

afterEach(() => {
  vi.unstubAllEnvs();
  vi.doUnmock('node:fs');
  vi.resetModules();
});

/** What an attempt to use the backend says. */
function refusal(): Pick<LevattnError, 'kind' | 'message'> {
  try {
    createKernels('blas');
  } catch (error) {
    return error as LevattnError;
  }
  throw new Error('it was not refused');
}

describe('where the library is', () => {
  test('LEVATTN_BLAS comes first, unchecked', () => {
    vi.stubEnv('LEVATTN_BLAS', '/nowhere/libmyblas.so');
    expect(findBlas()).toBe('/nowhere/libmyblas.so');
  });

  test.skipIf(process.platform !== 'linux')('then a directory of LD_LIBRARY_PATH, on Linux', () => {
    const path = folder.write('libopenblas.so.0', '');
    vi.stubEnv('LEVATTN_BLAS', '');
    vi.stubEnv('LD_LIBRARY_PATH', `/nowhere::${folder.path}`);
    expect(findBlas()).toBe(path);
  });

  test('where there is none, the error says what to install', async () => {
    vi.stubEnv('LEVATTN_BLAS', '');
    vi.doMock('node:fs', async (original) => ({ ...(await original<object>()), existsSync: () => false }));
    const { findBlas: find, loadBlas } = await import('../../src/kernels/blas-library.js');
    expect(find()).toBeUndefined();
    expect(() => loadBlas()).toThrow(/^--backend blas: no OpenBLAS found; install OpenBLAS .*LEVATTN_BLAS[^\n]*$/);
  });
});

describe.skipIf(!hasKoffi)(`what cannot be used is refused in one line${hasKoffi ? '' : ' (koffi is absent)'}`, () => {
  test.each([
    ['a file that is not there', () => folder.at('absent.so')],
    ['a file that is no library', () => folder.write('text.so', 'no library')],
  ])('%s', (_, make) => {
    const path = make();
    vi.stubEnv('LEVATTN_BLAS', path);
    const { kind, message } = refusal();
    expect(kind).toBe('usage');
    expect(message).toMatch(/^--backend blas: [^\n]* is not an OpenBLAS that loads here \([^\n]*LEVATTN_BLAS[^\n]*$/);
    expect(message).toContain(path);
  });

  test.skipIf(process.platform !== 'linux')('a library of something else', () => {
    vi.stubEnv('LEVATTN_BLAS', 'libc.so.6');
    const { kind, message } = refusal();
    expect(kind).toBe('usage');
    expect(message).toMatch(/^--backend blas: libc\.so\.6 is not an OpenBLAS [^\n]*cblas_[^\n]*$/);
  });
});

describe.skipIf(!hasBlas)(`a library that is there${hasBlas ? '' : ' (OpenBLAS or koffi is absent)'}`, () => {
  test('is named, and leaves the environment as it was', () => {
    vi.stubEnv('OPENBLAS_NUM_THREADS', '3');
    expect(createKernels('blas').name).toBe(`blas (${findBlas()})`);
    expect(process.env.OPENBLAS_NUM_THREADS).toBe('3');
    vi.stubEnv('OPENBLAS_NUM_THREADS', undefined);
    createKernels('blas');
    expect(process.env).not.toHaveProperty('OPENBLAS_NUM_THREADS');
  });

  test('arrays that are too short are refused before they are passed on', () => {
    const kernels = createKernels('blas');
    const [short, right] = [new Float64Array(3), new Float64Array(4)];
    expect(() => kernels.addGram(right, 2, 2, short)).toThrow(RangeError);
    expect(() => kernels.addGram(short, 2, 2, right)).toThrow(RangeError);
  });
});

test('where koffi does not load, only the BLAS backend is missing', () => {
  // The built modules, with a koffi beside them that has no binary for this machine.
  const built = (path: string): string => fileURLToPath(new URL(`../../dist/${path}`, import.meta.url));
  for (const name of ['rows', 'node_modules', 'node_modules/koffi']) mkdirSync(folder.at(name));
  for (const path of ['errors.js', 'files.js', 'kernels', 'rows/row-block.js']) {
    cpSync(built(path), folder.at(path), { recursive: true });
  }
  folder.write('package.json', '{"type": "module"}');
  folder.write('node_modules/koffi/package.json', '{"name": "koffi"}');
  folder.write('node_modules/koffi/index.js', 'throw new Error("no binary\\nfor this machine");');
  const script = folder.write(
    'script.js',
    `import { createKernels } from './kernels/backends.js';
     const told = { auto: createKernels().name, plain: createKernels('plain').name };
     try { createKernels('blas'); } catch ({ kind, message }) { Object.assign(told, { kind, message }); }
     console.log(JSON.stringify(told));`,
  );
  const env = { ...process.env, LEVATTN_BLAS: 'libopenblas.so.0' };
  const told = JSON.parse(execFileSync(process.execPath, [script], { env, encoding: 'utf8' }));
  expect(told).toMatchObject({ auto: expect.stringMatching(/^wasm/), plain: 'plain', kind: 'usage' });
  expect(told.message).toMatch(/^--backend blas: the optional package koffi does not load \(no binary\); [^\n]*$/);
});
