/**
 * Whether the kernels for 256-bit vectors are used here, and why not.
 *
 * They need V8's flag `--experimental-wasm-revectorize`, which is the whole process's: the command line allows it, a library's caller may. A V8
 * that stumbles over a kernel while it fuses ends the process, which nothing in it can prevent: so only versions that were seen
 * to get through all kernels are trusted. Whether the build itself computes what it should is tried here, before it is used for the first time.
 */

import { type AnswerSize, firstDifference, tileAnswers } from './answers.js';
import { startFusing, stopFusing } from './fusing.js';
import type { Kernels } from './kernels.js';
import { featuresOf, firstProcessor, kindOf } from './processor.js';
import { createWasmKernels } from './wasm.js';
import { buildBytes, type CompiledKernels, compileKernels } from './wasm-module.js';
import { type WideVerdict, wideVerdict } from './wide-verdict.js';

/** Whether the kernels for 256-bit vectors are in use, and if not, why. */
export interface WideVectors {
  readonly inUse: boolean;
  /** Null where they are in use. */
  readonly problem: string | null;
}

/** Set to anything but 0 or nothing, it keeps to 128 bits. */
export const NARROW_VARIABLE = 'LEVATTN_WASM_128';

/** Versions of V8 whose fused kernels passed `check-wide.ts`: the first and the last patch that was tried, of Node 24, 25 and 26. */
const CHECKED_V8: readonly { readonly line: string; readonly from: number; readonly to: number }[] = [
  { line: '13.6.233', from: 8, to: 17 },
  { line: '14.1.146', from: 11, to: 11 },
  { line: '14.6.202', from: 33, to: 34 },
];

/** What the choice depends on. */
export interface WideRuntime {
  readonly arch: string;
  readonly v8: string;
  /** Of {@link NARROW_VARIABLE}. */
  readonly variable: string | undefined;
  /** Whether the processor has AVX2. */
  avx2(): boolean;
  /** Turn fusing on and off. */
  startFusing(): void;
  stopFusing(): void;
  /** Compiles a build. */
  compile(build: 'wide' | 'fma'): CompiledKernels | undefined;
  /** Makes kernels of it. */
  create(compiled: CompiledKernels): Kernels;
  /** Whether both builds were compared here before. */
  verdict(): WideVerdict;
}

/** This process and its machine. */
export const HERE: WideRuntime = {
  arch: process.arch,
  v8: process.versions.v8,
  variable: process.env[NARROW_VARIABLE],
  avx2: hasAvx2,
  startFusing,
  stopFusing,
  compile: (build) => compileKernels(undefined, [build]),
  create: (compiled) => createWasmKernels(compiled),
  verdict: verdictHere,
};

function verdictHere(): WideVerdict {
  const builds = (['wide', 'fma'] as const).map((build) => buildBytes(build)).filter((bytes) => bytes !== undefined);
  const entry = firstProcessor();
  return wideVerdict({
    builds,
    v8: process.versions.v8,
    processor: entry && kindOf(entry),
    options: [...process.execArgv, process.env.NODE_OPTIONS ?? ''],
  });
}

/** Why fusing is not even tried; undefined where it may be. */
export function obstacle({ arch, v8, variable, avx2 }: WideRuntime): string | undefined {
  if (variable !== undefined && variable !== '' && variable !== '0') return `${NARROW_VARIABLE} is set`;
  if (arch !== 'x64') return `V8 fuses vectors on x64 alone, not on ${arch}`;
  if (!isChecked(v8)) return `V8 ${v8} has not been tested; the tested versions are in Node 24, 25 and 26`;
  return avx2() ? undefined : 'the processor has no AVX2';
}

/** Whether this V8 can fuse vectors for this processor at all, tried or not: Node 24 and later, on x64 with AVX2. */
export function canFuse({ arch, v8, avx2 }: WideRuntime): boolean {
  const [major, minor] = v8.split('.').map(Number);
  return arch === 'x64' && (major > 13 || (major === 13 && minor >= 6)) && avx2();
}

function isChecked(v8: string): boolean {
  const [, line, patch] = /^(\d+\.\d+\.\d+)\.(\d+)/.exec(v8) ?? [];
  return CHECKED_V8.some(
    (checked) => checked.line === line && Number(patch) >= checked.from && Number(patch) <= checked.to,
  );
}

/** Whether the processor has AVX2: as Linux lists it, elsewhere from what it does with a multiply-add. */
function hasAvx2(): boolean {
  const entry = firstProcessor();
  const features = entry && featuresOf(entry);
  return features === undefined ? fusesMultiplyAdds() : features.includes('avx2') && features.includes('fma');
}

/**
 * Whether a multiply-add is rounded once. A processor for x64 that does so has AVX2, too, but for AMD's of 2012 to 2014, where V8 does not fuse vectors, and nothing
 * is lost but some speed.
 */
export function fusesMultiplyAdds(compiled = compileKernels(undefined, ['fma'])): boolean {
  if (!compiled) return false;
  // x^2 = 1 + 2^-29 + 2^-60, of which float64 keeps all but the last.
  const x = 1 + 2 ** -30;
  const rest = new Float64Array(1);
  const [a, b] = [Float64Array.of(-(x * x), 0, 0, 0, x, 0, 0, 0), Float64Array.of(1, 0, 0, 0, x, 0, 0, 0)];
  createWasmKernels(compiled).pairDots(a, b, a.length, Int32Array.of(0, 0), rest);
  return rest[0] !== 0;
}

/** What is asked of both builds before the wide one is used: a shape that leaves something over in each kind of tile. */
const SIZE: AnswerSize = { rows: 9, d: 41, width: 18 };

/**
 * Turns fusing on, and makes kernels that need it.
 *
 * @returns the wide build, or why it is not to be used; fusing is off again then
 */
export function tryWide(here: WideRuntime): { readonly compiled: CompiledKernels } | { readonly problem: string } {
  const problem = obstacle(here);
  if (problem !== undefined) return { problem };
  here.startFusing();
  const compiled = here.compile('wide');
  const verdict = here.verdict();
  if (compiled && verdict.isKnown()) return { compiled };
  const narrow = here.compile('fma');
  const fault = compiled && narrow ? faultOf(compiled, narrow, here) : 'they cannot be compiled here';
  if (compiled && fault === undefined) {
    verdict.remember();
    return { compiled };
  }
  here.stopFusing();
  return { problem: `the kernels for 256 bits are not to be trusted here: ${fault}` };
}

function faultOf(wide: CompiledKernels, narrow: CompiledKernels, { create }: WideRuntime): string | undefined {
  try {
    // One after the other: each reserves the addresses that its memory may grow to.
    const [expected, found] = [narrow, wide].map((compiled) => tileAnswers(create(compiled), SIZE));
    const different = firstDifference(expected, found);
    return different === undefined ? undefined : `${different} gives other bytes than for 128 bits`;
  } catch (error) {
    if (error instanceof RangeError) return 'there are no addresses for their memory';
    throw error;
  }
}

let allowed = false;
let outcome: ReturnType<typeof tryWide> | undefined;

/**
 * Lets kernels that are made from now on, with the backends `auto` and `wasm`, use 256-bit vectors where this can be done: x64 with AVX2,
 * Node 24, 25 or 26. Results are the same bytes, sooner.
 *
 * It sets the flag `--experimental-wasm-revectorize` of V8 when the first such kernels are made. The flag is the process's: V8 then
 * fuses vectors of all its WebAssembly, on all threads, and what is not levattn's does not clear the upper halves of the registers when it is done, which
 * slows `**` and `Math.log2` down until the event loop turns. Hence it is for a program to allow, not for a library.
 */
export function allowWideVectors(): void {
  allowed = true;
}

/** Whether 256-bit vectors are in use on this thread; it decides so where {@link allowWideVectors} has allowed it and no kernels have been made yet. */
export function wideVectors(): WideVectors {
  if (!allowed) return { inUse: false, problem: 'they have not been allowed: allowWideVectors()' };
  outcome ??= tryWide(HERE);
  return 'compiled' in outcome ? { inUse: true, problem: null } : { inUse: false, problem: outcome.problem };
}

/** The wide build, where it is allowed and can be used. */
export function wideKernels(): CompiledKernels | undefined {
  return wideVectors().inUse && outcome && 'compiled' in outcome ? outcome.compiled : undefined;
}
