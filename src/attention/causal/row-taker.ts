/** Rows in order, as many at a time as are asked for, whatever blocks they come in. */

import { clearMasked, countMasked } from '../../matrix/masked-rows.js';
import { checkBlock, type RowBlock } from '../../matrix/row-block.js';
import type { RowBlocks } from '../../sketch/pass.js';

/** Takes rows from blocks. */
export class RowTaker {
  readonly #blocks: Iterator<RowBlock> | AsyncIterator<RowBlock>;
  #block: RowBlock | undefined;
  #used = 0;
  #taken = 0;
  #padding = 0;

  constructor(blocks: RowBlocks) {
    this.#blocks = Symbol.asyncIterator in blocks ? blocks[Symbol.asyncIterator]() : blocks[Symbol.iterator]();
  }

  /** Rows taken so far. */
  get taken(): number {
    return this.#taken;
  }

  /** Of these, rows that are padding. */
  get padding(): number {
    return this.#padding;
  }

  /** Columns; undefined where there are no more rows. */
  async columns(): Promise<number | undefined> {
    while (!this.#block || this.#used === this.#block.rows) {
      const next = await this.#blocks.next();
      if (next.done) return undefined;
      checkBlock(next.value);
      this.#block = next.value;
      this.#used = 0;
    }
    return this.#block.d;
  }

  /**
   * Takes the next rows; those that are padding as zeros.
   *
   * @param most - how many, >= 0
   * @param into - room for them; undefined: they are passed over
   * @returns how many there were, fewer only at the end
   */
  async take(most: number, into?: Float64Array): Promise<number> {
    let count = 0;
    while (count < most) {
      const d = await this.columns();
      if (d === undefined) break;
      const { rows, values, mask } = this.#block!;
      const part = Math.min(most - count, rows - this.#used);
      into?.set(values.subarray(this.#used * d, (this.#used + part) * d), count * d);
      if (mask) {
        const own = mask.subarray(this.#used, this.#used + part);
        this.#padding += countMasked(own);
        if (into) clearMasked(into.subarray(count * d), d, own);
      }
      this.#used += part;
      count += part;
    }
    this.#taken += count;
    return count;
  }
}
