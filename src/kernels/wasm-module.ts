/**
 * The compiled WebAssembly kernels: finds the fastest build this engine runs, and gives typed access to an instance.
 *
 * Kernels work on byte addresses in one shared memory that JavaScript lays out; an instance keeps no state and the module
 * holds no data, so every worker may have its own instance over the same memory and work on its own part of it.
 */

import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { KERNEL_DIRECTORY } from '../files.js';
import { clearingAfter, isFusing } from './fusing.js';
import type { WasmKernels } from './wasm-exports.js';

/** What of the engine's WebAssembly is used here; the standard library declares it for browsers only. */
declare const WebAssembly: {
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: { env: { memory: WasmMemory } },
  ) => { readonly exports: WasmKernels };
  validate(bytes: Uint8Array): boolean;
};

/** A shared memory; growing it leaves earlier views valid, but `buffer` must be read again to see what was added. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
  /** Adds pages of 64 KiB; a RangeError if there is no room. */
  grow(pages: number): number;
}

/** A compiled module: can be posted to a worker. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: 'WebAssembly.Module';
}

/**
 * Three builds of one source: with fused multiply-adds (relaxed SIMD), with plain 128-bit SIMD, or with the former in tiles for an engine
 * that fuses neighbouring vectors to 256 bits. The last gives the same bytes as the first; without fusing it is slower.
 */
export type WasmBuild = 'wide' | 'fma' | 'simd';

/** A build that this engine can run; can be posted to a worker. */
export interface CompiledKernels {
  readonly build: WasmBuild;
  readonly module: WasmModule;
  /** Whether V8 fuses vectors, so that something must be cleared after each call: `fusing.ts`. */
  readonly fused: boolean;
}

/** Behind its inputs a kernel may read this many bytes: the memory's last ones must stay unused. */
export const SLACK_BYTES = 64;

const PAGE_BYTES = 65536;
const MOST_PAGES = 65536;

/** Pages that a memory grows by at least: a call takes its time, however few they are, and pages that are not touched take no memory. */
const GROWTH_PAGES = 256;

/**
 * Compiles the fastest build of 128-bit vectors that this engine can run.
 *
 * @param directory - where `levattn-fma.wasm` and the others are; default: where the build puts them
 * @param builds - which to try, in this order
 * @returns undefined where the engine can run none of them, or they were never built
 */
export function compileKernels(
  directory = KERNEL_DIRECTORY,
  builds: readonly WasmBuild[] = ['fma', 'simd'],
): CompiledKernels | undefined {
  for (const build of builds) {
    const bytes = buildBytes(build, directory);
    if (!bytes) continue;
    if (build !== 'simd') enableRelaxedSimd(bytes);
    const module = compile(bytes);
    if (module) return { build, module, fused: isFusing() };
  }
  return undefined;
}

/** A module; undefined where the engine does not know what is in it. */
function compile(bytes: Uint8Array): WasmModule | undefined {
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    if ((error as Error).name === 'CompileError') return undefined;
    throw error;
  }
}

/** A memory of at least `bytes` bytes with {@link SLACK_BYTES} behind them, zeroed; it can grow to 4 GiB. */
export function createMemory(bytes: number): WasmMemory {
  return new WebAssembly.Memory({ initial: pagesFor(bytes), maximum: MOST_PAGES, shared: true });
}

/** Makes a memory hold at least `bytes` bytes and {@link SLACK_BYTES} behind them; RangeError if there is no room. */
export function growMemory(memory: WasmMemory, bytes: number): void {
  const pages = memory.buffer.byteLength / PAGE_BYTES;
  const missing = pagesFor(bytes) - pages;
  if (missing > 0) memory.grow(Math.max(missing, Math.min(GROWTH_PAGES, MOST_PAGES - pages)));
}

/** Kernels over a memory. */
export function instantiateKernels({ module, fused }: CompiledKernels, memory: WasmMemory): WasmKernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return fused ? clearingAfter(exports) : exports;
}

function pagesFor(bytes: number): number {
  return Math.ceil((bytes + SLACK_BYTES) / PAGE_BYTES);
}

/** A build as it lies in its file; undefined where it was never made. */
export function buildBytes(build: WasmBuild, directory = KERNEL_DIRECTORY): Uint8Array | undefined {
  try {
    return readFileSync(new URL(`levattn-${build}.wasm`, directory));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** V8 before 11.4 (Node 20) has relaxed SIMD behind a flag; later versions have it on and complain of the flag. */
function enableRelaxedSimd(bytes: Uint8Array): void {
  const [major, minor] = process.versions.v8.split('.').map(Number);
  if (major === 11 && minor < 4 && !WebAssembly.validate(bytes)) {
    setFlagsFromString('--experimental-wasm-relaxed-simd');
  }
}
