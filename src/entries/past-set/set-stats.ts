/** What each key of a universal set receives: {@link KeyStats} of these keys alone, however many rows K has. */

import type { TableBatch } from '../../output/table.js';
import type { EntryBatch } from '../entry-batch.js';
import { KeyStats } from '../key-stats.js';

/** Collects statistics of the keys of U; 24 bytes for each. */
export class SetStats {
  readonly #index: Float64Array;
  readonly #places: Map<number, number>;
  readonly #stats = new KeyStats();

  /** @param index - global rows of the keys, ascending */
  constructor(index: Float64Array) {
    this.#index = index;
    this.#places = new Map(Array.from(index, (row, i) => [row, i]));
    this.#stats.cover(index.length);
  }

  /** Counts entries of any queries, each once; estimates count as scores. */
  addEntries(batch: EntryBatch): void {
    this.#stats.addEntries({ ...batch, key: batch.key.map((row) => this.#places.get(row)!) });
  }

  /** A row for each key of U, in batches of {@link KeyStats.schema}, without `total`. */
  *batches(): Generator<TableBatch, void, undefined> {
    for (const { rows, columns } of this.#stats.batches(false)) {
      const [places, ...rest] = columns;
      yield { rows, columns: [Float64Array.from(places, (place) => this.#index[place]), ...rest] };
    }
  }
}
