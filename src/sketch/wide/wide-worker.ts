/** A worker thread that takes part in the steps of {@link WideAlgebra}, in the memory it shares with the thread that asks. */

import { workerData } from 'node:worker_threads';
import { attachKernels } from '../../kernels/backends.js';
import { Places } from '../../kernels/places.js';
import { type CompiledKernels, instantiateKernels, type WasmMemory } from '../../kernels/wasm-module.js';
import { type CrewSetup, serveCrew } from '../../threads/crew.js';
import { doWideTask } from './wide-task.js';

/** The kernels and the memory to work in. */
export interface WideSetup {
  readonly compiled: CompiledKernels;
  readonly memory: WasmMemory;
}

const crew = workerData as CrewSetup;
const { compiled, memory } = crew.setup as WideSetup;
const kernels = instantiateKernels(compiled, memory);
const places = new Places<'scratch'>(attachKernels({ backend: 'wasm', compiled, memory }));
const scratchOf = (bytes: number): number => places.take('scratch', Math.ceil(bytes / 8)).byteOffset;

serveCrew(crew, (...task) => doWideTask({ kernels, memory, scratchOf }, ...task));
