/** `levattn select-keys [K…]`: K in, the universal set out. */

import type { Command } from 'commander';
import { dataError } from '../errors.js';
import { StackedRows } from '../matrix/blocks.js';
import type { MatrixReader, RowBlock } from '../matrix/row-block.js';
import { universalSetBatch, universalSetSchema } from '../output/universal-set.js';
import type { FactorChoice, LeverageSketch, SketchEvent } from '../sketch/leverage-sketch.js';
import { DEFAULT_EPS, selectKeys } from '../sketch/select-keys.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import { openEach, STDIN } from './inputs.js';
import type { Logger } from './log.js';
import type { InputOptions, MessageOptions, OutputOptions } from './options.js';
import { addFactorOption, addInputOptions, addMessageOptions, addOutputOptions, parseEps } from './options.js';
import { count, megabytes, Progress, wantsProgress, wipeProgress } from './progress.js';
import { openResults } from './results.js';
import { runCommand } from './run.js';

interface SelectKeysOptions extends InputOptions, OutputOptions, MessageOptions {
  readonly eps: number;
  readonly factor: FactorChoice;
}

const EXAMPLES = `
Examples:
  levattn select-keys K.npy                              a short table of U on the terminal
  levattn select-keys --eps 0.01 K.npy -o U.arrow        U with its keys, for levattn heavy
  levattn select-keys part-*.npy -o U.npy                several files, one matrix: K[np.load("U.npy")]
  zcat K.csv.gz | levattn select-keys --format csv       from a pipe to a table
`;

/** Adds the command to the program. */
export function addSelectKeys(program: Command): void {
  const command = program
    .command('select-keys')
    .summary('K -> U, every key that could ever be heavy')
    .description(
      'Reads K once and writes its universal set U: every row whose leverage score is at least eps, that is every key ' +
        'that could receive an attention score >= eps from any query, for f(x) = x^2. Exact; memory does not grow with n.',
    )
    .argument('[K...]', 'npy, Arrow or CSV files that together are one matrix; none or -: standard input')
    .option('--eps <number>', 'the threshold, in (0, 1]', parseEps, DEFAULT_EPS);
  addFactorOption(command);
  addInputOptions(command);
  addOutputOptions(command, ['arrow', 'csv', 'ndjson', 'npy']);
  addMessageOptions(command);
  command.addHelpText('after', EXAMPLES);
  command.action((paths: string[], options: SelectKeysOptions) =>
    runCommand(options, (log) => selectKeysCommand(paths.length > 0 ? paths : [STDIN], options, log)),
  );
}

async function selectKeysCommand(paths: readonly string[], options: SelectKeysOptions, log: Logger): Promise<void> {
  const set = await selectFrom(openEach(paths, options, log), options.eps, options, log);
  const results = await openResults(universalSetSchema(set), options);
  await results.writer.write(universalSetBatch(set));
  await results.finish();
}

/** How keys are selected, whichever command asks. */
export interface SelectionOptions extends InputOptions, MessageOptions {
  readonly factor: FactorChoice;
}

/** One pass over the matrices, with progress, log and summary. */
export async function selectFrom(
  readers: AsyncIterable<MatrixReader>,
  eps: number,
  options: SelectionOptions,
  log: Logger,
): Promise<UniversalSet> {
  const progress = new Progress('reading K', wantsProgress(options));
  const pass = new Pass(readers);
  const set = await selectKeys(pass.blocks(), {
    eps,
    factor: options.factor,
    nonFinite: options.nan,
    describeRow: (row) => pass.rows.describeRow(row),
    onEvent: (event) => logEvent(event, log),
    onProgress: (sketch: LeverageSketch) => progress.update(sketch.rows, pass.progress()),
  });
  wipeProgress();
  report(set, pass.progress().bytes, progress.seconds, options, log);
  return set;
}

/** Rows from several readers, with the bytes they have taken in all. */
class Pass {
  readonly rows: StackedRows;
  readonly #names: string[] = [];
  #finished = 0;
  #current: MatrixReader | undefined;

  constructor(readers: AsyncIterable<MatrixReader>) {
    this.rows = new StackedRows(this.#watch(readers));
  }

  async *blocks(): AsyncGenerator<RowBlock, void, undefined> {
    let rows = 0;
    for await (const block of this.rows.blocks()) {
      rows += block.rows;
      yield block;
    }
    if (rows === 0) throw dataError(`${this.#names.join(', ')}: K has no rows; there is nothing to select from`);
  }

  progress(): { bytes: number; totalBytes: number | undefined } {
    const { bytes, totalBytes } = this.#current?.progress() ?? { bytes: 0, totalBytes: undefined };
    return {
      bytes: this.#finished + bytes,
      totalBytes: totalBytes === undefined ? undefined : this.#finished + totalBytes,
    };
  }

  async *#watch(readers: AsyncIterable<MatrixReader>): AsyncGenerator<MatrixReader, void, undefined> {
    for await (const reader of readers) {
      this.#current = reader;
      this.#names.push(reader.name);
      yield reader;
      this.#finished += reader.progress().bytes;
      this.#current = undefined;
    }
  }
}

function logEvent(event: SketchEvent, log: Logger): void {
  if (event.kind === 'pruned') {
    log.debug({ rows: event.rows, before: event.before, after: event.after }, 'candidates pruned');
  } else {
    log.debug({ rows: event.rows }, `factor route ${event.route}: ${event.reason}`);
  }
}

/** The summary: for people on a terminal, with figures on request; and what a user must know of the result. */
function report(set: UniversalSet, bytes: number, seconds: number, options: MessageOptions, log: Logger): void {
  const { n, d, rank, eps, route, delta, skipped, unresolved } = set;
  const size = set.index.length;
  const largest = set.score.reduce((most, score) => Math.max(most, score), 0);
  log.info({ n, d, rank, eps, route, delta, skipped, unresolved, size, largest, seconds, bytes }, 'universal set');
  if (process.stderr.isTTY && !options.logJson) {
    process.stderr.write(
      `n ${count(n)}  d ${d}  rank ${rank}  |U| ${count(size)} (at most d/eps = ${count(Math.floor(d / eps))})  ` +
        `largest score ${largest.toPrecision(4)}  ${seconds.toFixed(2)} s  ${megabytes(bytes / seconds)}/s\n`,
    );
  }
  if (skipped > 0) log.warn(`${count(skipped)} ${skipped === 1 ? 'row' : 'rows'} with NaN or infinities passed over`);
  if (unresolved > 0 || delta > ADVISED_DELTA) {
    log.warn(
      `K is ill-conditioned for the ${route} route: scores are good to ${delta.toExponential(1)}` +
        (unresolved > 0 ? `, ${count(unresolved)} of its keys are in U only because it cannot tell` : '') +
        (route === 'gram' ? '; run again with --factor stable' : ''),
    );
  }
}

/** Scores worse than this are worth a word. */
const ADVISED_DELTA = 1e-6;
