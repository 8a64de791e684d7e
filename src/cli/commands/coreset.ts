/** `levattn coreset SKETCH`: few rows of K, weighted, that stand for all of it. */

import type { Command } from 'commander';
import { dataError, usageError } from '../../errors.js';
import type { ByteReader } from '../../formats/bytes/reader.js';
import { matchingFiles } from '../../formats/naming/globs.js';
import { EVERY_ROW, tablesOf } from '../../input/columns-of-parts.js';
import { isMadeNext, openKeysOfHeads } from '../../input/keys.js';
import { keysInput } from '../../input/keys-input.js';
import { SILENT } from '../../input/notices.js';
import { canReadAgain, openInput, refuseOnce, reportTrailing, STDIN } from '../../input/open.js';
import { createKernels } from '../../kernels/backends.js';
import { formatNames } from '../../output/formats.js';
import { placedChosen } from '../../rows/heads/placed.js';
import { coresetOf } from '../../sketch/sample/coreset.js';
import type { UniversalSet } from '../../sketch/universal-set.js';
import { universalSetFrom } from '../../sketch-file/set-from-sketch.js';
import type { HeadSets } from '../../universal-set/head-sets.js';
import { addObservationOptions } from '../options/choice-options.js';
import { addExamples } from '../options/help.js';
import { addMaskOption } from '../options/mask-options.js';
import {
  addCertificateOptions,
  addComputeOptions,
  addFactorOption,
  addIdOption,
  addInputOptions,
  addMessageOptions,
  addOutputOptions,
  addPartialOption,
} from '../options/options.js';
import { parseCount } from '../options/parse.js';
import { addOutsideOptions } from '../options/sample-options.js';
import { addSpoolOptions } from '../options/spool-options.js';
import { HeadedOutput } from '../terminal/headed-output.js';
import type { Logger } from '../terminal/log.js';
import { openOutput } from '../terminal/results.js';
import { runCommand } from '../terminal/run.js';
import { coresetOfRows, DEFAULT_SIZE, type RowsOfCoreset, type RowsOptions, writeRows } from './coreset/of-rows.js';
import { addSoftmaxOptions, type SoftmaxCoresetOptions } from './coreset/options.js';
import { softmaxCoreset } from './coreset/softmax.js';

interface CoresetOptions extends RowsOptions, Omit<SoftmaxCoresetOptions, 'scale'> {
  readonly allowPartial?: boolean;
}

const EXAMPLES = `
Examples:
  levattn coreset K.csv --size 200 --id-column id --exclude k3 --intercept -o core.csv   rows with all columns, k3 too
  levattn coreset all.lev K.csv -o core.csv               a merged sketch, and the files of K: rows with all their columns
  levattn select-keys --f power:1 K.npy -o U.arrow && levattn coreset U.arrow -o rows.arrow
  levattn coreset all.lev -o rows.arrow                   of a sketch made with --sample-size, or for f other than x^2
  levattn coreset K.npy --values V.npy --for softmax --queries Q0.npy --size 512 -o C.arrow
  levattn coreset all.lev --format csv                    index,weight: the rows are K[index]
`;

/** Adds the command to the program. */
export function addCoreset(program: Command): void {
  const command = program
    .command('coreset')
    .summary('a few weighted rows that stand for all')
    .description(
      'Writes every key of U with weight 1, and the rows of the sample outside U, each with the number of rows it stands for. ' +
        'Weighted sums of f over these rows estimate sums over all rows without bias, and have every row that could take a share of ' +
        'eps. So with rows [A | b] and f = power:P, weighted l_P regression on them is close to that on all rows. With --for softmax ' +
        'it takes K itself, and writes weighted keys and values from which attention can be computed: levattn attend --keys C.arrow.',
    )
    .argument(
      '[INPUT...]',
      'K itself: files that together are one matrix (a quoted glob means its files in natural order); or a sketch, or a universal set as Arrow, with a sample, and the files of K, whose columns are written then; none or -: standard input',
    )
    .option('--size <rows>', `of K itself: rows to write at most (default: ${DEFAULT_SIZE})`, parseCount);
  addSoftmaxOptions(command);
  addObservationOptions(command);
  addCertificateOptions(command);
  addFactorOption(command);
  addOutsideOptions(command);
  addPartialOption(command);
  addComputeOptions(command);
  addInputOptions(command, { means: true });
  addIdOption(command);
  addMaskOption(command);
  addSpoolOptions(command);
  addOutputOptions(command, formatNames('npy'));
  addMessageOptions(command);
  addExamples(command, EXAMPLES);
  command.action((named: string[], options: CoresetOptions) => {
    const paths = named.length > 0 ? named : [STDIN];
    const { mask, pilot, values, queries } = options;
    return runCommand(options, [...paths, mask, pilot, values, queries], async (log) => {
      const files = await matchingFiles(paths);
      if (options.for === undefined) return coresetCommand(files, options, log);
      refuseOptionsOfRows(command);
      return softmaxCoreset(files, options, log);
    });
  });
}

/** Options of coresets of rows, by their names: how rows are chosen for sums, and what a coreset for softmax has no use for. */
const OF_ROWS = [
  ...['f', 'certificate', 'factor', 'sampleSize', 'ridge', 'pilot', 'idColumn', 'intercept', 'missing'],
  ...['threads', 'allowPartial', 'spool'],
];

/** @throws LevattnError where an option was given that a coreset for softmax does not go by */
function refuseOptionsOfRows(command: Command): void {
  const given = command.options.find(
    (option) =>
      OF_ROWS.includes(option.attributeName()) && command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (given) throw usageError(`${given.long} is of coresets of rows; leave it out with --for softmax`);
}

async function coresetCommand(paths: readonly string[], options: CoresetOptions, log: Logger): Promise<void> {
  const { values, queries, observe, pivots } = options;
  const needless = { '--values': values, '--queries': queries, '--observe': observe, '--pivots': pivots };
  const [option] = Object.entries(needless).find(([, value]) => value !== undefined) ?? [];
  if (option) throw usageError(`${option} is of coresets for softmax; say --for softmax, or leave it out`);
  const [first, ...rest] = paths as readonly [string, ...string[]];
  const bytes = await openInput(first, 'K, or a sketch');
  if (!(await isMadeNext(bytes))) {
    if (canReadAgain(first)) await bytes.close();
    return coresetOfRows(paths, bytes, options, log);
  }
  if (options.size !== undefined) {
    throw usageError(`${bytes.name}: was made with settings of its own; leave --size out, or give K itself`);
  }
  const output = await openOutput(options, log, 'weights');
  const all = await setsFrom(bytes, options, log);
  const { axes } = all.shape;
  const sets = axes.length === 0 ? all.sets : placedChosen({ shape: all.shape, items: all.sets }, options, bytes.name);
  const places = sets.map(({ place }) => place);
  const shared = axes.length === 0 ? undefined : new HeadedOutput(output, { axes }, places);
  for (const { place, set } of sets) {
    const coreset = coresetOf(set, bytes.name);
    const { n, d, f, eps, certain, index } = coreset;
    log.info({ n, d, f, eps, certain, rows: index.length }, 'coreset');
    await writeRows(coreset, await rowsAsIn(rest, set, options), shared?.at(place) ?? output, options, log);
  }
  await (shared ? shared.finish() : output.commit());
}

/**
 * The files of K that a sketch or a universal set was made of, whose rows are written with all their columns; none where none are named.
 * @throws LevattnError where they have other columns
 */
async function rowsAsIn(
  names: readonly string[],
  { columns }: UniversalSet,
  options: CoresetOptions,
): Promise<RowsOfCoreset> {
  if (names.length === 0) return { names, tables: undefined, columnNames: undefined };
  refuseOnce(names, 'the columns of its rows are read after they have been chosen');
  const like = columns && { ...columns, of: 'the sketch' };
  // All columns come along: none is left out.
  const { table, columnNames, close } = await (
    await keysInput(names, { ...options, ...EVERY_ROW, like }, SILENT)
  ).head();
  await close();
  return { names, tables: table && (await tablesOf(names, { ...options, like })), columnNames: columnNames?.names };
}

/** The sets in a file, and those of the sketches in one. */
async function setsFrom(bytes: ByteReader, { allowPartial }: CoresetOptions, log: Logger): Promise<HeadSets> {
  const keys = await openKeysOfHeads(bytes);
  if (keys.kind === 'array') {
    throw dataError(`${bytes.name}: a matrix, not a sketch; make one of it with levattn select-keys --sample-size`);
  }
  if (keys.kind === 'sets') {
    reportTrailing(bytes, log);
    return keys.sets;
  }
  const { shape, sketches } = keys.sketches;
  const kernels = createKernels();
  return {
    shape,
    sets: sketches.map(({ content, ...placed }) => ({
      ...placed,
      set: universalSetFrom(content, bytes.name, { kernels }, { allowPartial }),
    })),
  };
}
