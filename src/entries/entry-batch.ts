/** Heavy entries: as they are found, and as they are handed out, query by query. */

/** Heavy entries of some consecutive queries, sorted by query, then by key. */
export interface EntryBatch {
  /** How many entries. */
  readonly count: number;
  /** Global 0-based query rows, count. */
  readonly query: Float64Array;
  /** Global 0-based key rows, count. */
  readonly key: Float64Array;
  /** A(q, j) in (0, 1], count; an estimate within the bounds where there are bounds. */
  readonly score: Float64Array;
  /** What A(q, j) lies between, where denominators are not known; else undefined: the score is exact. */
  readonly bounds: EntryBounds | undefined;
}

/** Columns of entries that are not exact. */
export interface EntryBounds {
  /** Bounds of A(q, j) in [0, 1], count, which always hold. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** The standard error of the score, count; NaN where there is no sample to tell it by. */
  readonly stderr: Float64Array;
}

/** Collects entries in any order of queries, those of one query in the order of their keys; used again and again. */
export class EntryList {
  /** Query, key and score; where there are bounds, lower, upper and the standard error, too. */
  readonly #columns: Float64Array[];
  #count = 0;

  /** @param bounded - whether entries come with bounds */
  constructor(readonly bounded: boolean) {
    this.#columns = Array.from({ length: bounded ? 6 : 3 }, () => new Float64Array(64));
  }

  /** Entries so far. */
  get count(): number {
    return this.#count;
  }

  /** Forgets all entries. */
  clear(): void {
    this.#count = 0;
  }

  /** Adds an entry, with bounds if they are asked for. */
  add(query: number, key: number, score: number, lower = 0, upper = 0, stderr = 0): void {
    const at = this.#count++;
    if (at === this.#columns[0].length) this.#grow();
    const columns = this.#columns;
    columns[0][at] = query;
    columns[1][at] = key;
    columns[2][at] = score;
    if (!this.bounded) return;
    columns[3][at] = lower;
    columns[4][at] = upper;
    columns[5][at] = stderr;
  }

  /**
   * The entries, sorted, in fresh arrays.
   *
   * @param start - the first query
   * @param rows - how many queries: every entry's lies in start … start + rows - 1
   */
  sorted(start: number, rows: number): EntryBatch {
    const count = this.#count;
    const queries = this.#columns[0];
    // places[i] is where the next entry of query start + i belongs.
    const places = new Int32Array(rows + 1);
    for (let from = 0; from < count; from++) places[queries[from] - start + 1]++;
    for (let i = 1; i <= rows; i++) places[i] += places[i - 1];
    const order = Int32Array.from({ length: count }, (_, from) => places[queries[from] - start]++);
    const [query, key, score, lower, upper, stderr] = this.#columns.map((column) => {
      const sorted = new Float64Array(count);
      for (let from = 0; from < count; from++) sorted[order[from]] = column[from];
      return sorted;
    });
    return { count, query, key, score, bounds: this.bounded ? { lower, upper, stderr } : undefined };
  }

  #grow(): void {
    for (const [i, column] of this.#columns.entries()) {
      const larger = new Float64Array(2 * column.length);
      larger.set(column);
      this.#columns[i] = larger;
    }
  }
}
