/**
 * The factor of the softmax kernel on its pivots, g[:, S] = L^T L[:, S], panel by panel: keys of like length lie in one panel, and a panel is
 * brought up to date when somebody needs it. Residuals only fall, so what was known of a panel bounds what holds now. A key's numbers are
 * the same bits whenever they are made and whatever lies beside it.
 */

import type { Kernels } from '../kernels/kernels.js';
import { createPlainKernels } from '../kernels/plain.js';
import { type FactorKeys, type FactorPivots, STRIP_COLUMNS } from '../kernels/score-rows.js';
import { MOST_TASKS } from '../threads/crew.js';
import { fallingOrder } from './falling-order.js';
import { type PivotCrew, pivotCrew } from './pivot-crew.js';
import { FLAT, type KernelRows } from './pivot-kernel.js';
import { workRoom } from './work-room.js';

/** Keys of a panel, whose rows of the factor stay in a processor's cache; a multiple of a strip. */
const PANEL = 128;

/** Rows that a strip of the factor has beyond those it needs: strips a power of two apart would share the same lines of a cache. */
const SPARE_ROWS = 5;

/** Beyond this many numbers a factor lies elsewhere than in the kernels' memory, which ends at 4 GiB. */
const MOST_IN_KERNELS = 2 ** 28;

/** Multiplications, at most, from which on threads are started: it takes longer to start them than to do these. */
const WORK_BEFORE_START = 2 ** 32;

/** Some keys, the longest first. */
export interface PivotPanel {
  /** Of the keys. */
  readonly places: Int32Array;
  /** ||y||^2 of each. */
  readonly square: Float64Array;
  /** Residuals of g after the first `upTo` pivots. */
  readonly residual: Float64Array;
  /** The same in whole strips. */
  readonly strips: Pick<FactorKeys, 'square' | 'residual'>;
  /** The transposed rows y in strips of keys, d numbers of each key: undefined until the panel is needed. */
  columns: Float64Array | undefined;
  /** Rows of L, one for each pivot, in strips of keys: undefined until the panel is needed. */
  factor: Float64Array | undefined;
  upTo: number;
}

/** All keys of a kernel in panels, and the pivots that have been chosen. */
export class PivotPanels {
  readonly panels: readonly PivotPanel[];
  readonly #places: Int32Array;
  readonly #pivots: FactorPivots;
  #count = 0;
  /** Rows of a strip of the factor. */
  readonly #rows: number;
  readonly #keys: KernelRows;
  readonly #kernels: Kernels;
  readonly #crew: PivotCrew | undefined;
  readonly #take: (name: string, length: number) => Float64Array;

  /**
   * @param most - pivots at most
   * @param threads - that compute, >= 1
   */
  constructor(keys: KernelRows, most: number, kernels: Kernels, threads = 1) {
    const { n, d, square } = keys;
    this.#keys = keys;
    this.#rows = most + SPARE_ROWS;
    const inKernels = n * (this.#rows + d) <= MOST_IN_KERNELS;
    this.#kernels = inKernels ? kernels : createPlainKernels();
    this.#take = inKernels ? workRoom(kernels) : (_, length) => new Float64Array(length);
    const work = n * most * (d + most / 2);
    this.#crew = inKernels && work >= WORK_BEFORE_START ? pivotCrew(kernels, threads) : undefined;
    this.#places = new Int32Array(most);
    this.#pivots = {
      rows: this.#take('pivots', most * d),
      squares: this.#take('pivot squares', most),
      roots: this.#take('pivot roots', most),
      columns: this.#take('pivot columns', most * most),
      stride: most,
    };
    const order = fallingOrder(square);
    const squares = this.#take('squares', padded(n));
    const residuals = this.#take('residuals', padded(n)).fill(1);
    for (let at = 0; at < n; at++) squares[at] = square[order[at]];
    squares.fill(0, n);
    this.panels = Array.from({ length: Math.ceil(n / PANEL) }, (_, at) => ({
      places: order.subarray(at * PANEL, (at + 1) * PANEL),
      square: squares.subarray(at * PANEL, Math.min(n, (at + 1) * PANEL)),
      residual: residuals.subarray(at * PANEL, Math.min(n, (at + 1) * PANEL)),
      strips: {
        square: squares.subarray(at * PANEL, (at + 1) * PANEL),
        residual: residuals.subarray(at * PANEL, (at + 1) * PANEL),
      },
      columns: undefined,
      factor: undefined,
      upTo: 0,
    }));
  }

  /** How many pivots there are. */
  get count(): number {
    return this.#count;
  }

  /** The pivots, in the order in which they were chosen. */
  get pivots(): Int32Array {
    return this.#places.slice(0, this.#count);
  }

  /** ||y||^2 of a pivot. */
  squareOf(pivot: number): number {
    return this.#pivots.squares[pivot];
  }

  /** Whether what is known of a panel holds for all pivots. */
  isCurrent({ upTo }: PivotPanel): boolean {
    return upTo === this.#count;
  }

  /** Takes in the pivots that a panel has not seen: (d + t) multiplications a key for the t-th. */
  update(panel: PivotPanel): void {
    if (panel.upTo === this.#count) return;
    this.#kernels.addPivotRows(this.#keysOf(panel), this.#pivots, panel.upTo, this.#count);
    panel.upTo = this.#count;
  }

  /** The same for several panels, on all threads. */
  updateAll(panels: readonly PivotPanel[]): void {
    const behind = panels.filter(({ upTo }) => upTo < this.#count);
    if (!this.#crew || behind.length < 2) {
      for (const panel of behind) this.update(panel);
      return;
    }
    for (let first = 0; first < behind.length; first += MOST_TASKS) {
      const some = behind.slice(first, first + MOST_TASKS);
      const tasks = some.map((panel) => ({ keys: this.#keysOf(panel), from: panel.upTo }));
      this.#crew.addPivotRows(tasks, this.#pivots, this.#count);
      for (const panel of some) panel.upTo = this.#count;
    }
  }

  #keysOf(panel: PivotPanel): FactorKeys {
    const { d } = this.#keys;
    panel.columns ??= this.#columnsOf(panel);
    panel.factor ??= this.#take(`factor ${this.panels.indexOf(panel)}`, this.#rows * padded(panel.places.length));
    const { columns, factor, strips } = panel;
    return { ...strips, d, columns, factor, rows: this.#rows, flat: FLAT };
  }

  /** Makes a key of a panel that is up to date, at a place in it, the next pivot; its residual is not 0. */
  choose({ places, square, residual, factor }: PivotPanel, at: number): void {
    const { rows, squares, roots, columns, stride } = this.#pivots;
    const count = this.#count;
    const { d, values, mean, unit } = this.#keys;
    this.#places[count] = places[at];
    for (let c = 0; c < d; c++) rows[count * d + c] = (values[places[at] * d + c] - mean[c]) * unit;
    squares[count] = square[at];
    roots[count] = Math.sqrt(residual[at]);
    for (let u = 0; u < count; u++) columns[count * stride + u] = -factor![placeOf(u, at, this.#rows)];
    residual[at] = 0;
    this.#count++;
  }

  /**
   * T^-1 L of every panel in turn, T = L[:, S]: k rows of the panel's keys, valid until the next panel. It overwrites their part of L, so
   * that no pivot can be chosen any more.
   */
  *weights(): Generator<{ readonly panel: PivotPanel; readonly weights: Float64Array }> {
    const { columns, roots, stride } = this.#pivots;
    const count = this.#count;
    // Rows of T, their signs turned, from behind the diagonal on.
    const upper = this.#take('upper', Math.max(1, count * count));
    for (let m = 0; m < count; m++) for (let l = 0; l < m; l++) upper[l * count + m] = columns[m * stride + l];
    const found = this.#take('weights', count * PANEL);
    for (const panel of this.panels) {
      const width = padded(panel.places.length);
      // Panels that no pivot came near share their place.
      panel.factor ??= this.#take('factor of others', this.#rows * PANEL).subarray(0, this.#rows * width);
      this.update(panel);
      const { factor } = panel;
      const next = this.#take('next', width);
      const weights = found.subarray(0, count * panel.places.length);
      for (let l = count - 1; l >= 0; l--) {
        this.#getRow(factor, l, next);
        const behind = upper.subarray(l * count + l + 1, (l + 1) * count);
        const rows = factor.subarray((l + 1) * STRIP_COLUMNS);
        if (behind.length > 0) this.#kernels.addStripMultiples(behind, rows, this.#rows * STRIP_COLUMNS, next);
        this.#kernels.divideRow(next, roots[l]);
        this.#setRow(factor, l, next);
        weights.set(next.subarray(0, panel.places.length), l * panel.places.length);
      }
      yield { panel, weights };
    }
  }

  /**
   * Residuals of g of all keys, in order, after all pivots.
   * @param n - keys
   */
  residuals(n: number): Float64Array {
    const all = new Float64Array(n);
    for (const panel of this.panels) {
      this.update(panel);
      for (const [i, place] of panel.places.entries()) all[place] = panel.residual[i];
    }
    return all;
  }

  #columnsOf(panel: PivotPanel): Float64Array {
    const { places } = panel;
    const { d } = this.#keys;
    const { values, mean, unit } = this.#keys;
    const columns = this.#take(`columns ${this.panels.indexOf(panel)}`, d * padded(places.length)).fill(0);
    for (let i = 0; i < places.length; i++) {
      const from = places[i] * d;
      for (let c = 0, to = placeOf(0, i, d); c < d; c++, to += STRIP_COLUMNS) {
        columns[to] = (values[from + c] - mean[c]) * unit;
      }
    }
    return columns;
  }

  #setRow(factor: Float64Array, u: number, row: Float64Array): void {
    for (let first = 0; first < row.length; first += STRIP_COLUMNS) {
      const to = placeOf(u, first, this.#rows);
      for (let c = 0; c < STRIP_COLUMNS; c++) factor[to + c] = row[first + c];
    }
  }

  #getRow(factor: Float64Array, u: number, row: Float64Array): void {
    for (let first = 0; first < row.length; first += STRIP_COLUMNS) {
      const from = placeOf(u, first, this.#rows);
      for (let c = 0; c < STRIP_COLUMNS; c++) row[first + c] = factor[from + c];
    }
  }
}

/** How many columns there are of `keys` keys, as strips are whole. */
const padded = (keys: number): number => Math.ceil(keys / STRIP_COLUMNS) * STRIP_COLUMNS;

/** Where a number of a row lies in strips of `rows` rows. */
const placeOf = (row: number, column: number, rows: number): number =>
  ((column - (column % STRIP_COLUMNS)) / STRIP_COLUMNS) * rows * STRIP_COLUMNS +
  row * STRIP_COLUMNS +
  (column % STRIP_COLUMNS);
