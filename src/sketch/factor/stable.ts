/**
 * The stable route: an R factor of all rows up to the last fold, and the Gram matrix H of the rows since, whitened by it.
 *
 * Whitened rows have a well-conditioned Gram matrix, so that forming it loses nothing; folding R <- chol(I + H) R keeps
 * the accuracy of a QR factorisation, relative error at most about 8 d u kappa, at the price of a matrix product. Rows that R does
 * not prepare for (outside its row space, or with k^T (R^T R)^+ k > 100) go through a Householder QR update instead.
 */

import type { Kernels } from '../../kernels/kernels.js';
import type { ColumnOrder } from '../../linear/reorder.js';
import type { Values } from '../../rows/row-block.js';
import { gatherRows, Scratch } from '../scratch.js';
import { floorAt, type SketchShape, type Survivors } from '../screen/block.js';
import { allPositions } from '../screen/positions.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';
import type { WideAlgebra } from '../wide/wide-algebra.js';
import type { StableSum } from './accumulator.js';
import { rankTolerance, scoreBound } from './rounding.js';
import { SmallRoot } from './small-root.js';
import type { StableRoot } from './stable-root.js';
import { RowScorer, type Whitening } from './whitening.js';
import { WideRoot } from './wide-root.js';

/** Rows that stretch the current factor more than this are not whitened by it. */
const LARGEST_STRETCH = 100;

/**
 * A sum by the stable route, without rows.
 * @param algebra - where the matrix is wide
 */
export function stableSum(shape: SketchShape, kernels: Kernels, algebra: WideAlgebra | undefined): StableSum {
  const root = algebra ? new WideRoot(shape.d, algebra) : new SmallRoot(shape.d, kernels);
  return new StableAccumulator(shape, algebra?.kernels ?? kernels, root);
}

/** Accumulates rows by the whitened Gram route. */
class StableAccumulator implements StableSum {
  readonly route = 'stable';
  readonly #shape: SketchShape;
  readonly #kernels: Kernels;
  readonly #scorer: RowScorer;
  readonly #gathered: Scratch;
  readonly #root: StableRoot;
  /** H, width x width, upper triangle; of a wide matrix there is none before rows have been whitened. */
  #h: Float64Array | undefined;
  readonly #x: Float64Array;
  #whitening: Whitening | undefined;
  #n = 0;
  /** Relative error that R was begun with. */
  #inherited = 0;

  constructor(shape: SketchShape, kernels: Kernels, root: StableRoot) {
    this.#shape = shape;
    this.#kernels = kernels;
    this.#scorer = new RowScorer(kernels);
    this.#gathered = new Scratch(kernels);
    this.#root = root;
    if (!root.lazy) this.#h = this.#newH();
    this.#x = kernels.allocate('float64', shape.blockRows + 4);
  }

  get filter(): Whitening | undefined {
    return this.#whitening;
  }

  get filterRows(): number {
    return this.#n;
  }

  begin(r: Float64Array, n: number, delta: number): void {
    this.#root.begin(r);
    this.#n = n;
    this.#inherited = delta;
    if (!this.#root.lazy) this.#whitening = this.#factor();
  }

  addRoot(root: Float64Array, n: number, delta: number): void {
    this.#fold();
    this.#root.update(root, this.#shape.d);
    this.#root.forget();
    this.#n += n;
    this.#inherited = Math.max(this.#inherited, delta);
    if (!this.#root.lazy) this.#whitening = this.#factor();
  }

  absorb(a: Values, rows: number): Survivors {
    const { d } = this.#shape;
    this.#n += rows;
    if (!this.#whitening) {
      if (!this.#root.keep(a, rows)) this.#root.update(a, rows);
      if (this.#n < this.#root.earlyRows) return allOf(rows);
      this.#whitening = this.#factor();
      return this.#scorer.survivors(this.#whitening, this.#floor, a, rows);
    }
    const { width, delta } = this.#whitening;
    const x = this.#x;
    const whitened = this.#scorer.whiten(this.#whitening, a, rows, x);
    const largest = largestOf(x, rows);
    const stretching: number[] = [];
    for (let i = 0; i < rows && !(largest <= LARGEST_STRETCH); i++) {
      if (!(x[i] > LARGEST_STRETCH)) continue;
      stretching.push(i);
      whitened.fill(0, i * width, (i + 1) * width);
    }
    this.#h ??= this.#newH();
    this.#kernels.addGram(whitened, rows, width, this.#h);
    // Of the rows that stretch the factor, those count that the new one cannot rule out.
    const candidates = new Set<number>();
    let dropped = 0;
    if (stretching.length > 0) {
      const survivors = this.#absorbStretching(a, stretching);
      for (const i of survivors.rows) candidates.add(stretching[i]);
      dropped = survivors.dropped;
    } else if (this.#trace() > 3 * d) {
      this.#fold();
      this.#whitening = this.#factor();
    }
    const floor = this.#floor;
    // Of most blocks, no row reaches the floor: bounds grow with x.
    const most = scoreBound(largest) * (1 + delta);
    if (largest <= LARGEST_STRETCH && most < floor)
      return { rows: allPositions(0), scored: rows, dropped: Math.min(1, most) };
    const kept: number[] = [];
    for (let i = 0; i < rows; i++) {
      if (x[i] > LARGEST_STRETCH) {
        if (candidates.has(i)) kept.push(i);
        continue;
      }
      const score = scoreBound(x[i]) * (1 + delta);
      if (score >= floor) kept.push(i);
      else dropped = Math.max(dropped, score);
    }
    return { rows: Int32Array.from(kept), scored: rows, dropped: Math.min(1, dropped) };
  }

  rescale(changes: Float64Array): void {
    const folded = this.#fold();
    this.#root.rescale(changes);
    this.#renew(folded);
  }

  reorder(order: ColumnOrder): void {
    const folded = this.#fold();
    this.#root.reorder(order);
    this.#renew(folded);
  }

  whitening(): Whitening {
    if (this.#fold()) this.#whitening = undefined;
    this.#whitening ??= this.#factor();
    return this.#whitening;
  }

  root(): Float64Array {
    if (this.#whitening || this.#root.lazy) this.whitening();
    return new Float64Array(this.#root.matrix);
  }

  resolution(): number {
    return rankTolerance(this.#shape.d) ** 2;
  }

  rootError(): number {
    return this.#inherited;
  }

  save(): State {
    const { r, raw, dependent } = this.#root.save();
    return {
      r,
      h: this.#h && new Float64Array(this.#h),
      raw,
      n: this.#n,
      inherited: this.#inherited,
      factored: this.#whitening !== undefined,
      dependent,
    };
  }

  /** Continues from what another has saved; this one is fresh. */
  restore(state: StateReader): void {
    this.#root.restore(state);
    if (this.#h || state.has('h')) {
      this.#h ??= this.#newH();
      this.#h.set(state.float64('h', this.#h.length));
    }
    this.#n = state.whole('n');
    this.#inherited = state.number('inherited');
    if (state.boolean('factored')) this.#whitening = this.#factor();
  }

  /**
   * Rows the factor was not prepared for: into R by QR, and then scored against the factor that knows them.
   * @param which - their positions
   * @returns of these rows, in their order, those that may reach the floor
   */
  #absorbStretching(a: Values, which: readonly number[]): Survivors {
    const gathered = gatherRows(a, this.#shape.d, which, this.#gathered);
    this.#fold();
    this.#root.update(gathered, which.length);
    this.#whitening = this.#factor();
    return this.#scorer.survivors(this.#whitening, this.#floor, gathered, which.length);
  }

  /** The score below which a row is of no interest. */
  get #floor(): number {
    return floorAt(this.#shape, this.#n);
  }

  #newH(): Float64Array {
    return this.#kernels.allocate('float64', this.#shape.d ** 2);
  }

  #factor(): Whitening {
    return this.#root.factor(this.#inherited);
  }

  #trace(): number {
    const width = this.#whitening!.width;
    let trace = 0;
    if (this.#h) for (let i = 0; i < width; i++) trace += this.#h[i * width + i];
    return trace;
  }

  /**
   * R takes in H.
   * @returns whether there was anything: the whitening is out of date then
   */
  #fold(): boolean {
    if (!this.#whitening || this.#trace() === 0) return false;
    this.#root.grow(this.#h!);
    this.#h!.fill(0);
    return true;
  }

  /** The whitening after R has changed by itself, if there was one. */
  #renew(folded: boolean): void {
    if (folded && this.#root.lazy) this.#whitening = undefined;
    else if (this.#whitening) this.#whitening = this.#factor();
  }
}

/** Every row of a block. */
const allOf = (rows: number): Survivors => ({ rows: allPositions(rows), scored: 0, dropped: 0 });

/** The largest of the first numbers, 0 at least; NaN where one is. */
function largestOf(x: Float64Array, count: number): number {
  let largest = 0;
  for (let i = 0; i < count; i++) {
    if (x[i] <= largest) continue;
    if (Number.isNaN(x[i])) return Number.NaN;
    largest = x[i];
  }
  return largest;
}
