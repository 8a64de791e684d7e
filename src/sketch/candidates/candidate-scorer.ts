/** Leverage scores of the candidates, a block at a time. */

import type { Kernels } from '../../kernels/kernels.js';
import type { Values } from '../../rows/row-block.js';
import { RowScorer, type Whitening } from '../factor/whitening.js';
import type { RowIntake } from '../intake.js';
import { Scratch } from '../scratch.js';
import { positionsFrom } from '../screen/positions.js';
import type { Candidates } from './candidates.js';

/** Scores of candidates, in their order. */
export interface CandidateScores {
  /** 0 … 1. */
  readonly scores: Float64Array;
  /** 1 for candidates that reach out of the numerical row space, else 0. */
  readonly unresolved: Uint8Array;
}

/** A lambda is proved at 0.8 of what it seems to be, and that is seen from above: the most that is tried where it is not enough, 0.95 of it. */
const NEARER = 0.95 / 0.8;

/** A larger lambda is not worth its proofs where there are no more candidates than this many times d. */
const LEAST_SPARED = 4;

/** Covers the rounding of bounds by norms. */
const SLACK = 1 + 1e-12;

/** Scores candidates; owns the work space for it. */
export class CandidateScorer {
  readonly #scorer: RowScorer;
  readonly #x: Scratch;
  readonly #gathered: Scratch;

  constructor(
    readonly kernels: Kernels,
    readonly blockRows: number,
  ) {
    this.#scorer = new RowScorer(kernels);
    this.#x = new Scratch(kernels);
    this.#gathered = new Scratch(kernels);
  }

  /**
   * Where those below eps are of no interest: scores of the others, and upper bounds of theirs. That takes less time where most candidates
   * turn out to be below: their norms tell of many, ||D^-1/2 k||^2 / lambda >= k^T G^+ k, bounds by float32 products of most others.
   *
   * @param provesLambda - whether the smallest eigenvalue is proved to be at least a number, at the price of a factorisation
   */
  scoreReaching(
    whitening: Whitening,
    candidates: Candidates,
    intake: RowIntake,
    eps: number,
    provesLambda: (lambda: number) => boolean,
  ): CandidateScores {
    const { size } = candidates;
    const scores = new Float64Array(size).fill(1);
    const unresolved = new Uint8Array(size);
    // Bounds hold with delta on top.
    const reaching = (which: readonly number[]): number[] =>
      which.filter((i) => scores[i] * (1 + whitening.delta) >= eps);
    let which = Array.from(scores.keys());
    if (!whitening.nullSpace) {
      this.#boundByNorms(whitening, candidates, intake, eps, provesLambda, scores);
      which = reaching(which);
    }
    for (const roughly of [true, false]) {
      this.#eachBlock(candidates, intake, which, (a, rows, places) => {
        const x = this.#x.take(rows + 4);
        if (roughly) this.#scorer.bound(whitening, a, rows, x);
        else this.#scorer.score(whitening, a, rows, x);
        for (const [k, i] of places.entries()) {
          scores[i] = Math.min(1, x[k]);
          unresolved[i] = x[k] === Number.POSITIVE_INFINITY ? 1 : 0;
        }
      });
      which = reaching(which);
    }
    return { scores, unresolved };
  }

  /** Bounds of all scores by norms, and by a larger lambda where that rules out enough rows to pay for its proof. */
  #boundByNorms(
    { d, weights, lambda, delta }: Whitening,
    candidates: Candidates,
    intake: RowIntake,
    eps: number,
    provesLambda: (lambda: number) => boolean,
    bounds: Float64Array,
  ): void {
    this.#eachBlock(candidates, intake, Array.from(bounds.keys()), (a, rows, places) => {
      const x = this.#x.take(rows + 4);
      this.kernels.rowNorms(a, rows, d, weights, x);
      for (const [k, i] of places.entries()) bounds[i] = x[k];
    });
    // A proof costs as much as bounds of d rows by products: with one that leaves as many, or a quarter, nearly all cost is gone, or most.
    const sorted = bounds.slice().sort();
    const proved = [d, bounds.length >> 2]
      .filter((left) => bounds.length > LEAST_SPARED * d && left < bounds.length)
      .map((left) => sorted[bounds.length - 1 - left] * ((1 + delta) / eps) * SLACK ** 2)
      .find((needed) => needed > lambda && needed < NEARER * lambda && provesLambda(needed));
    for (const [i, norm] of bounds.entries()) bounds[i] = Math.min(1, (norm / (proved ?? lambda)) * SLACK);
  }

  /**
   * Hands over some candidates, a block at a time.
   * @param which - their places, ascending
   * @param use - told rows, scaled columns, and their places; the rows are valid until it returns
   */
  #eachBlock(
    candidates: Candidates,
    intake: RowIntake,
    which: readonly number[],
    use: (a: Values, rows: number, places: readonly number[]) => void,
  ): void {
    for (let from = 0; from < which.length; from += this.blockRows) {
      const places = which.slice(from, from + this.blockRows);
      const rows = places.length;
      const [first, last] = [places[0], places[rows - 1]];
      const there = last - first < rows ? candidates.view(first, rows) : undefined;
      use(intake.scaled(there ?? this.#gather(candidates, Int32Array.from(places)), rows), rows, places);
    }
  }

  /**
   * Some keys, scaled columns, in the kernels' memory, where several kernels find them; valid until the next call.
   * @param rows - from candidate `from` on
   */
  rowsOf(candidates: Candidates, intake: RowIntake, from: number, rows: number): Values {
    const there = intake.isIdentity ? undefined : candidates.view(from, rows);
    return intake.scaled(there ?? this.#gather(candidates, positionsFrom(from, rows)), rows);
  }

  /** Copies of some keys, one after another, in work space. */
  #gather(candidates: Candidates, places: Int32Array): Values {
    const copy = this.#gathered.takeAs(candidates.dtype, places.length * candidates.d);
    candidates.copy(places, copy);
    return copy;
  }

  /**
   * @param intake - scales their columns
   * @param roughly - whether upper bounds will do, which come a little larger then, in less time
   */
  score(whitening: Whitening, candidates: Candidates, intake: RowIntake, roughly: boolean): CandidateScores {
    const { size } = candidates;
    const scores = new Float64Array(size);
    const unresolved = new Uint8Array(size);
    for (let from = 0; from < size; from += this.blockRows) {
      const rows = Math.min(this.blockRows, size - from);
      const x = this.#x.take(rows + 4);
      const some = this.rowsOf(candidates, intake, from, rows);
      if (roughly) this.#scorer.bound(whitening, some, rows, x);
      else this.#scorer.score(whitening, some, rows, x);
      putScores(x, rows, scores.subarray(from), unresolved.subarray(from));
    }
    return { scores, unresolved };
  }
}

/** A loop that only returns: `positions.ts`. */
function putScores(x: Float64Array, rows: number, scores: Float64Array, unresolved: Uint8Array): void {
  for (let i = 0; i < rows; i++) {
    scores[i] = Math.min(1, x[i]);
    unresolved[i] = x[i] === Number.POSITIVE_INFINITY ? 1 : 0;
  }
}
