/** The stable route for wide matrices: as `stable.ts`, by the kernels, and without singular values. */

import type { Kernels } from '../../kernels/kernels.js';
import type { ColumnOrder } from '../../linear/reorder.js';
import type { Values } from '../../rows/row-block.js';
import { gatherRows, Scratch } from '../scratch.js';
import { floorAt, type SketchShape, type Survivors } from '../screen/block.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';
import type { WideAlgebra } from '../wide/wide-algebra.js';
import type { StableSum } from './accumulator.js';
import { rankTolerance, scoreBound } from './rounding.js';
import { LARGEST_STRETCH } from './stable.js';
import { RowScorer, type Whitening } from './whitening.js';
import { WideRoot } from './wide-root.js';

/** Until there are this many rows a column, R is made by QR alone: it is too far from what it will be to whiten others by. */
const EARLY_ROWS_PER_COLUMN = 4;

/** Accumulates rows of a wide matrix by the whitened Gram route. */
export class WideStableAccumulator implements StableSum {
  readonly route = 'stable';
  readonly #shape: SketchShape;
  readonly #algebra: WideAlgebra;
  readonly #kernels: Kernels;
  readonly #scorer: RowScorer;
  readonly #gathered: Scratch;
  readonly #root: WideRoot;
  /** H, d x d, upper triangle; there is none before rows have been whitened. */
  #h: Float64Array | undefined;
  readonly #x: Float64Array;
  #whitening: Whitening | undefined;
  #n = 0;
  /** Relative error that R was begun with. */
  #inherited = 0;

  constructor(shape: SketchShape, algebra: WideAlgebra) {
    const { d, blockRows } = shape;
    this.#shape = shape;
    this.#algebra = algebra;
    this.#kernels = algebra.kernels;
    this.#scorer = new RowScorer(this.#kernels);
    this.#gathered = new Scratch(this.#kernels);
    this.#root = new WideRoot(d, algebra);
    this.#x = this.#kernels.allocate('float64', blockRows + 4);
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
    this.#whitening &&= this.#factor();
  }

  addRoot(root: Float64Array, n: number, delta: number): void {
    const { d } = this.#shape;
    this.#foldIntoR();
    this.#root.update(root, d);
    this.#n += n;
    this.#inherited = Math.max(this.#inherited, delta);
    this.#root.forget();
    this.#whitening &&= this.#factor();
  }

  absorb(a: Values, rows: number): Survivors {
    const { d } = this.#shape;
    this.#n += rows;
    if (!this.#whitening) {
      if (this.#root.keep(a, rows)) return allOf(rows);
      this.#root.update(a, rows);
      if (this.#n < EARLY_ROWS_PER_COLUMN * d) return allOf(rows);
      return this.#scorer.survivors(this.whitening(), this.#floor, a, rows);
    }
    const { delta } = this.#whitening;
    const x = this.#x;
    const whitened = this.#scorer.whiten(this.#whitening, a, rows, x);
    const stretching: number[] = [];
    for (let i = 0; i < rows; i++) {
      if (!(x[i] > LARGEST_STRETCH)) continue;
      stretching.push(i);
      whitened.fill(0, i * d, (i + 1) * d);
    }
    this.#h ??= this.#kernels.allocate('float64', d * d);
    this.#kernels.addGram(whitened, rows, d, this.#h);
    const candidates = new Set<number>();
    let dropped = 0;
    if (stretching.length > 0) {
      const survivors = this.#absorbStretching(a, stretching);
      for (const i of survivors.rows) candidates.add(stretching[i]);
      dropped = survivors.dropped;
    } else if (this.#trace() > 3 * d) {
      this.#foldIntoR();
      this.whitening();
    }
    const floor = this.#floor;
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
    return { rows: kept, scored: rows, dropped: Math.min(1, dropped) };
  }

  rescale(changes: Float64Array): void {
    this.#foldIntoR();
    this.#root.rescale(changes);
    this.#whitening &&= this.#factor();
  }

  reorder(order: ColumnOrder): void {
    this.#foldIntoR();
    this.#root.reorder(order);
    this.#whitening &&= this.#factor();
  }

  whitening(): Whitening {
    this.#foldIntoR();
    this.#whitening ??= this.#factor();
    return this.#whitening;
  }

  root(): Float64Array {
    this.whitening();
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

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader): void {
    const { d } = this.#shape;
    this.#root.restore(state);
    if (state.has('h')) {
      this.#h = this.#kernels.allocate('float64', d * d);
      this.#h.set(state.float64('h', d * d));
    }
    this.#n = state.whole('n');
    this.#inherited = state.number('inherited');
    if (state.boolean('factored')) this.#whitening = this.#factor();
  }

  get #floor(): number {
    return floorAt(this.#shape, this.#n);
  }

  #factor(): Whitening {
    return this.#root.factor(this.#inherited);
  }

  /** Rows that R is not prepared for: into it by QR, and then scored against the factor that knows them. */
  #absorbStretching(a: Values, which: readonly number[]): Survivors {
    const { d } = this.#shape;
    const gathered = gatherRows(a, d, which, this.#gathered);
    this.#foldIntoR();
    this.#root.update(gathered, which.length);
    this.#whitening = this.#factor();
    return this.#scorer.survivors(this.#whitening, this.#floor, gathered, which.length);
  }

  #trace(): number {
    const { d } = this.#shape;
    const h = this.#h;
    let trace = 0;
    if (h) for (let i = 0; i < d; i++) trace += h[i * d + i];
    return trace;
  }

  /** R <- chol(I + H) R; the whitening is out of date afterwards. */
  #foldIntoR(): void {
    if (!this.#whitening || this.#trace() === 0) return;
    const { d } = this.#shape;
    const h = this.#h!;
    const grown = this.#algebra.cholesky(
      d,
      (c) => {
        for (let i = 0; i < d; i++) {
          c.set(h.subarray(i * d + i, (i + 1) * d), i * d + i);
          c[i * d + i] += 1;
        }
      },
      false,
    );
    if (!grown) throw new Error('the Gram matrix of whitened rows is not positive definite');
    const upper = new Float64Array(d * d);
    for (let i = 0; i < d; i++) upper.set(grown.matrix.subarray(i * d + i, (i + 1) * d), i * d + i);
    this.#root.multiply(upper);
    h.fill(0);
    this.#whitening = undefined;
  }
}

/** Every row of a block. */
const allOf = (rows: number): Survivors => ({ rows: Array.from({ length: rows }, (_, i) => i), scored: 0, dropped: 0 });
