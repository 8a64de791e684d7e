/** `levattn attend Q --keys U --values V`: attention over U alone, and how far that is from attention over all of K. */

import type { Command } from 'commander';
import { type AttendOptions, attend, type KeysWithValues } from '../../attention/attend.js';
import type { AttentionTeam } from '../../attention/team/team.js';
import { usageError } from '../../errors.js';
import { parseFunction } from '../../functions.js';
import { headJobs } from '../../input/head-jobs.js';
import type { Input } from '../../input/input.js';
import { withNames } from '../../input/named-inputs.js';
import { isStdin, STDIN } from '../../input/open.js';
import { queryMaskFile } from '../../input/query-mask.js';
import { refuseSameTensor } from '../../input/same-tensor.js';
import { formatNames } from '../../output/formats.js';
import { matrixWriter } from '../../output/matrix.js';
import type { MatrixReader } from '../../rows/row-block.js';
import { count } from '../../text.js';
import { addExamples } from '../options/help.js';
import { addMaskOption, addQueryMaskOption } from '../options/mask-options.js';
import {
  addComputeOptions,
  addFunctionOptions,
  addInputOptions,
  addMessageOptions,
  addOutputOptions,
  addPartialOption,
  type FunctionOptions,
  type MessageOptions,
  type OutputOptions,
} from '../options/options.js';
import { parseBytes, parseWhole } from '../options/parse.js';
import { withTeam } from '../terminal/attention-team.js';
import { forEachHead, NO_HEADS_IN_NDJSON } from '../terminal/each-head.js';
import { HeadReports } from '../terminal/head-reports.js';
import type { Logger } from '../terminal/log.js';
import { ofHead, Progress, wantsProgress, wipeProgress } from '../terminal/progress.js';
import { type Output, openOutput } from '../terminal/results.js';
import { runCommand } from '../terminal/run.js';
import { AttendErrors, type AttendReport, errorsText } from './attend/errors.js';
import { type AttendInputOptions, openInputs } from './attend/inputs.js';

interface AttendCommandOptions extends AttendInputOptions, FunctionOptions, OutputOptions, MessageOptions {
  readonly errors?: string;
  readonly json?: boolean;
  readonly causal?: boolean;
  readonly queryOffset?: number;
}

const EXAMPLES = `
Examples:
  levattn attend Q.npy --keys U.arrow --values V.npy -o O.npy             softmax attention over U alone
  levattn attend Q.npy --keys U.arrow --values V.npy --compare K.npy      how far that is from attention over all of K
  levattn attend Q.npy --keys C.arrow -o O.npy                            a coreset for softmax, which has its values
  levattn attend Q.npy --keys K.npy --rows U.npy --values V.npy -o O.npy  any keys: a list of rows of K
  cat U.arrow Q.arrow | levattn attend --values V.npy --format csv        U, then Q on standard input
`;

/** Adds the command to the program. */
export function addAttend(program: Command): void {
  const command = program
    .command('attend')
    .summary('attention over chosen keys alone, and its error')
    .description(
      'Writes out_i = sum_j f(<q_i, k_j>) v_j / sum_l f(<q_i, k_l>) for every query, both sums over the keys of U alone, in ' +
        'float64. With --compare K it attends to all keys, too, and reports the relative error |o - o_full| / |o_full| of ' +
        'each row; the outputs themselves are then written only with -o.',
    )
    .argument('[Q]', 'the queries; none or -: standard input, after the keys and V if they come from there, too')
    .option(
      '--keys <file>',
      'U as select-keys wrote it (Arrow), a sketch, a coreset for softmax, or K with --rows (default: standard input)',
    )
    .option(
      '--rows <file>',
      'if --keys is K: the rows to attend to, as select-keys writes them: an npy array of whole numbers, a table with a column index, or text with a row number per line',
    )
    .option(
      '--values <file>',
      'V: as many rows as K, any number of columns; -: standard input, after the keys; a coreset has its own',
    )
    .option('--compare <K>', 'all keys, to compare with; K and V are then held in memory')
    .option('--errors <file>', 'with --compare: write a table of query and error, in the format of its name')
    .option('--json', 'with --compare: print the report as JSON')
    .option('--memory <size>', 'memory limit for each of K and V, such as 512MiB or 2GB (default: 1GiB)', parseBytes)
    .option('--causal', 'query i sees the keys 0 … i only')
    .option('--query-offset <number>', 'causal: query i sees the keys 0 … i + offset (default: 0)', parseWhole);
  addFunctionOptions(command, parseFunction('softmax'));
  addPartialOption(command);
  addComputeOptions(command);
  addInputOptions(command);
  addMaskOption(command);
  addQueryMaskOption(command);
  addOutputOptions(command, formatNames());
  addMessageOptions(command);
  addExamples(command, EXAMPLES);
  command.action((queries = STDIN, options: AttendCommandOptions) => {
    const { keys = STDIN, rows, values, compare, mask } = options;
    return runCommand(options, [queries, keys, rows, values, compare, mask, queryMaskFile(options)], (log) =>
      attendCommand(queries, options, log),
    );
  });
}

function checkOptions(queriesPath: string, options: AttendCommandOptions): void {
  const { keys = STDIN, values = STDIN, compare, errors, json, output, format, causal, queryOffset } = options;
  if (queryOffset !== undefined && !causal) throw usageError('--query-offset needs --causal');
  if (compare === undefined) {
    const needless = Object.entries({ '--errors': errors, '--json': json }).find(([, value]) => value);
    if (needless) throw usageError(`${needless[0]} needs --compare K`);
    return;
  }
  if (isStdin(compare) && [queriesPath, keys, values].some(isStdin)) {
    throw usageError('--compare cannot read K from standard input beside the keys, V or Q; name a file');
  }
  if (format !== undefined && output === undefined) {
    throw usageError('with --compare the outputs go to -o FILE alone; name one, or leave --format out');
  }
  if (output === STDIN) throw usageError('with --compare the report goes to standard output; name a file with -o');
}

async function attendCommand(queriesPath: string, given: AttendCommandOptions, log: Logger): Promise<void> {
  checkOptions(queriesPath, given);
  const { compare, keys, values, rows, mask } = given;
  const options = await withNames(given, [queriesPath, keys, values, rows, compare, mask, queryMaskFile(given)]);
  await refuseSameTensor(
    [
      ['K', keys],
      ['K', compare],
      ['V', values],
      ['Q', queriesPath],
    ],
    options,
  );
  const wanted = compare === undefined || options.output !== undefined;
  const output = wanted ? await openOutput(options, log) : undefined;
  const errorsOutput =
    options.errors === undefined ? undefined : await openOutput({ output: options.errors }, log, 'errors by query');
  const heads = await headJobs(
    ['Q', queriesPath],
    {
      roles: [
        ['K', keys ?? STDIN],
        ['V', values],
        ['K', compare],
      ],
      others: [rows, mask, queryMaskFile(options)],
    },
    options,
  );
  if (heads.shape.axes.length > 0 && output?.format.name === 'ndjson') throw usageError(NO_HEADS_IN_NDJSON);
  const reports = new HeadReports<AttendReport>(heads.shape, options.json === true, errorsText);
  await withTeam(options, log, (team) =>
    forEachHead(heads, options, [output, errorsOutput], log, async (own, outputs, headLog, job) => {
      const report = await attendHead(queriesPath, outputs, own, team, headLog);
      if (report) reports.add(report, job);
    }),
  );
  await reports.print();
}

/** Attends with the queries of one head; returns the summary of the errors, where outputs are compared. */
async function attendHead(
  queriesPath: string,
  [output, errorsOutput]: readonly [Output | undefined, Output | undefined],
  options: AttendCommandOptions,
  team: AttentionTeam,
  log: Logger,
): Promise<AttendReport | undefined> {
  const { compare, f, causal, queryOffset } = options;
  const { n, keys, full, width, dtype, queries, ...made } = await openInputs(queriesPath, options, log);
  const { scale = made.scale ?? f.defaultScale(keys.d) } = options;
  if (made.scale !== undefined) refuseForCoreset(options, made.scale);
  log.info({ f: f.name, scale, keys: keys.index.length, n }, 'attending');
  const errors = compare === undefined ? undefined : new AttendErrors();
  await write(queries, output, keys, errors, options, log, {
    width,
    dtype,
    f,
    scale,
    team,
    causal,
    queryOffset,
    full,
    nonFinite: options.nan,
    describeRow: queries.describeRow,
  });
  if (!errors) return undefined;
  if (errorsOutput) await errors.write(errorsOutput);
  return errors.report({ n, d: keys.d, size: keys.index.length, width, f: f.name, scale });
}

/** @throws LevattnError where weights do not hold */
function refuseForCoreset({ keys, f, scale, causal }: AttendCommandOptions, made: number): void {
  if (f.name !== 'softmax') throw usageError(`${keys}: is a coreset for softmax, not for ${f.name}; leave --f out`);
  if (causal) throw usageError(`${keys}: weights of a coreset hold for queries that see all keys; leave --causal out`);
  if (scale !== undefined && scale !== made) {
    throw usageError(`${keys}: was made for a scale of ${made}, not ${scale}; leave --scale out, or make it again`);
  }
}

/** Attends, and writes what is asked for. */
async function write(
  queries: Input,
  output: Output | undefined,
  keys: KeysWithValues,
  errors: AttendErrors | undefined,
  options: AttendCommandOptions,
  log: Logger,
  settings: AttendOptions & { readonly dtype: MatrixReader['dtype'] },
): Promise<void> {
  const { width, dtype } = settings;
  const { name, rows: n } = await queries.head();
  if (output?.format.name === 'npy' && n === undefined) {
    throw usageError(
      `${name}: npy begins with the number of rows, which this input does not say; write Arrow, or convert Q first`,
    );
  }
  const progress = new Progress(ofHead(options, 'reading Q'), wantsProgress(options));
  const shape = { n, d: width, dtype, name: 'output' };
  const writer = output && matrixWriter(output, shape);
  let [done, empty, skipped, padding] = [0, 0, 0, 0];
  for await (const batch of attend(keys, queries.rows(), settings)) {
    const { rows } = batch;
    await writer?.write(dtype === 'float32' ? Float32Array.from(batch.output) : batch.output, rows);
    if (batch.errors) errors?.add(batch.errors, batch.padding);
    done += rows;
    empty += batch.empty;
    skipped += batch.skipped;
    padding += batch.padding;
    progress.update(done, queries.progress());
  }
  await writer?.end();
  await output?.commit();
  wipeProgress();
  log.info({ queries: done, empty, skipped, padding, seconds: progress.seconds }, 'outputs');
  if (skipped > 0) log.warn(`${count(skipped)} queries with NaN, infinities or missing values; their outputs are NaN`);
  if (empty > 0) log.warn(`${count(empty)} queries see none of the keys; their outputs are zeros`);
}
