/** What the thread that reads queries and those that work on them say to one another. */

import type { KernelHandle } from '../../kernels/kernels.js';
import type { AttendAnswer, AttendSetup } from './attend-blocks.js';
import type { CoverageAnswer, CoverageSetup } from './coverage-blocks.js';
import type { QueryBlock, QueryRun, QuerySlot } from './query-block.js';
import type { SingleAnswer, SingleSetup } from './single-blocks.js';

/** What is worked out of each block of queries. */
export type BlockSetup = CoverageSetup | SingleSetup | AttendSetup;

/** What comes of a block. */
export type BlockAnswer<Setup extends BlockSetup = BlockSetup> = Setup extends CoverageSetup
  ? CoverageAnswer
  : Setup extends SingleSetup
    ? SingleAnswer
    : AttendAnswer;

/** Works on blocks, each by itself: what comes of a query does not depend on the queries around it. */
export interface Blocks {
  compute(block: QueryBlock): BlockAnswer;
}

/** What a worker is started with. */
export interface AttentionSetup {
  readonly handle: KernelHandle;
}

/** To a worker; a block, which lies in one of the slots, is answered. */
export type AttentionMessage =
  | { readonly kind: 'begin'; readonly setup: BlockSetup; readonly slots: readonly QuerySlot[] }
  | { readonly kind: 'block'; readonly slot: number; readonly run: QueryRun };

/** From a worker: what came of a block, or what is wrong with a query in it. */
export type AttentionAnswer = { readonly answer: BlockAnswer } | { readonly problem: string };
