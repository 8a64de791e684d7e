/** The Gram matrix of the rows, all or a share of them: blocks in, survivors out. */

import type { Kernels } from '../kernels/kernels.js';
import type { ColumnOrder } from '../linear/reorder.js';
import type { Values } from '../rows/row-block.js';
import type { RoutedAccumulator } from './factor/routed.js';
import { isSampled, SampleSums, type Sampling, sampledRows } from './sample/subsample.js';
import { gatherRows, Scratch } from './scratch.js';
import type { SketchShape, Survivors } from './screen/block.js';
import type { BlockSlot } from './screen/block-slot.js';
import type { Screened } from './screen/screen.js';
import type { State } from './state.js';
import type { StateReader } from './state-reader.js';

/** Takes blocks into an accumulator, and into the sums of a sample where only a share counts. */
export class RowSums {
  readonly #shape: SketchShape;
  readonly #accumulator: RoutedAccumulator;
  readonly #sample: SampleSums | undefined;
  readonly #gathered: Scratch;

  constructor(shape: SketchShape, accumulator: RoutedAccumulator, kernels: Kernels) {
    this.#shape = shape;
    this.#accumulator = accumulator;
    this.#sample = shape.sampleRate > 1 ? new SampleSums(kernels, shape.d, shape.sampleRate) : undefined;
    this.#gathered = new Scratch(kernels);
  }

  /** Multiplies the columns taken in so far by `changes`, as the column scales have grown. */
  rescale(changes: Float64Array): void {
    this.#accumulator.rescale(changes);
    this.#sample?.rescale(changes);
  }

  /** Puts the columns taken in so far in another order. */
  reorder(order: ColumnOrder): void {
    this.#accumulator.reorder(order);
    this.#sample?.reorder(order);
  }

  /**
   * Takes in a block that was screened: by its sums.
   * @param start - global index of its first row
   */
  addScreened(slot: BlockSlot, start: number, screened: Screened): Survivors {
    const { rows, gram, squares } = slot;
    const sample = this.#sample;
    if (!sample) {
      this.#accumulator.addScreened(gram, rows, () => slot.values);
      return screened;
    }
    const { d, sampleRate } = this.#shape;
    sample.add(gram, squares, screened.summed);
    this.#accumulator.addScreened(gram, screened.summed, () =>
      gatherRows(slot.values, d, sampledRows(start, rows, sampleRate), this.#gathered),
    );
    // A candidate is summed, too, and once: its score is then exact against the factor that knows it.
    const others = screened.rows.filter((i) => !isSampled(start + i, sampleRate));
    if (others.length > 0) this.#accumulator.absorb(gatherRows(slot.chosen, d, others, this.#gathered), others.length);
    return screened;
  }

  /**
   * Takes in all rows of a block.
   *
   * @param a - rows x d, finite, scaled columns
   * @param start - global index of the first row
   */
  absorb(a: Values, start: number, rows: number): Survivors {
    const { d, sampleRate } = this.#shape;
    if (this.#sample) {
      const share = sampledRows(start, rows, sampleRate);
      this.#sample.addRows(a, rows, gatherRows(a, d, share, this.#gathered), share.length);
    }
    return this.#accumulator.absorb(a, rows);
  }

  /** What the sample's part is made of; undefined where all rows count. */
  save(): State | undefined {
    const sampling = this.finish();
    return sampling && { ...sampling };
  }

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader): void {
    const { d } = this.#shape;
    this.#sample!.merge({
      rate: state.whole('rate'),
      rows: state.whole('rows'),
      gram: state.float64('gram', d * d),
      squares: state.float64('squares', d),
    });
  }

  /** Adds the sums of the sample of other rows. */
  merge(other: RowSums): void {
    const sampling = other.finish();
    if (sampling) this.#sample?.merge(sampling);
  }

  /** The sums of the sample, where there is one. */
  finish(): Sampling | undefined {
    return this.#sample?.finish();
  }
}
