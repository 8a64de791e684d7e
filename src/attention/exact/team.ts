/** Searches a tile: each thread some of its strips, all of them every block. */

import type { Kernels } from '../../kernels/kernels.js';
import { STRIP } from '../../kernels/query-strips.js';
import { DirectSearch } from './direct-search.js';
import { ExponentialSearch } from './exponential-search.js';
import type { ExactTraits, KeyBlock, QueryTile, TileEntries, TileSearch } from './search.js';

/** The search for a function. */
export const createSearch = (kernels: Kernels, traits: ExactTraits, tile: QueryTile): TileSearch =>
  traits.f.exponential ? new ExponentialSearch(kernels, traits, tile) : new DirectSearch(kernels, traits, tile);

/** Strips that so many queries fill. */
export const stripsOf = (count: number): number => Math.ceil(count / STRIP);

/** The threads that search tiles, one after another. */
export class Team {
  readonly #own: TileSearch;

  constructor(kernels: Kernels, traits: ExactTraits, tile: QueryTile, _threads: number) {
    this.#own = createSearch(kernels, traits, tile);
  }

  /** Forgets everything: the tile holds `count` queries, of which the first is global row `row`. */
  begin(count: number, row: number): void {
    this.#own.begin({ from: 0, to: stripsOf(count), row });
  }

  /** Searches a block, which must be left alone until the promise is kept. */
  async take(block: KeyBlock): Promise<void> {
    this.#own.take(block);
  }

  /** The entries that were found, in parts that follow one another. */
  async finish(): Promise<TileEntries[]> {
    return [this.#own.finish()];
  }

  /** Ends the threads. */
  async close(): Promise<void> {}
}
