/** Leverage scores of the candidates, a block at a time. */

import type { Kernels } from '../../kernels/kernels.js';
import { RowScorer, type Whitening } from '../factor/whitening.js';
import type { RowIntake } from '../intake.js';
import { Scratch } from '../scratch.js';
import type { Candidates } from './candidates.js';

/** Scores of candidates, in their order. */
export interface CandidateScores {
  /** 0 … 1. */
  readonly scores: Float64Array;
  /** 1 for candidates that reach out of the numerical row space, else 0. */
  readonly unresolved: Uint8Array;
}

/** Scores candidates; owns the work space for it. */
export class CandidateScorer {
  readonly #scorer: RowScorer;
  readonly #x: Scratch;

  constructor(
    kernels: Kernels,
    readonly blockRows: number,
  ) {
    this.#scorer = new RowScorer(kernels);
    this.#x = new Scratch(kernels);
  }

  /**
   * Where those below eps are of no interest: scores of the others, and upper bounds of theirs. That takes less time where most candidates
   * turn out to be below.
   */
  scoreReaching(whitening: Whitening, candidates: Candidates, intake: RowIntake, eps: number): CandidateScores {
    const { d, size, keys } = candidates;
    const bounds = this.score(whitening, candidates, intake, true);
    const { scores, unresolved } = bounds;
    // Bounds hold with delta on top; those that may reach eps are few.
    const which = [...scores.keys()].filter((i) => scores[i] * (1 + whitening.delta) >= eps);
    if (which.length === size) return this.score(whitening, candidates, intake, false);
    const x = this.#x.take(this.blockRows + 4);
    for (let from = 0; from < which.length; from += this.blockRows) {
      const some = which.slice(from, from + this.blockRows);
      const rows = new Float64Array(some.length * d);
      for (const [k, i] of some.entries()) rows.set(keys.subarray(i * d, (i + 1) * d), k * d);
      this.#scorer.score(whitening, intake.scaled(rows, some.length), some.length, x);
      for (const [k, i] of some.entries()) {
        scores[i] = Math.min(1, x[k]);
        unresolved[i] = x[k] === Number.POSITIVE_INFINITY ? 1 : 0;
      }
    }
    return bounds;
  }

  /**
   * @param intake - scales their columns
   * @param roughly - whether upper bounds will do, which come a little larger then, in less time
   */
  score(whitening: Whitening, { d, size, keys }: Candidates, intake: RowIntake, roughly: boolean): CandidateScores {
    const scores = new Float64Array(size);
    const unresolved = new Uint8Array(size);
    for (let from = 0; from < size; from += this.blockRows) {
      const rows = Math.min(this.blockRows, size - from);
      const x = this.#x.take(rows + 4);
      const some = intake.scaled(keys.subarray(from * d), rows);
      if (roughly) this.#scorer.bound(whitening, some, rows, x);
      else this.#scorer.score(whitening, some, rows, x);
      for (let i = 0; i < rows; i++) {
        scores[from + i] = Math.min(1, x[i]);
        if (x[i] === Number.POSITIVE_INFINITY) unresolved[from + i] = 1;
      }
    }
    return { scores, unresolved };
  }
}
