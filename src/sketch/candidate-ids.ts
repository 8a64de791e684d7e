/** What candidates are called, where the rows of K have ids: one a candidate, or none at all. */

import type { IdType, RowId, RowIds, TypedIds } from '../matrix/row-ids.js';

/** Ids of candidates, in their order. */
export class CandidateIds {
  #type: IdType | undefined;
  #values: RowId[] = [];

  /** All of them, a copy; undefined where rows have no ids. */
  get all(): TypedIds | undefined {
    return this.#type && { type: this.#type, values: this.#values.slice() };
  }

  /**
   * Adds those of rows of a block.
   *
   * @param ids - of all rows of the block, or none
   * @param which - positions in the block
   * @param size - candidates there are with these
   */
  add(ids: RowIds, which: readonly number[], size: number): void {
    this.#type ??= ids.type;
    if (!this.#type) return;
    if (ids.length > 0) for (const i of which) this.#values.push(ids.at(i));
    if (this.#values.length !== size || (ids.length > 0 && ids.type !== this.#type)) {
      throw new RangeError('all rows must have ids of one type, or none');
    }
  }

  /** Keeps those for which `keep(i)` holds, in order. */
  retain(keep: (i: number) => boolean): void {
    if (this.#type) this.#values = this.#values.filter((_, i) => keep(i));
  }
}
