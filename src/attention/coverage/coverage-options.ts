/** What `measureCoverage` measures, and how. */

import type { Visibility } from '../../entries/exact/visibility.js';
import type { ScoringFunction } from '../../functions.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { NonFinitePolicy } from '../../rows/non-finite.js';
import type { AttentionTeam } from '../team/team.js';
import type { KeyValues } from './output-errors.js';

/** What is measured, and how. */
export interface CoverageOptions extends Omit<Visibility, 'window'> {
  /** Scores from here on count as heavy, in (0, 1]; default 0.05. */
  readonly eps?: number | undefined;
  /** Numbers of keys to choose, each >= 1; default: powers of two from 8 up to half of the keys. |U| is added. */
  readonly sizes?: readonly number[] | undefined;
  /** Names of the selections that are measured, besides the best afterwards; default: all. What is not is not worked out. */
  readonly selections?: readonly string[] | undefined;
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
