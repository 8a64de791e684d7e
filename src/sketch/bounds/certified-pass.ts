/**
 * The second pass over K where f is not x^2: weights are made anew from the Lewis sums of all rows, and T is the largest
 * leverage score outside the candidates. Both are tighter than what one pass could know.
 */

import type { Kernels } from '../../kernels/kernels.js';
import type { Values } from '../../rows/row-block.js';
import type { Candidates } from '../candidates/candidates.js';
import { RowScorer, type Whitening } from '../factor/whitening.js';
import { Scratch } from '../scratch.js';
import type { SketchShape } from '../screen/block.js';
import type { BlockSlot } from '../screen/block-slot.js';
import type { Certification } from './certification.js';
import { LewisAccumulator } from './lewis/accumulator.js';

/** Takes the rows of K once more. */
export class CertifiedPass {
  readonly #whitening: Whitening;
  readonly #certification: Certification;
  readonly #candidates: Candidates;
  readonly #scorer: RowScorer;
  readonly #x: Scratch;
  readonly #sums: LewisAccumulator | undefined;
  /** The first candidate that is not before the next row. */
  #next = 0;
  #dropped = 0;

  /** @param whitening - of all rows */
  constructor(
    whitening: Whitening,
    certification: Certification,
    candidates: Candidates,
    shape: SketchShape,
    kernels: Kernels,
  ) {
    this.#whitening = whitening;
    this.#certification = certification;
    this.#candidates = candidates;
    this.#scorer = new RowScorer(kernels);
    this.#x = new Scratch(kernels);
    this.#sums = shape.lewis && new LewisAccumulator(shape, shape.lewis, kernels);
  }

  /** Weighs the rows anew, and notes the largest score outside the candidates. */
  ingest({ rows }: BlockSlot, a: Values, start: number): void {
    const { index, weight } = this.#candidates;
    const weights = this.#sums && this.#certification.lewis!.fit(a, rows);
    const x = this.#x.take(rows + 4);
    this.#scorer.score(this.#whitening, a, rows, x);
    const larger = 1 + this.#whitening.delta;
    for (let i = 0; i < rows; i++) {
      if (index[this.#next] !== start + i) {
        this.#dropped = Math.max(this.#dropped, x[i] * larger);
        continue;
      }
      if (weights) weight[this.#next] = weights[i];
      this.#next++;
    }
    if (weights) this.#sums!.addRows(a, rows, weights);
  }

  /**
   * Puts what was found in the place of what the first pass found.
   * @throws RangeError where a candidate did not come again
   */
  finish(): void {
    const { index } = this.#candidates;
    if (this.#next < index.length) {
      throw new RangeError(`row ${index[this.#next]} of the first pass is missing in the second`);
    }
    const sums = this.#sums;
    if (sums) {
      const factor = sums.keepRule(this.#certification.lewis!);
      const { weight } = this.#candidates;
      for (let i = 0; i < weight.length; i++) weight[i] *= factor;
    }
    this.#certification.startOver(sums, this.#dropped);
  }
}
