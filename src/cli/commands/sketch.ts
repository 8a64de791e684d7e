/** `levattn sketch [K…]`: the rows of K, or of a part of it, in; a sketch file out. */

import type { Command } from 'commander';
import { dataError, usageError } from '../../errors.js';
import { matchingFiles } from '../../formats/naming/globs.js';
import { SQUARE } from '../../functions.js';
import { columnsOf } from '../../input/columns-of.js';
import { headJobs, mostOf, placedAt } from '../../input/head-jobs.js';
import { keysInput } from '../../input/keys-input.js';
import { withMeans } from '../../input/means.js';
import { isPattern, withNames } from '../../input/named-inputs.js';
import { canReadAgain, isMade, STDIN } from '../../input/open.js';
import { asRole } from '../../input/options.js';
import { withMoreOf } from '../../rows/column-names.js';
import { type HeadPlace, samePlace } from '../../rows/heads/head-index.js';
import type { LeverageSketch } from '../../sketch/leverage-sketch.js';
import { runSketch } from '../../sketch/run-sketch.js';
import { DEFAULT_EPS } from '../../sketch/sketch-options.js';
import { readSketch, type SketchContent, writeSketch } from '../../sketch-file/content.js';
import type { JsonObject } from '../../sketch-file/json.js';
import { type RowsOfPart, refuseUnplaced, seedOfPart } from '../../sketch-file/part.js';
import { missingFrom, type RowCoverage } from '../../sketch-file/row-coverage.js';
import {
  joinSketches,
  onlySketch,
  type PlacedSketch,
  type Sketches,
  splitSketches,
} from '../../sketch-file/several.js';
import { keptContentOf, type SketchToStore } from '../../sketch-file/stored-sketch.js';
import { addExamples } from '../options/help.js';
import { addMaskOption } from '../options/mask-options.js';
import {
  addCertificateOptions,
  addComputeOptions,
  addFactorOption,
  addIdOption,
  addInputOptions,
  addMessageOptions,
  addSampleOption,
} from '../options/options.js';
import { parseEps } from '../options/parse.js';
import { addPartOptions, type PartOptions, refuseParts } from '../options/part-options.js';
import { addOutsideOptions } from '../options/sample-options.js';
import type { SelectionOptions } from '../options/selection-options.js';
import { forEachHead } from '../terminal/each-head.js';
import type { Logger } from '../terminal/log.js';
import { warnOfEnding } from '../terminal/results.js';
import { runCommand } from '../terminal/run.js';
import { suggest } from '../terminal/tell.js';
import { warnOfSkipped } from '../terminal/warnings.js';
import { type Earlier, earlierFrom } from './selection/append.js';
import { openCheckpoints } from './selection/checkpoint-file.js';
import {
  addCheckpointOptions,
  type CheckpointOptions,
  checkpointing,
  refuseOneFile,
  removeCheckpoint,
  setupFor,
  type WatchedOptions,
} from './selection/checkpoints.js';
import { listedShard } from './selection/listed-shards.js';
import { preparePass } from './selection/select-pass.js';

interface SketchCommandOptions extends SelectionOptions, CheckpointOptions, PartOptions {
  readonly eps?: number;
  readonly output: string;
}

const EXAMPLES = `
Examples:
  levattn sketch K.npy -o K.lev                                 what select-keys and heavy need of K, for eps >= 0.05
  levattn sketch --shard 3/64 --eps 0.01 K-3.npy -o s3.lev      a part of K; then levattn merge -o all.lev s*.lev
  levattn sketch --shards 'K-*.npy' --shard 3/64 -o s3.lev      the same, of the files that the glob lists
  levattn sketch --append K.lev more.npy -o K2.lev              more.npy has the next rows of K
  levattn sketch --checkpoint K.ck K.npy -o K.lev               resumes if it is run again after an interruption
`;

/** Adds the command to the program. */
export function addSketch(program: Command): void {
  const command = program
    .command('sketch')
    .summary('what one pass keeps of a part of the keys, as a file')
    .description(
      'Reads rows of K once and writes a sketch of them: all that select-keys needs for any threshold of at least eps. ' +
        'levattn merge makes one sketch of those of parts of K, and --append adds rows to a sketch.',
    )
    .argument(
      '[K...]',
      'files that together are one matrix, or a part of one; a quoted glob means its files in natural order; none or -: standard input',
    )
    .requiredOption('-o, --output <file>', 'the sketch file, such as K.lev; it appears whole or not at all')
    .option('--eps <number>', `the smallest threshold it will serve, in (0, 1] (default: ${DEFAULT_EPS})`, parseEps);
  addPartOptions(command);
  addCertificateOptions(command);
  addFactorOption(command);
  addSampleOption(command);
  addOutsideOptions(command);
  addCheckpointOptions(command);
  addComputeOptions(command);
  addInputOptions(command, { means: true });
  addIdOption(command);
  addMaskOption(command);
  addMessageOptions(command);
  addExamples(command, EXAMPLES);
  command.action((named: string[], options: SketchCommandOptions) => {
    const paths = named.length > 0 || options.shards !== undefined ? named : [STDIN];
    const { mask, pilot, append } = options;
    const said = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
    return runCommand(options, [...paths, mask, pilot, append, options.columnsOf], async (log) => {
      refuseParts(options);
      const { paths: own, options: shared } = await listedShard(
        await matchingFiles(paths),
        options,
        options.eps ?? DEFAULT_EPS,
        log,
      );
      const { columnsOf: like } = shared;
      await sketchCommand(
        own,
        like === undefined ? shared : { ...shared, like: await columnsOf(like, shared) },
        said,
        log,
      );
    });
  });
}

async function sketchCommand(
  paths: readonly string[],
  given: SketchCommandOptions,
  said: (name: string) => boolean,
  log: Logger,
): Promise<void> {
  refuseOneFile(given);
  warnOfEnding(given.output, 'a sketch', log);
  const named = asRole(await withNames(given, [...paths, given.mask, given.pilot]), 'K');
  const path = given.append;
  const earlier = path === undefined ? undefined : splitSketches(await readSketch(path), path);
  const hasMeans =
    earlier?.sketches.some(({ content: { header } }) => (header.columns as JsonObject | undefined)?.means) === true;
  if (!hasMeans) refuseOwnMeans(named);
  // A sketch that was made with means goes on with them.
  const options = hasMeans ? named : await withMeans(named, paths);
  const [first, ...rest] = paths as readonly [string, ...string[]];
  // What is no K is told when it is opened to be read.
  const made = !isPattern(first) && canReadAgain(first) && (await isMade(first));
  const roles = rest.map((path) => ['K', path] as const);
  const heads = await headJobs(['K', made ? undefined : first], { roles }, options);
  const { axes } = heads.shape;
  if (earlier && earlier.shape.axes.join() !== axes.join()) {
    throw dataError(
      `${path}: holds sketches of other axes than ${first} has heads along; give the heads it was made of`,
    );
  }
  const checkpoints = await openCheckpoints(options, heads, log);
  const sketches: PlacedSketch[] = [];
  let complete = true;
  await forEachHead(heads, { ...options, checkpoints }, [], log, async (own, _, headLog, { place, target }) => {
    const content = earlier && (target ? sketchAt(earlier, place, path!) : onlySketch(earlier, {}, path!));
    const sketch = await sketchOf(paths, own, content && earlierFrom(content, path!, own, said), headLog);
    // What it is made with, the kernels among it, is let go of head by head.
    sketches.push({ ...placedAt(target), content: keptContentOf('sketch', sketch) });
    complete &&= missingFrom(sketch.coverage) === undefined;
  });
  await writeSketch(options.output, joinSketches({ shape: { axes, ...mostOf(heads.jobs) }, sketches }));
  await removeCheckpoint(options);
  if (complete) suggest(options, 'select-keys', options.output, '-o', 'U.arrow');
}

/** @throws LevattnError where the means of a part would stand for values of K */
function refuseOwnMeans({ missing, pilot, shard, rowOffset, append }: SketchCommandOptions): void {
  if (missing !== 'mean' || pilot !== undefined || (shard === undefined && !rowOffset && append === undefined)) return;
  if (append !== undefined) {
    throw usageError(
      `--missing mean: ${append} was made without means; give a --pilot, rows whose means stand for missing values`,
    );
  }
  throw usageError(
    '--missing mean: the means of a part are not those of K; list all files with --shards, whose first has the means for all parts, or give the same --pilot to each',
  );
}

/** The sketch of a file that is at a place. */
function sketchAt({ sketches }: Sketches, place: HeadPlace, name: string): SketchContent {
  const found = sketches.find((candidate) => samePlace(candidate.place, place));
  if (found) return found.content;
  throw dataError(`${name}: holds no sketch of this place; give the heads that it was made of`);
}

/** The sketch of one matrix, in one file or several. */
async function sketchOf(
  paths: readonly string[],
  options: SketchCommandOptions & WatchedOptions,
  earlier: Earlier | undefined,
  log: Logger,
): Promise<SketchToStore> {
  const settings = { ...options, ...earlier?.settings };
  const { f = SQUARE, eps = DEFAULT_EPS } = settings;
  refuseUnplaced(partOf(options), { ...settings, sampleRate: settings.sample });
  const pass = await preparePass(await keysInput(paths, settings, log), eps, settings, log);
  const { sample } = pass.options;
  const own = { ...pass.options, sample: sample && { ...sample, seed: seedOfPart(partOf(options), sample.seed) } };
  const coverageOf = (sketch: LeverageSketch): RowCoverage => coverageFor(sketch, options, earlier);
  const checkpoints = await checkpointing(settings, { ...own, eps, f, coverageOf });
  const resume = checkpoints?.resume ?? earlier?.goOn(own);
  const sketch = await runSketch(pass.rows, { ...own, start: options.rowOffset, ...checkpoints, resume });
  pass.end();
  sketch.prune();
  const coverage = coverageOf(sketch);
  const { rows: n, d, candidates, skipped, delta } = sketch;
  const missing = missingFrom(coverage);
  log.info({ n, d, eps, f: f.name, candidates, skipped, delta, missing, seconds: pass.seconds() }, 'sketch');
  warnOfSkipped(log, skipped, 'row');
  const setup = setupFor(settings, eps, sketch);
  return {
    setup: { ...setup, columns: setup.columns && withMoreOf(setup.columns, earlier?.settings.like) },
    f,
    sketch,
    coverage,
  };
}

/** Which part of K the rows are; undefined: all of it, or those after a sketch. */
const partOf = ({ shard, rowOffset: start }: PartOptions): RowsOfPart | undefined =>
  shard ? { shard: shard.i, of: shard.of } : start === undefined ? undefined : { start };

/** Which rows a sketch has. */
function coverageFor(
  { inputRows, rows }: LeverageSketch,
  { shard, rowOffset = 0 }: SketchCommandOptions,
  earlier: Earlier | undefined,
): RowCoverage {
  if (shard) return { kind: 'shards', of: shard.of, shards: [[shard.i, rows]] };
  return earlier?.coverageWith(inputRows) ?? { kind: 'rows', ranges: [[rowOffset, rowOffset + inputRows]] };
}
