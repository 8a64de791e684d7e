/** `levattn verify [Q]`: a universal set and heavy entries held to brute force. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { dataError, mismatchError, usageError } from '../../errors.js';
import { parseFunction, type ScoringFunction, SQUARE } from '../../functions.js';
import { headJobs } from '../../input/head-jobs.js';
import { type Holding, Input } from '../../input/input.js';
import { keyMask, maskOfSet, rowsOfMask } from '../../input/key-mask.js';
import { openKeys } from '../../input/keys.js';
import { withMeans } from '../../input/means.js';
import { withNames } from '../../input/named-inputs.js';
import { isStdin, openInput } from '../../input/open.js';
import { readOptions } from '../../input/options.js';
import { type KeysBeside, queriesInput } from '../../input/queries-input.js';
import { type QueryMaskOptions, queryMaskFile } from '../../input/query-mask.js';
import { refuseSameTensor } from '../../input/same-tensor.js';
import { sourceOf } from '../../input/sources.js';
import { createKernels } from '../../kernels/backends.js';
import { namedCoordinates } from '../../rows/heads/head-index.js';
import type { HeldRows } from '../../rows/held-rows.js';
import { DEFAULT_MEMORY } from '../../rows/limits.js';
import type { FactorChoice } from '../../sketch/factor/routed.js';
import { DEFAULT_EPS } from '../../sketch/sketch-options.js';
import type { UniversalSet } from '../../sketch/universal-set.js';
import { universalSetFrom } from '../../sketch-file/set-from-sketch.js';
import { count } from '../../text.js';
import type { EntryCheck } from '../../verify/check-entries.js';
import type { SetCheck } from '../../verify/check-set.js';
import type { Finding } from '../../verify/findings.js';
import { sampleRows } from '../../verify/held.js';
import { readEntries } from '../../verify/read-entries.js';
import { DEFAULT_TOLERANCE, type VerifyReport, verify } from '../../verify/verify.js';
import { addExamples } from '../options/help.js';
import { addMaskOption, addQueryMaskOption } from '../options/mask-options.js';
import {
  addComputeOptions,
  addFactorOption,
  addFunctionOptions,
  addInputOptions,
  addMessageOptions,
  type ComputeOptions,
  type MessageOptions,
  threadsFrom,
} from '../options/options.js';
import { parseBytes, parseCount, parseEps, parseWhole } from '../options/parse.js';
import { forEachHead } from '../terminal/each-head.js';
import { HeadReports } from '../terminal/head-reports.js';
import type { Logger } from '../terminal/log.js';
import { ofHead, Progress, wantsProgress, wipeProgress } from '../terminal/progress.js';
import { runCommand } from '../terminal/run.js';

interface VerifyCommandOptions extends QueryMaskOptions, ComputeOptions, MessageOptions {
  readonly keys: string;
  readonly eps?: number;
  /** Where it was given. */
  readonly f?: ScoringFunction;
  readonly scale?: number;
  readonly factor: FactorChoice;
  readonly set?: string;
  readonly entries?: string;
  readonly rows?: number;
  readonly seed: number;
  readonly tolerance: number;
  readonly memory: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  levattn verify --keys K.npy --eps 0.01                              makes U, and checks it for all possible queries
  levattn verify Q.npy --keys K.npy --eps 0.01                        U and the entries of Q
  levattn verify Q.npy --rows 200 --keys K.npy --eps 0.1 --f softmax  entries of 200 queries, chosen by --seed
  levattn verify Q.npy --keys K.npy --set U.arrow --entries entries.arrow
`;

/** Adds the command to the program. */
export function addVerify(program: Command): void {
  const command = program
    .command('verify')
    .summary('check a selection and its entries by brute force')
    .description(
      'Computes by brute force what U and the heavy entries must be, in plain float64 that shares no arithmetic with the rest of the program, ' +
        'and lists what is missing or wrong, with exit code 2. Checks files made earlier, or makes U and entries itself. Of x^2, U is ' +
        'checked for all queries there are, by the leverage scores of a QR factorisation; of other functions for queries that ' +
        'favour single keys, random ones, and those of Q. K is held in memory.',
    )
    .argument('[Q]', 'queries whose entries are checked, in any format; none: U alone')
    .requiredOption('--keys <file>', 'K, all of it')
    .option('--eps <number>', `the threshold, in (0, 1] (default: that of --set, else ${DEFAULT_EPS})`, parseEps)
    .option('--set <file>', 'the U to check, as select-keys wrote it (Arrow), or a sketch (default: made now)')
    .option('--entries <file>', 'the entries to check, as heavy wrote them (default: found now)')
    .option('--rows <number>', 'check this many queries, chosen at random (default: all)', parseCount)
    .option('--seed <number>', 'seed of the random sample', parseWhole, 0)
    .option('--tolerance <number>', 'the relative error that scores may have', parseTolerance, DEFAULT_TOLERANCE)
    .addOption(
      new Option('--memory <size>', 'memory limit for K, which is held in float64, twice if U is checked')
        .argParser(parseBytes)
        .default(DEFAULT_MEMORY, '1GiB'),
    )
    .option('--json', 'print JSON');
  addFunctionOptions(command);
  addFactorOption(command);
  addComputeOptions(command);
  addInputOptions(command, { means: true });
  addMaskOption(command);
  addQueryMaskOption(command);
  addMessageOptions(command);
  addExamples(command, EXAMPLES);
  command.action((queries: string | undefined, given: VerifyCommandOptions) => {
    // The function of a U is its own, unless another is asked for.
    const options = command.getOptionValueSource('f') === 'default' ? { ...given, f: undefined } : given;
    const { keys, set, entries, mask } = options;
    return runCommand(options, [queries, keys, set, entries, mask, queryMaskFile(options)], (log) =>
      verifyCommand(queries, options, log),
    );
  });
}

function parseTolerance(text: string): number {
  const tolerance = Number(text);
  if (text.trim() === '' || !(tolerance >= 0 && tolerance < 1)) {
    throw new InvalidArgumentError('It must be a number from 0 to below 1.');
  }
  return tolerance;
}

async function verifyCommand(queriesPath: string | undefined, given: VerifyCommandOptions, log: Logger): Promise<void> {
  const { keys, set, entries, mask, json = false } = given;
  const names = await withNames(given, [queriesPath, keys, set, mask, queryMaskFile(given)]);
  const options = await withMeans(names, [keys]);
  await refuseSameTensor(
    [
      ['K', keys],
      ['Q', queriesPath],
    ],
    options,
  );
  const heads = await headJobs(
    queriesPath === undefined ? ['K', keys] : ['Q', queriesPath],
    { roles: [['K', keys]], others: [set, entries, mask, queryMaskFile(options)] },
    options,
  );
  const reports = new HeadReports<VerifyReport>(heads.shape, json, reportText);
  let faults = 0;
  let first: string | undefined;
  await forEachHead(heads, options, [], log, async (own, _, headLog, job) => {
    const report = await verifyHead(queriesPath, own, namedCoordinates(heads.shape, job.place), headLog);
    reports.add(report, job);
    faults += report.faults;
    first ??= report.ok ? undefined : `${job.label === undefined ? '' : `${job.label}: `}${spell(report.findings[0])}`;
  });
  await reports.print();
  if (first !== undefined) {
    throw mismatchError(`${count(faults)} ${faults === 1 ? 'fault' : 'faults'} found; the first: ${first}`);
  }
}

/**
 * Verifies one head.
 * @param at - where it lies, in the columns of heads that entries have
 */
async function verifyHead(
  queriesPath: string | undefined,
  options: VerifyCommandOptions,
  at: Readonly<Record<string, number>>,
  log: Logger,
): Promise<VerifyReport> {
  const set = options.set === undefined ? undefined : await setFrom(options.set, options);
  const f = options.f ?? (set ? parseFunction(set.f) : SQUARE);
  checkOptions(queriesPath, f, options);
  const mask = set ? await maskOfSet(set, true, options, options.set!) : await keyMask(options);
  const asInSet = { ...options, like: set?.columns && { ...set.columns, of: options.set! } };
  const rowMask = rowsOfMask(mask, options);
  const keysInput = new Input(options.keys, { ...asInSet, role: 'K', rowMask }, log);
  const keys = await keysInput.hold(holding(f.growth ? 2 : 1, options));
  const beside = { d: keys.d, rows: keys.n, like: keysInput.beside, mask };
  const queries = queriesPath === undefined ? undefined : await queriesFrom(queriesPath, beside, options, log);
  const wanted = new Set(queries?.index);
  const entries =
    options.entries === undefined || !queries
      ? undefined
      : await readEntries(options.entries, (query) => wanted.has(query), { queries: queries.n, keys: keys.n }, at);
  const { eps = Math.min(1, set?.eps ?? DEFAULT_EPS), seed, tolerance, scale, factor } = options;
  const progress = new Progress(ofHead(options, 'checking queries'), wantsProgress(options));
  const bytes = keys.values.byteLength;
  const report = await verify({
    keys,
    queries,
    set,
    entries,
    eps,
    f,
    scale,
    seed,
    tolerance,
    factor,
    threads: threadsFrom(options),
    kernels: createKernels(options.backend),
    onProgress: (done) => progress.update(done, { bytes: bytes * done, totalBytes: bytes * queries!.index.length }),
  });
  wipeProgress();
  log.info({ ok: report.ok, faults: report.faults, seconds: progress.seconds }, 'verified');
  return report;
}

function checkOptions(queriesPath: string | undefined, f: ScoringFunction, options: VerifyCommandOptions): void {
  const needsQ = Object.entries({
    '--entries': options.entries,
    '--rows': options.rows,
    '--query-mask': options.queryMask,
  });
  const [needless] = needsQ.find(([, value]) => value !== undefined) ?? [];
  if (queriesPath === undefined && needless) throw usageError(`${needless} is about queries; give Q`);
  if (!f.growth) {
    if (options.set !== undefined) throw usageError(`f = ${f.name} has no universal set; leave --set out`);
    if (queriesPath === undefined) throw usageError(`f = ${f.name} has no universal set to check; give Q`);
  }
  const paths = [queriesPath, options.keys, options.set, options.entries];
  if (paths.filter((path) => path !== undefined && isStdin(path)).length > 1) {
    throw usageError('only one of its inputs can come from standard input; name files for the others');
  }
}

/** A set that was made earlier. */
async function setFrom(path: string, { eps, backend, ...options }: VerifyCommandOptions): Promise<UniversalSet> {
  const bytes = await openInput((await sourceOf(path, options)).name, 'U');
  const keys = await openKeys(bytes, readOptions(options), undefined, options.keptSets);
  if (keys.kind === 'matrix') {
    throw dataError(
      `${bytes.name}: a matrix, where --set takes a universal set as Arrow or a sketch; give K with --keys`,
    );
  }
  if (keys.kind === 'set') return keys.set;
  return universalSetFrom(keys.content, bytes.name, { kernels: createKernels(backend) }, { eps });
}

/** All queries, or a sample of them. */
async function queriesFrom(
  path: string,
  keys: KeysBeside,
  options: VerifyCommandOptions,
  log: Logger,
): Promise<HeldRows> {
  const held = await queriesInput(path, keys, options, log).hold(holding(1, options));
  return options.rows === undefined ? held : sampleRows(held, options.rows, options.seed);
}

/** @param copies - how many times a matrix is held at once */
const holding = (copies: number, { memory }: VerifyCommandOptions): Holding => ({
  most: (d) => Math.floor(memory / (8 * copies * d)),
  advice: 'fix the data, or leave such rows out with --nan skip',
  refuseEmpty: (name) => dataError(`${name}: has no usable rows; there is nothing to verify`),
});

/** The report for people. */
function reportText({ n, d, rank, f, eps, padding, set, entries, faults, findings }: VerifyReport): string {
  const facts: (readonly [string, string])[] = [
    ['K', `${count(n)} x ${d}${rank === null ? '' : `, rank ${rank}`}`],
    ['f, eps', `${f}, ${eps}`],
    ...(set ? setFacts(set, eps) : []),
    ...(entries ? entryFacts(entries, eps) : []),
    ...(padding > 0 ? [['padding', `${count(padding)} queries, not checked`] as const] : []),
  ];
  const lines = facts.map(([key, value]) => `${key.padEnd(14)}${value}\n`).join('');
  const first = findings.map((finding) => `wrong         ${spell(finding)}\n`).join('');
  const more = faults > findings.length ? `              … and ${count(faults - findings.length)} more\n` : '';
  return `${lines}${first}${more}${faults === 0 ? 'right\n' : ''}`;
}

function setFacts(
  { size, rank, heavy, captured, missed, queries, largestError }: SetCheck,
  eps: number,
): [string, string][] {
  const by = queries === null ? 'by leverage scores, for all queries' : `by ${count(queries)} queries that favour keys`;
  return [
    ['U', `${count(size)} keys, rank ${rank}; checked ${by}`],
    ['  captured', `${count(captured)} of ${count(heavy)} keys seen to reach ${eps}`],
    ['  missed', count(missed)],
    ...errorFacts(largestError),
  ];
}

function entryFacts(
  { queries, of, given, heavy, captured, missed, surplus, largestError, unchecked }: EntryCheck,
  eps: number,
): [string, string][] {
  return [
    ['entries', `${count(given)}, of ${queries === of ? 'all' : `${count(queries)} of`} ${count(of)} queries`],
    ['  captured', `${count(captured)} of ${count(heavy)} entries that reach ${eps}`],
    ['  missed', count(missed)],
    ['  too many', count(surplus)],
    ...errorFacts(largestError),
    ...(unchecked === 0
      ? []
      : [['  not checked', `${count(unchecked)} queries, for which f is no float64`] as [string, string]]),
  ];
}

const errorFacts = (largest: number | null): [string, string][] =>
  largest === null ? [] : [['  error', `${largest.toExponential(1)} at most, of a score`]];

/** A finding in words. */
function spell({ what, problem, query, key, expected, found }: Finding): string {
  const entry = `${query === null ? '' : `query ${query}, `}key ${key}`;
  const where = what === 'set' ? 'U' : 'the entries';
  switch (problem) {
    case 'missing':
      return `${where} lack${what === 'set' ? 's' : ''} ${entry}, of score ${expected}`;
    case 'surplus':
      return `${where} hold${what === 'set' ? 's' : ''} ${entry}, of score ${expected}, with ${found}: it does not reach eps, or comes twice`;
    case 'score':
      return `the score of ${entry} in ${where} is ${found}, not ${expected}`;
    case 'bounds':
      return what === 'set'
        ? `the bound of ${entry} in U is ${found}, below a score of ${expected}`
        : `the score of ${entry} is ${expected}, outside the bounds it comes with`;
    case 'key':
      return `key ${key} in U is not row ${key} of K`;
  }
}
