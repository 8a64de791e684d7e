/**
 * The Gram route: G = K^T K in float64, summed block by block.
 *
 * Fast, with an error of gamma (`rounding.ts`) relative to the unit-diagonal matrix C = D^-1/2 G D^-1/2, D = diag(G); with
 * lambda the smallest eigenvalue of C, every score carries a relative error of at most delta = gamma / lambda.
 *
 * Rows are screened with the factor of some time ago (`screen.ts`), which is renewed as G grows.
 */

import type { Kernels } from '../../kernels/kernels.js';
import { type ColumnOrder, reorderSymmetric } from '../../linear/reorder.js';
import type { Values } from '../../rows/row-block.js';
import { floorAt, type SketchShape, type Survivors } from '../screen/block.js';
import { allPositions } from '../screen/positions.js';
import { Screen } from '../screen/screen.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';
import type { Accumulator } from './accumulator.js';
import { type FactoredGram, factorGram } from './gram-factor.js';
import { gramError } from './rounding.js';
import { RowScorer, type Whitening } from './whitening.js';
import { restoreFactored, saveFactored } from './whitening-state.js';

/** With `strict`, the largest relative error of a score that the Gram route may be used for. */
export const STRICT_DELTA = 1e-7;

/** The filter's factor is renewed when the rows have grown by this much since it was made. */
export const RENEWAL = 2;

/** What is asked of a sum of Gram matrices beyond {@link Accumulator}. */
export interface GramSum {
  /** The sum so far: G, d x d, upper triangle, of `blocks` sums that were added up. */
  readonly sum: { readonly gram: Float64Array; readonly blocks: number };

  /** Columns that are not all zeros so far. */
  readonly usedColumns: number;

  /** Whether G resolves all of K's rank and gives scores as good as `strict` asks, so far. */
  keepsDigits(rank: number): boolean;

  /**
   * Adds rows that were summed elsewhere to those taken in here.
   *
   * @param gram - d x d, upper triangle, their Gram matrix
   * @param blocks - that it was summed over
   */
  addSum(gram: Float64Array, n: number, blocks: number): void;
}

/** How a Gram accumulator is set up. */
export interface GramOptions extends SketchShape {
  readonly kernels: Kernels;
  /** Whether to refuse a block after which scores would be worse than {@link STRICT_DELTA}. */
  readonly strict: boolean;
}

/** Accumulates rows into a Gram matrix. */
export class GramAccumulator implements Accumulator, GramSum {
  readonly route = 'gram';
  readonly #options: GramOptions;
  readonly #scorer: RowScorer;
  /** G, upper triangle. */
  readonly #gram: Float64Array;
  /** Of a block, for rows that are screened here; made when there are any. */
  #block: Float64Array | undefined;
  #n = 0;
  /** Sums that were added up: full blocks, and smaller ones of rows that came apart from theirs. */
  #blocks = 0;
  /** The factor that rows are filtered with, and the rows it knows. */
  #factored: FactoredGram | undefined;
  #filterRows = 0;
  readonly #screen: Screen;

  /**
   * @param r - an upper triangular factor (d x d) of `n` rows to go on from
   */
  constructor(options: GramOptions, r?: Float64Array, n = 0) {
    const { d, kernels } = options;
    this.#options = options;
    this.#scorer = new RowScorer(kernels);
    this.#gram = kernels.allocate('float64', d * d);
    this.#screen = new Screen(kernels, { ...options, sampleRate: 1, lewis: undefined });
    if (r) {
      kernels.addGram(r, d, d, this.#gram);
      this.#n = n;
      this.#blocks = Math.ceil(n / options.blockRows);
      this.#renewFilter();
    }
  }

  /** What rows are screened with on any thread, once there is one; its arrays do not change. */
  get filter(): Whitening | undefined {
    return this.#factored?.whitening;
  }

  get filterRows(): number {
    return this.#filterRows;
  }

  absorb(a: Values, rows: number): Survivors | undefined {
    if (!this.filter) return this.begin(a, rows);
    const block = this.#blockSum;
    const screened = this.#screen.run(
      { leverage: this.filter, floor: floorAt(this.#options, this.#filterRows + 1), lewis: undefined },
      { start: 0, rows, values: a, gram: block, squares: block, weighted: block, gate: undefined },
    );
    if (!screened.finite) return this.#absorbUnscreened(a, rows);
    return this.addScreened(block, rows) ? screened : undefined;
  }

  /** Takes in rows so much larger than those before that their norms overflow: they are not bounded. */
  #absorbUnscreened(a: Values, rows: number): Survivors | undefined {
    const { d, kernels } = this.#options;
    const block = this.#blockSum.fill(0);
    kernels.addGram(a, rows, d, block);
    if (!this.addScreened(block, rows)) return undefined;
    return { rows: allPositions(rows), scored: 0, dropped: 0 };
  }

  /**
   * Takes in the first rows, which there is no filter for yet.
   * @returns undefined where strict forbids: then this accumulator must not be used
   */
  begin(a: Values, rows: number): Survivors | undefined {
    const { d, kernels, strict } = this.#options;
    kernels.addGram(a, rows, d, this.#gram);
    this.#n += rows;
    this.#blocks++;
    const { whitening } = this.#renewFilter();
    if (strict && !this.keepsDigits(this.usedColumns)) return undefined;
    return this.#scorer.survivors(whitening, floorAt(this.#options, this.#n), a, rows);
  }

  /**
   * Takes in a block that was screened elsewhere.
   *
   * @param block - d x d, upper triangle of its Gram matrix
   * @returns false where it was not taken in, because scores would be worse than strict allows
   */
  addScreened(block: Float64Array, rows: number): boolean {
    const { d, strict, kernels } = this.#options;
    if (strict && this.#losesDigits(block, rows)) return false;
    kernels.addUpper(block, d, this.#gram);
    this.#n += rows;
    this.#blocks++;
    if (this.#factored && this.#n >= RENEWAL * this.#filterRows) this.#renewFilter();
    return true;
  }

  keepsDigits(rank: number): boolean {
    const current = this.whitening();
    return current.rank === rank && current.delta <= STRICT_DELTA;
  }

  rescale(changes: Float64Array): void {
    const { d } = this.#options;
    for (let i = 0; i < d; i++) for (let j = i; j < d; j++) this.#gram[i * d + j] *= changes[i] * changes[j];
    if (this.#factored) this.#renewFilter();
  }

  reorder(order: ColumnOrder): void {
    reorderSymmetric(this.#gram, order);
    if (this.#factored) this.#renewFilter();
  }

  whitening(): Whitening {
    return this.#current().whitening;
  }

  root(): Float64Array {
    return this.#current().root;
  }

  rootError(): number {
    return 0;
  }

  resolution(): number {
    return this.#error(this.#n, this.#blocks);
  }

  save(): State {
    return {
      gram: this.#gram.slice(),
      n: this.#n,
      blocks: this.#blocks,
      filterRows: this.#filterRows,
      filter: this.#factored && saveFactored(this.#factored),
    };
  }

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader): void {
    const { d } = this.#options;
    this.#gram.set(state.float64('gram', d * d));
    this.#n = state.whole('n');
    this.#blocks = state.whole('blocks');
    this.#filterRows = state.whole('filterRows');
    const filter = state.optionalPart('filter');
    this.#factored = filter && restoreFactored(filter, d);
  }

  addSum(gram: Float64Array, n: number, blocks: number): void {
    const { d, kernels } = this.#options;
    kernels.addUpper(gram, d, this.#gram);
    this.#n += n;
    this.#blocks += blocks;
    this.#renewFilter();
  }

  get sum(): { readonly gram: Float64Array; readonly blocks: number } {
    return { gram: this.#gram, blocks: this.#blocks };
  }

  get #blockSum(): Float64Array {
    const { d, kernels } = this.#options;
    this.#block ??= kernels.allocate('float64', d * d);
    return this.#block;
  }

  #error(n: number, blocks: number): number {
    const { d, blockRows } = this.#options;
    return gramError(d, Math.min(n, blockRows), blocks);
  }

  get usedColumns(): number {
    const { d } = this.#options;
    let used = 0;
    for (let i = 0; i < d; i++) if (this.#gram[i * d + i] > 0) used++;
    return used;
  }

  #current(): FactoredGram {
    return this.#factored && this.#filterRows === this.#n ? this.#factored : this.#renewFilter();
  }

  #renewFilter(): FactoredGram {
    this.#factored = factorGram(this.#gram, this.#options.d, this.resolution(), this.#options.kernels);
    this.#filterRows = this.#n;
    return this.#factored;
  }

  /**
   * Whether adding the block leaves a smallest eigenvalue that its error drowns. G grows, and D by at most a factor of rho
   * per column, so lambda falls to no less than lambda / max rho; only where that is too little, be it with an old factor or
   * one of now, is the sum factored to see.
   */
  #losesDigits(block: Float64Array, rows: number): boolean {
    const { d, kernels } = this.#options;
    const error = this.#error(this.#n + rows, this.#blocks + 1);
    const least = error / STRICT_DELTA;
    const lambdaAfter = (filter: Whitening): number => {
      let rho = 1;
      for (let i = 0; i < d; i++) {
        const added = this.#gram[i * d + i] + block[i * d + i];
        // A column of zeros has no share in lambda: its first entry is a new direction.
        rho = Math.max(rho, this.#gram[i * d + i] === 0 && added > 0 ? Infinity : added * filter.weights[i]);
      }
      return filter.lambda / rho;
    };
    if (lambdaAfter(this.filter!) >= least || lambdaAfter(this.whitening()) >= least) return false;
    const sum = this.#gram.slice();
    kernels.addUpper(block, d, sum);
    const after = factorGram(sum, d, error, kernels).whitening;
    return after.rank < this.whitening().rank || after.lambda < least;
  }
}
