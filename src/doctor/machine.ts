/** What levattn runs on: versions, processor, memory, and which arithmetic is at hand. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { findBlas } from '../kernels/blas-library.js';
import { compileKernels, type WasmBuild } from '../kernels/wasm-module.js';
import { wideKernels } from '../kernels/wide.js';
import { VERSION } from '../version.js';

/** A description of this machine and this installation. */
export interface Machine {
  /** Versions; null for a package that is not installed. */
  readonly versions: {
    readonly levattn: string;
    readonly node: string;
    readonly v8: string;
    readonly 'apache-arrow': string | null;
    readonly koffi: string | null;
  };
  readonly platform: string;
  readonly arch: string;
  /** The processor's own name. */
  readonly processor: string;
  /** Processors this process may use: the threads that compute where none are asked for. */
  readonly threads: number;
  /** Bytes of memory that this process may use, and of those that are free now. */
  readonly memory: { readonly total: number; readonly free: number };
  /** What WebAssembly offers: SIMD of 256 bits, SIMD with fused multiply-adds, SIMD, or none of use. */
  readonly simd: WasmBuild | 'none';
  /** The OpenBLAS that `--backend blas` would load; null where there is none. */
  readonly openblas: string | null;
}

/** Looks around; loads and starts nothing. */
export function describeMachine(): Machine {
  const { node, v8 } = process.versions;
  return {
    versions: {
      levattn: VERSION,
      node,
      v8,
      'apache-arrow': packageVersion('apache-arrow'),
      koffi: packageVersion('koffi'),
    },
    platform: process.platform,
    arch: process.arch,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    threads: availableParallelism(),
    memory: usableMemory(),
    simd: (wideKernels() ?? compileKernels())?.build ?? 'none',
    openblas: findBlas() ?? null,
  };
}

/** The machine's memory, or the part that a container grants. */
function usableMemory(): Machine['memory'] {
  // 0 or a number beyond the machine's memory where there is no limit.
  const limit = process.constrainedMemory();
  const total = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return { total, free: Math.min(freemem(), total) };
}

/** The version in the package.json beside a package's entry, or above it; packages need not export that file. */
function packageVersion(name: string): string | null {
  try {
    let directory = dirname(createRequire(import.meta.url).resolve(name));
    for (;;) {
      const version = versionIn(join(directory, 'package.json'), name);
      if (version !== undefined || directory === dirname(directory)) return version ?? null;
      directory = dirname(directory);
    }
  } catch {
    return null;
  }
}

function versionIn(file: string, name: string): string | undefined {
  try {
    const found = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
    return found.name === name ? found.version : undefined;
  } catch {
    return undefined;
  }
}
