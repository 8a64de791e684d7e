/** A task of a step on wide matrices, on whichever thread. */

import { CHUNK, doBlockedTask, WIDE_STEP } from '../../kernels/blocked-tasks.js';
import type { WasmKernels } from '../../kernels/wasm-exports.js';
import type { WasmMemory } from '../../kernels/wasm-module.js';
import type { SharedOf } from '../../threads/crew.js';

/**
 * Beside those of the kernels: a Gram matrix, and rows that are copied out of the kernels' memory meanwhile. It is told what
 * `WIDE_STEP.gram` is told, and where from, where to, how many bytes, and the memory to copy to. Every other task is a copy: memory that is
 * written to for the first time keeps the system busy, so it is best done while another thread multiplies.
 */
export const GRAM_AND_COPY = 100;

/**
 * Weighted squared norms of rows in shared memory of their own, of which a thread copies a chunk at a time. It is told the memory, where the rows
 * begin, whether they are float32, rows, d, weights and where to.
 */
export const NORMS_OF_SHARED = 101;

/** Numbers that `WIDE_STEP.gram` is told. */
const GRAM_VALUES = 4;

/** Bytes that a copy begins and ends at a multiple of: a page. */
const PAGE = 4096;

/** What a thread works with. */
export interface WideTools {
  readonly kernels: WasmKernels;
  readonly memory: WasmMemory;
  /** The thread's own space of a number of bytes. */
  scratchOf(bytes: number): number;
}

/** Works on a task. */
export function doWideTask(
  { kernels, memory, scratchOf }: WideTools,
  kind: number,
  values: Float64Array,
  task: number,
  sharedOf: SharedOf,
): void {
  if (kind === NORMS_OF_SHARED) normShared({ kernels, memory, scratchOf }, values, task, sharedOf);
  else if (kind !== GRAM_AND_COPY) doBlockedTask(kernels, kind, values, task, scratchOf);
  else if (task % 2 === 0) doBlockedTask(kernels, WIDE_STEP.gram, values, task / 2, scratchOf);
  else copyPart(memory, values.subarray(GRAM_VALUES), (task - 1) / 2, sharedOf);
}

function copyPart(
  memory: WasmMemory,
  [from, to, bytes, id, parts]: Float64Array,
  task: number,
  sharedOf: SharedOf,
): void {
  const part = PAGE * Math.ceil(bytes / parts / PAGE);
  const start = part * task;
  const count = Math.min(part, bytes - start);
  if (count <= 0) return;
  // This thread may not have noticed yet that another one made the memory larger.
  if (memory.buffer.byteLength < from + start + count) memory.grow(0);
  new Uint8Array(sharedOf(id), to + start, count).set(new Uint8Array(memory.buffer, from + start, count));
}

function normShared(
  { kernels, memory, scratchOf }: WideTools,
  [id, from, single, rows, d, weights, out]: Float64Array,
  task: number,
  sharedOf: SharedOf,
): void {
  const first = task * CHUNK;
  const count = Math.min(CHUNK, rows - first);
  const bytes = (single === 1 ? 4 : 8) * d;
  const scratch = scratchOf(CHUNK * bytes);
  new Uint8Array(memory.buffer, scratch, count * bytes).set(
    new Uint8Array(sharedOf(id), from + first * bytes, count * bytes),
  );
  doBlockedTask(
    kernels,
    WIDE_STEP.norms,
    Float64Array.of(scratch, single, count, d, weights, out + 8 * first),
    0,
    scratchOf,
  );
}
