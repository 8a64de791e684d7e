/** Options of `levattn coreset --for softmax`. */

import { type Command, Option } from 'commander';
import type { KeyOptions } from '../../../input/key-mask.js';
import type { ChoiceOptions } from '../../options/choice-options.js';
import type { ComputeOptions, MessageOptions, OutputOptions } from '../../options/options.js';
import { parseBytes } from '../../options/parse.js';

/** With fewer pivots weights vary much with the seed. */
export const FEW_PIVOTS = 32;

/** What is asked for. */
export interface SoftmaxCoresetOptions
  extends KeyOptions,
    OutputOptions,
    MessageOptions,
    Omit<ChoiceOptions, 'by'>,
    Pick<ComputeOptions, 'backend'> {
  readonly for?: string;
  readonly size?: number;
  readonly values?: string;
  readonly pivots?: 'random' | 'largest';
  readonly seed?: number;
  readonly scale?: number;
  readonly memory?: number;
}

/** Adds the options that make such a coreset of K. */
export const addSoftmaxOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--for <function>',
        'of K itself, with weights for softmax attention: half of --size by the attention of --queries, which stand for themselves, half pivots of the softmax kernel, which stand for the rest; without --queries all pivots',
      ).choices(['softmax']),
    )
    .option('--values <V>', 'for softmax: rows of V; without it the coreset has weights alone')
    .addOption(
      new Option(
        '--pivots <how>',
        'for softmax: drawn in proportion to their residuals by --seed (random, the default), or the largest next',
      ).choices(['random', 'largest']),
    )
    .option(
      '--memory <size>',
      'for softmax: the most that K, V and what pivots need may take each; beyond it K is worked on in blocks (default: 1GiB)',
      parseBytes,
    );
