/** Passes over the keys, by all threads where there is a team, else by this one. */

import type { Kernels } from '../../kernels/kernels.js';
import type { KeySource } from '../key-source.js';
import type { AttendingQueries, DenominatorSums } from '../observed-attention.js';
import type { ScoredKeys } from '../scores.js';
import type { BlockScores } from './block-scores.js';
import { ScoringTeam } from './team.js';

/** Who works. */
export interface PassContext {
  readonly kernels: Kernels;
  readonly team?: ScoringTeam | undefined;
}

const teamOf = ({ kernels, team }: PassContext): ScoringTeam => team ?? new ScoringTeam(kernels, 1);

/** Scores of all keys, in order. */
export const scorePass = (
  keys: KeySource,
  scores: BlockScores,
  context: PassContext,
): AsyncGenerator<ScoredKeys, void, undefined> => teamOf(context).scores(keys, scores);

/** Denominators of queries over all keys. */
export const denominatorsOf = (
  keys: KeySource,
  queries: AttendingQueries,
  context: PassContext,
): Promise<DenominatorSums> => teamOf(context).denominators(keys, queries);
