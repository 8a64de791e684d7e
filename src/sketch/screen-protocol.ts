/** What the thread that owns a sketch and those that screen blocks for it say to one another. */

import type { KernelHandle } from '../kernels/kernels.js';
import type { Values } from '../matrix/row-block.js';
import type { Screened } from './screen.js';
import type { Whitening } from './whitening.js';

/** What a worker is started with. */
export interface WorkerSetup {
  readonly handle: KernelHandle;
  readonly d: number;
  readonly blockRows: number;
  /** Scores below it are of no interest. */
  readonly floor: number;
}

/** To a worker: screen by this filter from now on. */
export interface FilterMessage {
  readonly kind: 'filter';
  readonly filter: Whitening;
}

/** To a worker: screen this block. Its arrays are in shared memory. */
export interface BlockMessage {
  readonly kind: 'block';
  readonly values: Values;
  readonly rows: number;
  readonly gram: Float64Array;
}

export type WorkerMessage = FilterMessage | BlockMessage;

/** From a worker: what it found, in the order in which it was asked. */
export type WorkerReply = Screened;
