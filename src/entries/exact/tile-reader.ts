/** Takes queries off a stream, as many as a tile may hold, and puts them into one. */

import { dataError } from '../../errors.js';
import type { Kernels } from '../../kernels/kernels.js';
import { STRIP } from '../../kernels/query-strips.js';
import { clearMasked } from '../../rows/masked-rows.js';
import { clearNonFinite, type NonFinitePolicy } from '../../rows/non-finite.js';
import { type RowBlocks, RowStream } from '../../rows/row-stream.js';
import { exponentOf, powerOfTwo } from '../../sketch/factor/scale.js';
import type { QueryTile, SearchConfig } from './search.js';

/** How queries are taken in. */
export interface QueryRowOptions {
  readonly nonFinite: NonFinitePolicy;
  readonly describeRow: (row: number) => string;
}

/** A stream of queries that is read a tile at a time. */
export class TileReader {
  readonly #rows: RowStream;
  readonly #options: QueryRowOptions;
  #skipped = 0;
  /** What was taken: count x d, and which of them see nothing. */
  #values = new Float64Array(0);
  #blind = new Int32Array(0);
  #count = 0;

  constructor(queries: RowBlocks, options: QueryRowOptions) {
    this.#rows = new RowStream(queries);
    this.#options = options;
  }

  /** Queries with NaN or infinities so far. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Queries that are padding, which see no key, so far. */
  get padding(): number {
    return this.#rows.padding;
  }

  /** Columns, once the first rows are at hand; undefined where there are none. */
  columns(): Promise<number | undefined> {
    return this.#rows.columns();
  }

  /** Whether there are no more queries. */
  async ended(): Promise<boolean> {
    return (await this.#rows.columns()) === undefined;
  }

  /**
   * Takes the next queries off the stream.
   *
   * @param most - how many at most
   * @returns how many there are
   * @throws LevattnError where a query is not finite and not to be skipped, or has another number of columns
   */
  async next(most: number, d: number, kernels: Kernels): Promise<number> {
    let count = 0;
    while (count < most) {
      const part = await this.#rows.next(most - count);
      if (!part) break;
      const { start, rows, mask } = part;
      if (part.d !== d) throw dataError(`queries have ${part.d} columns where the keys have ${d}; both must agree`);
      this.#makeRoom((count + rows) * d, count + rows);
      const into = this.#values.subarray(count * d, (count + rows) * d);
      into.set(part.values);
      if (mask) clearMasked(into, d, mask);
      this.#hideBad(into, rows, d, count, start, kernels);
      // Zeros are finite.
      mask?.forEach((one, i) => {
        if (one === 0) this.#blind[count + i] = 1;
      });
      count += rows;
    }
    this.#count = count;
    return count;
  }

  /**
   * Puts what was taken into a tile; the rest of its last strip sees no key.
   * @returns at least the length of the longest query, as the tile has it
   */
  put(tile: QueryTile, { d, f, scale }: SearchConfig): number {
    const count = this.#count;
    const padded = Math.ceil(count / STRIP) * STRIP;
    const values = tile.values;
    let most = 0;
    // Terms of e^x are powers of 2. Where the length of a query does not matter it is brought to about 1.
    const factor = f.exponential ? scale * Math.LOG2E : scale;
    for (let i = 0; i < count; i++) {
      const row = this.#values.subarray(i * d, (i + 1) * d);
      const peak = row.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
      const [first, second] = f.homogeneous ? unitFactors(peak) : [factor, 1];
      for (let k = 0; k < d; k++) values[i * d + k] = row[k] * first * second;
      most = Math.max(most, peak * first * second);
    }
    values.fill(0, count * d, padded * d);
    tile.blind.set(this.#blind.subarray(0, count));
    tile.blind.fill(1, count, padded);
    return most * Math.sqrt(d);
  }

  #makeRoom(numbers: number, rows: number): void {
    if (this.#values.length < numbers) {
      const larger = new Float64Array(2 * numbers);
      larger.set(this.#values);
      this.#values = larger;
    }
    if (this.#blind.length < rows) {
      const larger = new Int32Array(2 * rows);
      larger.set(this.#blind);
      this.#blind = larger;
    }
  }

  /** Queries with NaN or infinities see no key, where they are not an error. */
  #hideBad(values: Float64Array, rows: number, d: number, at: number, start: number, kernels: Kernels): void {
    this.#blind.fill(0, at, at + rows);
    if (kernels.scan(values, rows, d, new Float64Array(d))) return;
    const { nonFinite, describeRow } = this.#options;
    for (let i = 0; i < rows; i++) {
      const cleared = clearNonFinite(values.subarray(i * d), 1, d, nonFinite, () => describeRow(start + i));
      this.#blind[at + i] = cleared;
      this.#skipped += cleared;
    }
  }
}

/** Two powers of two whose product brings a peak to [1/2, 1). */
function unitFactors(peak: number): readonly [number, number] {
  if (peak === 0) return [1, 1];
  const exponent = exponentOf(peak);
  const half = Math.trunc(exponent / 2);
  return [powerOfTwo(-half), powerOfTwo(half - exponent)];
}
