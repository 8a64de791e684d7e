/** What other threads screen blocks to come with, as of the last factor of a sketch. */

import type { SketchBase } from '../new-sketch.js';
import { floorAt } from './block.js';
import type { Filter } from './filter.js';

/** Makes a filter anew only where something in it has changed, so that threads are sent it once. */
export class FilterSource {
  readonly #base: SketchBase;
  #filter: Filter | undefined;

  constructor(base: SketchBase) {
    this.#base = base;
  }

  /**
   * The filter; undefined while blocks must be taken in as they are. Only the Gram route and a sample gain by it, and a wide K is
   * summed by all threads together instead.
   */
  get current(): Filter | undefined {
    const { sumsItself, shape, certificate, parts } = this.#base;
    const { accumulator, intake, certification, retention } = parts;
    if (sumsItself) return undefined;
    const worthwhile = shape.sampleRate > 1 || accumulator.route === 'gram';
    const leverage = worthwhile && intake.isIdentity ? accumulator.filter : undefined;
    const { lewis, tensor } = certification ?? {};
    if (!leverage || tensor || (lewis && !lewis.filter)) return undefined;
    const least = floorAt(shape, accumulator.filterRows + 1);
    const floor = certificate.exact ? Math.max(least, retention?.floor ?? 0) : least;
    const last = this.#filter;
    if (last?.leverage !== leverage || last.lewis !== lewis?.filter || last.floor !== floor) {
      this.#filter = { leverage, floor, lewis: lewis?.filter };
    }
    return this.#filter;
  }
}
