/** `levattn select-keys [K…]`: K in, the universal set out. */

import type { Command } from 'commander';
import { dataError, usageError } from '../../errors.js';
import type { ByteReader } from '../../formats/bytes/reader.js';
import { matchingFiles } from '../../formats/naming/globs.js';
import { ALONE, jobsIn, jobsOf } from '../../input/head-jobs.js';
import { type InputArrays, inputArrays } from '../../input/input-arrays.js';
import { refuseWithoutIds } from '../../input/key-ids.js';
import { maskOfSet } from '../../input/key-mask.js';
import { keysInput } from '../../input/keys-input.js';
import { withMeans } from '../../input/means.js';
import { isPattern, withNames } from '../../input/named-inputs.js';
import { openInput, openInputArray, refuseOnce, reportMatrix, reportTrailing, STDIN } from '../../input/open.js';
import { asRole } from '../../input/options.js';
import { createKernels } from '../../kernels/backends.js';
import { formatNames } from '../../output/formats.js';
import { spellPlace } from '../../rows/heads/head-index.js';
import { type HeadShape, headShape } from '../../rows/heads/layout.js';
import type { MatrixReader } from '../../rows/row-block.js';
import { DEFAULT_EPS } from '../../sketch/sketch-options.js';
import type { UniversalSet } from '../../sketch/universal-set.js';
import { isSketchNext, readSketchFrom, type SketchContent } from '../../sketch-file/content.js';
import { universalSetFrom } from '../../sketch-file/set-from-sketch.js';
import { chosenSketches, splitSketches } from '../../sketch-file/several.js';
import { refuseTooWide, rootNumbers } from '../../universal-set/document.js';
import { type HeadSet, type HeadSets, setOfOne } from '../../universal-set/head-sets.js';
import { headSetsBatches, headSetsSchema } from '../../universal-set/heads-table.js';
import { addChoiceOptions, type ChoiceOptions } from '../options/choice-options.js';
import { addExamples } from '../options/help.js';
import { addMaskOption } from '../options/mask-options.js';
import type { OutputOptions } from '../options/options.js';
import {
  addCertificateOptions,
  addComputeOptions,
  addFactorOption,
  addIdOption,
  addInputOptions,
  addMessageOptions,
  addOutputOptions,
  addPartialOption,
  addPassesOption,
  addSampleOption,
} from '../options/options.js';
import { parseBytes, parseCount, parseEps } from '../options/parse.js';
import { addOutsideOptions } from '../options/sample-options.js';
import type { SelectionOptions } from '../options/selection-options.js';
import { type Logger, labelled } from '../terminal/log.js';
import { type Output, openOutput } from '../terminal/results.js';
import { runCommand } from '../terminal/run.js';
import { suggest } from '../terminal/tell.js';
import { openCheckpoints } from './selection/checkpoint-file.js';
import {
  addCheckpointOptions,
  type CheckpointOptions,
  planOf,
  refuseOneFile,
  removeCheckpoint,
} from './selection/checkpoints.js';
import { selectByName, selectHeads } from './selection/select-heads.js';
import { reportSet, selectFrom } from './selection/select-pass.js';

interface SelectKeysOptions extends SelectionOptions, CheckpointOptions, OutputOptions, ChoiceOptions {
  readonly eps?: number;
  readonly passes: '1' | '2';
  readonly allowPartial?: boolean;
  readonly plot?: boolean;
  /** Whether an option stands on the command line. */
  readonly said: (name: string) => boolean;
}

const EXAMPLES = `
Examples:
  levattn select-keys K.npy                              a short table of U on the terminal
  levattn select-keys --eps 0.01 K.npy -o U.arrow        U with its keys, for levattn heavy
  levattn select-keys --f power:4 K.npy -o U.arrow       for f(x) = x^4
  levattn select-keys --f power:3 --passes 2 K.npy       reads K twice: a smaller U
  levattn select-keys --top 256 --by centred-norm K.npy -o rows.npy   k keys by another choice: no universal set
  levattn select-keys all.lev -o U.arrow                 from a sketch, for its eps or a larger one
  levattn select-keys --id-column id K.parquet -o U.csv  U with the ids of its keys
  levattn select-keys --head 0:2 heads.npy -o U.npy      of (heads, n, d): K[tuple(np.load("U.npy").T)]
  levattn select-keys part-*.npy -o U.npy                several files, one matrix: K[np.load("U.npy")]
  zcat K.csv.gz | levattn select-keys --format csv       from a pipe to a table
`;

/** Adds the command to the program. */
export function addSelectKeys(program: Command): void {
  const command = program
    .command('select-keys')
    .summary('every key that any query could attend to heavily')
    .description(
      'Reads K once and writes its universal set U: every key that could receive an attention score >= eps from any query. ' +
        'For f(x) = x^2 these are the rows whose leverage score is at least eps, exactly; for other functions, every row ' +
        'that a certified bound does not rule out. Memory does not grow with n.',
    )
    .argument(
      '[K...]',
      'files (npy, safetensors, Arrow, Parquet, CSV, …) that together are one matrix, or a sketch; a quoted glob means its files in natural order; none or -: standard input',
    )
    .option('--eps <number>', `the threshold, in (0, 1] (default: ${DEFAULT_EPS}; with --top none)`, parseEps)
    .option('--top <keys>', 'this many keys of the largest scores; reports whether they are certain', parseCount)
    .option(
      '--budget <size>',
      'memory for candidates, such as 64MiB; reports whether U is complete, and from which eps on',
      parseBytes,
    );
  addChoiceOptions(command, 'the universal set');
  addCertificateOptions(command);
  addPassesOption(command);
  addFactorOption(command);
  addSampleOption(command);
  addOutsideOptions(command);
  addCheckpointOptions(command);
  addPartialOption(command);
  addComputeOptions(command);
  addInputOptions(command, { means: true });
  addIdOption(command);
  addMaskOption(command);
  addOutputOptions(command, formatNames());
  addMessageOptions(command);
  command.option('--plot', 'print a histogram of the scores of U');
  addExamples(command, EXAMPLES);
  command.action((named: string[], given: SelectKeysOptions) => {
    const paths = named.length > 0 ? named : [STDIN];
    const options = { ...given, said: (name: string) => command.getOptionValueSource(name) === 'cli' };
    return runCommand(options, [...paths, options.mask, options.pilot, options.queries], async (log) =>
      selectKeysCommand(await matchingFiles(paths), options, log),
    );
  });
}

async function selectKeysCommand(paths: readonly string[], given: SelectKeysOptions, log: Logger): Promise<void> {
  const { plot, logJson, quiet } = given;
  refuseOneFile(given);
  if (plot && (logJson || quiet)) {
    throw usageError(
      `--plot is for people, and --${logJson ? 'log-json' : 'quiet'} leaves them no text; leave one out`,
    );
  }
  refuseBeside(given);
  const named = await withNames(given, [...paths, given.mask, given.queries]);
  const options = await withMeans(asRole(named, 'K'), paths);
  const output = await openOutput(options, log);
  if (options.by) {
    await (await import('./selection/choose-keys.js')).chooseKeys(paths, output, named, log);
    return;
  }
  // A checkpoint may be resumed for another format.
  const samplesOutside = output.format.hasMetadata || options.checkpoint !== undefined;
  const settings = { ...options, samplesOutside, secondPass: wantsSecondPass(options, log) };
  const sets = paths.some(isPattern)
    ? await setsByName(paths, output, settings, log)
    : await setsOf(await openInput(paths[0], 'K'), paths, output, settings, log);
  if (plot) (await import('./selection/score-plot.js')).plotScores(sets);
  const writer = output.begin(headSetsSchema(sets));
  for (const batch of headSetsBatches(sets)) await writer.write(batch);
  await writer.end();
  await output.commit();
  await removeCheckpoint(options);
  if (output.format.name === 'arrow' && options.output !== undefined && options.output !== STDIN) {
    suggest(options, 'heavy', '--keys', options.output, 'Q.npy');
  }
}

/** The sets of what is read: a sketch, a matrix in one file or several, or an array of heads. */
async function setsOf(
  bytes: ByteReader,
  paths: readonly string[],
  output: Output,
  options: SelectKeysOptions,
  log: Logger,
): Promise<HeadSets> {
  if (paths.length === 1 && (await isSketchNext(bytes))) return setsOfSketches(bytes, options, log);
  if (options.secondPass) refuseOnce(paths, '--passes 2 reads K twice');
  if (paths.length > 1) {
    const keys = await keysInput(paths, options, log, { bytes });
    if (output.format.name === 'arrow') refuseWide((await keys.head()).d, options, 1);
    const checkpoints = await openCheckpoints(options, ALONE, log);
    return setOfOne(await selectFrom(keys, epsOf(options), { ...options, checkpoints }, log));
  }
  const array = await openInputArray(bytes, options, log);
  const shape = headShape(array, options);
  reportMatrix(array, log);
  refuseOfHeads(array, shape, options);
  const jobs = jobsOf(shape, options, array.name);
  if (output.format.name === 'arrow') refuseWide(shape.d, options, jobs.jobs.length);
  const checkpoints = await openCheckpoints(options, jobs, log);
  const own = { ...options, checkpoints };
  const sets = await selectHeads(array, shape, jobs, paths[0]!, epsOf(options), own, log);
  reportTrailing(bytes, log);
  return sets;
}

/** The sets of a name that stands for several arrays. */
async function setsByName(
  paths: readonly string[],
  output: Output,
  options: SelectKeysOptions,
  log: Logger,
): Promise<HeadSets> {
  const [name] = paths;
  if (paths.length > 1) {
    throw usageError(
      `${paths.find(isPattern)}: matches several inputs, and several files are one matrix; give it alone`,
    );
  }
  const input = await inputArrays(name!, options);
  const jobs = jobsIn(input, options);
  if (output.format.name === 'arrow') refuseWide(widestOf(input), options, jobs.jobs.length);
  const checkpoints = await openCheckpoints(options, jobs, log);
  return selectByName(input, jobs, epsOf(options), { ...options, checkpoints }, log);
}

const widestOf = ({ arrays }: InputArrays): number => arrays.reduce((most, { shape: { d } }) => Math.max(most, d), 1);

/** Options that only an array of heads can have. */
function refuseOfHeads({ name }: MatrixReader, { axes }: HeadShape, { layer, head, batch }: SelectKeysOptions): void {
  if (axes.length === 0 && (layer ?? head ?? batch)) {
    throw usageError(
      `${name}: is one matrix; leave ${layer ? '--layer, ' : ''}--head and --batch out, or give an array of heads`,
    );
  }
}

/** Settings that are made when K is read; a sketch has its own. */
const SETTINGS = {
  certificate: '--certificate',
  factor: '--factor',
  sample: '--sample',
  sampleSize: '--sample-size',
  seed: '--seed',
  pilot: '--pilot',
  ridge: '--ridge',
  top: '--top',
  budget: '--budget',
  passes: '--passes',
  checkpoint: '--checkpoint',
};

/** Of a universal set alone, or of another choice alone. */
function refuseBeside({ by, observe, queries, said }: SelectKeysOptions): void {
  if (!by) {
    const needless = observe ? '--observe' : queries === undefined ? undefined : '--queries';
    if (needless) throw usageError(`${needless} is for a choice of keys; say which with --by`);
    return;
  }
  const { top: _, seed: __, ...others } = SETTINGS;
  const all = { ...others, eps: '--eps', f: '--f', plot: '--plot', idColumn: '--id-column' };
  const [, option] = Object.entries(all).find(([setting]) => said(setting)) ?? [];
  if (option) throw usageError(`${option} is for universal sets, and --by chooses keys otherwise; leave one out`);
}

function refuseSettings({ said }: SelectKeysOptions, name: string): void {
  const [, option] = Object.entries(SETTINGS).find(([setting]) => said(setting)) ?? [];
  if (option === undefined) return;
  throw usageError(
    `${name}: is a sketch, which was made with settings of its own; leave ${option} out, or give K itself`,
  );
}

/** U of the sketches that were made earlier. */
async function setsOfSketches(bytes: ByteReader, options: SelectKeysOptions, log: Logger): Promise<HeadSets> {
  refuseSettings(options, bytes.name);
  const all = splitSketches(await readSketchFrom(bytes), bytes.name);
  const { shape, sketches } = all.shape.axes.length === 0 ? all : chosenSketches(all, options, bytes.name);
  const sets: HeadSet[] = [];
  for (const { content, ...placed } of sketches) {
    const label = shape.axes.length === 0 ? undefined : spellPlace(shape, placed.place);
    const own =
      label === undefined ? options : { ...options, label, target: { ...placed.place, of: placed.of ?? shape } };
    sets.push({
      ...placed,
      set: await setOfSketch(content, bytes, own, label === undefined ? log : labelled(log, label)),
    });
  }
  return { shape, sets };
}

/** U of one of them. */
async function setOfSketch(
  content: SketchContent,
  bytes: ByteReader,
  options: SelectKeysOptions,
  log: Logger,
): Promise<UniversalSet> {
  const { eps, allowPartial, backend } = options;
  const { f } = content.header;
  if (options.said('f') && options.f?.name !== f) {
    throw dataError(
      `${bytes.name}: is a sketch for f = ${f}, not ${options.f?.name}; leave --f out, or make a sketch with it`,
    );
  }
  const started = performance.now();
  const set = universalSetFrom(content, bytes.name, { kernels: createKernels(backend) }, { eps, allowPartial });
  refuseWithoutIds(set, options, bytes.name);
  await maskOfSet(set, false, options, bytes.name);
  reportSet(set, bytes.position, (performance.now() - started) / 1000, options, log);
  return set;
}

/** Whether there is something to gain by a second pass, where it is asked for. */
function wantsSecondPass(options: SelectKeysOptions, log: Logger): boolean {
  if (options.passes === '1') return false;
  const limited = options.top !== undefined || options.budget !== undefined;
  if (limited || !planOf(options, epsOf(options)).exact) return true;
  log.warn('--passes 2 changes nothing for f(x) = x^2, which one pass does exactly');
  return false;
}

/** With a number of keys asked for, all of them count, however small their scores. */
const epsOf = ({ eps, top }: SelectKeysOptions): number => eps ?? (top === undefined ? DEFAULT_EPS : LEAST_EPS);

const LEAST_EPS = 1e-300;

/** @throws LevattnError where the universal sets could not be written */
function refuseWide(d: number, options: SelectKeysOptions, sets: number): void {
  const besideRoot = planOf(options, epsOf(options)).numbersOfSet(d) - d ** 2;
  refuseTooWide(d, sets * (rootNumbers(d) + besideRoot), sets);
}
