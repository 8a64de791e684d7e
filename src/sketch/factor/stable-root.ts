/** R of the stable route, R^T R = G of all rows up to the last fold. */

import type { ColumnOrder } from '../../linear/reorder.js';
import type { Values } from '../../rows/row-block.js';
import type { StateReader } from '../state-reader.js';
import type { Whitening } from './whitening.js';

/** R, d x d, and how it whitens rows. */
export interface StableRoot {
  /** R itself, d x d, as long as nothing else is asked of this object. */
  readonly matrix: Float64Array;

  /** Rows from which on R whitens others: before, it is too far from what it will be. */
  readonly earlyRows: number;

  /** Whether a whitening costs so much that it is made when it is asked for, and not before. */
  readonly lazy: boolean;

  /** Begins with R of other rows, d x d upper triangular. */
  begin(r: Float64Array): void;

  /**
   * Keeps first rows as they come, if there are few.
   * @returns whether it did
   */
  keep(a: Values, rows: number): boolean;

  /** Takes rows in by QR. */
  update(a: Values, rows: number): void;

  /** Rows were taken in that may make columns independent of one another. */
  forget(): void;

  /**
   * R <- the triangular factor of W^-T (I + H) W^-1, with W of the last whitening, and of what W leaves out.
   * @param h - width x width, upper triangle
   */
  grow(h: Float64Array): void;

  /** Multiplies columns by `changes`, d. */
  rescale(changes: Float64Array): void;

  reorder(order: ColumnOrder): void;

  /**
   * The whitening by R.
   * @param inherited - relative error that R was begun with
   */
  factor(inherited: number): Whitening;

  save(): SavedRoot;

  /** Continues from what another has saved; this one is fresh. */
  restore(state: StateReader): void;
}

/** What a root is made of. */
export interface SavedRoot {
  readonly r: Float64Array;
  /** Rows of R that are first rows as they came. */
  readonly raw?: number | undefined;
  /** Columns that R is without. */
  readonly dependent?: Int32Array | undefined;
}
