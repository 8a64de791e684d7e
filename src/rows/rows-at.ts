/** Rows of a stream at given places, in order: those between are passed over. */

import { dataError } from '../errors.js';
import { type RowBlocks, RowStream } from './row-stream.js';

/** Rows that are taken by their global indices, ascending. */
export class RowsAt {
  readonly #rows: RowStream;
  readonly #width: number;
  readonly #describeRow: (row: number) => string;

  /** @param describeRow - names rows in messages */
  constructor(rows: RowBlocks, width: number, describeRow: (row: number) => string) {
    this.#rows = new RowStream(rows);
    this.#width = width;
    this.#describeRow = describeRow;
  }

  /**
   * Copies rows.
   * @param index - global indices, ascending, behind those of before
   * @param into - index.length x width
   * @returns how many there were, fewer only where the rows end before
   * @throws LevattnError where one of them is not finite
   */
  async take(index: Float64Array, into: Float64Array): Promise<number> {
    let done = 0;
    while (done < index.length) {
      let end = done + 1;
      while (end < index.length && index[end] === index[done] + end - done) end++;
      await this.#rows.skip(index[done] - this.#rows.taken);
      const count = await this.#rows.copy(end - done, into.subarray(done * this.#width));
      done += count;
      if (done < end) break;
    }
    const bad = into.subarray(0, done * this.#width).findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      const row = this.#describeRow(index[Math.floor(bad / this.#width)]);
      throw dataError(`${row}, column ${bad % this.#width}: ${into[bad]}; fix the data`);
    }
    return done;
  }

  /** Passes over what is left, and tells how many rows there were in all. */
  async end(): Promise<number> {
    await this.#rows.skip(Number.POSITIVE_INFINITY);
    return this.#rows.taken;
  }

  /** Lets go of where the rows come from. */
  close(): Promise<void> {
    return this.#rows.close();
  }
}
