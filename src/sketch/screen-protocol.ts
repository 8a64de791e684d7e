/** What the thread that owns a sketch and those that screen blocks for it say to one another. */

import type { KernelHandle } from '../kernels/kernels.js';
import type { BlockTraits } from './block.js';
import type { Filter } from './filter.js';
import type { ScreenTask } from './screen.js';

/** What a worker is started with. */
export interface WorkerSetup {
  readonly handle: KernelHandle;
  readonly traits: BlockTraits;
}

/**
 * To a worker: screen by this filter from now on; or screen this block, whose
 * arrays are in shared memory, which it answers with what it found.
 */
export type WorkerMessage =
  | { readonly kind: 'filter'; readonly filter: Filter }
  | { readonly kind: 'block'; readonly task: ScreenTask };
