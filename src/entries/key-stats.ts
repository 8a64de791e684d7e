/** What each key receives: its largest score, how many entries it has, and, where every score was worked out, their sum. */

import type { TableBatch, TableSchema } from '../output/table.js';
import type { EntryBatch } from './entry-batch.js';

/** Keys of a batch of the table. */
const BATCH = 2 ** 16;

/** Collects statistics of keys; 24 bytes for each key up to the largest one met. */
export class KeyStats {
  #largest = new Float64Array(1024);
  #heavy = new Float64Array(1024);
  #total = new Float64Array(1024);
  #count = 0;

  /**
   * Keys that there are, at least up to the last one met.
   * @param count - more, where it is known
   */
  cover(count: number): void {
    this.#count = Math.max(this.#count, count);
    if (count <= this.#largest.length) return;
    const grow = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const larger = new Float64Array(Math.max(count, 2 * old.length));
      larger.set(old);
      return larger;
    };
    this.#largest = grow(this.#largest);
    this.#heavy = grow(this.#heavy);
    this.#total = grow(this.#total);
  }

  /** Counts heavy entries, of any queries, each once. */
  addEntries({ count, key, score }: EntryBatch): void {
    for (let i = 0; i < count; i++) {
      const j = key[i];
      if (j >= this.#count) this.cover(j + 1);
      // A heavy score is larger than all that are not, and known more exactly.
      this.#largest[j] = this.#heavy[j] === 0 ? score[i] : Math.max(this.#largest[j], score[i]);
      this.#heavy[j]++;
    }
  }

  /**
   * Adds scores of all kinds; where keys have heavy entries among them, these must have been added before.
   *
   * @param start - the first key
   * @param total - for each key the sum of its scores
   * @param largest - and the largest
   */
  addScores(start: number, rows: number, total: Float64Array, largest: Float64Array): void {
    this.cover(start + rows);
    for (let i = 0, j = start; i < rows; i++, j++) {
      this.#total[j] += total[i];
      if (this.#heavy[j] === 0) this.#largest[j] = Math.max(this.#largest[j], largest[i]);
    }
  }

  /** The columns: `total` only where every score was added. */
  static schema(total: boolean): TableSchema {
    return {
      columns: [
        { name: 'key', type: 'uint64' },
        { name: 'max_score', type: 'float64' },
        { name: 'heavy', type: 'uint64' },
        ...(total ? [{ name: 'total', type: 'float64' } as const] : []),
      ],
    };
  }

  /** A row for each key, in batches of {@link KeyStats.schema}. */
  *batches(total: boolean): Generator<TableBatch, void, undefined> {
    for (let from = 0; from < this.#count; from += BATCH) {
      const rows = Math.min(BATCH, this.#count - from);
      const part = (column: Float64Array): Float64Array => column.subarray(from, from + rows);
      const key = Float64Array.from({ length: rows }, (_, i) => from + i);
      const columns = [key, part(this.#largest), part(this.#heavy), ...(total ? [part(this.#total)] : [])];
      yield { rows, columns };
    }
  }
}
