/** What a report is measured from, and how. */

import type { KeyValues } from '../attention/coverage/output-errors.js';
import type { AttentionTeam } from '../attention/team/team.js';
import type { ScoringFunction } from '../functions.js';
import type { Kernels } from '../kernels/kernels.js';
import type { HeldRows } from '../rows/held-rows.js';
import type { NonFinitePolicy } from '../rows/non-finite.js';
import type { ReadProgress } from '../rows/row-block.js';
import type { RowBlocks } from '../rows/row-stream.js';
import type { ObservedQueries } from '../selectors/observed-queries.js';
import type { KeptKeys } from '../selectors/order.js';
import type { ChosenSelector } from '../selectors/selector.js';
import type { FactorChoice } from '../sketch/factor/routed.js';
import type { HeadBudget } from './budget.js';
import type { HeadReport, ReportPlace } from './model.js';

/** One head. */
export interface HeadInput {
  /** Such as `3`; empty where there are no heads. */
  readonly label: string;
  /** Where it is among several heads, for their map; left out: by its label, in the order of the heads. */
  readonly place?: ReportPlace | undefined;
  /** Where its keys are, where query heads share them (grouped queries). */
  readonly keyPlace?: ReportPlace | undefined;
  /** The report of a head with the same keys and mask, measured with the same options: what is told of keys is taken from it. */
  readonly sameKeys?: HeadReport | undefined;
  /** Gives the rows of K, the same ones every time it is called. */
  readonly keys: () => RowBlocks;
  /** One byte a row of K, 0 for padding that no query sees, whose rows `keys` gives as zeros. */
  readonly mask?: Uint8Array | undefined;
  /** Q; undefined: what needs queries is left out. */
  readonly queries?: HeldRows | undefined;
  /** Gives the rows of V that belong to the keys that count: then output errors are measured, too. */
  readonly values?: ((keys: HeldRows) => Promise<KeyValues>) | undefined;
  /** Queries that selections are made from: where they are not from elsewhere, rows of Q, which coverage then does not measure. */
  readonly observed?: (Pick<ObservedQueries, 'values' | 'index'> & { readonly elsewhere: boolean }) | undefined;
  /** Names a row of K in messages. */
  readonly describeKey?: ((row: number) => string) | undefined;
}

/** What K is being read for. */
export type ReportStage = 'factor' | 'scores' | 'entries' | 'coverage';

/** How a head is measured. */
export interface MeasureOptions {
  /** Threshold of U and of heavy entries, in (0, 1]; default 0.05. */
  readonly eps?: number | undefined;
  /** Scoring functions of heavy entries and coverage; default softmax and x^2. */
  readonly functions?: readonly ScoringFunction[] | undefined;
  /** Multiplies every <q, k> before f is taken, > 0; default: each function's own. */
  readonly scale?: number | undefined;
  /** Query i sees the keys 0 … i + queryOffset only. */
  readonly causal?: boolean | undefined;
  readonly queryOffset?: number | undefined;
  /** Queries that are used, >= 1, drawn at random; default: as many as make 2^29 products over all functions, at least 16. Not where causal. */
  readonly rows?: number | undefined;
  /** Of what is drawn. */
  readonly seed?: number | undefined;
  readonly factor?: FactorChoice | undefined;
  /** Bytes that K may take in memory, which coverage needs; default 1 GiB. */
  readonly memory?: number | undefined;
  readonly threads?: number | undefined;
  /** Threads that work out attention and are there already; default: some of its own. */
  readonly team?: AttentionTeam | undefined;
  readonly kernels?: Kernels | undefined;
  /** What happens to a row with NaN or an infinity; default `error`. */
  readonly nonFinite?: NonFinitePolicy | undefined;
  /** How coverage chooses keys, as `parseSelectors` gives it; default as for `measureCoverage`. */
  readonly by?: readonly ChosenSelector[] | undefined;
  /** Keys that every selection but first+last takes first. */
  readonly keep?: KeptKeys | undefined;
  /** Whether coverage tells of keys chosen by Lewis weights, too; default false. */
  readonly lewis?: boolean | undefined;
  /** Heads that share a page: the more, the less is held of each; default 1. */
  readonly heads?: number | undefined;
  /** Told now and then: rows that were taken so far, of K, or for coverage of Q, and then the bytes of K that they were held against. */
  readonly onProgress?: ((stage: ReportStage, rows: number, held?: ReadProgress) => void) | undefined;
}

/** Options with what they are where nothing is said. */
export type Settled = MeasureOptions & {
  readonly eps: number;
  readonly functions: readonly ScoringFunction[];
  readonly kernels: Kernels;
  readonly memory: number;
  readonly budget: HeadBudget;
};
