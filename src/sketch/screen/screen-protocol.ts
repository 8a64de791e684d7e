/** What the thread that owns a sketch and those that screen blocks for it say to one another. */

import type { KernelHandle } from '../../kernels/kernels.js';
import type { LateFailure, LateRead } from '../../rows/late-reads.js';
import type { SampleGate } from '../sample/sample-filter.js';
import type { SketchShape } from './block.js';
import type { Filter } from './filter.js';
import type { LateScreened } from './late-screen.js';
import type { ScreenTask } from './screen.js';

/** What a worker is told first; then it says that it is ready. */
export interface WorkerSetup {
  readonly handle: KernelHandle;
  readonly shape: SketchShape;
}

/** The arrays of a block, in shared memory: to send them takes longer than to name them. */
export type SharedBlock = Omit<ScreenTask, 'start' | 'rows' | 'gate' | 'arrive'>;

/**
 * To a worker: the setup; screen by this filter from now on; this is the place that the next number names (from 0 on); or screen the
 * block in a place, which it answers with what it found.
 */
export type WorkerMessage =
  | ({ readonly kind: 'setup' } & WorkerSetup)
  | { readonly kind: 'filter'; readonly filter: Filter }
  | { readonly kind: 'place'; readonly place: SharedBlock }
  | {
      readonly kind: 'block';
      readonly place: number;
      readonly start: number;
      readonly rows: number;
      readonly gate: SampleGate | undefined;
      /** What of the rows is to be read before. */
      readonly late: readonly LateRead[];
    };

/** What a worker answers. */
export type WorkerAnswer = LateScreened | { readonly failure: LateFailure };
