/**
 * Greedy pivots of the softmax kernel without the factor of all keys: residuals only fall, so a key is brought up to date only when what is
 * known of it is the largest. Where lengths differ, most keys never are.
 */

import { FLAT, kernelRows, type PivotKeys, type PivotOptions } from './pivot-kernel.js';

/**
 * The pivots that have the largest residual, one after another, of equal ones the first.
 * @returns places; fewer than wanted where all residuals are 0
 */
export function largestPivots(keys: PivotKeys, { scale, most }: Pick<PivotOptions, 'scale' | 'most'>): Int32Array {
  const { columns, square, n } = kernelRows(keys, scale, undefined);
  const d = columns.length;
  const wanted = Math.min(most, n);
  // Key by key, as keys are looked at one by one.
  const rows = new Float64Array(n * d);
  for (const [c, column] of columns.entries()) for (let j = 0; j < n; j++) rows[j * d + c] = column[j];
  // Rows of the factor, key by key: what is not written takes no memory.
  const factor = new Float64Array(n * wanted);
  const residual = new Float64Array(n).fill(1);
  const upTo = new Int32Array(n);
  const size = square.slice();
  const heap = new LargestFirst(size);
  const pivots: number[] = [];
  const roots: number[] = [];
  const update = (j: number): void => {
    const own = j * wanted;
    for (let u = upTo[j]; u < pivots.length && residual[j] > 0; u++) {
      const p = pivots[u];
      let x = 0;
      for (let c = 0; c < d; c++) x += rows[j * d + c] * rows[p * d + c];
      let left = Math.exp(x - (square[j] + square[p]) / 2);
      const other = p * wanted;
      for (let v = 0; v < u; v++) left -= factor[own + v] * factor[other + v];
      const entry = left / roots[u];
      factor[own + u] = entry;
      const rest = residual[j] - entry * entry;
      residual[j] = rest < FLAT ? 0 : rest;
    }
    upTo[j] = pivots.length;
    size[j] = Math.log(residual[j]) + square[j];
  };
  while (pivots.length < wanted) {
    const next = heap.first;
    if (upTo[next] < pivots.length) {
      update(next);
      heap.sink();
      continue;
    }
    if (size[next] === Number.NEGATIVE_INFINITY) break;
    const root = Math.sqrt(residual[next]);
    factor[next * wanted + pivots.length] = root;
    roots.push(root);
    pivots.push(next);
    residual[next] = 0;
    size[next] = Number.NEGATIVE_INFINITY;
    upTo[next] = wanted;
    heap.sink();
  }
  return Int32Array.from(pivots);
}

/** A heap of places by falling size, of equal ones the first place first, of which the first one's size may fall. */
class LargestFirst {
  readonly #size: Float64Array;
  readonly #places: Int32Array;

  constructor(size: Float64Array) {
    this.#size = size;
    this.#places = Int32Array.from(size.keys()).sort((i, j) => size[j] - size[i] || i - j);
  }

  get first(): number {
    return this.#places[0];
  }

  /** Puts the first one where it belongs now. */
  sink(): void {
    const places = this.#places;
    const moved = places[0];
    let at = 0;
    for (let child = 1; child < places.length; child = 2 * at + 1) {
      if (child + 1 < places.length && this.#before(places[child + 1], places[child])) child++;
      if (!this.#before(places[child], moved)) break;
      places[at] = places[child];
      at = child;
    }
    places[at] = moved;
  }

  #before(i: number, j: number): boolean {
    return this.#size[i] > this.#size[j] || (this.#size[i] === this.#size[j] && i < j);
  }
}
