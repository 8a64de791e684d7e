/** Passes over the keys, by all threads where there is a team, else by this one. */

import type { Kernels } from '../../kernels/kernels.js';
import type { KeySource } from '../key-source.js';
import {
  type AttendingQueries,
  type DenominatorSums,
  Denominators,
  noDenominators,
  QueryProducts,
} from '../observed-attention.js';
import type { ScoredKeys } from '../scores.js';
import { type BlockScores, createBlockScorer } from './block-scores.js';
import type { ScoringTeam } from './team.js';

/** Who works. */
export interface PassContext {
  readonly kernels: Kernels;
  readonly team?: ScoringTeam | undefined;
}

/** Scores of all keys, in order. */
export async function* scorePass(
  keys: KeySource,
  scores: BlockScores,
  { kernels, team }: PassContext,
): AsyncGenerator<ScoredKeys, void, undefined> {
  if (team) {
    yield* team.scores(keys, scores);
    return;
  }
  const scorer = createBlockScorer(scores, keys.d, kernels);
  for await (const block of keys.read()) yield { start: block.start, rows: block.rows, score: scorer(block) };
}

/** Denominators of queries over all keys. */
export async function denominatorsOf(
  keys: KeySource,
  queries: AttendingQueries,
  { kernels, team }: PassContext,
): Promise<DenominatorSums> {
  if (team) return team.denominators(keys, queries);
  const denominators = new Denominators(
    new QueryProducts(queries, keys.d, kernels),
    noDenominators(queries.index.length),
    kernels,
  );
  for await (const block of keys.read()) denominators.add(block);
  return denominators.sums;
}
