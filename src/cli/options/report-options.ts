/** What `levattn report` is told. */

import type { ScoringFunction } from '../../functions.js';
import type { QueryMaskOptions } from '../../input/query-mask.js';
import type { FactorChoice } from '../../sketch/factor/routed.js';
import type { MeasuredChoiceOptions } from './choice-options.js';
import type { ComputeOptions, MessageOptions } from './options.js';

/** The options of the command. */
export interface ReportCommandOptions extends QueryMaskOptions, ComputeOptions, MessageOptions, MeasuredChoiceOptions {
  readonly keys: string;
  readonly values?: string;
  readonly eps: number;
  readonly f?: readonly ScoringFunction[];
  readonly scale?: number;
  readonly causal?: boolean;
  readonly queryOffset?: number;
  readonly rows?: number;
  readonly seed: number;
  readonly factor: FactorChoice;
  readonly memory: number;
  readonly output?: string;
  readonly lewis?: boolean;
  readonly svg?: string;
}
