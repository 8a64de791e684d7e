/** What `measureCoverage` measures, and how. */

import type { Visibility } from '../../entries/exact/visibility.js';
import type { ScoringFunction } from '../../functions.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { NonFinitePolicy } from '../../rows/non-finite.js';
import type { ObservedQueries } from '../../selectors/observed-queries.js';
import type { KeptKeys } from '../../selectors/order.js';
import type { ChosenSelector } from '../../selectors/selector.js';
import type { AttentionTeam } from '../team/team.js';
import type { KeyList } from './choose-selections.js';
import type { KeyValues } from './output-errors.js';
import type { WeightedList } from './weighted.js';

/** How the scores of a function were worked out. */
export interface ScoresMade {
  readonly f: string;
  readonly scores: 'float32' | 'float64';
  /** Queries in float32 whose products were worked out again in float64. */
  readonly refined: number;
  /** Queries that were worked out in float64. */
  readonly precise: number;
}

/** What is measured, and how. */
export interface CoverageOptions extends Omit<Visibility, 'window'> {
  /** Scores from here on count as heavy, in (0, 1]; default 0.05. */
  readonly eps?: number | undefined;
  /** Whether heavy scores are counted and summed; default true. If not, their counts and sums are NaN. */
  readonly heavy?: boolean | undefined;
  /**
   * How keys are chosen, as `parseSelectors` gives it; default: centred norm, leverage, first and last, random, and before them observed
   * attention where there are observed queries. What selectors make of queries is softmax, whatever `functions` are.
   */
  readonly by?: readonly ChosenSelector[] | undefined;
  /** Keys that were chosen elsewhere. */
  readonly lists?: readonly KeyList[] | undefined;
  /** Weighted keys that stand for all under softmax; measured at their own number alone. */
  readonly weighted?: readonly WeightedList[] | undefined;
  /** Keys that every selection but first+last takes first. */
  readonly keep?: KeptKeys | undefined;
  /** Queries that were observed beforehand: their rows of Q are not measured. */
  readonly observed?: Pick<ObservedQueries, 'values' | 'index'> | undefined;
  /** Whether these are no rows of Q, so that all of Q is measured. */
  readonly observedElsewhere?: boolean | undefined;
  /** Whether leverage scores are worked out where no selection asks for them: what is told of keys alone, and |U|; default true. */
  readonly leverage?: boolean | undefined;
  /** Numbers of keys to choose, each >= 1; default: powers of two from 8 up to half of the keys. |U| and the lengths of lists are added. */
  readonly sizes?: readonly number[] | undefined;
  /** Scoring functions; default softmax and x^2. */
  readonly functions?: readonly ScoringFunction[] | undefined;
  /** Multiplies every <q, k> before f is taken, > 0; default: each function's own. */
  readonly scale?: number | undefined;
  /** Random choices that are averaged, >= 1; default 10. */
  readonly draws?: number | undefined;
  /** Of the random choices, a whole number; default 0. */
  readonly seed?: number | undefined;
  /** V, a row for each key: then output errors are measured, too. */
  readonly values?: KeyValues | undefined;
  /**
   * `float32`: softmax in float32 where it can be had, which takes queries that can be read twice, neither `values` nor `weighted`, and no keys
   * that move with the query. What {@link FunctionCoverage.needed} says, how many entries are >= eps, and shares of attention with one digit of
   * a per cent are then as float64 has them; other numbers are within a relative error of 0.002, but that what each query's own k best keys have
   * may be an upper bound where it is less than half of all attention. Default `float64`.
   */
  readonly precision?: 'float32' | 'float64' | undefined;
  /** Told how the scores of each function were worked out, and of how many queries in float64. */
  readonly onScores?: ((how: ScoresMade) => void) | undefined;
  readonly kernels?: Kernels | undefined;
  /** Threads that compute, >= 1; default 1: the caller's own. */
  readonly threads?: number | undefined;
  /** Threads that are there already, with their kernels, for one head after another; default: some of its own. */
  readonly team?: AttentionTeam | undefined;
  /** What happens to a query with NaN or an infinity; default `error`. */
  readonly nonFinite?: NonFinitePolicy | undefined;
  /** Names queries in messages. */
  readonly describeRow?: ((row: number) => string) | undefined;
  /** Told after every few queries. */
  readonly onProgress?: ((queries: number) => void) | undefined;
}
