/**
 * Threads that bring panels of pivots up to date together, one step after another. What a panel comes to does not depend on who works on it.
 */

import { WIDE_WORKER_FILE } from '../files.js';
import { doBlockedTask, WIDE_STEP } from '../kernels/blocked-tasks.js';
import type { KernelHandle, Kernels } from '../kernels/kernels.js';
import { type FactorKeys, type FactorPivots, STRIP_COLUMNS } from '../kernels/score-rows.js';
import type { WasmKernels } from '../kernels/wasm-exports.js';
import { instantiateKernels } from '../kernels/wasm-module.js';
import { Crew } from '../threads/crew.js';
import { workRoom } from './work-room.js';

/** Numbers that tell of a task. */
const TASK_NUMBERS = 6;

/** Some keys, and how many pivots their factor has rows of. */
export interface FactorTask {
  readonly keys: FactorKeys;
  readonly from: number;
}

const known = new WeakMap<Kernels, PivotCrew>();

/**
 * The threads of a backend.
 * @param threads - that compute, the caller's own included
 * @returns undefined for one thread, or a backend without WebAssembly memory
 */
export function pivotCrew(kernels: Kernels, threads: number): PivotCrew | undefined {
  const handle = wasmHandle(kernels.handle);
  if (threads < 2 || !handle) return undefined;
  let crew = known.get(kernels);
  if (crew?.threads !== threads) {
    crew?.close();
    crew = new PivotCrew(kernels, handle, threads);
    known.set(kernels, crew);
  }
  return crew;
}

type WasmHandle = Extract<KernelHandle, { backend: 'wasm' }>;

const wasmHandle = (handle: KernelHandle): WasmHandle | undefined => {
  if (handle.backend === 'blas') return wasmHandle(handle.base);
  return handle.backend === 'wasm' ? handle : undefined;
};

/** Some threads, and the one that made them. */
export class PivotCrew {
  readonly threads: number;
  readonly #kernels: Kernels;
  readonly #exports: WasmKernels;
  readonly #crew: Crew;

  constructor(kernels: Kernels, { compiled, memory }: WasmHandle, threads: number) {
    this.threads = threads;
    this.#kernels = kernels;
    this.#exports = instantiateKernels(compiled, memory);
    const scratchOf = (bytes: number): number => workRoom(kernels)('rows of a factor', Math.ceil(bytes / 8)).byteOffset;
    this.#crew = new Crew(WIDE_WORKER_FILE, threads - 1, { compiled, memory }, (kind, values, task) =>
      doBlockedTask(this.#exports, kind, values, task, scratchOf),
    );
  }

  /** Starts the threads, so that they are there when there is something to do. */
  start(): void {
    this.#crew.start();
  }

  /** Adds the rows of all pivots before `to` to the factors of several lists of keys, of as many columns and rows each. */
  addPivotRows(
    tasks: readonly FactorTask[],
    { rows, squares, roots, columns, stride }: FactorPivots,
    to: number,
  ): void {
    const table = workRoom(this.#kernels)('tasks', tasks.length * TASK_NUMBERS);
    for (const [at, { keys, from }] of tasks.entries()) {
      table.set(
        [
          from,
          keys.columns.byteOffset,
          keys.square.byteOffset,
          keys.factor.byteOffset,
          keys.residual.byteOffset,
          keys.square.length / STRIP_COLUMNS,
        ],
        at * TASK_NUMBERS,
      );
    }
    const [{ keys }] = tasks;
    this.#crew.run(WIDE_STEP.factorRows, tasks.length, [
      table.byteOffset,
      to,
      rows.byteOffset,
      keys.d,
      squares.byteOffset,
      roots.byteOffset,
      columns.byteOffset,
      8 * stride,
      8 * STRIP_COLUMNS * keys.rows,
      keys.flat,
    ]);
  }

  /** Ends the threads. */
  close(): void {
    this.#crew.close();
  }
}
