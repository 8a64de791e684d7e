/** Entries that may turn out to be heavy: (query, key, x), in the order in which they were met; pruned when there are many. */

/** Candidates held before the first pruning. */
const FEW = 2 ** 16;

/** Grows as candidates come; what no longer counts is dropped now and then. */
export class CandidateList {
  query = new Int32Array(256);
  key = new Float64Array(256);
  x = new Float64Array(256);
  #count = 0;
  #pruneAt = FEW;

  /** Candidates held. */
  get count(): number {
    return this.#count;
  }

  /** Adds a candidate: a query of the tile, a global key, and x = <q, k> in whatever unit the search has. */
  add(query: number, key: number, x: number): void {
    if (this.#count === this.query.length) this.#grow();
    const at = this.#count++;
    this.query[at] = query;
    this.key[at] = key;
    this.x[at] = x;
  }

  /** Whether enough have come since the last pruning for another. */
  get crowded(): boolean {
    return this.#count >= this.#pruneAt;
  }

  /** Drops all candidates that `keep` does not hold for. */
  prune(keep: (query: number, x: number) => boolean): void {
    let kept = 0;
    for (let from = 0; from < this.#count; from++) {
      if (!keep(this.query[from], this.x[from])) continue;
      this.query[kept] = this.query[from];
      this.key[kept] = this.key[from];
      this.x[kept++] = this.x[from];
    }
    this.#count = kept;
    this.#pruneAt = Math.max(FEW, 2 * kept);
  }

  /** Forgets all. */
  clear(): void {
    this.#count = 0;
    this.#pruneAt = FEW;
  }

  #grow(): void {
    const length = 2 * this.query.length;
    const larger = <T extends Int32Array | Float64Array>(fresh: T, old: T): T => {
      fresh.set(old);
      return fresh;
    };
    this.query = larger(new Int32Array(length), this.query);
    this.key = larger(new Float64Array(length), this.key);
    this.x = larger(new Float64Array(length), this.x);
  }
}
