/**
 * Gram matrices, products and scores of wide matrices: those of the kernels to the last bit, on all threads.
 *
 * A step that is not worth sharing is the backend's own.
 */

import { CHUNK, PANEL_ROWS, panelBytes, WIDE_STEP } from '../../kernels/blocked-tasks.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { Places } from '../../kernels/places.js';
import type { WasmKernels } from '../../kernels/wasm-exports.js';
import type { Values } from '../../rows/row-block.js';
import type { WidePlace } from './wide-places.js';
import { GRAM_AND_COPY, NORMS_OF_SHARED } from './wide-task.js';

/** Multiplications of a step that is shared; numbers, where each is read for itself. */
const WORTH_SHARING = 2 ** 21;
const NUMBERS_WORTH_SHARING = 2 ** 19;

/** Rows that are packed before they are summed: more would only take more memory that is used for the first time. */
const PACKED_ROWS = 1024;

/** Has the tasks of a step done, as {@link Crew.run}, and shares memory, as {@link Crew.share}. */
export interface Steps {
  run(kind: number, total: number, values: readonly number[]): void;
  share(buffer: SharedArrayBuffer): number;
}

/** Rows that are to be copied, once. */
interface CopyJob {
  /** In the kernels' memory. */
  readonly from: Values;
  /** In shared memory of its own, as many. */
  readonly to: Values;
}

/** The operations of {@link Kernels} that wide matrices have of their own. */
export class WideProducts {
  readonly #base: Kernels;
  readonly #exports: WasmKernels;
  readonly #places: Places<WidePlace>;
  readonly #steps: Steps;
  /** What the place `matrix` holds, packed. */
  #packed: { readonly factor: Float64Array; readonly rough: boolean } | undefined;
  /** What is copied while the next Gram matrix is summed. */
  #copying: CopyJob | undefined;

  constructor(base: Kernels, exports: WasmKernels, places: Places<WidePlace>, steps: Steps) {
    this.#base = base;
    this.#exports = exports;
    this.#places = places;
    this.#steps = steps;
  }

  /** The backend with these operations in place of its own. */
  kernels(): Kernels {
    const base = this.#base;
    const own: Partial<Kernels> = {
      allocate: ((dtype: 'float64', length: number) =>
        this.#places.note(base.allocate(dtype, length))) as Kernels['allocate'],
      addGram: (a, rows, d, gram) => this.addGram(a, rows, d, gram),
      addGramAndNorms: (a, rows, d, weights, norms, gram) => {
        this.addGram(a, rows, d, gram);
        return this.rowNorms(a, rows, d, weights, norms);
      },
      rowNorms: (a, rows, d, weights, out) => this.rowNorms(a, rows, d, weights, out),
      multiply: (a, rows, d, b, r, upper, out) => this.multiply('products', false, a, rows, d, b, r, upper, out),
      rowScores: (a, rows, d, b, r, upper, out) => this.multiply('scores', false, a, rows, d, b, r, upper, out),
      roughScores: (a, rows, d, b, r, upper, out) => this.multiply('scores', true, a, rows, d, b, r, upper, out),
    };
    return new Proxy(base, {
      get(target, name) {
        const value = own[name as keyof Kernels] ?? target[name as keyof Kernels];
        return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
      },
    });
  }

  /** The place `matrix` is used for something else, or what was packed has changed. */
  forget(): void {
    this.#packed = undefined;
  }

  addGram(a: Values, rows: number, d: number, gram: Float64Array): void {
    if (!this.#places.owns(gram) || rows * d * d < WORTH_SHARING) {
      this.#base.addGram(a, rows, d, gram);
      return;
    }
    const from = this.#places.copy('rows', a, rows * d);
    for (let top = 0; top < rows; top += PACKED_ROWS) {
      this.#addPacked(from + a.BYTES_PER_ELEMENT * top * d, a, Math.min(PACKED_ROWS, rows - top), d, gram);
    }
  }

  /** Adds rows that fit the space for packed panels, from an address on. */
  #addPacked(from: number, { BYTES_PER_ELEMENT }: Values, rows: number, d: number, gram: Float64Array): void {
    const panels = Math.ceil(rows / PANEL_ROWS) * panelBytes(this.#exports, PANEL_ROWS, d);
    const to = this.#places.take('panels', panels / 8).byteOffset;
    const chunks = Math.ceil(d / CHUNK);
    this.#steps.run(WIDE_STEP.pack, chunks, [from, BYTES_PER_ELEMENT === 4 ? 1 : 0, rows, d, to]);
    const told = [to, rows, d, gram.byteOffset];
    const job = this.#copying;
    this.#copying = undefined;
    if (!job) {
      this.#steps.run(WIDE_STEP.gram, chunks, told);
      return;
    }
    const share = this.#steps.share(job.to.buffer as SharedArrayBuffer);
    const copy = [job.from.byteOffset, job.to.byteOffset, job.from.byteLength, share, chunks];
    this.#steps.run(GRAM_AND_COPY, 2 * chunks, [...told, ...copy]);
  }

  /** As {@link WideAlgebra.copyWhile}. */
  copyWhile<T>(from: Values, to: Values, sum: () => T): { readonly result: T; readonly copied: boolean } {
    this.#copying = this.#places.owns(from) ? { from, to } : undefined;
    const began = this.#copying !== undefined;
    try {
      const result = sum();
      return { result, copied: began && this.#copying === undefined };
    } finally {
      this.#copying = undefined;
    }
  }

  rowNorms(a: Values, rows: number, d: number, weights: Float64Array, out: Float64Array): boolean {
    if (rows * d < NUMBERS_WORTH_SHARING) return this.#base.rowNorms(a, rows, d, weights, out);
    const to = this.#places.owns(out) ? out : this.#places.take('out', rows);
    const tasks = Math.ceil(rows / CHUNK);
    const single = a instanceof Float32Array ? 1 : 0;
    const told = [single, rows, d, this.#places.copy('weights', weights, d), to.byteOffset];
    if (a.buffer instanceof SharedArrayBuffer && !this.#places.owns(a)) {
      this.#steps.run(NORMS_OF_SHARED, tasks, [this.#steps.share(a.buffer), a.byteOffset, ...told]);
    } else this.#steps.run(WIDE_STEP.norms, tasks, [this.#places.copy('rows', a, rows * d), ...told]);
    if (to !== out) out.set(to.subarray(0, rows));
    // 0 times a finite number is 0, and NaN times anything else.
    let poison = 0;
    for (let i = 0; i < rows; i++) poison += to[i] * 0;
    return poison === 0;
  }

  multiply(
    step: 'scores' | 'products',
    rough: boolean,
    a: Values,
    rows: number,
    d: number,
    b: Float64Array,
    r: number,
    upper: boolean,
    out: Float64Array,
  ): void {
    // A narrow factor is not worth losing a packed one for: it has a place of its own.
    const narrow = d < CHUNK || r < CHUNK;
    if (narrow ? rough || rows * d < NUMBERS_WORTH_SHARING : rows * d * r < WORTH_SHARING) {
      if (rough) this.#base.roughScores(a as Float32Array, rows, d, b, r, upper, out);
      else if (step === 'scores') this.#base.rowScores(a, rows, d, b, r, upper, out);
      else this.#base.multiply(a, rows, d, b, r, upper, out);
      return;
    }
    const factor = narrow ? this.#packNarrow(b, d, r) : this.#pack(b, d, r, rough);
    const length = step === 'scores' ? rows : rows * r;
    // Behind scores a few more numbers are overwritten.
    const inPlace = step === 'products' && this.#places.owns(out);
    const to = inPlace ? out : this.#places.take('out', length + 4);
    const single = a instanceof Float32Array ? 1 : 0;
    const from = this.#places.copy('rows', a, rows * d);
    const values = [from, single, rows, d, factor, r, upper ? 1 : 0, to.byteOffset, rough ? 1 : 0];
    this.#steps.run(WIDE_STEP[step], Math.ceil(rows / CHUNK), values);
    if (!inPlace) out.set(to.subarray(0, length));
  }

  /** The address of a packed factor that has fewer rows or columns than a chunk. */
  #packNarrow(b: Float64Array, d: number, r: number): number {
    const factor = this.#places.take('narrow', this.#exports.factorBytes(d, r) / 8).byteOffset;
    this.#exports.packFactor(this.#places.copy('columns', b, d * r), d, r, factor);
    return factor;
  }

  /**
   * The address of a packed factor. The one that was packed last is not packed again: factors of whitenings do not change.
   */
  #pack(b: Float64Array, d: number, r: number, rough: boolean): number {
    const { factorBytes, screenBytes, packFactor, packScreenFactor } = this.#exports;
    const [bytesOf, pack] = rough ? [screenBytes, packScreenFactor] : [factorBytes, packFactor];
    const matrix = this.#places.take('matrix', Math.max(d, Math.ceil(Math.sqrt(bytesOf(d, r) / 8))) ** 2);
    if (this.#packed?.factor === b && this.#packed.rough === rough) return matrix.byteOffset;
    // A chunk of columns at a time: a copy of all of it would be one more matrix.
    const some = this.#places.take('columns', d * CHUNK);
    for (let j = 0; j < r; j += CHUNK) {
      const width = Math.min(CHUNK, r - j);
      for (let i = 0; i < d; i++) some.set(b.subarray(i * r + j, i * r + j + width), i * width);
      pack(some.byteOffset, d, width, matrix.byteOffset + bytesOf(d, j));
    }
    this.#packed = { factor: b, rough };
    return matrix.byteOffset;
  }
}
