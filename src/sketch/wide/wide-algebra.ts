/**
 * Algebra on wide matrices: factorisations, whose work grows with d^3, by the WebAssembly kernels on all threads.
 *
 * Results depend on the sizes alone, not on the threads: tasks are cut in the same way for any number of them.
 *
 * One d x d matrix of work space serves factorisations and packed factors in turn, as memory is what wide matrices lack.
 */

import { WIDE_WORKER_FILE } from '../../files.js';
import { CHUNK, PANEL_ROWS, panelBytes, QR_PANEL, WIDE_STEP } from '../../kernels/blocked-tasks.js';
import type { Kernels } from '../../kernels/kernels.js';
import { Places } from '../../kernels/places.js';
import type { WasmKernels } from '../../kernels/wasm-exports.js';
import { instantiateKernels } from '../../kernels/wasm-module.js';
import type { Values } from '../../rows/row-block.js';
import { Crew } from '../../threads/crew.js';
import { WideFactor } from './wide-factor.js';
import type { WidePlace } from './wide-places.js';
import { WideProducts } from './wide-products.js';
import { doWideTask } from './wide-task.js';
import type { WideSetup } from './wide-worker.js';

/** From this many columns on, matrices are wide: below, what there is to share is not worth the sharing. */
export const WIDE_COLUMNS = 512;

/** Rows of a block of a factorisation: more of them where the matrix does not fit a cache, as each block passes over all of it. */
const blockOf = (d: number): number => (d < 2048 ? CHUNK : 2 * CHUNK);

/** Rows of a product of triangular matrices that are worked out in one go. */
const ROWS_AT_ONCE = 512;

/** Algebra by kernels, and how many threads take part: by the backend that it is for. */
const known = new WeakMap<Kernels, WideAlgebra>();

/** One for each backend with a WebAssembly memory; see {@link wideAlgebra}. */
export class WideAlgebra {
  /** The backend that it is for, with these operations in place of its own. */
  readonly kernels: Kernels;
  readonly #exports: WasmKernels;
  readonly #places: Places<WidePlace>;
  readonly #products: WideProducts;
  readonly #setup: WideSetup;
  #crew: Crew;

  constructor(base: Kernels, setup: WideSetup) {
    this.#setup = setup;
    this.#exports = instantiateKernels(setup.compiled, setup.memory);
    this.#places = new Places(base);
    this.#crew = this.#crewOf(1);
    this.#products = new WideProducts(base, this.#exports, this.#places, {
      run: (kind, total, values) => this.#crew.run(kind, total, values),
      share: (buffer) => this.#crew.share(buffer),
    });
    this.kernels = this.#products.kernels();
  }

  /** Has this many threads take part from now on, the caller's included. */
  employ(threads: number): void {
    if (threads === this.#crew.size) return;
    this.#crew.close();
    this.#crew = this.#crewOf(threads);
  }

  /** Starts the threads, so that they are there when there is something to do. */
  start(): void {
    this.#crew.start();
  }

  /**
   * Has rows copied while a Gram matrix is summed, where that is shared by several threads.
   *
   * @param to - in shared memory of its own, as many
   * @param sum - sums it, or does not, and leaves the rows as they are
   * @returns what `sum` returns, and whether they were copied
   */
  copyWhile<T>(from: Values, to: Values, sum: () => T): { readonly result: T; readonly copied: boolean } {
    return this.#crew.size > 1 ? this.#products.copyWhile(from, to, sum) : { result: sum(), copied: false };
  }

  /**
   * Cholesky factor R of a matrix, R^T R = C, and R^-1 on request. It is there until the next call of anything here.
   *
   * @param fill - writes C into zeros, d x d, upper triangle
   * @returns undefined where C is not positive definite in float64
   */
  cholesky(d: number, fill: (matrix: Float64Array) => void, inverse: boolean): WideFactor | undefined {
    return this.#sweep(d, fill, inverse ? 1 : 0);
  }

  /**
   * R^-1 of an upper triangular matrix with a nonzero diagonal; as for {@link cholesky}.
   * @param fill - writes R into zeros, d x d
   */
  invert(d: number, fill: (matrix: Float64Array) => void): WideFactor {
    return this.#sweep(d, fill, 2)!;
  }

  /** Block by block: 0 for R of C, 1 for its inverse, too, 2 for the inverse of R. */
  #sweep(d: number, fill: (matrix: Float64Array) => void, inverse: 0 | 1 | 2): WideFactor | undefined {
    const size = blockOf(d);
    const matrix = this.#matrix(d);
    this.#products.forget();
    matrix.fill(0);
    fill(matrix);
    const diagonal = this.#places.take('diagonal', Math.ceil(d / size) * size * size);
    const strips = this.#places.take('panels', panelBytes(this.#exports, size, d) / 8).byteOffset;
    if (inverse > 0) diagonal.fill(0);
    for (let first = 0; first < d; first += size) {
      const rows = Math.min(size, d - first);
      const end = first + rows;
      const at = matrix.byteOffset + 8 * (first * d + first);
      if (inverse < 2 && this.#exports.factorDiagonal(at, rows, 8 * d) === 0) return undefined;
      if (inverse > 0) for (let i = 0; i < rows; i++) diagonal[first * size + i * rows + i] = 1;
      const block = diagonal.byteOffset + 8 * first * size;
      const values = [matrix.byteOffset, d, first, rows, block, strips, inverse];
      this.#crew.run(WIDE_STEP.solve, Math.ceil((inverse > 0 ? d : d - end) / CHUNK), values);
      this.#crew.run(WIDE_STEP.update, Math.ceil((d - end) / CHUNK), values);
    }
    return new WideFactor(d, size, matrix, diagonal);
  }

  /**
   * b <- u b.
   *
   * @param u - d x d upper triangular
   * @param b - d x d
   * @param upper - whether b is upper triangular, too
   */
  multiplyUpper(u: Float64Array, b: Float64Array, d: number, upper: boolean): void {
    // b is packed as a whole before the first row of it changes, and then no longer what was packed.
    for (let first = 0; first < d; first += ROWS_AT_ONCE) {
      const end = Math.min(first + ROWS_AT_ONCE, d);
      const [from, to] = [u.subarray(first * d, end * d), b.subarray(first * d, end * d)];
      this.#products.multiply('products', false, from, end - first, d, b, d, upper, to);
    }
    this.#products.forget();
  }

  /**
   * Householder QR update: r becomes the upper triangular factor of [r; rows].
   *
   * @param r - d x d upper triangular, from `allocate` of {@link kernels}; changed in place
   * @param rows - count x d; r itself: its first rows are taken out of it, and in again
   * @param limits - d: a column of which no more than that is left, once those before are taken out, is left out, and its row of R stays
   *   as it is; each is replaced by what is left of it, or -1 for a column that is not left out
   * @returns `rows` when all is done: zeros for whatever reads them but in columns that are left out, which hold what is left there;
   *   valid until the next call
   */
  updateQr(r: Float64Array, d: number, rows: Values, count: number, limits?: Float64Array): Float64Array {
    const { factorPanel, packBlockedF64, packBlockedTransposed } = this.#exports;
    const b = this.#places.take('reflected', count * d);
    b.set(rows.subarray(0, count * d));
    if (rows === r) r.fill(0, 0, count * d);
    const v = this.#places.take('reflectors', QR_PANEL * count).byteOffset;
    const numbers = this.#places.take('columns', QR_PANEL * (QR_PANEL + 1));
    const t = numbers.byteOffset;
    const left = numbers.subarray(QR_PANEL * QR_PANEL);
    const panels = Math.ceil(count / PANEL_ROWS) * panelBytes(this.#exports, PANEL_ROWS, QR_PANEL);
    const byRows = this.#places.take('panels', (panels + panelBytes(this.#exports, QR_PANEL, count)) / 8).byteOffset;
    const byColumns = byRows + panels;
    for (let first = 0; first < d; first += QR_PANEL) {
      const size = Math.min(QR_PANEL, d - first);
      if (limits) left.set(limits.subarray(first, first + size));
      else left.fill(-1);
      const at = r.byteOffset + 8 * (first * d + first);
      factorPanel(b.byteOffset + 8 * first, 8 * d, size, count, v, at, 8 * d, t, left.byteOffset);
      limits?.set(left.subarray(0, size), first);
      if (first + size === d) break;
      for (let top = 0, to = byRows; top < count; top += PANEL_ROWS) {
        const some = Math.min(PANEL_ROWS, count - top);
        packBlockedTransposed(v + 8 * top, size, 8 * count, some, to);
        to += panelBytes(this.#exports, PANEL_ROWS, size);
      }
      packBlockedF64(v, size, 8 * count, count, byColumns);
      this.#crew.run(WIDE_STEP.reflect, Math.ceil((d - first - size) / CHUNK), [
        r.byteOffset,
        d,
        first,
        size,
        b.byteOffset,
        count,
        t,
        byRows,
        byColumns,
      ]);
    }
    return b;
  }

  /**
   * Columns of a matrix in the order in which most is left of them, once those before are taken out (QR with column pivoting), and how
   * much that is; as many as have more left than `least` of the longest.
   *
   * @param fill - writes the matrix into zeros, column behind column
   */
  pivots(d: number, fill: (columns: Float64Array) => void, least: number): { column: number; length: number }[] {
    const columns = this.#matrix(d);
    this.#products.forget();
    columns.fill(0);
    fill(columns);
    const order = Array.from({ length: d }, (_, j) => j);
    const squares = this.#places.take('columns', d);
    for (let j = 0; j < d; j++) {
      squares[j] = 0;
      for (let i = 0; i < d; i++) squares[j] += columns[j * d + i] ** 2;
    }
    const found: { column: number; length: number }[] = [];
    for (let k = 0; k < d; k++) {
      let best = k;
      for (let j = k + 1; j < d; j++) if (squares[j] > squares[best]) best = j;
      const length = Math.sqrt(squares[best]);
      if (length === 0 || length <= least * (found[0]?.length ?? 0)) break;
      if (best !== k) {
        const column = columns.slice(k * d, (k + 1) * d);
        columns.copyWithin(k * d, best * d, (best + 1) * d);
        columns.set(column, best * d);
        [order[k], order[best]] = [order[best], order[k]];
        squares[best] = squares[k];
      }
      found.push({ column: order[k], length });
      const at = k * d + k;
      const alpha = columns[at];
      const beta = alpha > 0 ? -length : length;
      for (let i = 1; i < d - k; i++) columns[at + i] /= alpha - beta;
      columns[at] = 1;
      const behind = at + d;
      this.#crew.run(WIDE_STEP.pivot, Math.ceil((d - 1 - k) / CHUNK), [
        columns.byteOffset + 8 * at,
        d - k,
        (beta - alpha) / beta,
        columns.byteOffset + 8 * behind,
        8 * d,
        d - 1 - k,
        squares.byteOffset + 8 * (k + 1),
      ]);
    }
    return found;
  }

  /** `length` numbers of zero in the kernels' memory, where QR keeps what it reflects: valid until the next update by QR, or the next call. */
  zeros(length: number): Float64Array {
    return this.#places.take('reflected', length).fill(0);
  }

  #matrix(d: number): Float64Array {
    return this.#places.take('matrix', d * d);
  }

  #crewOf(threads: number): Crew {
    const kernels = this.#exports;
    const { memory } = this.#setup;
    const scratchOf = (bytes: number): number => this.#places.take('scratch', Math.ceil(bytes / 8)).byteOffset;
    return new Crew(WIDE_WORKER_FILE, threads - 1, this.#setup, (...task) =>
      doWideTask({ kernels, memory, scratchOf }, ...task),
    );
  }
}

/**
 * The algebra for matrices of d columns on a backend; undefined where they are not wide, or the backend has no such memory.
 * @param kernels - a backend, or {@link WideAlgebra.kernels} of one
 */
export function wideAlgebra(kernels: Kernels, d: number): WideAlgebra | undefined {
  const { handle } = kernels;
  if (d < WIDE_COLUMNS || handle.backend !== 'wasm') return undefined;
  const there = known.get(kernels);
  if (there) return there;
  const made = new WideAlgebra(kernels, { compiled: handle.compiled, memory: handle.memory });
  known.set(kernels, made);
  known.set(made.kernels, made);
  return made;
}
