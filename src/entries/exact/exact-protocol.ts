/** What the thread that reads K and those that search for it say to one another. */

import type { KernelHandle } from '../../kernels/kernels.js';
import type { KeyBlock, KeyTotals, QueryTile, SearchConfig, StripRange, TileEntries } from './search.js';

/** What a worker is started with; functions cannot be posted, so f is named. */
export interface ExactSetup {
  readonly handle: KernelHandle;
  readonly config: Omit<SearchConfig, 'f'>;
  readonly f: string;
  readonly tile: QueryTile;
}

/** To a worker. Each is answered but `own`. */
export type ExactMessage =
  /** These queries are its own: new ones, or as others have left them. */
  | { readonly kind: 'own'; readonly range: StripRange; readonly fresh: boolean }
  | { readonly kind: 'take'; readonly block: KeyBlock; readonly range: StripRange }
  | { readonly kind: 'finish' }
  | { readonly kind: 'score'; readonly block: KeyBlock; readonly range: StripRange; readonly totals: KeyTotals };

/** From a worker: its entries, or that it has done what it was asked. */
export type ExactAnswer = TileEntries | 'done';
