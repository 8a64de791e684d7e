/** `levattn heavy [Q]`: queries past U, heavy entries out. */

import type { Command } from 'commander';
import { usageError } from '../../errors.js';
import type { ByteReader } from '../../formats/bytes/reader.js';
import { refuseOtherColumns } from '../../input/agreement.js';
import { headJobs, jobsOf, matricesOf } from '../../input/head-jobs.js';
import { refuseWithoutIds } from '../../input/key-ids.js';
import { maskOfSet } from '../../input/key-mask.js';
import { openKeysOfHeads } from '../../input/keys.js';
import {
  besideKeys,
  isStdin,
  missingQueries,
  openInput,
  openInputArray,
  reportMatrix,
  reportTrailing,
  STDIN,
} from '../../input/open.js';
import { readOptions, withoutIds } from '../../input/options.js';
import { queriesInput } from '../../input/queries-input.js';
import { queryMaskFile } from '../../input/query-mask.js';
import { refuseSameTensor } from '../../input/same-tensor.js';
import { createKernels } from '../../kernels/backends.js';
import { formatNames } from '../../output/formats.js';
import { headShape } from '../../rows/heads/layout.js';
import type { MatrixReader } from '../../rows/row-block.js';
import type { FactorChoice } from '../../sketch/factor/routed.js';
import { DEFAULT_EPS } from '../../sketch/sketch-options.js';
import { universalSetFrom as setFromSketch } from '../../sketch-file/set-from-sketch.js';
import { type HeadSets, onlySet, setFor, setOfOne } from '../../universal-set/head-sets.js';
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
import { type Output, openOutput } from '../terminal/results.js';
import { runCommand } from '../terminal/run.js';
import { causalCommand, checkCausalOptions } from './heavy/causal.js';
import { type EntryOptions, warnOfCertainty } from './heavy/entry-output.js';
import {
  addExactOptions,
  checkExactOptions,
  type ExactCommandOptions,
  exactCommand,
  takesEveryKey,
} from './heavy/exact.js';
import { setCommand } from './heavy/past-set.js';
import { openStats } from './heavy/stats-output.js';
import { selectHeads } from './selection/select-heads.js';
import { warnOfMissing } from './selection/select-pass.js';

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
    .summary('U (or K) and Q -> every heavy entry')
    .description(
      'Streams the queries Q past the universal set and writes every entry (query, key, score) of the attention matrix ' +
        'with score f(<q, k>) / sum_l f(<q, k_l>) >= eps. None is missed. For f(x) = x^2 scores are exact; for other functions, ' +
        'and with --sample, they are estimates with lower and upper bounds that always hold and a standard error, and every ' +
        'entry is written whose upper bound reaches eps.',
    )
    .argument(
      '[Q]',
      'the queries, in any format that is read; none or -: standard input, after the keys where they come from there too',
    )
    .option('--keys <file>', 'U as select-keys wrote it (Arrow), a sketch, or K itself (default: standard input)')
    .option('--eps <number>', `the threshold, in (0, 1] (default: the U's own, else ${DEFAULT_EPS})`, parseEps)
    .option('--certain', 'only entries that are heavy for certain: whose lower bound reaches eps')
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
  command.addHelpText('after', EXAMPLES);
  command.action((queries = STDIN, given: HeavyCommandOptions) => {
    // The function of a U is its own, unless another is asked for.
    const options = command.getOptionValueSource('f') === 'default' ? { ...given, f: undefined } : given;
    const { keys = STDIN, certify, mask, pilot } = options;
    return runCommand(options, [queries, keys, certify, mask, queryMaskFile(options), pilot], (log) =>
      heavyCommand(queries, options, log),
    );
  });
}

async function heavyCommand(queriesPath: string, options: HeavyCommandOptions, log: Logger): Promise<void> {
  checkExactOptions(queriesPath, options);
  refuseStdinTwice(queriesPath, options);
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
  if (!takesEveryKey(options) && !causal) return certifiedCommand(queriesPath, outputs, options, log);
  const { keys = STDIN, mask } = options;
  const heads = await headJobs(queriesPath, [keys, mask, queryMaskFile(options)], withoutIds(options));
  const command = causal ? causalCommand : exactCommand;
  await forEachHead(heads, options, outputs, log, (own, to, headLog) => command(queriesPath, to, own, headLog));
}

/** Queries past universal sets, which were made earlier or are made of K now. */
async function certifiedCommand(
  queriesPath: string,
  outputs: readonly [Output, Output | undefined],
  options: HeavyCommandOptions,
  log: Logger,
): Promise<void> {
  const keys = await openInput(options.keys ?? STDIN, 'keys');
  const sets = await universalSetsFrom(keys, options, log);
  const queries = await openInput(queriesPath, 'Q');
  if (queries !== keys) reportTrailing(keys, log);
  else if (await queries.atEnd()) throw missingQueries();
  const like = besideKeys(sets.sets[0]!.set.columns, keys.name);
  const array = await openInputArray(queries, { ...withoutIds(options), like }, log);
  const shape = headShape(array, options);
  reportMatrix(array, log);
  const heads = jobsOf(shape, options, array.name);
  const readers = matricesOf(array, heads, queriesPath, withoutIds(options));
  await forEachHead(heads, options, outputs, log, async (own, to, headLog, { target }) => {
    const set = target ? setFor(sets, target, keys.name) : onlySet(sets, options, keys.name);
    warnOfMissing(set, headLog);
    const mask = await maskOfSet(set, false, own, keys.name);
    const beside = { d: set.d, rows: set.n, like: undefined, mask };
    const reader = (await readers.next()).value!;
    refuseOtherColumns(reader, beside);
    await setCommand(set, keys.name, queriesInput(queriesPath, beside, own, headLog, { reader }), to, own, headLog);
  });
  await readers.next();
  if (!shape.interleaved) reportTrailing(queries, log);
}

/** K to certify with cannot follow Q on the same pipe: it must be there while Q is read. */
function refuseStdinTwice(queriesPath: string, { keys, certify }: HeavyCommandOptions): void {
  if (certify === undefined || !isStdin(certify)) return;
  if (!isStdin(queriesPath) && !isStdin(keys ?? STDIN)) return;
  throw usageError('--certify cannot read K from standard input, where the keys or Q come from; name a file');
}

/** U as it was written, or selected from K now. */
async function universalSetsFrom(bytes: ByteReader, options: HeavyCommandOptions, log: Logger): Promise<HeadSets> {
  const keys = await openKeysOfHeads(bytes, readOptions(options, log), options.inputFormat);
  if (keys.kind === 'array') return selectFromArray(keys.reader, options, log);
  if (keys.kind === 'sketch') {
    const { f, allowPartial, backend } = options;
    // For another function U must be as large as it can be.
    const eps = f === undefined || f.name === keys.content.header.f ? options.eps : undefined;
    const set = setFromSketch(keys.content, bytes.name, { kernels: createKernels(backend) }, { eps, allowPartial });
    refuseWithoutIds(set, options, bytes.name);
    log.info({ n: set.n, d: set.d, eps: set.eps, route: set.route, size: set.index.length }, `${bytes.name}: sketch`);
    return setOfOne(set);
  }
  if (options.sample !== undefined || options.factor !== 'auto') {
    log.warn(`${bytes.name}: a universal set that was made already; --sample and --factor change nothing`);
  }
  for (const { set } of keys.sets.sets) {
    refuseWithoutIds(set, options, bytes.name);
    const { n, d, eps, route, index } = set;
    log.info({ n, d, eps, route, size: index.length }, `${bytes.name}: universal set`);
  }
  return keys.sets;
}

/** U of K, or of all its heads: which of them the queries need, these say later. */
async function selectFromArray(array: MatrixReader, options: HeavyCommandOptions, log: Logger): Promise<HeadSets> {
  const { eps = DEFAULT_EPS, keys = STDIN } = options;
  const shape = headShape(array, options);
  reportMatrix(array, log);
  const all = { ...options, head: undefined, batch: undefined };
  return selectHeads(array, shape, jobsOf(shape, all, array.name), keys, eps, options, log);
}
