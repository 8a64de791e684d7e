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
import type { Kernels } from '../kernels/kernels.js';
import { updateQr } from '../linear/triangular.js';
import { clearNonFinite, type NonFinitePolicy } from '../matrix/non-finite.js';
import type { Dtype, RowBlock } from '../matrix/row-block.js';
import type { Accumulator, Route } from './accumulator.js';
import { Candidates } from './candidates.js';
import { GramAccumulator } from './gram.js';
import { ColumnScale } from './scale.js';
import { StableAccumulator } from './stable.js';
import type { UniversalSet } from './universal-set.js';
import { RowScorer, Scratch, type Whitening } from './whitening.js';

/** How the factor of K^T K is formed: by one route throughout, or by whichever the data allows. */
export type FactorChoice = Route | 'auto';

/** How a {@link LeverageSketch} is set up. */
export interface SketchOptions {
  /** Columns of K, >= 1. */
  readonly d: number;
  /** Threshold, in (0, 1]. */
  readonly eps: number;
  readonly kernels: Kernels;
  /** Default `auto`: the Gram route where it gives scores to 1e-7, decided early and watched all along; else stable. */
  readonly factor?: FactorChoice | undefined;
  /** Rows taken in at a time; default {@link blockRowsFor}. Results do not depend on it but for rounding. */
  readonly blockRows?: number | undefined;
  /** Default `error`. */
  readonly nonFinite?: NonFinitePolicy | undefined;
  /** Names a row in messages, by its global index; default `row N`. */
  readonly describeRow?: ((row: number) => string) | undefined;
  /** Told of what the sketch does now and then: prunings, changes of route. */
  readonly onEvent?: ((event: SketchEvent) => void) | undefined;
}

/** Something worth a line in a log. */
export type SketchEvent =
  | { readonly kind: 'pruned'; readonly rows: number; readonly before: number; readonly after: number }
  | { readonly kind: 'route'; readonly rows: number; readonly route: Route; readonly reason: string };

/** Rows of a full block for d columns: about 1 MiB of float64, 64 to 4,096 rows. */
export function blockRowsFor(d: number): number {
  return 2 ** Math.min(12, Math.max(6, Math.floor(Math.log2(2 ** 17 / d))));
}

/** The early look of `auto` waits for this many rows a column: fewer say little of the condition of K. */
const EARLY_ROWS_PER_COLUMN = 4;

/** One pass over K for f(x) = x^2. */
export class LeverageSketch {
  readonly #options: SketchOptions;
  readonly #blockRows: number;
  readonly #candidates: Candidates;
  readonly #scale: ColumnScale;
  readonly #peaks: Float64Array;
  readonly #scorer: RowScorer;
  #accumulator: Accumulator;
  /** Whether `auto` has still to decide. */
  #undecided: boolean;
  /** The block being filled, as read and in scaled columns. */
  readonly #raw: Float64Array;
  readonly #scaled: Float64Array;
  #filled = 0;
  /** Rows taken in, without the block being filled. */
  #n = 0;
  #skipped = 0;
  /** Candidates that reach out of the numerical row space, as of the last scoring. */
  #unresolved = 0;
  #dtype: Dtype = 'float32';
  readonly #bounds: Float64Array;
  readonly #scores = new Scratch();
  readonly #gathered = new Scratch();
  #pruneAt: number;

  constructor(options: SketchOptions) {
    const { d, eps, kernels, factor = 'auto', blockRows = blockRowsFor(d) } = options;
    this.#options = options;
    this.#blockRows = blockRows;
    this.#candidates = new Candidates(d);
    this.#scale = new ColumnScale(d);
    this.#peaks = new Float64Array(d);
    this.#scorer = new RowScorer(kernels);
    this.#raw = new Float64Array(this.#blockRows * d);
    this.#scaled = new Float64Array(this.#blockRows * d);
    this.#bounds = new Float64Array(this.#blockRows);
    this.#pruneAt = this.#leastPrune();
    this.#undecided = factor === 'auto';
    this.#accumulator = factor === 'gram' ? this.#gram(false) : new StableAccumulator(d, kernels);
    if (!(eps > 0 && eps <= 1)) throw new RangeError(`eps must lie in (0, 1], not ${eps}`);
  }

  /** Rows taken so far, those skipped included. */
  get rows(): number {
    return this.#n + this.#filled;
  }

  /** Candidates held at the moment. */
  get candidates(): number {
    return this.#candidates.size;
  }

  /**
   * Takes in the next rows.
   * @throws LevattnError where a row holds NaN or an infinity and they are not to be skipped, or where the Gram route
   *   cannot resolve K
   */
  add(block: RowBlock): void {
    const { d } = this.#options;
    if (block.d !== d) throw new RangeError(`a block of ${block.d} columns in a sketch of ${d}`);
    if (block.start !== this.rows) throw new RangeError(`a block at row ${block.start} where ${this.rows} is next`);
    if (block.values instanceof Float64Array) this.#dtype = 'float64';
    for (let done = 0; done < block.rows; ) {
      const count = Math.min(block.rows - done, this.#blockRows - this.#filled);
      this.#raw.set(block.values.subarray(done * d, (done + count) * d), this.#filled * d);
      this.#filled += count;
      done += count;
      if (this.#filled === this.#blockRows) this.#takeIn();
    }
  }

  /** Ends the pass: the universal set with exact scores. */
  finish(): UniversalSet {
    const { d, eps } = this.#options;
    if (this.#filled > 0) this.#takeIn();
    const { whitening, scores } = this.#prune();
    const candidates = this.#candidates;
    return {
      n: this.#n,
      d,
      rank: whitening.rank,
      eps,
      route: this.#accumulator.route,
      delta: whitening.delta,
      resolution: this.#accumulator.resolution(),
      skipped: this.#skipped,
      unresolved: this.#unresolved,
      index: candidates.index.slice(),
      score: scores,
      keys: candidates.keys.slice(),
      dtype: this.#dtype,
      exponents: this.#scale.exponents.slice(),
      root: this.#accumulator.root(),
    };
  }

  /** The block that has been filled: bound, take in, keep. */
  #takeIn(): void {
    const { d, eps, kernels } = this.#options;
    const rows = this.#filled;
    const raw = this.#raw;
    if (!kernels.scan(raw, rows, d, this.#peaks)) {
      const { nonFinite = 'error', describeRow = (row: number) => `row ${row}` } = this.#options;
      this.#skipped += clearNonFinite(raw, rows, d, nonFinite, (i) => describeRow(this.#n + i));
      kernels.scan(raw, rows, d, this.#peaks);
    }
    const changes = this.#scale.raise(this.#peaks);
    if (changes) this.#accumulator.rescale(changes);
    kernels.scaleColumns(raw, rows, d, this.#scale.factors, this.#scaled);
    if (!this.#accumulator.absorb(this.#scaled, rows, this.#bounds)) {
      this.#changeRoute('stable', 'the next rows would cost the Gram route its digits');
      this.#accumulator.absorb(this.#scaled, rows, this.#bounds);
    }
    for (let i = 0; i < rows; i++) {
      if (this.#bounds[i] >= eps) this.#candidates.add(this.#n + i, raw, i);
    }
    this.#n += rows;
    this.#filled = 0;
    if (this.#undecided && this.#n >= EARLY_ROWS_PER_COLUMN * d) this.#decide();
    if (this.#candidates.size > this.#pruneAt) this.#prune();
  }

  /** The early look of `auto`: from here on by the Gram route, if the data so far is well-conditioned enough for it. */
  #decide(): void {
    this.#undecided = false;
    const { rank } = this.#accumulator.whitening();
    const usedColumns = this.#peaks.filter((peak) => peak > 0).length;
    if (rank < usedColumns) return;
    const gram = this.#gram(true, this.#accumulator.root());
    if (gram.keepsDigits()) {
      this.#accumulator = gram;
      this.#report({ kind: 'route', rows: this.#n, route: 'gram', reason: 'the first rows are well-conditioned' });
    }
  }

  #changeRoute(route: 'stable', reason: string): void {
    const { d, kernels } = this.#options;
    const { delta } = this.#accumulator.whitening();
    const r = new Float64Array(d * d);
    updateQr(r, d, this.#accumulator.root(), d);
    this.#accumulator = new StableAccumulator(d, kernels, r, delta);
    this.#report({ kind: 'route', rows: this.#n, route, reason });
  }

  #gram(strict: boolean, r?: Float64Array): GramAccumulator {
    const { d, eps, kernels } = this.#options;
    return new GramAccumulator({ d, kernels, blockRows: this.#blockRows, floor: eps, strict }, r, this.#n);
  }

  /** At most rank / eps rows reach eps; twice that and a block more are worth a look. */
  #leastPrune(): number {
    return 2 * Math.ceil(this.#options.d / this.#options.eps) + this.#blockRows;
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
    const { d, kernels } = this.#options;
    const { size, keys } = this.#candidates;
    const scores = new Float64Array(size);
    this.#unresolved = 0;
    for (let from = 0; from < size; from += this.#blockRows) {
      const rows = Math.min(this.#blockRows, size - from);
      const scaled = this.#gathered.take(rows * d);
      kernels.scaleColumns(keys.subarray(from * d, (from + rows) * d), rows, d, this.#scale.factors, scaled);
      const x = this.#scores.take(rows);
      this.#scorer.score(whitening, scaled, rows, x);
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
