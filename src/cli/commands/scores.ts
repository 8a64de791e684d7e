/** `levattn scores K…`: the score of every row. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { dataError, usageError } from '../../errors.js';
import { matchingFiles } from '../../formats/naming/globs.js';
import { type ScoringFunction, SQUARE } from '../../functions.js';
import { headJobs } from '../../input/head-jobs.js';
import type { Input } from '../../input/input.js';
import { type KeyOptions, maskOfSet } from '../../input/key-mask.js';
import { openKeys } from '../../input/keys.js';
import { keysInput } from '../../input/keys-input.js';
import { withMeans } from '../../input/means.js';
import { withNames } from '../../input/named-inputs.js';
import { openInput, STDIN } from '../../input/open.js';
import { sourceOf } from '../../input/sources.js';
import { type SpoolOptions, spooled } from '../../input/spool.js';
import { createKernels } from '../../kernels/backends.js';
import type { Kernels } from '../../kernels/kernels.js';
import { formatNames } from '../../output/formats.js';
import { scoreRows, scoreSchema, topRows, writeNpyScores } from '../../output/scores.js';
import { DEFAULT_MEMORY } from '../../rows/limits.js';
import type { FactorChoice } from '../../sketch/factor/routed.js';
import { DEFAULT_ACCURACY, prepareScores, type RowScores, type ScoreProgress } from '../../sketch/scores.js';
import { topScores } from '../../sketch/top-scores.js';
import type { UniversalSet } from '../../sketch/universal-set.js';
import { universalSetFrom } from '../../sketch-file/set-from-sketch.js';
import { count } from '../../text.js';
import { addExamples } from '../options/help.js';
import { addMaskOption } from '../options/mask-options.js';
import {
  addComputeOptions,
  addFactorOption,
  addIdOption,
  addInputOptions,
  addMessageOptions,
  addOutputOptions,
  type ComputeOptions,
  type MessageOptions,
  type OutputOptions,
  threadsFrom,
} from '../options/options.js';
import { parseBytes, parseCount, parseFunctionOption } from '../options/parse.js';
import { addSpoolOptions } from '../options/spool-options.js';
import { forEachHead } from '../terminal/each-head.js';
import type { Logger } from '../terminal/log.js';
import { Progress, wantsProgress, wipeProgress } from '../terminal/progress.js';
import { type Output, openOutput } from '../terminal/results.js';
import { runCommand } from '../terminal/run.js';
import { tell } from '../terminal/tell.js';
import { warnOfCondition, warnOfSkipped } from '../terminal/warnings.js';

interface ScoresOptions extends SpoolOptions, KeyOptions, OutputOptions, ComputeOptions, MessageOptions {
  readonly f: ScoringFunction;
  readonly factor: FactorChoice;
  readonly accuracy: number;
  readonly sketch?: string;
  readonly top?: number;
  readonly sort?: 'score' | 'row';
  readonly memory: number;
}

const EXAMPLES = `
Examples:
  levattn scores K.npy -o scores.npy                     leverage scores: np.load("scores.npy"), one number per row
  levattn scores K.npy --format csv                      row,score
  levattn scores --id-column id K.csv -o scores.csv      row,id,score
  cat K.csv | levattn scores --top 100 --intercept -o top.csv   from a pipe: the rows of the largest scores
  levattn scores --f power:1 K.npy -o weights.npy        l_1 Lewis weights
  levattn scores --sketch U.arrow K.npy -o scores.arrow  by the factor of a U or sketch of K, which is read once
`;

/** Adds the command to the program. */
export function addScores(program: Command): void {
  const command = program
    .command('scores')
    .summary('the leverage score or Lewis weight of every row')
    .description(
      'Writes the score of every row of K: its leverage score, which is the largest share that it can take of <q, k>^2 over all rows, for any q; ' +
        'with --f power:P, its l_P Lewis weight. They sum to the rank of K. Reads K twice, and for Lewis weights once more for each ' +
        'round, unless it fits --memory; a pipe is copied to a temporary file. Memory does not grow with n beyond that. Rows that --nan skip passes over have score 0.',
    )
    .argument(
      '[K...]',
      'files (npy, safetensors, Arrow, Parquet, CSV, …) that together are one matrix; a quoted glob means its files in natural order',
    )
    .addOption(
      new Option('--f <function>', 'power:2: leverage scores; power:p with p up to 32: l_p Lewis weights')
        .argParser(parseFunctionOption)
        .default(SQUARE, SQUARE.name),
    )
    .addOption(
      new Option('--accuracy <number>', 'Lewis weights: the relative error that every weight must reach')
        .argParser(parseAccuracy)
        .default(DEFAULT_ACCURACY),
    )
    .option(
      '--sketch <file>',
      'a sketch or U (Arrow) of all rows of this K: its factor is used, and K is read once less',
    );
  command
    .option('--top <rows>', 'only this many rows, those of the largest scores', parseCount)
    .addOption(
      new Option('--sort <order>', 'with --top: by descending score, or in the order of K (default: score)').choices([
        'score',
        'row',
      ]),
    )
    .addOption(
      new Option(
        '--memory <size>',
        'memory for a copy of K in CSV, NDJSON or Parquet, which serves the later passes if it fits',
      )
        .argParser(parseBytes)
        .default(DEFAULT_MEMORY, '1GiB'),
    );
  addSpoolOptions(command);
  addFactorOption(command);
  addComputeOptions(command);
  addInputOptions(command, { means: true });
  addIdOption(command);
  addMaskOption(command);
  addOutputOptions(command, formatNames());
  addMessageOptions(command);
  addExamples(command, EXAMPLES);
  command.action((given: string[], options: ScoresOptions) => {
    const paths = given.length > 0 ? given : [STDIN];
    return runCommand(options, [...paths, options.sketch, options.mask], async (log) =>
      scoresCommand(await matchingFiles(paths), options, log),
    );
  });
}

function parseAccuracy(text: string): number {
  const accuracy = Number(text);
  if (text.trim() === '' || !(accuracy >= 1e-9 && accuracy <= 1)) {
    throw new InvalidArgumentError('It must be a number from 1e-9 to 1.');
  }
  return accuracy;
}

async function scoresCommand(named: readonly string[], given: ScoresOptions, log: Logger): Promise<void> {
  if (given.sort !== undefined && given.top === undefined) {
    throw usageError('--sort is of --top: scores of all rows come in the order of K; say how many with --top');
  }
  const twice = !given.sketch || given.f.name !== SQUARE.name || given.missing === 'mean';
  const paths = twice
    ? await spooled(named, 'scores take more passes over K', given, (message) => log.warn(message))
    : named;
  const options = await withMeans(await withNames(given, [...paths, given.sketch, given.mask]), paths);
  const output = await openOutput(options, log, given.top === undefined ? undefined : 'rows beside their scores');
  const kernels = createKernels(options.backend);
  log.info({ backend: kernels.name, threads: threadsFrom(options) }, 'computing');
  // Several files are one matrix.
  const others = [options.sketch, options.mask];
  const heads = await headJobs(['K', paths.length === 1 ? paths[0] : undefined], { others }, options);
  await forEachHead(heads, options, [output], log, (own, [to], headLog) => scoresOf(paths, to, own, kernels, headLog));
  wipeProgress();
}

/** The scores of one matrix. */
async function scoresOf(
  paths: readonly string[],
  output: Output,
  options: ScoresOptions,
  kernels: Kernels,
  log: Logger,
): Promise<void> {
  const { f, factor, accuracy, sketch: setName } = options;
  const set = setName === undefined ? undefined : await setOf(setName, options, kernels);
  if (set) await maskOfSet(set, true, options, setName!);
  const like = set?.columns && { ...set.columns, of: setName! };
  const keys = await keysInput(paths, { ...options, like, idColumn: options.idColumn ?? set?.idColumn }, log);
  keys.remember(options.memory);
  const progress = new PassProgress(keys, wantsProgress(options));
  const scores = await prepareScores(() => keys.rows(), {
    f,
    accuracy,
    kernels,
    factor,
    threads: threadsFrom(options),
    set,
    setName,
    nonFinite: options.nan,
    describeRow: keys.describeRow,
    onProgress: progress.show,
    onRound: (round, error) => log.debug({ round, error }, 'Lewis weights'),
  });
  await write(scores, keys, output, options);
  await output.commit();
  wipeProgress();
  report(scores, progress.seconds, options, log);
}

/** A universal set whose factor is of all rows. */
async function setOf(path: string, options: ScoresOptions, kernels: Kernels): Promise<UniversalSet> {
  const bytes = await openInput((await sourceOf(path, options)).name, 'sketch');
  const keys = await openKeys(bytes, { target: options.target }, undefined, options.keptSets);
  if (keys.kind === 'set') return keys.set;
  if (keys.kind === 'sketch') return universalSetFrom(keys.content, bytes.name, { kernels }, { allowPartial: true });
  throw dataError(
    `${bytes.name}: a matrix, where --sketch takes a sketch or a universal set of K; give K as an argument`,
  );
}

/** What each pass is for. */
const LABELS = { factor: 'reading K', weights: 'weighing K', scores: 'scoring K' } as const;

/** Shows how far each pass has come. */
class PassProgress {
  readonly #lines = new Map<ScoreProgress['stage'], Progress>();
  readonly #started = performance.now();

  constructor(
    readonly keys: Input,
    readonly enabled: boolean,
  ) {}

  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  readonly show = ({ stage, rows }: ScoreProgress): void => {
    const line = this.#lines.get(stage) ?? new Progress(LABELS[stage], this.enabled);
    this.#lines.set(stage, line);
    line.update(rows, this.keys.progress());
  };
}

async function write(
  scores: RowScores,
  keys: Input,
  output: Output,
  { top, sort = 'score' }: ScoresOptions,
): Promise<void> {
  if (top !== undefined) {
    const best = await topScores(scores.batches, top, sort);
    const writer = output.begin(scoreSchema(scores, keys.idType));
    await writer.write(topRows(best));
    return writer.end();
  }
  if (output.format.name === 'npy') return writeNpyScores(scores, output);
  // The first batch tells whether rows have ids.
  let writer: ReturnType<Output['begin']> | undefined;
  for await (const batch of scores.batches) {
    writer ??= output.begin(scoreSchema(scores, keys.idType));
    await writer.write(scoreRows(batch));
  }
  await writer?.end();
}

/** Leverage scores that are worse than this are worth a word. */
const ADVISED_DELTA = 1e-4;

function report(scores: RowScores, seconds: number, options: ScoresOptions, log: Logger): void {
  const { n, d, rank, f, route, delta, error, rounds, skipped, unresolved } = scores;
  log.info({ n, d, rank, f, route, delta, error, rounds, skipped, unresolved, seconds }, 'scores');
  tell(
    options,
    log,
    `n ${count(n)}  d ${d}  rank ${rank}  ${rounds > 0 ? `f ${f}  ${rounds} rounds  ` : ''}${seconds.toFixed(2)} s`,
  );
  warnOfSkipped(log, skipped, 'row', ': score 0');
  warnOfCondition(log, scores, ADVISED_DELTA, 'of them are 1 only because it cannot tell');
  if (error > options.accuracy) {
    log.warn(`Lewis weights are good to ${error.toExponential(1)} after ${rounds} rounds, not to ${options.accuracy}`);
  }
}
