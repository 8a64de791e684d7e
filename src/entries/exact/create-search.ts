/** The search for a function. */

import type { Kernels } from '../../kernels/kernels.js';
import { STRIP } from '../../kernels/query-strips.js';
import { DirectSearch, GROUP } from './direct-search.js';
import { ExponentialSearch } from './exponential-search.js';
import type { QueryTile, SearchConfig, TileSearch } from './search.js';

/** A search over a tile. */
export const createSearch = (kernels: Kernels, config: SearchConfig, tile: QueryTile): TileSearch =>
  config.f.exponential ? new ExponentialSearch(kernels, config, tile) : new DirectSearch(kernels, config, tile);

/** Ranges of strips begin at multiples of this many. */
export const stripUnit = ({ f }: SearchConfig): number => (f.exponential ? 1 : GROUP / STRIP);
