/** `levattn coverage [Q] --keys K`: how much of the attention a few keys capture, by how they are chosen. */

import { type Command, InvalidArgumentError } from 'commander';
import { HINDSIGHT, PER_QUERY } from '../../attention/coverage/names.js';
import { WINDOW } from '../../attention/coverage/selections.js';
import { verdictOf } from '../../attention/coverage/verdict.js';
import { usageError } from '../../errors.js';
import { type HeadJob, headJobs } from '../../input/head-jobs.js';
import { withNames } from '../../input/named-inputs.js';
import { STDIN } from '../../input/open.js';
import { queryMaskFile } from '../../input/query-mask.js';
import { refuseSameTensor } from '../../input/same-tensor.js';
import { formatNames } from '../../output/formats.js';
import { USUAL_SELECTORS } from '../../selectors/registry.js';
import { DEFAULT_EPS } from '../../sketch/sketch-options.js';
import { addChoiceOptions, addKeepOption, addListOption } from '../options/choice-options.js';
import { addExamples } from '../options/help.js';
import { addMaskOption, addQueryMaskOption } from '../options/mask-options.js';
import {
  addComputeOptions,
  addInputOptions,
  addMessageOptions,
  addOutputOptions,
  addSeveralFunctionsOptions,
  threadsFrom,
} from '../options/options.js';
import { parseBytes, parseCount, parseEps, parseWhole } from '../options/parse.js';
import { withTeam } from '../terminal/attention-team.js';
import { forEachHead, optionsFor } from '../terminal/each-head.js';
import { type HeadReport, HeadReports } from '../terminal/head-reports.js';
import { HeadsAhead } from '../terminal/heads-ahead.js';
import type { Logger } from '../terminal/log.js';
import { type Output, openOutput } from '../terminal/results.js';
import { runCommand } from '../terminal/run.js';
import { listFiles } from './coverage/lists.js';
import { coverHead, holdKeys, type KeysOfHead } from './coverage/measure-head.js';
import type { CoverageCommandOptions } from './coverage/options.js';
import { attentionTable, type CoverageOfHead, coverageText, keyTable } from './coverage/output.js';
import { overviewText } from './coverage/overview.js';

const EXAMPLES = `
Examples:
  levattn coverage Q.npy --keys K.npy                       softmax and x^2, as tables
  levattn coverage Q.npy --keys K.npy --k 64,256 --causal   what the head of a decoder sees
  levattn coverage Q.npy --keys K.npy --f softmax -o coverage.csv
  levattn coverage Q.npy --keys K.npy --by observed,centred-norm,q-filter --observe random:64
  levattn coverage Q.npy --keys K.npy --rows mine=chosen.npy --keep first:4,last:64
  levattn coverage Q.npy --keys K.npy --values V.npy        output errors, too; for several heads a row per head
  levattn coverage --keys K.npy --json                      no queries: measures of the keys alone
`;

/** Adds the command to the program. */
export function addCoverage(program: Command): void {
  const command = program
    .command('coverage')
    .summary('how much attention a few keys keep, by how they are chosen')
    .description(
      'Computes every score and prints which share of the attention k keys capture, by how they are chosen: by the attention of some ' +
        'queries (observed), which are then not measured; by distance from the mean key; by leverage, where the first |U| are U; at ' +
        'random; the first and the last ones; or as --by and --rows name them. Beside these stand the best k keys for these queries, ' +
        'and the best k of each query. Ends with the best choice at each k, in numbers, and whether any fixed set could be enough. ' +
        'Without Q: measures of the keys alone.',
    )
    .argument('[Q]', 'the queries; -: standard input, after K if it comes from there, too; none: keys alone')
    .option('--keys <K>', 'all keys (default: standard input)')
    .option('--values <V>', 'rows of V: measures the error of the output of attention over k keys')
    .option(
      '--k <numbers>',
      'numbers of keys, such as 8,32,128 (default: powers of two up to half of the keys)',
      parseSizes,
    )
    .option('--details', 'for several heads: print all tables of each')
    .option('--eps <number>', 'the share from which on a score is heavy, in (0, 1]', parseEps, DEFAULT_EPS)
    .option('--draws <number>', 'number of random choices to average', parseCount, 10)
    .option('--seed <number>', 'seed of the random choices', parseWhole, 0)
    .option('--causal', 'query i sees the keys 0 … i only')
    .option('--query-offset <number>', 'causal: query i sees the keys 0 … i + offset (default: 0)', parseWhole)
    .option('--memory <size>', 'memory limit for K, such as 512MiB or 2GB (default: 1GiB)', parseBytes)
    .option('--json', 'print JSON');
  addChoiceOptions(command, USUAL_SELECTORS.join(','));
  addListOption(command);
  addKeepOption(command);
  addSeveralFunctionsOptions(command, 'softmax and power:2');
  addComputeOptions(command);
  addInputOptions(command);
  addMaskOption(command);
  addQueryMaskOption(command);
  addOutputOptions(command, formatNames('npy'));
  addMessageOptions(command);
  addExamples(command, EXAMPLES);
  command.action((queries: string | undefined, given: CoverageCommandOptions) => {
    const options = { ...given, said: (name: string) => command.getOptionValueSource(name) === 'cli' };
    const { keys = STDIN, values } = options;
    return runCommand(options, [queries, keys, values, ...filesBeside(options)], (log) =>
      coverageCommand(queries, options, log),
    );
  });
}

/** What is read beside K, Q and V, once a head. */
const filesBeside = (options: CoverageCommandOptions): (string | undefined)[] => [
  options.mask,
  queryMaskFile(options),
  options.queries,
  ...listFiles(options.rows),
];

/** Numbers of keys, separated by commas. */
function parseSizes(text: string): number[] {
  const sizes = text.split(',').map((part) => Number(part.trim() === '' ? Number.NaN : part));
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= 1)) {
    throw new InvalidArgumentError('It must be whole numbers of at least 1, separated by commas.');
  }
  return sizes;
}

function checkOptions(queries: string | undefined, options: CoverageCommandOptions): void {
  const { f, scale, values, causal, queryOffset, queryMask, output, format, json, by = [], rows = [] } = options;
  if (queryOffset !== undefined && !causal) throw usageError('--query-offset needs --causal');
  const needless = Object.entries({
    '--f': f,
    '--scale': scale,
    '--values': values,
    '--causal': causal,
    '--query-mask': queryMask,
  }).find(([, value]) => value);
  if (queries === undefined && needless) throw usageError(`${needless[0]} needs queries: name Q`);
  const names = [HINDSIGHT, PER_QUERY, ...by.map(({ name }) => name), ...(by.length > 0 ? [] : USUAL_SELECTORS)];
  for (const { name } of rows) {
    if (names.includes(name))
      throw usageError(`--rows ${name}=…: there is a selection '${name}'; call it something else`);
    names.push(name);
  }
  if (json && output === STDIN) throw usageError('--json prints to standard output; name a file with -o');
  if (format !== undefined && output === undefined) throw usageError('--format needs -o; --json prints JSON');
}

/** Says which options change nothing. */
function warnOfNeedless({ by, rows = [], keep, said }: CoverageCommandOptions, firstAlone: boolean, log: Logger): void {
  if (by && said('draws') && !by.some(({ selector }) => selector.kind === 'places' && selector.drawn)) {
    log.warn('--draws changes nothing: it is for random, which is not in --by');
  }
  if (by && keep && rows.length === 0 && by.every(({ name }) => name === WINDOW)) {
    log.warn(`--keep changes nothing: ${WINDOW} stays as it is`);
  }
  const others = [...(by ?? []).slice(1).map(({ name }) => name), ...rows.map(({ name }) => name)];
  if (firstAlone && others.length > 0) {
    log.warn(
      `a table of several heads is of one selection: ${others.join(', ')} left out; give --details, --json or -o to have all`,
    );
  }
}

async function coverageCommand(
  queriesPath: string | undefined,
  given: CoverageCommandOptions,
  log: Logger,
): Promise<void> {
  checkOptions(queriesPath, given);
  const { keys = STDIN, values, json = false } = given;
  const options = await withNames(given, [queriesPath, keys, values, ...filesBeside(given)]);
  await refuseSameTensor(
    [
      ['K', keys],
      ['V', values],
      ['Q', queriesPath],
    ],
    options,
  );
  const output = options.output === undefined ? undefined : await openOutput(options, log, 'table');
  const heads = await headJobs(
    queriesPath === undefined ? ['K', keys] : ['Q', queriesPath],
    {
      roles: [
        ['K', keys],
        ['V', values],
      ],
      others: filesBeside(options),
    },
    options,
  );
  const { k: sizes = SHOWN_SIZES } = options;
  const overview =
    queriesPath === undefined || options.details
      ? undefined
      : (all: readonly HeadReport<SpelledReport>[]) => overviewText(all, { sizes });
  const reports = new HeadReports<SpelledReport>(heads.shape, json, coverageText, overview);
  // Nothing else of the heads is printed in a table of several.
  const firstAlone = overview !== undefined && !output && !json && heads.jobs.length > 1;
  await withTeam(
    options,
    log,
    (team) => {
      // The other threads compute meanwhile. In float64 that takes so long that reading does not count.
      const ahead = firstAlone && threadsFrom(options) > 1;
      const read = (job: HeadJob, keysLog: Logger, at: number): Promise<KeysOfHead> => {
        const room = (length: number) => team.room(`held keys ${ahead ? at % 2 : 0}`, length);
        return holdKeys(queriesPath, optionsFor(options, job), { firstAlone, room }, keysLog);
      };
      if (ahead) team.expect(expectedWork(heads.jobs));
      const keysAhead = new HeadsAhead(heads.jobs, read, ahead);
      return forEachHead(heads, options, [output], log, async (own, [to], headLog, job) => {
        const { found, log: ownLog } = await keysAhead.take(job, headLog);
        const report = await coverHead(queriesPath, found, own, firstAlone, team, ownLog);
        if (to) await writeTable(report, queriesPath !== undefined, to);
        reports.add({ ...report, verdict: verdictOf(report) }, job);
      });
    },
    'as said of each head',
  );
  // Not before: an error of a file is one line.
  warnOfNeedless(options, firstAlone, log);
  if (!output || json) await reports.print();
}

/** Numbers of keys in the table of several heads, where none are asked for. */
const SHOWN_SIZES = [32, 128, 512];

/** A report, and its closing lines. */
type SpelledReport = CoverageOfHead & { readonly verdict: readonly string[] };

async function writeTable(report: CoverageOfHead, ofQueries: boolean, output: Output): Promise<void> {
  const { schema, batch } = ofQueries ? attentionTable(report) : keyTable(report);
  const writer = output.begin(schema);
  await writer.write(batch);
  await writer.end();
  await output.commit();
}

/** Multiplications, as far as headers of Q tell: a head has at least as many keys as queries, as a rule. */
const expectedWork = (jobs: readonly HeadJob[]): number =>
  jobs.reduce((work, { array }) => work + (array?.shape.d ?? 0) * (array?.shape.n ?? 0) ** 2, 0);
