/** A place for one block of rows on its way into the sketch, and for what is found of it. */

import type { Kernels } from '../../kernels/kernels.js';
import { RowSlot } from '../../rows/row-slot.js';
import type { SampleGate } from '../sample/sample-filter.js';
import type { LateScreened } from './late-screen.js';

/** Room for up to `capacity` rows of one element type, and for the block's Gram matrix. */
export class BlockSlot extends RowSlot {
  /** d x d, for whoever screens the block; empty where rows are summed without one. */
  readonly gram: Float64Array;
  /** d, likewise. */
  readonly squares: Float64Array;
  /** d x d, likewise; empty where no Lewis weights are summed. */
  readonly weighted: Float64Array;
  /** What tells which of its rows may enter the sample of those outside U. */
  gate: SampleGate | undefined;

  constructor(kernels: Kernels, d: number, capacity: number, weighs = false, sums = true) {
    super(kernels, d, capacity);
    this.gram = kernels.allocate('float64', sums ? d * d : 0);
    this.squares = kernels.allocate('float64', d);
    this.weighted = kernels.allocate('float64', weighs ? d * d : 0);
  }

  /** Notes which rows whoever screened the block has put here. */
  noteStored(stored: LateScreened['stored']): void {
    if (stored === 'all') this.late.settle();
    else if (stored === 'chosen') this.holdChosen();
  }
}
