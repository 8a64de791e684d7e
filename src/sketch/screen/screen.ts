/**
 * One block of rows against a filter: which of its rows may still reach the floor, and its Gram matrix (or that of the
 * hashed share of its rows); where Lewis weights are summed, the weighted one, too.
 *
 * This is all the work that grows with n, and it depends on nothing but the block and the filter, so it can be done on any
 * thread. Rows pass two stages: ||D^-1/2 k||^2 / lambda >= k^T G^+ k, O(d) a row; what passes, the quadratic form itself.
 * A third one, where there are Lewis weights, rules out those whose weight is too small.
 */

import type { Kernels } from '../../kernels/kernels.js';
import type { Values } from '../../rows/row-block.js';
import { type BlockSums, type LewisFilter, LewisScreen } from '../bounds/lewis/screen.js';
import { scoreBound } from '../factor/rounding.js';
import { type KnownNorms, RowScorer, type Whitening } from '../factor/whitening.js';
import { listEntering, type SampleGate } from '../sample/sample-filter.js';
import { sampledRows } from '../sample/subsample.js';
import { GATHERED_ROWS, gatherRows, Scratch } from '../scratch.js';
import type { LewisShape, SketchShape, Survivors } from './block.js';
import type { Filter } from './filter.js';
import { allPositions, largestBelow, listReaching, numbersAt } from './positions.js';

/** Bytes of rows that are read at a time, so that they are still in the cache when they are summed. */
const PART_BYTES = 2 ** 18;

/** What a {@link Screen} says of a block. */
export interface Screened extends Survivors {
  /** Whether the block can be used: false where an entry is NaN or infinite, and then nothing else means anything. */
  readonly finite: boolean;
  /** Rows whose Gram matrix was formed: all of them, the hashed share, or none. */
  readonly summed: number;
  /** Where Lewis weights are summed. */
  readonly lewis: ScreenedWeights | undefined;
  /** Where there is a gate: positions of the rows, survivors or not, that may enter the sample; ascending. */
  readonly offered: Int32Array | undefined;
}

/** What is found of Lewis weights. */
export interface ScreenedWeights {
  readonly sums: BlockSums;
  /** Of the survivors, in their order. */
  readonly weights: Float64Array;
  /** Bounds of the survivors' |x|^p sensitivities, in their order, 0 … 1. */
  readonly bounds: Float64Array;
}

/** A block to be screened, and where its sums go. */
export interface ScreenTask {
  /** Global index of the first row. */
  readonly start: number;
  readonly rows: number;
  /** rows x d, scaled columns. */
  readonly values: Values;
  /** d x d, overwritten by the upper triangle of the Gram matrix; empty where none is wanted. */
  readonly gram: Float64Array;
  /** d, overwritten by the sums of squares of all rows by column; only where a share is sampled. */
  readonly squares: Float64Array;
  /** d x d, overwritten by the upper triangle of the weighted Gram matrix; only where Lewis weights are summed. */
  readonly weighted: Float64Array;
  readonly gate: SampleGate | undefined;
  /** Has the first `count` rows be in `values`; undefined where all of them are. */
  readonly arrive?: ((count: number) => void) | undefined;
}

/** Rows that may reach the floor, and the largest bound of a score among the others. */
interface Passed {
  readonly rows: Int32Array;
  readonly dropped: number;
}

/** The same, with bounds of the scores of the rows that may reach it, in their order. */
interface Scored extends Passed {
  readonly bounds: Float64Array;
}

const NO_ROWS = allPositions(0);
const NO_BOUNDS = new Float64Array(0);

/** What is left after the last stage. */
interface Weighed extends Passed {
  readonly lewis: ScreenedWeights | undefined;
}

const unweighed = ({ rows, dropped }: Passed): Weighed => ({ rows, dropped, lewis: undefined });

/** Screens blocks; owns the work space for it. */
export class Screen {
  readonly #kernels: Kernels;
  readonly #shape: SketchShape;
  readonly #scorer: RowScorer;
  readonly #lewis: LewisScreen | undefined;
  /** Weighted norms of all rows; scores of those that they let through. */
  readonly #norms: Float64Array;
  readonly #scores: Float64Array;
  readonly #weights: Float64Array;
  /** For lists of rows, of which copies are handed out. */
  readonly #positions: Int32Array;
  readonly #gathered: Scratch;

  constructor(kernels: Kernels, shape: SketchShape) {
    const { d, blockRows, lewis } = shape;
    this.#kernels = kernels;
    this.#shape = shape;
    this.#scorer = new RowScorer(kernels);
    this.#lewis = lewis && new LewisScreen(kernels, d, blockRows, lewis.p);
    this.#norms = kernels.allocate('float64', blockRows + 4);
    this.#scores = kernels.allocate('float64', blockRows + 4);
    this.#weights = kernels.allocate('float64', lewis ? blockRows : 0);
    this.#positions = new Int32Array(blockRows);
    this.#gathered = new Scratch(kernels);
  }

  /** @param filter - made before any row of the block was taken in */
  run(filter: Filter, task: ScreenTask): Screened {
    const { rows, values } = task;
    const { leverage, floor } = filter;
    const { finite, summed } = this.#measure(leverage, task);
    if (!finite)
      return { finite, rows: NO_ROWS, scored: 0, dropped: 0, summed: 0, lewis: undefined, offered: undefined };
    const offered = task.gate && this.#offered(task.gate, task);
    const passed = this.#passing(leverage, floor, values, rows);
    const scored = this.#score(leverage, floor, task, passed.rows);
    const { lewis } = this.#shape;
    const weighed =
      filter.lewis && lewis ? this.#weigh(filter.lewis, lewis, leverage, task, scored) : unweighed(scored);
    return {
      finite,
      rows: weighed.rows,
      scored: passed.rows.length,
      dropped: Math.max(passed.dropped, weighed.dropped),
      summed,
      lewis: weighed.lewis,
      offered,
    };
  }

  /** The rows that may enter the sample, by the norms that were measured. */
  #offered(gate: SampleGate, { start, rows }: ScreenTask): Int32Array {
    const positions = this.#positions;
    return positions.slice(0, listEntering(gate, start, this.#norms, gate.scale, rows, positions));
  }

  /** Weighs the rows, and rules out survivors by their weights. */
  #weigh(filter: LewisFilter, { floor }: LewisShape, leverage: Whitening, task: ScreenTask, scored: Scored): Weighed {
    const screen = this.#lewis!;
    const { values, rows, weighted } = task;
    const weights = this.#weights;
    const sums = screen.weigh(filter, values, rows, weights, this.#known(leverage));
    weighted.fill(0);
    const rough = screen.sumWeighed(filter, values, rows, weighted);
    const ofScored = numbersAt(weights, scored.rows);
    const bounds = screen.bounds(filter, ofScored);
    const kept = this.#reaching(bounds, bounds.length, floor);
    const dropped = Math.max(scored.dropped, Math.min(1, largestOfOthers(scored.bounds, bounds, floor)));
    const lewis = { sums: { ...sums, rough }, weights: numbersAt(ofScored, kept), bounds: numbersAt(bounds, kept) };
    return { rows: atPositions(scored.rows, kept), dropped, lewis };
  }

  /** Positions of the first `count` numbers that are at least `least`. */
  #reaching(x: Float64Array, count: number, least: number): Int32Array {
    const positions = this.#positions;
    return positions.slice(0, listReaching(x, count, least, positions));
  }

  /** Weighted norms of the rows and the sums that are to be merged: whether all norms are finite, and how many rows went into the Gram matrix. */
  #measure({ weights }: Whitening, task: ScreenTask): { readonly finite: boolean; readonly summed: number } {
    const { d, sampleRate } = this.#shape;
    const { rows, values, gram, squares, arrive } = task;
    const kernels = this.#kernels;
    gram.fill(0);
    squares.fill(0);
    const part = arrive ? this.#partRows(d * values.BYTES_PER_ELEMENT) : rows;
    let finite = true;
    for (let top = 0; top < rows && finite; top += part) {
      const count = Math.min(part, rows - top);
      arrive?.(top + count);
      const [a, norms] = [values.subarray(top * d), this.#norms.subarray(top)];
      if (sampleRate > 1) finite = kernels.normsAndSquares(a, count, d, weights, norms, squares);
      else if (gram.length === 0) finite = kernels.rowNorms(a, count, d, weights, norms);
      else finite = kernels.addGramAndNorms(a, count, d, weights, norms, gram);
    }
    // Whoever looks for what is not finite looks at all rows.
    if (!finite) arrive?.(rows);
    if (sampleRate > 1) return { finite, summed: finite ? this.#sumShare(task) : 0 };
    return { finite, summed: gram.length === 0 ? 0 : rows };
  }

  /** Rows that are read at a time: so many that sums are the same bits as in one piece. */
  #partRows(rowBytes: number): number {
    const least = this.#kernels.gramRows(this.#shape.d);
    return least * Math.max(1, Math.floor(PART_BYTES / (least * rowBytes)));
  }

  /** The rows that the cheap bound lets through. Where there is a null space, norms become bounds. */
  #passing(filter: Whitening, floor: number, values: Values, rows: number): Passed {
    const x = this.#norms;
    const { lambda, delta } = filter;
    if (filter.nullSpace) {
      for (let i = 0; i < rows; i++) x[i] /= lambda;
      this.#scorer.markOutside(filter, values, rows, x);
      return this.#split(x, rows, leastX(floor, delta), 1, delta);
    }
    return this.#split(x, rows, leastX(floor, delta) * lambda, lambda, delta);
  }

  /** The first `count` rows: those whose numbers are at least `least`, and a bound of the others by theirs, divided by lambda. */
  #split(x: Float64Array, count: number, least: number, lambda: number, delta: number): Passed {
    const largest = largestBelow(x, count, least);
    return {
      rows: this.#reaching(x, count, least),
      dropped: Math.min(1, scoreBound(largest / lambda) * (1 + delta)),
    };
  }

  /** Of these rows, those whose quadratic form lets them through. */
  #score(filter: Whitening, floor: number, { rows, values }: ScreenTask, which: Int32Array): Scored {
    if (which.length === 0) return { rows: NO_ROWS, bounds: NO_BOUNDS, dropped: 0 };
    const { delta } = filter;
    const least = leastX(floor, delta);
    const x = this.#scores;
    if (2 * which.length > rows) {
      // Most rows of the block: rough bounds of all are had for less than gathering them.
      this.#scorer.bound(filter, values, rows, x, this.#known(filter));
      const reached = this.#split(x, rows, least, 1, delta);
      return { ...reached, bounds: boundsAt(x, reached.rows, delta) };
    }
    for (let from = 0; from < which.length; from += GATHERED_ROWS) {
      const some = which.subarray(from, from + GATHERED_ROWS);
      const gathered = gatherRows(values, this.#shape.d, some, this.#gathered);
      this.#scorer.score(filter, gathered, some.length, x.subarray(from));
    }
    const { rows: positions, dropped } = this.#split(x, which.length, least, 1, delta);
    return { rows: atPositions(which, positions), bounds: boundsAt(x, positions, delta), dropped };
  }

  /** The norms that were measured, unless they have become bounds. */
  #known({ nullSpace, weights }: Whitening): KnownNorms | undefined {
    return nullSpace ? undefined : { weights, norms: this.#norms };
  }

  /** The Gram matrix of the hashed share of the rows; how many those are. */
  #sumShare({ start, rows, values, gram }: ScreenTask): number {
    const { d, sampleRate } = this.#shape;
    if (gram.length === 0) return 0;
    const share = sampledRows(start, rows, sampleRate);
    if (share.length > 0) {
      this.#kernels.addGram(gatherRows(values, d, share, this.#gathered), share.length, d, gram);
    }
    return share.length;
  }
}

/** The least x for which x / (1 + x) may reach the floor, a little less to be sure. */
function leastX(floor: number, delta: number): number {
  const bound = (floor / (1 + delta)) * (1 - 1e-12);
  return bound >= scoreBound(Number.MAX_VALUE) ? Number.MAX_VALUE : bound / (1 - bound);
}

/** Bounds of the scores of some rows. */
function boundsAt(x: Float64Array, positions: Int32Array, delta: number): Float64Array {
  const bounds = new Float64Array(positions.length);
  for (let k = 0; k < bounds.length; k++) bounds[k] = scoreBound(x[positions[k]]) * (1 + delta);
  return bounds;
}

/** The largest of some bounds whose rows have another one below the floor. */
function largestOfOthers(bounds: Float64Array, others: Float64Array, floor: number): number {
  let largest = 0;
  for (let k = 0; k < bounds.length; k++) if (!(others[k] >= floor) && bounds[k] > largest) largest = bounds[k];
  return largest;
}

/** Positions of positions. */
function atPositions(rows: Int32Array, positions: Int32Array): Int32Array {
  const some = new Int32Array(positions.length);
  for (let k = 0; k < some.length; k++) some[k] = rows[positions[k]];
  return some;
}
