/**
 * The Gram route for wide matrices: as `gram.ts`, but rows are added to G itself, by all threads, with no matrix of their own; and G is
 * factored no more often than it pays.
 *
 * A factor costs about d^3 flops, and screening a row with it up to d^2, unless its norm tells enough. It lets no row go before there are
 * about d / floor rows, as their scores sum to d; at twice that, the norms of most rows do, and candidates are pruned. So there is none before
 * that (or before 64 d rows, where the floor is low: then it costs next to nothing against adding them), and all rows survive until then. It is
 * made anew when rows have doubled, but only where norms do not tell: they will tell of yet more rows as there are more. Where somebody asks
 * of the rows that are dropped, for a sample or a bound of their scores, it is made at half of these numbers, and at every doubling.
 *
 * What `strict` needs to know of the condition of G takes a Cholesky factorisation alone, and is asked for first.
 */

import { PANEL_ROWS } from '../../kernels/blocked-tasks.js';
import type { Kernels } from '../../kernels/kernels.js';
import { type ColumnOrder, reorderSymmetric } from '../../linear/reorder.js';
import type { Values } from '../../rows/row-block.js';
import { floorAt, type SketchShape, type Survivors } from '../screen/block.js';
import { allPositions } from '../screen/positions.js';
import { Screen } from '../screen/screen.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';
import type { WideAlgebra } from '../wide/wide-algebra.js';
import type { Accumulator } from './accumulator.js';
import { type GramSum, RENEWAL, STRICT_DELTA } from './gram.js';
import { factorGram } from './gram-factor.js';
import { gramError } from './rounding.js';
import type { Whitening } from './whitening.js';
import { restoreWhitening, saveWhitening } from './whitening-state.js';
import { type Condition, WideGram } from './wide-gram.js';

/** Rows a column after which a factor costs next to nothing. */
const CHEAP_ROWS_PER_COLUMN = 64;

/** Rows after which norms tell of most: this many times those that scores of the floor sum to d with. */
const ROWS_TO_TELL = 2;

const NOTHING = new Float64Array(0);

/** Accumulates rows of a wide matrix into a Gram matrix. */
export class WideGramAccumulator implements Accumulator, GramSum {
  readonly route = 'gram';
  readonly #shape: SketchShape;
  readonly #algebra: WideAlgebra;
  readonly #asksOfDropped: boolean;
  readonly #kernels: Kernels;
  readonly #screen: Screen;
  /** G, upper triangle. */
  readonly #gram: Float64Array;
  readonly #squares: Float64Array;
  readonly #ones: Float64Array;
  readonly #norms: Float64Array;
  /** Panels that were summed. */
  #panels = 0;
  #n = 0;
  #strict = false;
  /** What was last known of the condition of G, and the rows it was known of. */
  #condition: Condition | undefined;
  #conditionRows = 0;
  #filter: Whitening | undefined;
  #filterRows = 0;

  /** @param asksOfDropped - whether it matters when, and by which bounds, rows are dropped: then filters are made sooner and more often */
  constructor(shape: SketchShape, algebra: WideAlgebra, asksOfDropped = false) {
    const { d, blockRows } = shape;
    this.#asksOfDropped = asksOfDropped;
    this.#shape = shape;
    this.#algebra = algebra;
    this.#kernels = algebra.kernels;
    this.#gram = this.#kernels.allocate('float64', d * d);
    this.#squares = this.#kernels.allocate('float64', d);
    this.#ones = this.#kernels.allocate('float64', d).fill(1);
    this.#norms = this.#kernels.allocate('float64', blockRows + 4);
    this.#screen = new Screen(this.#kernels, { ...shape, sampleRate: 1, lewis: undefined });
  }

  get filter(): Whitening | undefined {
    return this.#filter;
  }

  get filterRows(): number {
    return this.#filterRows;
  }

  get sum(): { readonly gram: Float64Array; readonly blocks: number } {
    return { gram: this.#gram, blocks: this.#panels };
  }

  get usedColumns(): number {
    const { d } = this.#shape;
    let used = 0;
    for (let i = 0; i < d; i++) if (this.#gram[i * d + i] > 0) used++;
    return used;
  }

  /** From now on a block is refused after which scores would be worse than `STRICT_DELTA`. */
  beStrict(): void {
    this.#strict = true;
  }

  absorb(a: Values, rows: number): Survivors | undefined {
    if (this.#strict && this.#losesDigits(a, rows)) return undefined;
    const survivors = this.#survivors(a, rows);
    this.#kernels.addGram(a, rows, this.#shape.d, this.#gram);
    this.#n += rows;
    this.#panels += Math.ceil(rows / PANEL_ROWS);
    if (this.#pays(survivors)) this.#renewFilter();
    return survivors;
  }

  keepsDigits(rank: number): boolean {
    const condition = this.#known();
    return condition !== undefined && condition.rank === rank && condition.delta <= STRICT_DELTA;
  }

  rescale(changes: Float64Array): void {
    const { d } = this.#shape;
    for (let i = 0; i < d; i++) for (let j = i; j < d; j++) this.#gram[i * d + j] *= changes[i] * changes[j];
    this.#forget();
  }

  reorder(order: ColumnOrder): void {
    reorderSymmetric(this.#gram, order);
    this.#forget();
  }

  /** Whether the smallest eigenvalue of the unit-diagonal form is proved to be at least this, its error allowed for. */
  provesLambda(lambda: number): boolean {
    return this.#now().provesLambda(lambda);
  }

  /** What {@link whitening} says of G. */
  condition(): Pick<Whitening, 'rank' | 'delta'> {
    return this.#known() ?? this.whitening();
  }

  whitening(): Whitening {
    return this.#filter && this.#filterRows === this.#n ? this.#filter : this.#renewFilter();
  }

  root(): Float64Array {
    const { d } = this.#shape;
    // Where it cannot be factored as it is, whoever asks for a root gets that of the whitening.
    if (!this.#known()) return factorGram(this.#gram, d, this.resolution(), this.#kernels).root;
    return this.#now().root();
  }

  rootError(): number {
    return 0;
  }

  resolution(): number {
    return this.#error(this.#n, this.#panels);
  }

  save(): State {
    const { d } = this.#shape;
    const condition = this.#condition;
    return {
      gram: upperOf(this.#gram, d),
      n: this.#n,
      blocks: this.#panels,
      filterRows: this.#filterRows,
      filter: this.#filter && saveWhitening(this.#filter),
      condition: condition && { ...condition, rows: this.#conditionRows },
    };
  }

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader): void {
    const { d } = this.#shape;
    this.#gram.set(state.float64('gram', d * d));
    this.#n = state.whole('n');
    this.#panels = state.whole('blocks');
    this.#filterRows = state.whole('filterRows');
    const filter = state.optionalPart('filter');
    this.#filter = filter && restoreWhitening(filter, d);
    const condition = state.optionalPart('condition');
    this.#conditionRows = condition?.whole('rows') ?? this.#filterRows;
    this.#condition = condition
      ? {
          rank: condition.whole('rank'),
          weights: condition.float64('weights', d),
          lambda: condition.number('lambda'),
          delta: condition.number('delta'),
        }
      : this.#filter;
  }

  addSum(gram: Float64Array, n: number, blocks: number): void {
    const { d } = this.#shape;
    for (let i = 0; i < d; i++) for (let j = i; j < d; j++) this.#gram[i * d + j] += gram[i * d + j];
    this.#n += n;
    this.#panels += blocks;
    this.#forget();
  }

  /** Whether a new filter repays its cost by now: by what became of the rows that were added last. */
  #pays({ rows, scored }: Survivors): boolean {
    const asked = this.#asksOfDropped;
    if (this.#filter) return this.#n >= RENEWAL * this.#filterRows && (asked || scored > 0 || rows.length > 0);
    const { d } = this.#shape;
    const most = d * Math.min(CHEAP_ROWS_PER_COLUMN, ROWS_TO_TELL / floorAt(this.#shape, this.#n));
    return this.#n >= (asked ? most / 2 : most);
  }

  #survivors(a: Values, rows: number): Survivors {
    const all = { rows: allPositions(rows), scored: 0, dropped: 0 };
    if (!this.#filter) return all;
    const screened = this.#screen.run(
      { leverage: this.#filter, floor: floorAt(this.#shape, this.#filterRows + 1), lewis: undefined },
      { start: 0, rows, values: a, gram: NOTHING, squares: NOTHING, weighted: NOTHING, gate: undefined },
    );
    // Rows so much larger than those before that their norms overflow are not bounded.
    return screened.finite ? screened : all;
  }

  #error(n: number, panels: number): number {
    return gramError(this.#shape.d, Math.min(n, PANEL_ROWS), panels);
  }

  #now(): WideGram {
    return new WideGram(this.#algebra, this.#gram, this.#shape.d, this.resolution());
  }

  /** What is known of G as it is. */
  #known(): Condition | undefined {
    if (this.#conditionRows !== this.#n || this.#n === 0) {
      this.#condition = this.#now().condition();
      this.#conditionRows = this.#n;
    }
    return this.#condition;
  }

  #renewFilter(): Whitening {
    const { d } = this.#shape;
    this.#filter = this.#now().whitening() ?? factorGram(this.#gram, d, this.resolution(), this.#kernels).whitening;
    this.#filterRows = this.#n;
    this.#condition = this.#filter;
    this.#conditionRows = this.#n;
    return this.#filter;
  }

  /** G has changed: what was known of it must not be used again. */
  #forget(): void {
    this.#conditionRows = 0;
    this.#condition = undefined;
    if (this.#filter) this.#renewFilter();
  }

  /** As `GramAccumulator` has it, with the squares of the block's columns in place of its Gram matrix. */
  #losesDigits(a: Values, rows: number): boolean {
    const { d } = this.#shape;
    const error = this.#error(this.#n + rows, this.#panels + Math.ceil(rows / PANEL_ROWS));
    const least = error / STRICT_DELTA;
    const squares = this.#squares.fill(0);
    this.#kernels.normsAndSquares(a, rows, d, this.#ones, this.#norms, squares);
    const lambdaAfter = (condition: Condition): number => {
      let rho = 1;
      for (let i = 0; i < d; i++) {
        const sum = this.#gram[i * d + i] + squares[i];
        rho = Math.max(rho, this.#gram[i * d + i] === 0 && sum > 0 ? Infinity : sum * condition.weights[i]);
      }
      return condition.lambda / rho;
    };
    if (this.#condition && lambdaAfter(this.#condition) >= least) return false;
    const known = this.#known();
    if (known && lambdaAfter(known) >= least) return false;
    const sum = upperOf(this.#gram, d);
    this.#kernels.addGram(a, rows, d, sum);
    const after = new WideGram(this.#algebra, sum, d, error).condition();
    return !after || after.rank < (known?.rank ?? 0) || after.lambda < least;
  }
}

/** A copy of the upper triangle, with zeros below. */
function upperOf(gram: Float64Array, d: number): Float64Array {
  const upper = new Float64Array(d * d);
  for (let i = 0; i < d; i++) upper.set(gram.subarray(i * d + i, (i + 1) * d), i * d + i);
  return upper;
}
