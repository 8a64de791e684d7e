/** What the thread that reads keys and those that score them say to one another. */

import type { KernelHandle } from '../../kernels/kernels.js';
import type { AttendingQueries, DenominatorSums } from '../observed-attention.js';
import type { BlockScores } from './block-scores.js';

/** What a worker is started with. */
export interface ScoringSetup {
  readonly handle: KernelHandle;
}

/** What a worker does with blocks: it scores each, or adds each to the denominators of some queries. */
export type BlockTask = { readonly d: number } & (
  | BlockScores
  | { readonly kind: 'denominators'; readonly queries: AttendingQueries; readonly sums: DenominatorSums }
);

/** Keys in memory that all threads see. */
export interface SharedKeys {
  readonly start: number;
  readonly rows: number;
  readonly values: Float64Array;
  /** Rows of K that they are: where a query sees some keys only, else empty. */
  readonly index: Float64Array;
}

/** To a worker; all but the first are answered. */
export type ScoringMessage =
  | { readonly kind: 'begin'; readonly task: BlockTask }
  | { readonly kind: 'block'; readonly keys: SharedKeys }
  | { readonly kind: 'sums' };

/** From a worker: scores of a block, nothing where it was added to denominators; and these, when they are asked for. */
export type ScoringAnswer = Float64Array | DenominatorSums | undefined;
