/**
 * The score of every row of K: leverage scores, or l_p Lewis weights. K is read twice for the former, and once more for each
 * round of the latter; memory does not grow with its rows.
 */

import { dataError, usageError } from '../errors.js';
import { type ScoringFunction, SQUARE } from '../functions.js';
import { createKernels } from '../kernels/backends.js';
import { type Kernels, scaleColumns } from '../kernels/kernels.js';
import { checkMask } from '../rows/masked-rows.js';
import type { Values } from '../rows/row-block.js';
import type { RowIds } from '../rows/row-ids.js';
import { fillWhole, type RowBlocks, rowSource } from '../rows/row-stream.js';
import type { StackedRows } from '../rows/stacked-rows.js';
import { LewisFit } from './bounds/lewis/fit.js';
import { whiteningOf } from './factor/set-whitening.js';
import { RowScorer, type Whitening } from './factor/whitening.js';
import { RowIntake } from './intake.js';
import { columnFactors, type LeverageFactor } from './leverage-scorer.js';
import type { RunOptions } from './run-sketch.js';
import { Scratch } from './scratch.js';
import { BlockSlot } from './screen/block-slot.js';
import { selectKeys } from './select-keys.js';
import { blockRowsFor } from './sketch-options.js';
import type { UniversalSet } from './universal-set.js';

/** Where Lewis weights are not asked for more exactly. */
export const DEFAULT_ACCURACY = 1e-4;

/** Rounds after which weights are taken as they are. */
const MOST_ROUNDS = 200;

/** Powers closer to 2 are 2; above the largest, powers of weights leave the range of float64. */
const NEAR_TWO = 1e-6;
const LARGEST_POWER = 32;

/** Gives the rows of K, the same ones every time it is called. */
export type ReadRows = () => RowBlocks | StackedRows;

/** How far scoring has come. */
export interface ScoreProgress {
  /** What K is being read for: K^T K, a round of Lewis weights, or the scores. */
  readonly stage: 'factor' | 'weights' | 'scores';
  /** Rows of this pass so far. */
  readonly rows: number;
}

/** How rows are scored. */
export interface ScoreOptions
  extends Pick<RunOptions, 'kernels' | 'factor' | 'threads' | 'nonFinite' | 'describeRow' | 'onEvent'> {
  /** x^2 for leverage scores (default), |x|^p with p up to 32 for l_p Lewis weights. */
  readonly f?: ScoringFunction | undefined;
  /** Lewis weights: the relative error of every weight at which rounds end, 1e-9 to 1; default 1e-4. */
  readonly accuracy?: number | undefined;
  /** A universal set of the same K, of all its rows: its factor is used, and K is read once less. */
  readonly set?: UniversalSet | undefined;
  /** Names that set in messages. */
  readonly setName?: string | undefined;
  /** Told after every block of rows. */
  readonly onProgress?: ((progress: ScoreProgress) => void) | undefined;
  /** Lewis weights: told after every round of the bound on the error of weights so far. */
  readonly onRound?: ((round: number, error: number) => void) | undefined;
}

/** Scores of consecutive rows; valid until the next ones are asked for. */
export interface ScoreBatch {
  /** Global 0-based index of the first row. */
  readonly start: number;
  readonly rows: number;
  /** 0 … 1, rows. */
  readonly score: Float64Array;
  /** What the rows are called, where they have ids. */
  readonly ids: RowIds | undefined;
}

/** Scores that are about to be worked out. */
export interface RowScores {
  /** Rows, columns and numerical rank of K. */
  readonly n: number;
  readonly d: number;
  readonly rank: number;
  /** The function, by its name. */
  readonly f: string;
  readonly route: UniversalSet['route'];
  /** Bound on the relative error of a leverage score by rounding. */
  readonly delta: number;
  /** Bound on the relative error of a Lewis weight on top of that; 0 for leverage scores. */
  readonly error: number;
  /** Rounds that Lewis weights took; 0 for leverage scores. */
  readonly rounds: number;
  /** Rows with NaN or infinities, which have score 0. */
  readonly skipped: number;
  /** Rows that have score 1 only because the route cannot resolve a direction they reach into. */
  readonly unresolved: number;
  /** The scores, in order; once. */
  readonly batches: AsyncGenerator<ScoreBatch, void, undefined>;
}

/**
 * The score of every row of K, in order: for x^2 the leverage score tau_i = k_i^T (K^T K)^+ k_i, for |x|^p the Lewis weight w_i =
 * tau_i(W^(1/2 - 1/p) K). Both sum to the rank of K. Memory does not grow with n.
 *
 * @param read - called for each pass over K
 * @returns batches of scores, each valid until the next one is asked for
 * @throws LevattnError as {@link prepareScores}
 */
export async function* rowScores(
  read: ReadRows,
  options: ScoreOptions = {},
): AsyncGenerator<ScoreBatch, void, undefined> {
  yield* (await prepareScores(read, options)).batches;
}

/**
 * All passes over K but the last, which is made as the batches are asked for.
 *
 * @param read - called for each pass over K
 * @throws LevattnError where there are no rows or they change between passes, a row is not finite, f is no power up to 32, or a
 *   given set is of another K or not of all rows
 */
export async function prepareScores(read: ReadRows, options: ScoreOptions = {}): Promise<RowScores> {
  const {
    f = SQUARE,
    accuracy = DEFAULT_ACCURACY,
    kernels = createKernels(),
    setName = 'the set',
    onProgress,
  } = options;
  const p = powerOf(f);
  if (!(accuracy >= 1e-9 && accuracy <= 1)) throw new RangeError(`the accuracy must lie in 1e-9 … 1, not ${accuracy}`);
  const set = options.set ?? (await factorOf(read(), kernels, options));
  const whitening = whiteningOf(set, kernels, setName);
  const passes = new ScoredRows(set, whitening, kernels, options);
  const fit = p === 2 || whitening.rank === 0 ? undefined : new LewisFit(whitening.rank, p, kernels);
  let error = fit ? Number.POSITIVE_INFINITY : 0;
  let rounds = 0;
  while (fit && error > accuracy && rounds < MOST_ROUNDS) {
    if (rounds > 0) fit.step();
    fit.begin();
    for await (const { rows, whitened, end } of passes.whitened(read())) {
      fit.take(whitened, rows);
      onProgress?.({ stage: 'weights', rows: end });
    }
    error = fit.end();
    rounds++;
    options.onRound?.(rounds, error);
  }
  const { n, d, route, skipped, unresolved } = set;
  const { rank, delta } = whitening;
  const batches = passes.scores(read, fit);
  return { n, d, rank, f: f.name, route, delta, error, rounds, skipped, unresolved, batches };
}

/** The exponent of a function. */
function powerOf({ name, growth, homogeneous }: ScoringFunction): number {
  const p = homogeneous && growth ? growth.b : undefined;
  if (p === undefined || p > LARGEST_POWER) {
    throw usageError(`f = ${name}: rows have scores for x^2 and power:p with p up to ${LARGEST_POWER} only`);
  }
  return Math.abs(p - 2) < NEAR_TWO ? 2 : p;
}

/**
 * What leverage scores of all rows come from: one pass, or two.
 * @throws LevattnError as {@link prepareScores}
 */
export async function leverageFactor(rows: RowBlocks, options: ScoreOptions = {}): Promise<LeverageFactor> {
  const { kernels = createKernels() } = options;
  const set = await factorOf(rows, kernels, options);
  return { whitening: whiteningOf(set, kernels, 'the set'), factors: columnFactors(set.exponents) };
}

/** A universal set for the sake of its factor, with hardly a key. */
const factorOf = (rows: RowBlocks | StackedRows, kernels: Kernels, options: ScoreOptions): Promise<UniversalSet> => {
  const { factor, threads, nonFinite, describeRow, onEvent, onProgress } = options;
  return selectKeys(rows, {
    eps: 1,
    kernels,
    factor,
    threads,
    nonFinite,
    describeRow,
    onEvent,
    onProgress: ({ rows }) => onProgress?.({ stage: 'factor', rows }),
  });
};

/** A block of a pass: rows in the set's scaled columns, zeros where they are not finite. */
interface ScaledBlock {
  readonly slot: BlockSlot;
  readonly a: Values;
  readonly rows: number;
  readonly start: number;
}

/** Passes over the rows that a factor is of. */
class ScoredRows {
  readonly #set: UniversalSet;
  readonly #whitening: Whitening;
  readonly #options: ScoreOptions;
  readonly #intake: RowIntake;
  readonly #slot: BlockSlot;
  readonly #scorer: RowScorer;
  readonly #x: Scratch;
  readonly #scaled: Scratch;
  /** By what columns are multiplied; undefined where none is. */
  readonly #factors: Float64Array | undefined;

  constructor(set: UniversalSet, whitening: Whitening, kernels: Kernels, options: ScoreOptions) {
    const { d, exponents } = set;
    const { nonFinite, describeRow } = options;
    this.#set = set;
    this.#whitening = whitening;
    this.#options = options;
    this.#intake = new RowIntake({ d, kernels, nonFinite, describeRow });
    this.#slot = new BlockSlot(kernels, d, blockRowsFor(d));
    this.#scorer = new RowScorer(kernels);
    this.#x = new Scratch(kernels);
    this.#scaled = new Scratch(kernels);
    this.#factors = columnFactors(exponents);
  }

  /**
   * One pass of whitened rows; of a row outside the numerical row space, zeros.
   * @returns blocks: rows x rank, valid until the next; and the rows so far
   */
  async *whitened(
    rows: RowBlocks | StackedRows,
  ): AsyncGenerator<{ readonly rows: number; readonly whitened: Float64Array; readonly end: number }, void, undefined> {
    for await (const block of this.#blocks(rows)) {
      const x = this.#x.take(block.rows + 4);
      yield { rows: block.rows, whitened: this.#whiten(block, x), end: block.start + block.rows };
    }
  }

  /** The last pass. */
  async *scores(read: ReadRows, fit: LewisFit | undefined): AsyncGenerator<ScoreBatch, void, undefined> {
    for await (const block of this.#blocks(read())) {
      const { slot, a, start, rows } = block;
      const x = this.#x.take(rows + 4);
      const score = new Float64Array(rows);
      if (fit) fit.weigh(this.#whiten(block, x), rows, score);
      else this.#scorer.score(this.#whitening, a, rows, x);
      for (let i = 0; i < rows; i++) {
        if (!fit || x[i] === Number.POSITIVE_INFINITY) score[i] = Math.min(1, x[i]);
      }
      yield { start, rows, score, ids: slot.ids.length > 0 ? slot.ids : undefined };
      this.#options.onProgress?.({ stage: 'scores', rows: start + rows });
    }
  }

  #whiten({ a, rows }: ScaledBlock, x: Float64Array): Float64Array {
    const { width } = this.#whitening;
    const whitened = this.#scorer.whiten(this.#whitening, a, rows, x);
    for (let i = 0; i < rows; i++) {
      if (x[i] === Number.POSITIVE_INFINITY) whitened.fill(0, i * width, (i + 1) * width);
    }
    return whitened;
  }

  /** The rows of one pass, regrouped, so that nothing depends on how they come. */
  async *#blocks(input: RowBlocks | StackedRows): AsyncGenerator<ScaledBlock, void, undefined> {
    const source = rowSource(input);
    const slot = this.#slot;
    let start = 0;
    slot.clear();
    this.#intake.beginInput();
    try {
      this.#refuseOther(await source.columns());
      for (let more = true; more; ) {
        more = await fillWhole(source, slot);
        const { rows } = slot;
        if (rows === 0) break;
        this.#intake.clear(slot, start);
        yield { slot, a: this.#scale(slot.values, rows), rows, start };
        start += rows;
        slot.clear();
      }
    } finally {
      await source.close();
    }
    const { n } = this.#set;
    if (start !== n) throw this.#differs(`${start} rows`, `${n}`);
    checkMask(this.#set, source.maskOf(n), this.#options.setName ?? 'the set');
  }

  #scale(values: Values, rows: number): Values {
    if (!this.#factors) return values;
    const { d } = this.#set;
    const scaled = this.#scaled.take(rows * d);
    scaleColumns(values, rows, d, this.#factors, scaled);
    return scaled;
  }

  #refuseOther(columns: number | undefined): void {
    const { d } = this.#set;
    if (columns !== undefined && columns !== d) throw this.#differs(`${columns} columns`, `${d}`);
  }

  #differs(found: string, expected: string): Error {
    const { set, setName = 'the set' } = this.#options;
    return dataError(
      set
        ? `K has ${found}, and ${setName} is of ${expected}; give the K that it was made of`
        : `K has ${found} where it had ${expected} in the first pass; K must not change during the run`,
    );
  }
}
