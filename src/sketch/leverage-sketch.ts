/**
 * The leverage sketch: reads the rows of K once, in any blocks, and ends with the universal set for f(x) = x^2.
 *
 * For each block of rows: bound what its rows can score, take the block in, keep the rows that may reach eps; prune when
 * the candidates have doubled; score the rest exactly at the end. Memory is d^2 + d^2 / eps numbers, whatever n is.
 *
 * Rows are regrouped into blocks of a size that depends on d alone, so the result does not depend on how they came.
 *
 * Invariant: a row outside the candidates has a score below eps, rounding included.
 */

import { dataError } from '../errors.js';
import { SQUARE } from '../functions.js';
import { type Kernels, scaleColumns } from '../kernels/kernels.js';
import { columnSquares } from '../linear/triangular.js';
import { clearNonFinite, type NonFinitePolicy } from '../matrix/non-finite.js';
import { checkBlock, type Dtype, dtypeOf, type RowBlock, type Values } from '../matrix/row-block.js';
import type { Route } from './accumulator.js';
import type { BlockTraits, Survivors } from './block.js';
import { BlockSlot } from './block-slot.js';
import { Candidates } from './candidates.js';
import { type FactorChoice, RoutedAccumulator } from './routed.js';
import { isSampled, SampleSums, sampledRows } from './sampling.js';
import { ColumnScale } from './scale.js';
import { gatherRows, Scratch } from './scratch.js';
import type { Screened } from './screen.js';
import type { UniversalSet } from './universal-set.js';
import { RowScorer, type Whitening } from './whitening.js';

/** How a {@link LeverageSketch} is set up. */
export interface SketchOptions {
  /** Columns of K, >= 1. */
  readonly d: number;
  /** Threshold, in (0, 1]. */
  readonly eps: number;
  readonly kernels: Kernels;
  /** Default `auto`: the Gram route where it gives scores to 1e-7, decided early and watched all along; else stable. */
  readonly factor?: FactorChoice | undefined;
  /**
   * A whole number: sum only one row in this many, chosen by a hash of its index, and the candidates: U is then a superset and scores are
   * upper bounds. Default 1: all rows, exact.
   */
  readonly sampleRate?: number | undefined;
  /** Rows taken in at a time; default {@link blockRowsFor}. Exact results do not depend on it but for rounding. */
  readonly blockRows?: number | undefined;
  /** Default `error`. */
  readonly nonFinite?: NonFinitePolicy | undefined;
  /** Names a row in messages, by its global index; default `row N`. */
  readonly describeRow?: ((row: number) => string) | undefined;
  /** Told of what the sketch does now and then: prunings, changes of route. */
  readonly onEvent?: ((event: SketchEvent) => void) | undefined;
}

/** How many rows got how far. */
export interface StageCounts {
  /** Rows taken in. */
  readonly rows: number;
  /** Rows whose quadratic form had to be worked out, as the cheap bound did not rule them out. */
  readonly scored: number;
  /** Rows that became candidates. */
  readonly kept: number;
}

/** Something worth a line in a log. */
export type SketchEvent =
  | { readonly kind: 'pruned'; readonly rows: number; readonly before: number; readonly after: number }
  | { readonly kind: 'route'; readonly rows: number; readonly route: Route; readonly reason: string };

/** Rows of a full block for d columns: about 2 MiB of float32, 64 to 32,768 rows. */
export function blockRowsFor(d: number): number {
  return 2 ** Math.min(15, Math.max(6, Math.floor(Math.log2(2 ** 19 / d))));
}

/** What of the options every part of a sketch must agree on. */
export const traitsFrom = ({ d, eps, blockRows, sampleRate }: Omit<SketchOptions, 'kernels'>): BlockTraits => ({
  d,
  floor: eps,
  blockRows: blockRows ?? blockRowsFor(d),
  sampleRate: sampleRate ?? 1,
});

/** One pass over K for f(x) = x^2. */
export class LeverageSketch {
  readonly #options: SketchOptions;
  readonly #traits: BlockTraits;
  readonly #accumulator: RoutedAccumulator;
  readonly #sample: SampleSums | undefined;
  readonly #candidates: Candidates;
  readonly #scale: ColumnScale;
  readonly #peaks: Float64Array;
  readonly #scorer: RowScorer;
  /** The block that {@link add} fills. */
  #slot: BlockSlot | undefined;
  /** Scaled rows of a block, where columns are scaled at all. */
  readonly #scaled: Scratch;
  readonly #gathered: Scratch;
  readonly #x: Scratch;
  readonly #ones: Float64Array;
  #n = 0;
  #skipped = 0;
  /** Candidates that reach out of the numerical row space, as of the last scoring. */
  #unresolved = 0;
  #scored = 0;
  #kept = 0;
  #dtype: Dtype = 'float32';
  #pruneAt: number;

  constructor(options: SketchOptions) {
    const { d, eps, kernels, factor = 'auto' } = options;
    if (!(eps > 0 && eps <= 1)) throw new RangeError(`eps must lie in (0, 1], not ${eps}`);
    const traits = traitsFrom(options);
    if (!Number.isInteger(traits.sampleRate) || traits.sampleRate < 1) {
      throw new RangeError(`the sample rate must be a whole number of at least 1, not ${traits.sampleRate}`);
    }
    this.#options = options;
    this.#traits = traits;
    this.#accumulator = new RoutedAccumulator(traits, kernels, factor, (route, reason) =>
      this.#report({ kind: 'route', rows: this.#n, route, reason }),
    );
    this.#sample = traits.sampleRate > 1 ? new SampleSums(kernels, d, traits.sampleRate) : undefined;
    this.#candidates = new Candidates(d);
    this.#scale = new ColumnScale(d);
    this.#peaks = new Float64Array(d);
    this.#scorer = new RowScorer(kernels);
    this.#scaled = new Scratch(kernels);
    this.#gathered = new Scratch(kernels);
    this.#x = new Scratch(kernels);
    this.#ones = kernels.allocate('float64', d).fill(1);
    this.#pruneAt = this.#leastPrune();
  }

  /** Columns of K. */
  get d(): number {
    return this.#traits.d;
  }

  /** Rows taken so far, those skipped included. */
  get rows(): number {
    return this.#n + (this.#slot?.rows ?? 0);
  }

  /** Candidates held at the moment. */
  get candidates(): number {
    return this.#candidates.size;
  }

  /** How many rows got how far. */
  get counts(): StageCounts {
    return { rows: this.#n, scored: this.#scored, kept: this.#kept };
  }

  /**
   * What blocks to come can be screened with, on any thread; undefined while they must be taken in as they are. Only the
   * Gram route and a sample gain by it.
   */
  get filter(): Whitening | undefined {
    const worthwhile = this.#sample !== undefined || this.#accumulator.route === 'gram';
    return worthwhile && this.#scale.isIdentity ? this.#accumulator.filter : undefined;
  }

  /** A place for a block, for callers that fill blocks themselves and hand them to {@link take}. */
  newSlot(): BlockSlot {
    return new BlockSlot(this.#options.kernels, this.d, this.#traits.blockRows);
  }

  /**
   * Takes in the next rows, in any blocks. Not to be mixed with {@link take}.
   * @throws LevattnError where a row holds NaN or an infinity and they are not to be skipped, or where the Gram route
   *   cannot resolve K
   */
  add(block: RowBlock): void {
    const { d } = this;
    if (block.d !== d) throw new RangeError(`a block of ${block.d} columns in a sketch of ${d}`);
    checkBlock(block);
    if (block.start !== this.rows) throw new RangeError(`a block at row ${block.start} where ${this.rows} is next`);
    this.#slot ??= this.newSlot();
    const slot = this.#slot;
    for (let done = 0; done < block.rows; ) {
      const count = Math.min(block.rows - done, slot.room);
      slot.next(dtypeOf(block.values)).set(block.values.subarray(done * d, (done + count) * d));
      slot.filled(count);
      done += count;
      if (slot.room === 0) this.take(slot);
    }
  }

  /**
   * Takes in a whole block, and clears its slot: every block but the last must be full.
   *
   * @param screened - what a {@link Screen} said of the block with an earlier {@link filter}, its sums being in the slot;
   *   undefined: the block is taken in as it is
   * @throws LevattnError as {@link add} does
   */
  take(slot: BlockSlot, screened?: Screened): void {
    if (!screened?.finite) this.#clear(slot);
    if (slot.dtype === 'float64' || !this.#scale.isIdentity) this.#updateScale(slot);
    const usable = screened?.finite && this.#scale.isIdentity;
    const survivors = usable ? this.#merge(slot, screened) : this.#absorb(slot);
    for (const i of survivors.rows) this.#candidates.add(this.#n + i, slot.values, i);
    this.#scored += survivors.scored;
    this.#kept += survivors.rows.length;
    this.#n += slot.rows;
    slot.clear();
    if (this.#candidates.size > this.#pruneAt) this.#prune();
  }

  /** Ends the pass: the universal set with exact scores, or with certified upper bounds where rows were sampled. */
  finish(): UniversalSet {
    if (this.#slot && this.#slot.rows > 0) this.take(this.#slot);
    const { whitening, scores } = this.#prune();
    const candidates = this.#candidates;
    return {
      n: this.#n,
      d: this.d,
      rank: whitening.rank,
      eps: this.#options.eps,
      f: SQUARE.name,
      growth: { a: 2, b: 2 },
      floor: this.#options.eps,
      dropped: this.#options.eps,
      lewis: undefined,
      sample: undefined,
      route: this.#accumulator.route,
      delta: whitening.delta,
      resolution: this.#accumulator.resolution(),
      rootError: this.#accumulator.rootError(),
      skipped: this.#skipped,
      unresolved: this.#unresolved,
      sampling: this.#sample?.finish(),
      index: candidates.index.slice(),
      score: scores,
      keys: candidates.keys.slice(),
      dtype: this.#dtype,
      exponents: this.#scale.exponents.slice(),
      root: this.#accumulator.root(),
    };
  }

  /** Rows with NaN or infinities: an error, or zeros. */
  #clear({ values, rows }: BlockSlot): void {
    const { kernels, nonFinite = 'error', describeRow = (row: number) => `row ${row}` } = this.#options;
    if (kernels.rowNorms(values, rows, this.d, this.#ones, this.#x.take(rows + 4))) return;
    this.#skipped += clearNonFinite(values, rows, this.d, nonFinite, (i) => describeRow(this.#n + i));
  }

  /** float64 rows may be too large or too small to be squared as they are; then float32 ones must follow them. */
  #updateScale(slot: BlockSlot): void {
    if (slot.dtype === 'float64' && this.#dtype === 'float32') this.#beginFloat64();
    this.#options.kernels.scan(slot.values, slot.rows, this.d, this.#peaks);
    const changes = this.#scale.raise(this.#peaks);
    if (!changes) return;
    this.#accumulator.rescale(changes);
    this.#sample?.rescale(changes);
  }

  /** The first float64 rows: columns that float32 rows have used are there unscaled. */
  #beginFloat64(): void {
    this.#dtype = 'float64';
    if (this.#n === 0) return;
    const used = columnSquares(this.#accumulator.root(), this.d, this.d);
    for (let j = 0; j < this.d; j++) if (used[j] > 0) this.#scale.markUsed(j);
  }

  /** Takes in a block that was screened: by its sums. */
  #merge({ values, rows, gram, squares }: BlockSlot, screened: Screened): Survivors {
    const sample = this.#sample;
    if (!sample) {
      this.#accumulator.merge(gram, rows, () => values);
      return screened;
    }
    const { d, sampleRate } = this.#traits;
    sample.add(gram, squares, screened.summed);
    this.#accumulator.merge(gram, screened.summed, () =>
      gatherRows(values, d, sampledRows(this.#n, rows, sampleRate), this.#gathered),
    );
    // A candidate is summed, too, and once: its score is then exact against the factor that knows it.
    const others = screened.rows.filter((i) => !isSampled(this.#n + i, sampleRate));
    if (others.length > 0) this.#accumulator.absorb(gatherRows(values, d, others, this.#gathered), others.length);
    return screened;
  }

  /** Takes in all rows of a block. */
  #absorb({ rows, values }: BlockSlot): Survivors {
    const { d, sampleRate } = this.#traits;
    const a = this.#scaledRows(values, rows);
    if (this.#sample) {
      const share = sampledRows(this.#n, rows, sampleRate);
      this.#sample.addRows(a, rows, gatherRows(a, d, share, this.#gathered), share.length);
    }
    return this.#accumulator.absorb(a, rows);
  }

  #scaledRows(values: Values, rows: number): Values {
    if (this.#scale.isIdentity) return values;
    const scaled = this.#scaled.take(rows * this.d);
    scaleColumns(values, rows, this.d, this.#scale.factors, scaled);
    return scaled;
  }

  /** At most rank / eps rows reach eps; twice that and a block more are worth a look. */
  #leastPrune(): number {
    return 2 * Math.ceil(this.d / this.#options.eps) + this.#traits.blockRows;
  }

  /** Scores every candidate against all rows so far and drops those below eps; the scores of those kept, in order. */
  #prune(): { whitening: Whitening; scores: Float64Array } {
    const { eps } = this.#options;
    const candidates = this.#candidates;
    const before = candidates.size;
    const whitening = this.#accumulator.whitening();
    const scores = this.#scoreCandidates(whitening);
    const reaches = (i: number): boolean => scores[i] * (1 + whitening.delta) >= eps;
    const kept = scores.filter((_, i) => reaches(i));
    candidates.retain(reaches);
    if (candidates.size > this.#leastPrune()) {
      throw dataError(
        `after ${this.#n} rows ${candidates.size} keys cannot be told from heavy ones, as K is too ill-conditioned for the Gram route; run again with --factor stable`,
      );
    }
    this.#pruneAt = Math.max(this.#leastPrune(), 2 * candidates.size);
    this.#report({ kind: 'pruned', rows: this.#n, before, after: candidates.size });
    return { whitening, scores: kept };
  }

  #scoreCandidates(whitening: Whitening): Float64Array {
    const { d, blockRows } = this.#traits;
    const { size, keys } = this.#candidates;
    const scores = new Float64Array(size);
    this.#unresolved = 0;
    for (let from = 0; from < size; from += blockRows) {
      const rows = Math.min(blockRows, size - from);
      const x = this.#x.take(rows + 4);
      this.#scorer.score(whitening, this.#scaledRows(keys.subarray(from * d), rows), rows, x);
      for (let i = 0; i < rows; i++) {
        scores[from + i] = Math.min(1, x[i]);
        if (x[i] === Number.POSITIVE_INFINITY) this.#unresolved++;
      }
    }
    return scores;
  }

  #report(event: SketchEvent): void {
    this.#options.onEvent?.(event);
  }
}
