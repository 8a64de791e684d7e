/**
 * A second pass over K for the best keys, where f is x^2: every row is held to its final score, so that no key is dropped for
 * what it had when it came.
 */

import type { Kernels } from '../../kernels/kernels.js';
import type { Values } from '../../rows/row-block.js';
import { RowScorer, type Whitening } from '../factor/whitening.js';
import { Scratch } from '../scratch.js';
import type { Candidates, NamedRows } from './candidates.js';

/** Takes the rows of K once more. */
export class TopPass {
  readonly #whitening: Whitening;
  readonly #candidates: Candidates;
  readonly #scorer: RowScorer;
  readonly #x: Scratch;

  /**
   * @param whitening - of all rows
   * @param candidates - none yet
   */
  constructor(whitening: Whitening, candidates: Candidates, kernels: Kernels) {
    this.#whitening = whitening;
    this.#candidates = candidates;
    this.#scorer = new RowScorer(kernels);
    this.#x = new Scratch(kernels);
  }

  /**
   * Adds the rows that reach a score to the candidates.
   *
   * @param block - the rows as they were read
   * @param a - the same, finite, scaled columns
   * @param start - global index of the first
   * @returns the largest bound of the score of a row that was not added, 0 … 1
   */
  take(block: NamedRows, a: Values, start: number, rows: number, least: number): number {
    const x = this.#x.take(rows + 4);
    this.#scorer.score(this.#whitening, a, rows, x);
    const larger = 1 + this.#whitening.delta;
    const reaching: number[] = [];
    let dropped = 0;
    for (let i = 0; i < rows; i++) {
      const bound = Math.min(1, x[i] * larger);
      if (bound >= least) reaching.push(i);
      else dropped = Math.max(dropped, bound);
    }
    this.#candidates.add(start, block, reaching);
    return dropped;
  }
}
