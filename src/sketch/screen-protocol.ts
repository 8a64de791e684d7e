/** What the thread that owns a sketch and those that screen blocks for it say to one another. */

import type { KernelHandle } from '../kernels/kernels.js';
import type { BlockTraits } from './block.js';
import type { Filter } from './filter.js';
import type { Screened, ScreenTask } from './screen.js';

/** What a worker is started with. */
export interface WorkerSetup {
  readonly handle: KernelHandle;
  readonly traits: BlockTraits;
}

/** To a worker: screen by this filter from now on; or screen this block, whose arrays are in shared memory. */
export type WorkerMessage =
  | { readonly kind: 'filter'; readonly filter: Filter }
  | { readonly kind: 'block'; readonly task: ScreenTask };

/** From a worker: that it can be asked; then what it found, in the order in which it was asked. */
export type WorkerReply = 'ready' | Screened;
