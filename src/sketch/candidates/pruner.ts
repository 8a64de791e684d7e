/** Scores the candidates against all rows so far, and removes those that cannot be in U any more. */

import type { Values } from '../../rows/row-block.js';
import type { Whitening } from '../factor/whitening.js';
import type { SketchParts } from '../parts.js';
import type { SketchOptions } from '../sketch-options.js';
import { WIDE_COLUMNS } from '../wide/wide-algebra.js';
import type { CandidateLimit } from './candidate-limit.js';
import { CandidateScorer } from './candidate-scorer.js';

/** How often weights are worked out again at the end of a pass. */
export const LAST_ROUNDS = 5;

/** What is left. */
export interface Pruned {
  /** Of all rows so far. */
  readonly whitening: Pick<Whitening, 'rank' | 'delta'>;
  /** Of the candidates that were kept, in their order: leverage scores where f is x^2, else bounds of sensitivities. */
  readonly scores: Float64Array;
}

/** Prunes the candidates of one sketch. */
export class Pruner {
  readonly #options: Pick<SketchOptions, 'eps' | 'onEvent'>;
  readonly #limit: CandidateLimit;
  readonly #scorer: CandidateScorer;

  constructor(options: SketchOptions, limit: CandidateLimit, blockRows: number) {
    this.#options = options;
    this.#limit = limit;
    this.#scorer = new CandidateScorer(options.kernels, blockRows);
  }

  /**
   * Drops the candidates whose scores are below eps.
   *
   * @param rounds - how often weights are worked out again, >= 1; where only once, bounds come in less time and a little larger
   * @param most - how many may be kept, where that is limited
   * @throws LevattnError where more are left than there is memory for
   */
  prune(parts: SketchParts, rounds: number, most?: number): Pruned {
    const { counts, candidates, certification, intake, reservoir, retention } = parts;
    const { eps, onEvent } = this.#options;
    if (candidates.size === 0 && !certification && !reservoir) return this.#pruneNone(parts);
    const whitening = parts.accumulator.whitening();
    const roughly = certification !== undefined && rounds === 1;
    // Scores sum to the rank: with an average below eps most candidates go. A factor of few columns is not worth two looks.
    const mostGo = whitening.d >= WIDE_COLUMNS && whitening.rank < eps * counts.n;
    const { scores: leverage, unresolved } =
      mostGo && !certification && !retention
        ? this.#scorer.scoreReaching(whitening, candidates, intake, eps, (lambda) =>
            parts.accumulator.provesLambda(lambda),
          )
        : this.#scorer.score(whitening, candidates, intake, roughly);
    const larger = 1 + whitening.delta;
    let scores = leverage;
    let reaches = (i: number): boolean => scores[i] * larger >= eps;
    const upper = raised(certification ? leverage : leverage.slice(), larger);
    if (certification) {
      const keys = (from: number, rows: number): Values => this.#scorer.rowsOf(candidates, intake, from, rows);
      certification.certify(candidates, { leverage: upper, keys, n: counts.n, rounds, roughly });
      scores = candidates.bound;
      reaches = (i) => scores[i] >= eps;
    }
    const isBest = retention?.best(scores, most);
    const kept = new Uint8Array(upper.length);
    for (let i = 0; i < kept.length; i++) kept[i] = reaches(i) && (!isBest || isBest(i)) ? 1 : 0;
    const stays = (i: number): boolean => kept[i] === 1;
    noteRemoved(parts, stays, upper);
    const left = scores.filter((_, i) => stays(i));
    counts.unresolved = unresolved.reduce((sum, one, i) => sum + (stays(i) ? one : 0), 0);
    candidates.retain(stays);
    this.#limit.check(candidates.size, counts.n);
    counts.pruneAt = Math.max(this.#limit.least, 2 * candidates.size);
    onEvent?.({ kind: 'pruned', rows: counts.n, before: upper.length, after: candidates.size });
    return { whitening, scores: left };
  }

  /** Where there is nothing to score, nobody needs a factor to score with. */
  #pruneNone({ counts, accumulator }: SketchParts): Pruned {
    counts.unresolved = 0;
    counts.pruneAt = this.#limit.least;
    this.#options.onEvent?.({ kind: 'pruned', rows: counts.n, before: 0, after: 0 });
    return { whitening: accumulator.condition(), scores: new Float64Array(0) };
  }
}

/** Raises scores to upper bounds, in place. */
function raised(scores: Float64Array, larger: number): Float64Array {
  for (let i = 0; i < scores.length; i++) scores[i] = Math.min(1, scores[i] * larger);
  return scores;
}

/**
 * Notes what is known of the candidates that are removed, where a bound or a sample needs it.
 * @param leverage - upper bounds of the leverage scores of all, 0 … 1
 */
function noteRemoved(
  { candidates, certification, outsideBound, reservoir, intake }: SketchParts,
  stays: (i: number) => boolean,
  leverage: Float64Array,
): void {
  const { power } = candidates;
  for (let i = 0; i < leverage.length; i++) {
    if (stays(i)) continue;
    if (certification) certification.ruleOut(leverage[i], power[i]);
    else outsideBound?.note(leverage[i]);
  }
  reservoir?.takeEvicted(candidates, stays, { moderate: intake.isIdentity });
}
