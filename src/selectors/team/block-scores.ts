/** What is worked out of a block of keys by itself, told as data, so that any thread can do it. */

import type { Kernels } from '../../kernels/kernels.js';
import { type LeverageFactor, LeverageScorer } from '../../sketch/leverage-scorer.js';
import { formScorer, type QuadraticForm } from '../forms.js';
import type { KeyBlock } from '../key-source.js';
import {
  type AttendingQueries,
  AttentionShares,
  type DenominatorSums,
  QueryProducts,
  type SharesKept,
} from '../observed-attention.js';

/** Scores of a block. */
export type BlockScores =
  /** A quadratic form of each key. */
  | { readonly kind: 'form'; readonly form: QuadraticForm }
  /** ||k R^-1||^2, R^-1 upper triangular; undefined: 0. */
  | { readonly kind: 'whitened'; readonly inverse: Float64Array | undefined }
  /** Leverage scores. */
  | { readonly kind: 'leverage'; readonly factor: LeverageFactor }
  /** What each key gets of queries. */
  | {
      readonly kind: 'shares';
      readonly queries: AttendingQueries;
      readonly denominators: DenominatorSums;
      readonly what: SharesKept;
    };

/** A score for each key of a block. */
export type BlockScorer = (block: KeyBlock) => Float64Array;

/** What works them out. */
export function createBlockScorer(scores: BlockScores, d: number, kernels: Kernels): BlockScorer {
  switch (scores.kind) {
    case 'form':
      return formScorer(scores.form, d, kernels);
    case 'whitened': {
      const { inverse } = scores;
      return ({ values, rows }) => {
        const score = new Float64Array(rows);
        if (inverse) kernels.rowScores(values, rows, d, inverse, d, true, score);
        return score;
      };
    }
    case 'leverage': {
      const scorer = new LeverageScorer(scores.factor, kernels);
      return ({ values, rows }) => scorer.score(values, rows);
    }
    case 'shares': {
      const { queries, denominators, what } = scores;
      const shares = new AttentionShares(new QueryProducts(queries, d, kernels), denominators, kernels);
      return (block) => shares.of(block, what);
    }
  }
}

/** Multiplications for a key. */
export function costOf(scores: BlockScores, d: number): number {
  switch (scores.kind) {
    case 'form':
      return typeof scores.form.square === 'object' ? d * d : d;
    case 'shares':
      return costOfQueries(scores.queries, d);
    default:
      return d * d;
  }
}

/** Multiplications for a key, those of an exponential of each query included. */
export const costOfQueries = ({ index }: AttendingQueries, d: number): number => index.length * (d + EXPONENTIAL);

/** Multiplications that take as long as e^x. */
const EXPONENTIAL = 16;
