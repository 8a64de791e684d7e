/**
 * The factor of the softmax kernel on its pivots, g[:, S] = L^T L[:, S], panel by panel: keys of like length lie in one panel, and a panel is
 * brought up to date when somebody needs it. Residuals only fall, so what was known of a panel bounds what holds now. A key's numbers are
 * the same bits whenever they are made and whatever lies beside it.
 */

import type { Kernels } from '../kernels/kernels.js';
import { createPlainKernels } from '../kernels/plain.js';
import { STRIP_COLUMNS } from '../kernels/score-rows.js';
import { fallingOrder } from './falling-order.js';
import { FLAT, type KernelRows } from './pivot-kernel.js';
import { workRoom } from './work-room.js';

/** Keys of a panel, whose rows of the factor stay in a processor's cache; a multiple of a strip. */
const PANEL = 128;

/** Rows that a strip of the factor has beyond those it needs: strips a power of two apart would share the same lines of a cache. */
const SPARE_ROWS = 5;

/** Beyond this many numbers a factor lies elsewhere than in the kernels' memory, which ends at 4 GiB. */
const MOST_IN_KERNELS = 2 ** 28;

/** Some keys, the longest first. */
export interface PivotPanel {
  /** Of the keys. */
  readonly places: Int32Array;
  /** ||y||^2 of each. */
  readonly square: Float64Array;
  /** Residuals of g after the first `upTo` pivots. */
  readonly residual: Float64Array;
  /** The transposed rows y in strips of keys, d numbers of each key: undefined until the panel is needed. */
  columns: Float64Array | undefined;
  /** Rows of L, one for each pivot, in strips of keys: undefined until the panel is needed. */
  factor: Float64Array | undefined;
  upTo: number;
}

/** What is known of a pivot when it is chosen. */
interface Pivot {
  readonly place: number;
  readonly square: number;
  readonly root: number;
  /** Its row y, and its column of L with the sign turned. */
  readonly row: Float64Array;
  readonly column: Float64Array;
}

/** All keys of a kernel in panels, and the pivots that have been chosen. */
export class PivotPanels {
  readonly panels: readonly PivotPanel[];
  readonly #chosen: Pivot[] = [];
  /** Rows of a strip of the factor. */
  readonly #rows: number;
  readonly #keys: KernelRows;
  readonly #kernels: Kernels;
  readonly #take: (name: string, length: number) => Float64Array;

  /** @param most - pivots at most */
  constructor(keys: KernelRows, most: number, kernels: Kernels) {
    const { n, d, square } = keys;
    this.#keys = keys;
    this.#rows = most + SPARE_ROWS;
    const inKernels = n * (this.#rows + d) <= MOST_IN_KERNELS;
    this.#kernels = inKernels ? kernels : createPlainKernels();
    this.#take = inKernels ? workRoom(kernels) : (_, length) => new Float64Array(length);
    const order = fallingOrder(square);
    this.panels = Array.from({ length: Math.ceil(n / PANEL) }, (_, at) => {
      const places = order.subarray(at * PANEL, (at + 1) * PANEL);
      return {
        places,
        square: Float64Array.from(places, (place) => square[place]),
        residual: new Float64Array(places.length).fill(1),
        columns: undefined,
        factor: undefined,
        upTo: 0,
      };
    });
  }

  /** How many pivots there are. */
  get count(): number {
    return this.#chosen.length;
  }

  /** The pivots, in the order in which they were chosen. */
  get pivots(): Int32Array {
    return Int32Array.from(this.#chosen, ({ place }) => place);
  }

  /** ||y||^2 of a pivot. */
  squareOf(pivot: number): number {
    return this.#chosen[pivot].square;
  }

  /** Whether what is known of a panel holds for all pivots. */
  isCurrent({ upTo }: PivotPanel): boolean {
    return upTo === this.#chosen.length;
  }

  /** Takes in the pivots that a panel has not seen: (d + t) multiplications a key for the t-th. */
  update(panel: PivotPanel): void {
    const { places, square, residual } = panel;
    if (panel.upTo === this.#chosen.length) return;
    const { d } = this.#keys;
    const count = places.length;
    const width = padded(count);
    panel.columns ??= this.#columnsOf(panel);
    const { columns } = panel;
    panel.factor ??= this.#take(`factor ${this.panels.indexOf(panel)}`, this.#rows * width);
    const { factor } = panel;
    const next = this.#take('next', width);
    for (let u = panel.upTo; u < this.#chosen.length; u++) {
      const { row, column, square: own, root } = this.#chosen[u];
      next.fill(0);
      this.#kernels.addStripMultiples(row, columns, d * STRIP_COLUMNS, next);
      // Never above 0, but for rounding.
      for (let i = 0; i < count; i++) next[i] = Math.min(0, next[i] - (square[i] + own) / 2);
      this.#kernels.exponentiateRow(next, 0);
      next.fill(0, count);
      if (u > 0) {
        this.#kernels.addStripMultiples(column.subarray(0, u), factor, this.#rows * STRIP_COLUMNS, next);
      }
      this.#kernels.divideRow(next, root);
      this.#setRow(factor, u, next);
      for (let i = 0; i < count; i++) {
        const left = residual[i] - next[i] * next[i];
        residual[i] = left < FLAT ? 0 : left;
      }
    }
    panel.upTo = this.#chosen.length;
  }

  /** Makes a key of a panel that is up to date, at a place in it, the next pivot; its residual is not 0. */
  choose({ places, square, residual, factor }: PivotPanel, at: number): void {
    const count = this.#chosen.length;
    const row = this.#take(`row ${count}`, this.#keys.d);
    this.#copyRow(places[at], row, 0, 1);
    const column = this.#take(`column ${count}`, Math.max(1, count));
    for (let u = 0; u < count; u++) column[u] = -factor![placeOf(u, at, this.#rows)];
    const root = Math.sqrt(residual[at]);
    residual[at] = 0;
    this.#chosen.push({ place: places[at], square: square[at], root, row, column });
  }

  /**
   * T^-1 L of every panel in turn, T = L[:, S]: k rows of the panel's keys, valid until the next panel. It overwrites their part of L, so
   * that no pivot can be chosen any more.
   */
  *weights(): Generator<{ readonly panel: PivotPanel; readonly weights: Float64Array }> {
    const count = this.#chosen.length;
    // Rows of T, their signs turned, from behind the diagonal on.
    const upper = this.#take('upper', Math.max(1, count * count));
    for (const [m, { column }] of this.#chosen.entries()) {
      for (let l = 0; l < m; l++) upper[l * count + m] = column[l];
    }
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
        this.#kernels.divideRow(next, this.#chosen[l].root);
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
    const columns = this.#take(`columns ${this.panels.indexOf(panel)}`, d * padded(places.length)).fill(0);
    for (let i = 0; i < places.length; i++) this.#copyRow(places[i], columns, placeOf(0, i, d), STRIP_COLUMNS);
    return columns;
  }

  /** Makes a row y, its numbers so far apart. */
  #copyRow(place: number, into: Float64Array, start: number, stride: number): void {
    const { d, values, mean, unit } = this.#keys;
    for (let c = 0, to = start; c < d; c++, to += stride) into[to] = (values[place * d + c] - mean[c]) * unit;
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

/** How many columns there are of so many keys, as strips are whole. */
const padded = (keys: number): number => Math.ceil(keys / STRIP_COLUMNS) * STRIP_COLUMNS;

/** Where a number of a row lies in strips of so many rows. */
const placeOf = (row: number, column: number, rows: number): number =>
  ((column - (column % STRIP_COLUMNS)) / STRIP_COLUMNS) * rows * STRIP_COLUMNS +
  row * STRIP_COLUMNS +
  (column % STRIP_COLUMNS);
