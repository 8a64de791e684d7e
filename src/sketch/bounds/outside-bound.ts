/**
 * T: a bound of the leverage scores of all rows that were dropped, which falls as K grows.
 *
 * A row's score only falls as rows are added, so the largest bound that a dropped row had when it was dropped is one. For
 * rows dropped before the Gram matrix was G_1, tau <= T_1 then; now tau <= T_1 max_k (k^T G^+ k / k^T G_1^+ k).
 */

import type { Kernels } from '../../kernels/kernels.js';
import { type ColumnOrder, reorderColumns } from '../../linear/reorder.js';
import { largestRatio } from '../factor/ratio.js';
import type { Whitening } from '../factor/whitening.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';

/** Keeps track of T. */
export class OutsideBound {
  /** As of the last snapshot, and of rows dropped since. */
  #before = 0;
  #since = 0;
  /** F with F^T F = G as of the snapshot, d x d. */
  #root: Float64Array | undefined;
  #delta = 0;

  constructor(readonly kernels: Kernels) {}

  /** Takes in a bound of the score of a dropped row. */
  note(bound: number): void {
    this.#since = Math.max(this.#since, Math.min(1, bound));
  }

  /** Begins again with a bound for all rows dropped so far, which is known to hold now. */
  restart(bound: number): void {
    this.#root = undefined;
    this.#before = 0;
    this.#since = Math.min(1, bound);
  }

  /** T, 0 where no row was dropped. */
  get value(): number {
    return Math.max(this.#before, this.#since);
  }

  /**
   * Lets T fall to what the rows so far allow, and takes a snapshot of them.
   *
   * @param root - F, d x d, with F^T F = G
   * @param whitening - of the same G
   */
  decay(root: Float64Array, whitening: Whitening): void {
    this.#before = Math.max(this.#before * this.#ratio(whitening), this.#since);
    this.#since = 0;
    this.#root = root;
    this.#delta = whitening.delta;
  }

  /** What it is made of. */
  save(): State {
    return { before: this.#before, since: this.#since, root: this.#root?.slice(), delta: this.#delta };
  }

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader, d: number): void {
    this.#before = state.number('before');
    this.#since = state.number('since');
    this.#root = state.has('root') ? state.float64('root', d * d) : undefined;
    this.#delta = state.number('delta');
  }

  /**
   * Takes in what another knows of the rows dropped there, both having been brought down to what is known of their own rows.
   *
   * @param root - of the rows of both, and `whitening` likewise
   */
  merge(other: OutsideBound, root: Float64Array, whitening: Whitening): void {
    this.#since = Math.max(this.value * this.#ratio(whitening), other.value * other.#ratio(whitening));
    this.#before = 0;
    this.decay(root, whitening);
  }

  /** Multiplies the columns of the snapshot by `changes`, as the column scales have grown. */
  rescale(changes: Float64Array): void {
    const { length: d } = changes;
    this.#root = this.#root?.map((value, at) => value * changes[at % d]);
  }

  /** Puts the columns of the snapshot in another order. */
  reorder(order: ColumnOrder): void {
    if (this.#root) reorderColumns(this.#root, order, order.length);
  }

  /** The largest k^T G^+ k / k^T G_1^+ k there is, G_1 being that of the snapshot; at most 1. */
  #ratio(whitening: Whitening): number {
    if (!this.#root || this.value === 0) return 1;
    return Math.min(1, largestRatio(this.kernels, this.#root, this.#delta, whitening));
  }
}
