/**
 * The factor of the softmax kernel on its pivots, g[:, S] = L^T L[:, S], panel by panel: keys of like length lie in one panel, and a panel is
 * brought up to date when somebody needs it. Residuals only fall, so what was known of a panel bounds what holds now. A key's numbers are
 * the same bits whenever they are made and whatever lies beside it.
 */

import type { Kernels } from '../kernels/kernels.js';
import { Places } from '../kernels/places.js';
import { createPlainKernels } from '../kernels/plain.js';
import { fallingOrder } from './falling-order.js';
import { FLAT, type KernelRows } from './pivot-kernel.js';

/** Keys of a panel, whose rows of the factor stay in a processor's cache. */
const PANEL = 128;

/** Beyond this many numbers a factor lies elsewhere than in the kernels' memory, which ends at 4 GiB. */
const MOST_IN_KERNELS = 2 ** 28;

/** Memory of kernels, which is never given back, is used again by the next factor. */
const ROOMS = new WeakMap<Kernels, Places<string>>();

/** Some keys, the longest first. */
export interface PivotPanel {
  /** Of the keys. */
  readonly places: Int32Array;
  /** ||y||^2 of each. */
  readonly square: Float64Array;
  /** Residuals of g after the first `upTo` pivots. */
  readonly residual: Float64Array;
  /** Rows y, column by column. */
  readonly columns: Float64Array;
  /** Rows of L, one for each pivot, `width` apart: undefined until the panel is needed. */
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
  readonly #most: number;
  readonly #d: number;
  readonly #kernels: Kernels;
  readonly #take: (name: string, length: number) => Float64Array;

  /** @param most - pivots at most */
  constructor({ n, d, rows, square }: KernelRows, most: number, kernels: Kernels) {
    this.#most = most;
    this.#d = d;
    const inKernels = n * (most + d) <= MOST_IN_KERNELS;
    this.#kernels = inKernels ? kernels : createPlainKernels();
    this.#take = inKernels ? roomOf(kernels) : (_, length) => new Float64Array(length);
    const order = fallingOrder(square);
    this.panels = Array.from({ length: Math.ceil(n / PANEL) }, (_, at) => {
      const places = order.subarray(at * PANEL, (at + 1) * PANEL);
      const columns = this.#take(`columns ${at}`, d * places.length);
      for (const [i, place] of places.entries()) {
        for (let c = 0; c < d; c++) columns[c * places.length + i] = rows[place * d + c];
      }
      return {
        places,
        square: Float64Array.from(places, (place) => square[place]),
        residual: new Float64Array(places.length).fill(1),
        columns,
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
    const { places, square, residual, columns } = panel;
    const width = places.length;
    panel.factor ??= this.#take(`factor ${this.panels.indexOf(panel)}`, this.#most * width);
    const { factor } = panel;
    for (let u = panel.upTo; u < this.#chosen.length; u++) {
      const { row, column, square: own, root } = this.#chosen[u];
      const next = factor.subarray(u * width, (u + 1) * width).fill(0);
      this.#kernels.addMultiples(row, columns, width, next);
      // Never above 0, but for rounding.
      for (let i = 0; i < width; i++) next[i] = Math.min(0, next[i] - (square[i] + own) / 2);
      this.#kernels.exponentiateRow(next, 0);
      if (u > 0) this.#kernels.addMultiples(column.subarray(0, u), factor, width, next);
      for (let i = 0; i < width; i++) {
        const entry = next[i] / root;
        next[i] = entry;
        const left = residual[i] - entry * entry;
        residual[i] = left < FLAT ? 0 : left;
      }
    }
    panel.upTo = this.#chosen.length;
  }

  /** Makes a key of a panel that is up to date, at a place in it, the next pivot; its residual is not 0. */
  choose({ places, square, residual, columns, factor }: PivotPanel, at: number): void {
    const count = this.#chosen.length;
    const width = places.length;
    const row = this.#take(`row ${count}`, this.#d);
    for (let c = 0; c < this.#d; c++) row[c] = columns[c * width + at];
    const column = this.#take(`column ${count}`, Math.max(1, count));
    for (let u = 0; u < count; u++) column[u] = -factor![u * width + at];
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
    for (const panel of this.panels) {
      const width = panel.places.length;
      // Panels that no pivot came near share their place.
      panel.factor ??= this.#take('factor of others', this.#most * PANEL).subarray(0, this.#most * width);
      this.update(panel);
      const weights = panel.factor.subarray(0, count * width);
      for (let l = count - 1; l >= 0; l--) {
        const row = weights.subarray(l * width, (l + 1) * width);
        const behind = upper.subarray(l * count + l + 1, (l + 1) * count);
        if (behind.length > 0) this.#kernels.addMultiples(behind, weights.subarray((l + 1) * width), width, row);
        this.#kernels.divideRow(row, this.#chosen[l].root);
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
}

function roomOf(kernels: Kernels): (name: string, length: number) => Float64Array {
  let room = ROOMS.get(kernels);
  if (!room) {
    room = new Places(kernels);
    ROOMS.set(kernels, room);
  }
  const places = room;
  return (name, length) => places.take(name, length);
}
