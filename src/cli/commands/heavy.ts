/** `levattn heavy [Q]`: queries past U, heavy entries out. */

import type { Command } from 'commander';
import { usageError } from '../../errors.js';
import { headJobs } from '../../input/head-jobs.js';
import { withNames } from '../../input/named-inputs.js';
import { isStdin, STDIN } from '../../input/open.js';
import { withoutIds } from '../../input/options.js';
import { queryMaskFile } from '../../input/query-mask.js';
import { refuseSameTensor } from '../../input/same-tensor.js';
import { formatNames } from '../../output/formats.js';
import type { FactorChoice } from '../../sketch/factor/routed.js';
import { DEFAULT_EPS } from '../../sketch/sketch-options.js';
import { addExamples } from '../options/help.js';
import { addMaskOption, addQueryMaskOption } from '../options/mask-options.js';
import {
  addComputeOptions,
  addFactorOption,
  addFunctionOptions,
  addIdOption,
  addInputOptions,
  addMessageOptions,
  addOutputOptions,
  addPartialOption,
  addSampleOption,
  type OutputOptions,
} from '../options/options.js';
import { parseEps } from '../options/parse.js';
import { addOutsideOptions, type OutsideOptions } from '../options/sample-options.js';
import { forEachHead } from '../terminal/each-head.js';
import type { Logger } from '../terminal/log.js';
import { openOutput } from '../terminal/results.js';
import { runCommand } from '../terminal/run.js';
import { causalCommand, checkCausalOptions } from './heavy/causal.js';
import { certifiedByName, certifiedCommand } from './heavy/certified.js';
import { type EntryOptions, warnOfCertainty } from './heavy/entry-output.js';
import {
  addExactOptions,
  checkExactOptions,
  type ExactCommandOptions,
  exactCommand,
  takesEveryKey,
} from './heavy/exact.js';
import { openStats } from './heavy/stats-output.js';

interface HeavyCommandOptions extends ExactCommandOptions, EntryOptions, OutputOptions, OutsideOptions {
  readonly factor: FactorChoice;
  readonly sample?: number;
  readonly allowPartial?: boolean;
}

const EXAMPLES = `
Examples:
  levattn heavy --eps 0.01 --keys K.npy Q.npy --format csv      from K and Q to a table
  levattn heavy --keys U.arrow Q.npy -o entries.arrow           U made earlier: K is not needed
  cat U.arrow Q.arrow | levattn heavy --eps 0.05                both on standard input
  levattn heavy --f power:4 --keys K.npy --certify K.npy Q.npy  |x|^4: exactly the heavy entries, in two passes
  levattn heavy --f softmax --eps 0.1 --keys K.npy Q.npy        softmax attention, every entry >= 0.1
`;

/** Adds the command to the program. */
export function addHeavy(program: Command): void {
  const command = program
    .command('heavy')
    .summary('every heavy entry of the attention matrix')
    .description(
      'Streams the queries Q past the universal set and writes every entry (query, key, score) of the attention matrix ' +
        'with score f(<q, k>) / sum_l f(<q, k_l>) >= eps. None is missed. For f(x) = x^2 scores are exact; for other functions, ' +
        'and with --sample, they are estimates with lower and upper bounds that always hold and a standard error, and every ' +
        'entry is written whose upper bound reaches eps.',
    )
    .argument(
      '[Q]',
      'the queries, in any format that is read; none or -: standard input, after the keys if they come from there, too',
    )
    .option('--keys <file>', 'U as select-keys wrote it (Arrow), a sketch, or K itself (default: standard input)')
    .option('--eps <number>', `the threshold, in (0, 1] (default: the U's own, else ${DEFAULT_EPS})`, parseEps)
    .option('--certain', 'only entries that are certainly heavy: whose lower bound reaches eps')
    .option(
      '--certify <K>',
      'read K once more for the queries with an entry in doubt: exactly the heavy entries are written',
    );
  addFunctionOptions(command);
  addFactorOption(command);
  addSampleOption(command);
  addPartialOption(command);
  addExactOptions(command);
  addOutsideOptions(command);
  addComputeOptions(command);
  addInputOptions(command);
  addIdOption(command);
  addMaskOption(command);
  addQueryMaskOption(command);
  addOutputOptions(command, formatNames('npy'));
  addMessageOptions(command);
  addExamples(command, EXAMPLES);
  command.action((queries = STDIN, given: HeavyCommandOptions) => {
    // The function of a U is its own, unless another is asked for.
    const options = command.getOptionValueSource('f') === 'default' ? { ...given, f: undefined } : given;
    const { keys = STDIN, certify, mask, pilot } = options;
    return runCommand(options, [queries, keys, certify, mask, queryMaskFile(options), pilot], (log) =>
      heavyCommand(queries, options, log),
    );
  });
}

async function heavyCommand(queriesPath: string, given: HeavyCommandOptions, log: Logger): Promise<void> {
  checkExactOptions(queriesPath, given);
  refuseStdinTwice(queriesPath, given);
  const { keys = STDIN, certify, mask } = given;
  const options = await withNames(given, [queriesPath, keys, certify, mask, queryMaskFile(given)]);
  await refuseSameTensor(
    [
      ['K', options.keys],
      ['K', options.certify],
      ['Q', queriesPath],
    ],
    options,
  );
  const causal = options.causal === true && !takesEveryKey(options);
  if (causal) checkCausalOptions(queriesPath, options);
  const outputs = [await openOutput(options, log, 'entries'), await openStats(options.stats, log)] as const;
  if (takesEveryKey(options)) warnOfCertainty(options, log);
  const certified = !takesEveryKey(options) && !causal;
  if (certified && !options.named) return certifiedCommand(queriesPath, outputs, options, log);
  const heads = await headJobs(
    ['Q', queriesPath],
    {
      roles: [
        ['K', keys],
        ['K', certify],
      ],
      others: [mask, queryMaskFile(options)],
    },
    withoutIds(options),
  );
  if (certified) return certifiedByName(queriesPath, heads, outputs, options, log);
  const command = causal ? causalCommand : exactCommand;
  await forEachHead(heads, options, outputs, log, (own, to, headLog) => command(queriesPath, to, own, headLog));
}

/** K to certify with cannot follow Q on the same pipe: it must be there while Q is read. */
function refuseStdinTwice(queriesPath: string, { keys, certify }: HeavyCommandOptions): void {
  if (certify === undefined || !isStdin(certify)) return;
  if (!isStdin(queriesPath) && !isStdin(keys ?? STDIN)) return;
  throw usageError('--certify cannot read K from standard input, where the keys or Q come from; name a file');
}
