/** The least and the largest of each column of rows that come block by block. */

/** Both, of what has come. */
export class ColumnRange {
  readonly low: Float64Array;
  readonly high: Float64Array;

  constructor(width: number) {
    this.low = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
    this.high = new Float64Array(width).fill(Number.NEGATIVE_INFINITY);
  }

  /** @param rows - of `width` numbers each, finite */
  add(rows: Float64Array): this {
    const width = this.low.length;
    for (let at = 0; at < rows.length; at++) {
      this.low[at % width] = Math.min(this.low[at % width], rows[at]);
      this.high[at % width] = Math.max(this.high[at % width], rows[at]);
    }
    return this;
  }
}
