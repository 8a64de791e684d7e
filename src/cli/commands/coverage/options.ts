/** What `coverage` is asked for. */

import type { ScoringFunction } from '../../../functions.js';
import type { QueryMaskOptions } from '../../../input/query-mask.js';
import type { MeasuredChoiceOptions, NamedList } from '../../options/choice-options.js';
import type { ComputeOptions, MessageOptions, OutputOptions } from '../../options/options.js';

export interface CoverageCommandOptions
  extends QueryMaskOptions,
    OutputOptions,
    MessageOptions,
    MeasuredChoiceOptions,
    ComputeOptions {
  readonly keys?: string;
  readonly values?: string;
  readonly rows?: readonly NamedList[];
  readonly details?: boolean;
  readonly k?: readonly number[];
  readonly eps: number;
  readonly f?: readonly ScoringFunction[];
  readonly scale?: number;
  readonly draws: number;
  readonly seed: number;
  readonly causal?: boolean;
  readonly queryOffset?: number;
  readonly memory?: number;
  readonly json?: boolean;
  /** Whether an option stands on the command line. */
  readonly said: (name: string) => boolean;
}
