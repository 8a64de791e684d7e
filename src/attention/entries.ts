/** Heavy entries: as they are found, key by key, and as they are handed out, query by query. */

/** Heavy entries of some consecutive queries, sorted by query, then by key. */
export interface EntryBatch {
  /** How many entries. */
  readonly count: number;
  /** Global 0-based query rows, count. */
  readonly query: Float64Array;
  /** Global 0-based key rows, count. */
  readonly key: Float64Array;
  /** A(q, j) in (0, 1], count. */
  readonly score: Float64Array;
}

/** Collects entries in any order of queries, those of one query in the order of their keys; used again and again. */
export class EntryList {
  #query = new Float64Array(64);
  #key = new Float64Array(64);
  #score = new Float64Array(64);
  #count = 0;

  /** Entries so far. */
  get count(): number {
    return this.#count;
  }

  /** Forgets all entries. */
  clear(): void {
    this.#count = 0;
  }

  /** Adds an entry. */
  add(query: number, key: number, score: number): void {
    const at = this.#count++;
    if (at === this.#query.length) this.#grow();
    this.#query[at] = query;
    this.#key[at] = key;
    this.#score[at] = score;
  }

  /**
   * The entries, sorted, in fresh arrays.
   *
   * @param start - the first query
   * @param rows - how many queries: every entry's lies in start … start + rows - 1
   */
  sorted(start: number, rows: number): EntryBatch {
    const count = this.#count;
    // places[i] is where the next entry of query start + i belongs.
    const places = new Int32Array(rows + 1);
    for (let from = 0; from < count; from++) places[this.#query[from] - start + 1]++;
    for (let i = 1; i <= rows; i++) places[i] += places[i - 1];
    const query = new Float64Array(count);
    const key = new Float64Array(count);
    const score = new Float64Array(count);
    for (let from = 0; from < count; from++) {
      const to = places[this.#query[from] - start]++;
      query[to] = this.#query[from];
      key[to] = this.#key[from];
      score[to] = this.#score[from];
    }
    return { count, query, key, score };
  }

  #grow(): void {
    const grown = (array: Float64Array): Float64Array<ArrayBuffer> => {
      const larger = new Float64Array(2 * array.length);
      larger.set(array);
      return larger;
    };
    this.#query = grown(this.#query);
    this.#key = grown(this.#key);
    this.#score = grown(this.#score);
  }
}
