/** `levattn heavy [Q]`: queries past U, heavy entries out. */

import type { Command } from 'commander';
import { dataError, usageError } from '../errors.js';
import { createKernels } from '../kernels/backends.js';
import { openKeys } from '../keys.js';
import type { ByteReader } from '../matrix/bytes.js';
import type { MatrixReader } from '../matrix/row-block.js';
import type { FactorChoice } from '../sketch/routed.js';
import { DEFAULT_EPS } from '../sketch/sketch-options.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import { universalSetFrom as setFromSketch } from '../sketch-file/select-from.js';
import { type EntryOptions, warnOfCertainty, writeEntries } from './entry-output.js';
import { causalCommand, checkCausalOptions } from './heavy-causal.js';
import {
  addExactOptions,
  checkExactOptions,
  type ExactCommandOptions,
  exactCommand,
  takesEveryKey,
} from './heavy-exact.js';
import { isStdin, missingQueries, openInput, openInputMatrix, reportMatrix, reportTrailing, STDIN } from './inputs.js';
import { refuseWithoutIds } from './key-ids.js';
import type { Logger } from './log.js';
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
  parseEps,
  readOptions,
  withoutIds,
} from './options.js';
import { openOutput } from './results.js';
import { runCommand } from './run.js';
import { addOutsideOptions } from './sample-options.js';
import { selectFrom, warnOfMissing } from './selection.js';

interface HeavyCommandOptions extends ExactCommandOptions, EntryOptions, OutputOptions {
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
    .argument('[Q]', 'npy, Arrow or CSV; none or -: standard input, after the keys where they come from there too')
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
  addOutputOptions(command, ['arrow', 'csv', 'ndjson', 'parquet']);
  addMessageOptions(command);
  command.addHelpText('after', EXAMPLES);
  command.action((queries: string | undefined, given: HeavyCommandOptions) => {
    // The function of a U is its own, unless another is asked for.
    const options = command.getOptionValueSource('f') === 'default' ? { ...given, f: undefined } : given;
    return runCommand(options, (log) => heavyCommand(queries ?? STDIN, options, log));
  });
}

async function heavyCommand(queriesPath: string, options: HeavyCommandOptions, log: Logger): Promise<void> {
  checkExactOptions(queriesPath, options);
  refuseStdinTwice(queriesPath, options);
  const causal = options.causal === true && !takesEveryKey(options);
  if (causal) checkCausalOptions(queriesPath, options);
  const output = await openOutput(options, 'entries');
  if (takesEveryKey(options)) {
    warnOfCertainty(options, log);
    return exactCommand(queriesPath, output, options, log);
  }
  if (causal) return causalCommand(queriesPath, output, options, log);
  const keys = await openInput(options.keys ?? STDIN, 'keys');
  const { set, eps } = await universalSetFrom(keys, options, log);
  const queries = await openInput(queriesPath, 'Q');
  if (queries !== keys) reportTrailing(keys, log);
  else if (await queries.atEnd()) throw missingQueries();
  const reader = await openInputMatrix(queries, withoutIds(options), log);
  if (reader.d !== set.d) {
    throw dataError(`${reader.name}: queries have ${reader.d} columns where the keys have ${set.d}; both must agree`);
  }
  warnOfMissing(set, log);
  await writeEntries(set, reader, output, { ...options, eps }, log);
  reportTrailing(queries, log);
}

/** K to certify with cannot follow Q on the same pipe: it must be there while Q is read. */
function refuseStdinTwice(queriesPath: string, { keys, certify }: HeavyCommandOptions): void {
  if (certify === undefined || !isStdin(certify)) return;
  if (!isStdin(queriesPath) && !isStdin(keys ?? STDIN)) return;
  throw usageError('--certify cannot read K from standard input, where the keys or Q come from; name a file');
}

/** U as it was written, or selected from K now, and the eps that is asked for. */
async function universalSetFrom(
  bytes: ByteReader,
  options: HeavyCommandOptions,
  log: Logger,
): Promise<{ set: UniversalSet; eps: number }> {
  const keys = await openKeys(bytes, readOptions(options), options.inputFormat);
  if (keys.kind === 'matrix') {
    reportMatrix(keys.reader, log);
    const { eps = DEFAULT_EPS } = options;
    return { set: await selectFrom(only(keys.reader), eps, options, log), eps };
  }
  if (keys.kind === 'sketch') {
    const { f, allowPartial, backend } = options;
    // For another function U must be as large as it can be.
    const eps = f === undefined || f.name === keys.content.header.f ? options.eps : undefined;
    const set = setFromSketch(keys.content, bytes.name, { kernels: createKernels(backend) }, { eps, allowPartial });
    refuseWithoutIds(set, options, bytes.name);
    log.info({ n: set.n, d: set.d, eps: set.eps, route: set.route, size: set.index.length }, `${bytes.name}: sketch`);
    return { set, eps: options.eps ?? set.eps };
  }
  if (options.sample !== undefined || options.factor !== 'auto') {
    log.warn(`${bytes.name}: a universal set that was made already; --sample and --factor change nothing`);
  }
  refuseWithoutIds(keys.set, options, bytes.name);
  const { n, d, eps, route, index } = keys.set;
  log.info({ n, d, eps, route, size: index.length }, `${bytes.name}: universal set`);
  return { set: keys.set, eps: options.eps ?? eps };
}

async function* only(reader: MatrixReader): AsyncGenerator<MatrixReader, void, undefined> {
  yield reader;
}
