/** One accumulator out of the two routes: the one that was asked for, or, for `auto`, whichever the data allows. */

import type { Kernels } from '../../kernels/kernels.js';
import type { ColumnOrder } from '../../linear/reorder.js';
import { columnSquares } from '../../linear/triangular.js';
import type { Values } from '../../rows/row-block.js';
import type { SketchShape, Survivors } from '../screen/block.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';
import { type WideAlgebra, wideAlgebra } from '../wide/wide-algebra.js';
import type { Accumulator, Route, StableSum } from './accumulator.js';
import { GramAccumulator, type GramSum } from './gram.js';
import { stableSum } from './stable.js';
import type { Whitening } from './whitening.js';
import { WideGramAccumulator } from './wide-accumulator.js';

/** How the factor of K^T K is formed: by one route throughout, or by whichever the data allows. */
export type FactorChoice = Route | 'auto';

/** `auto` decides when it has this many rows a column: fewer say little of the condition of K. */
const EARLY_ROWS_PER_COLUMN = 4;

/** Told of a change of route. */
export type OnRoute = (route: Route, reason: string) => void;

/** Hands over all rows taken in so far, in order: blocks of rows x d, scaled columns, each valid until the next. */
export type Recall = (take: (a: Values, rows: number) => void) => void;

/**
 * Takes in rows by the route that suits them.
 *
 * `auto` begins with the Gram route if the first block shows that it keeps the digits it promises, else with the stable one;
 * it looks once more when there are enough rows, and goes back to the stable route before a block that would cost digits.
 *
 * Of a wide matrix, for which factors cost much, rows are summed first and all of them survive, until there are enough of them or
 * somebody asks for a factor. If their sum has lost digits by then, they are handed over once more.
 */
export class RoutedAccumulator {
  readonly #shape: SketchShape;
  readonly #kernels: Kernels;
  readonly #onRoute: OnRoute | undefined;
  /** Whether the data decides. */
  readonly #mayChange: boolean;
  readonly #recall: Recall | undefined;
  readonly #asksOfDropped: boolean;
  /** Where the matrix is wide. */
  readonly #algebra: WideAlgebra | undefined;
  #current: Accumulator;
  #undecided: boolean;
  #n = 0;

  /**
   * @param recall - of all rows taken in, as long as every one of them survived; none: matrices are not treated as wide
   * @param asksOfDropped - as for {@link WideGramAccumulator}
   */
  constructor(
    shape: SketchShape,
    kernels: Kernels,
    choice: FactorChoice,
    onRoute?: OnRoute,
    recall?: Recall,
    asksOfDropped = false,
  ) {
    this.#asksOfDropped = asksOfDropped;
    this.#shape = shape;
    this.#kernels = kernels;
    this.#onRoute = onRoute;
    this.#mayChange = choice === 'auto';
    this.#undecided = this.#mayChange;
    this.#recall = recall;
    this.#algebra = wideAlgebra(kernels, shape.d);
    const byGram = choice === 'gram' || (this.#sumsFirst && choice === 'auto');
    this.#current = byGram ? this.#gram(false) : this.#stable();
  }

  /** The route taken at the moment. */
  get route(): Route {
    return this.#current.route;
  }

  /** What further rows can be screened with, on any thread; its arrays do not change. Undefined before the first rows. */
  get filter(): Whitening | undefined {
    return this.#undecided ? undefined : this.#current.filter;
  }

  /** Bound on the relative error of a score, as of the last factor; 0 before there is one. */
  get delta(): number {
    return this.#current.filter?.delta ?? 0;
  }

  /** The rows that the filter knows, at most. */
  get filterRows(): number {
    return this.#current.filterRows;
  }

  /**
   * Takes in rows; a is rows x d, finite, scaled columns.
   * @returns the rows whose final score may reach the floor
   */
  absorb(a: Values, rows: number): Survivors {
    if (this.#sumsFirst && this.#n >= EARLY_ROWS_PER_COLUMN * this.#shape.d) this.#resolve();
    const survivors = this.#begin(a, rows) ?? this.#current.absorb(a, rows) ?? this.#absorbStable(a, rows);
    this.#n += rows;
    if (this.#undecided && !this.#sumsFirst && this.#n >= EARLY_ROWS_PER_COLUMN * this.#shape.d) this.#decide();
    return survivors;
  }

  /**
   * Takes in rows that were screened with an earlier {@link filter}.
   *
   * @param gram - their Gram matrix, d x d, upper triangle
   * @param rowsOf - the rows themselves, count x d, for where the Gram matrix cannot be used
   */
  addScreened(gram: Float64Array, count: number, rowsOf: () => Values): void {
    if (count === 0) return;
    if (this.#current instanceof GramAccumulator && this.#current.addScreened(gram, count)) this.#n += count;
    else this.absorb(rowsOf(), count);
  }

  /** Multiplies the columns taken in so far by `changes` (d exact powers of two), as the column scales have grown. */
  rescale(changes: Float64Array): void {
    this.#current.rescale(changes);
  }

  /** Puts the columns taken in so far in another order. */
  reorder(order: ColumnOrder): void {
    this.#current.reorder(order);
  }

  /** The whitening of everything taken in. */
  whitening(): Whitening {
    return this.#resolve().whitening();
  }

  /** The rank and the error of {@link whitening}; of a wide Gram matrix without a factor to score with. */
  condition(): Pick<Whitening, 'rank' | 'delta'> {
    const current = this.#resolve();
    return current instanceof WideGramAccumulator ? current.condition() : current.whitening();
  }

  /** Whether the smallest eigenvalue of everything taken in is proved to be at least this, its error allowed for; only of wide Gram matrices. */
  provesLambda(lambda: number): boolean {
    const current = this.#resolve();
    return current instanceof WideGramAccumulator && current.provesLambda(lambda);
  }

  /** As {@link Accumulator.root}. */
  root(): Float64Array {
    return this.#resolve().root();
  }

  /** As {@link Accumulator.rootError}. */
  rootError(): number {
    return this.#resolve().rootError();
  }

  /** As {@link Accumulator.resolution}. */
  resolution(): number {
    return this.#resolve().resolution();
  }

  /** What it is made of. */
  save(): State {
    return { route: this.route, undecided: this.#undecided, n: this.#n, accumulator: this.#current.save() };
  }

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader): void {
    const route = state.text('route');
    if (route !== 'gram' && route !== 'stable') throw state.wrong('route', `is ${route}, and there is no such route`);
    this.#undecided = state.boolean('undecided');
    this.#n = state.whole('n');
    const part = state.part('accumulator');
    if (route === 'gram') {
      const gram = this.#gram(this.#mayChange && !this.#undecided);
      gram.restore(part);
      this.#current = gram;
    } else {
      const stable = this.#stable();
      stable.restore(part);
      this.#current = stable;
    }
  }

  /**
   * Takes in all that another has taken in, of as many columns in the same scales. The sum of Gram matrices is kept where that
   * gives scores as good as `auto` asks for; else R of both factors, one below the other.
   */
  merge(other: RoutedAccumulator): void {
    if (other.#n === 0) return;
    if (this.#n === 0) {
      this.#current = other.#current;
      this.#undecided = other.#undecided;
      this.#n = other.#n;
      return;
    }
    if (this.#sumsFirst && this.#mergedWide(other)) return;
    const n = this.#n + other.#n;
    const undecided = this.#undecided && other.#undecided;
    const gram = undecided ? undefined : this.#mergedGram(other);
    this.#current = gram ?? this.#mergedStable(other);
    this.#n = n;
    this.#undecided = undecided;
    if (undecided && n >= EARLY_ROWS_PER_COLUMN * this.#shape.d) this.#decide();
  }

  /** Of wide matrices: the sum of both, where neither is decided on yet; else that is done now. */
  #mergedWide(other: RoutedAccumulator): boolean {
    if (this.#gathers && other.#gathers) {
      const { gram, blocks } = (other.#current as WideGramAccumulator).sum;
      (this.#current as WideGramAccumulator).addSum(gram, other.#n, blocks);
      this.#n += other.#n;
      return true;
    }
    this.#resolve();
    other.#resolve();
    return false;
  }

  /** The sum of both Gram matrices, if at least one is formed already and it resolves K well. */
  #mergedGram(other: RoutedAccumulator): (Accumulator & GramSum) | undefined {
    const [one, two] = [this.#current, other.#current];
    if (!isGram(one) && !isGram(two)) return undefined;
    if (one.rootError() > 0 || two.rootError() > 0) return undefined;
    const merged = this.#gram(this.#mayChange);
    for (const { current, n } of [
      { current: one, n: this.#n },
      { current: two, n: other.#n },
    ]) {
      if (isGram(current)) merged.addSum(current.sum.gram, n, current.sum.blocks);
      else merged.addSum(this.#gramOf(current), n, Math.ceil(n / this.#shape.blockRows));
    }
    if (!this.#mayChange) return merged;
    return merged.keepsDigits(merged.usedColumns) ? merged : undefined;
  }

  #gramOf(current: Accumulator): Float64Array {
    const { d } = this.#shape;
    const gram = new Float64Array(d * d);
    this.#kernels.addGram(current.root(), d, d, gram);
    return gram;
  }

  #mergedStable(other: RoutedAccumulator): Accumulator {
    const [one, two] = [this.#current, other.#current];
    const errorOf = (current: Accumulator): number =>
      current.route === 'gram' ? current.whitening().delta : current.rootError();
    const merged = this.#stable();
    merged.addRoot(one.root(), this.#n, errorOf(one));
    merged.addRoot(two.root(), other.#n, errorOf(two));
    if (this.route === 'gram' || other.route === 'gram') {
      this.#onRoute?.('stable', 'all rows together would cost the Gram route its digits');
    }
    return merged;
  }

  /** The first block by the Gram route, if that resolves it well. */
  #begin(a: Values, rows: number): Survivors | undefined {
    if (!this.#undecided || this.#sumsFirst || this.#n > 0) return undefined;
    if (rows < EARLY_ROWS_PER_COLUMN * this.#shape.d) return undefined;
    const gram = new GramAccumulator({ ...this.#shape, kernels: this.#kernels, strict: true });
    const survivors = gram.begin(a, rows);
    if (survivors) this.#goOnWithGram(gram);
    return survivors;
  }

  /** The look at the first rows, where they came in small blocks. */
  #decide(): void {
    const { d } = this.#shape;
    this.#undecided = false;
    const { rank } = this.#current.whitening();
    const root = this.#current.root();
    const usedColumns = columnSquares(root, d, d).filter((square) => square > 0).length;
    if (rank < usedColumns) return;
    const gram = new GramAccumulator({ ...this.#shape, kernels: this.#kernels, strict: true }, root, this.#n);
    if (gram.keepsDigits(rank)) this.#goOnWithGram(gram);
  }

  /** Whether rows of a wide matrix are only being summed so far. */
  get #gathers(): boolean {
    return this.#undecided && this.#current instanceof WideGramAccumulator;
  }

  /** Decides on the route of a wide matrix, if that has not been done; the route. */
  #resolve(): Accumulator {
    const gram = this.#current;
    if (!this.#undecided || !(gram instanceof WideGramAccumulator)) return gram;
    if (this.#n > 0 && gram.keepsDigits(gram.usedColumns)) {
      gram.beStrict();
      this.#goOnWithGram(gram);
      return gram;
    }
    this.#undecided = false;
    const stable = this.#stable();
    let rows = 0;
    this.#recall!((a, count) => {
      stable.absorb(a, count);
      rows += count;
    });
    if (rows !== this.#n) throw new Error(`${rows} rows were handed over of ${this.#n}`);
    this.#current = stable;
    return stable;
  }

  #goOnWithGram(gram: Accumulator): void {
    this.#undecided = false;
    this.#current = gram;
    this.#onRoute?.('gram', 'the first rows are well-conditioned');
  }

  #absorbStable(a: Values, rows: number): Survivors {
    const { delta } = this.#current.whitening();
    const stable = this.#stable();
    stable.addRoot(this.#current.root(), this.#n, delta);
    this.#current = stable;
    this.#onRoute?.('stable', 'the next rows would cost the Gram route its digits');
    return stable.absorb(a, rows);
  }

  /** Whether rows are summed before the route is decided on: of a wide matrix, where they can be had once more. */
  get #sumsFirst(): boolean {
    return this.#algebra !== undefined && this.#recall !== undefined;
  }

  #stable(): StableSum {
    return stableSum(this.#shape, this.#kernels, this.#algebra);
  }

  #gram(strict: boolean): GramAccumulator | WideGramAccumulator {
    if (!this.#algebra || !this.#recall) return new GramAccumulator({ ...this.#shape, kernels: this.#kernels, strict });
    const gram = new WideGramAccumulator(this.#shape, this.#algebra, this.#asksOfDropped);
    if (strict) gram.beStrict();
    return gram;
  }
}

const isGram = (accumulator: Accumulator): accumulator is Accumulator & GramSum => accumulator.route === 'gram';
