/**
 * A second pass over K for the best keys, where f is x^2: every row is held to its final score, so that no key is dropped for
 * what it had when it came.
 */

import type { Values } from '../../rows/row-block.js';
import { RowScorer, type Whitening } from '../factor/whitening.js';
import type { SketchParts } from '../parts.js';
import { Scratch } from '../scratch.js';
import type { BlockSlot } from '../screen/block-slot.js';
import type { SketchOptions } from '../sketch-options.js';
import type { Pruner } from './pruner.js';

/** Takes the rows of K once more. */
export class TopPass {
  readonly #whitening: Whitening;
  readonly #parts: SketchParts;
  readonly #pruner: Pruner;
  readonly #eps: number;
  readonly #scorer: RowScorer;
  readonly #x: Scratch;

  /**
   * @param whitening - of all rows
   * @param parts - without candidates yet, and with nothing dropped
   */
  constructor(whitening: Whitening, parts: SketchParts, pruner: Pruner, { eps, kernels }: SketchOptions) {
    this.#whitening = whitening;
    this.#parts = parts;
    this.#pruner = pruner;
    this.#eps = eps;
    this.#scorer = new RowScorer(kernels);
    this.#x = new Scratch(kernels);
  }

  /** Makes candidates of the rows that reach eps and the best so far, and notes the bounds of the others. */
  ingest(slot: BlockSlot, a: Values, start: number): void {
    const { candidates, counts, retention, outsideBound } = this.#parts;
    const { rows } = slot;
    const least = Math.max(this.#eps, retention!.floor);
    const x = this.#x.take(rows + 4);
    this.#scorer.score(this.#whitening, a, rows, x);
    const larger = 1 + this.#whitening.delta;
    const reaching: number[] = [];
    for (let i = 0; i < rows; i++) {
      const bound = Math.min(1, x[i] * larger);
      if (bound >= least) reaching.push(i);
      else outsideBound!.note(bound);
    }
    candidates.add(start, slot, Int32Array.from(reaching));
    if (candidates.size > counts.pruneAt) this.#pruner.prune(this.#parts, 1);
  }

  /** Nothing is left to do: candidates and bounds are those of this pass from its beginning. */
  finish(): void {}
}
