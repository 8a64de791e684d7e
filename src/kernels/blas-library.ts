/**
 * Finds OpenBLAS on this machine and binds the few of its functions that are used here.
 *
 * Neither it nor koffi, which calls it, need be there: nothing is loaded until a library is asked for.
 */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { usageError } from '../errors.js';
import type { Values } from '../rows/row-block.js';

/** What is used of it; matrices are row-major without gaps, and are read and written where they lie. No sizes are checked. */
export interface BlasLibrary {
  /** to = from, the first `length` elements. */
  copy32(from: Float32Array, to: Float32Array, length: number): void;
  /** gram += a^T a, upper triangle; a is rows x d. */
  addGram(a: Float64Array, rows: number, d: number, gram: Float64Array): void;
}

/** What of koffi is used; declared here as the package may be missing when this is compiled. */
interface Koffi {
  load(path: string): NativeLibrary;
}

interface NativeLibrary {
  func(prototype: string): (...values: (number | Values)[]) => void;
}

/** Constants of cblas.h. */
const ROW_MAJOR = 101;
const TRANSPOSED = 112;
const UPPER = 121;

/**
 * Binds the functions.
 * @throws Error where one is missing
 */
function bind(library: NativeLibrary): BlasLibrary {
  const scopy = library.func('void cblas_scopy(int n, float *x, int incx, float *y, int incy)');
  const dsyrk = library.func(
    'void cblas_dsyrk(int order, int uplo, int trans, int n, int k, double alpha, double *a, int lda, double beta, double *c, int ldc)',
  );
  // An OpenMP build counts threads for each calling thread, so every thread that loads it has to say so.
  library.func('void openblas_set_num_threads(int n)')(1);
  return {
    copy32: (from, to, length) => scopy(length, from, 1, to, 1),
    addGram: (a, rows, d, gram) => dsyrk(ROW_MAJOR, UPPER, TRANSPOSED, d, rows, 1, a, d, 1, gram, d),
  };
}

const INSTALL =
  'install OpenBLAS (Debian, Ubuntu: apt install libopenblas0-pthread; Fedora: dnf install openblas; ' +
  'macOS: brew install openblas) or set LEVATTN_BLAS to its path';

/**
 * The library that the BLAS backend would load: LEVATTN_BLAS, unchecked, else OpenBLAS where systems put it. Nothing is
 * loaded, so it may yet fail.
 */
export function findBlas(): string | undefined {
  return process.env.LEVATTN_BLAS || candidates().find(existsSync);
}

/**
 * Loads a library and has it compute on the calling thread alone.
 *
 * @param path - default: what {@link findBlas} finds
 * @throws LevattnError where there is none, it is not OpenBLAS with its CBLAS functions, or koffi is missing
 */
export function loadBlas(path = findBlas()): { readonly path: string; readonly blas: BlasLibrary } {
  if (path === undefined) throw usageError(`--backend blas: no OpenBLAS found; ${INSTALL}`);
  const koffi = requireKoffi();
  try {
    return { path, blas: bind(withOneThread(() => koffi.load(path))) };
  } catch (error) {
    throw usageError(
      `--backend blas: ${path} is not an OpenBLAS that loads here (${firstLine(error)}); ${INSTALL}`,
      error,
    );
  }
}

/** Keeps OpenBLAS from starting a thread a core as it is loaded: levattn has threads of its own. */
function withOneThread<T>(load: () => T): T {
  const before = process.env.OPENBLAS_NUM_THREADS;
  process.env.OPENBLAS_NUM_THREADS = '1';
  try {
    return load();
  } finally {
    if (before === undefined) delete process.env.OPENBLAS_NUM_THREADS;
    else process.env.OPENBLAS_NUM_THREADS = before;
  }
}

function requireKoffi(): Koffi {
  try {
    return createRequire(import.meta.url)('koffi') as Koffi;
  } catch (error) {
    throw usageError(
      `--backend blas: the optional package koffi does not load (${firstLine(error)}); run npm install koffi, or leave --backend out`,
      error,
    );
  }
}

const firstLine = (error: unknown): string => String((error as Error).message).split('\n', 1)[0];

/** Where OpenBLAS may be, the likeliest first. */
function candidates(): string[] {
  if (process.platform === 'darwin') {
    return ['/opt/homebrew', '/usr/local'].map((prefix) => `${prefix}/opt/openblas/lib/libopenblas.dylib`);
  }
  if (process.platform !== 'linux') return [];
  const machine = MACHINES[process.arch] ?? process.arch;
  const debian = `/usr/lib/${machine}-linux-gnu`;
  const own = (process.env.LD_LIBRARY_PATH ?? '').split(':').filter((directory) => directory !== '');
  return [...own, debian, `${debian}/openblas-pthread`, '/usr/local/lib', '/usr/lib64', '/usr/lib'].flatMap(
    (directory) => ['libopenblas.so.0', 'libopenblas.so'].map((name) => join(directory, name)),
  );
}

/** Machines as Debian names them in paths, by Node.js's name where the two differ. */
const MACHINES: Partial<Record<string, string>> = {
  x64: 'x86_64',
  arm64: 'aarch64',
  ppc64: 'powerpc64le',
  loong64: 'loongarch64',
};
