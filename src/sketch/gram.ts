/**
 * The Gram route: G = K^T K in float64, summed block by block.
 *
 * Fast, with an error of gamma (`rounding.ts`) relative to the unit-diagonal matrix C = D^-1/2 G D^-1/2, D = diag(G); with
 * lambda the smallest eigenvalue of C, every score carries a relative error of at most delta = gamma / lambda.
 *
 * Rows are screened with the factor of some time ago (`screen.ts`), which is renewed as G grows.
 */

import type { Kernels } from '../kernels/kernels.js';
import { symmetricEigen } from '../linear/spectral.js';
import { choleskyUpper, invertUpper } from '../linear/triangular.js';
import type { Values } from '../matrix/row-block.js';
import type { Accumulator, BlockTraits } from './accumulator.js';
import { gramError, ZERO_COLUMN_WEIGHT } from './rounding.js';
import { Screen, type Survivors } from './screen.js';
import { smallestEigenvalue } from './smallest-eigenvalue.js';
import { RowScorer, type Whitening } from './whitening.js';

/** With `strict`, the largest relative error of a score that the Gram route may be used for. */
const STRICT_DELTA = 1e-7;

/** The filter's factor is renewed when the rows have grown by this much since it was made. */
const RENEWAL = 1.5;

/** How a Gram accumulator is set up. */
export interface GramOptions extends BlockTraits {
  readonly kernels: Kernels;
  /** Whether to refuse a block after which scores would be worse than {@link STRICT_DELTA}. */
  readonly strict: boolean;
}

/** A whitening and a root of G beside it. */
interface Factored extends Whitening {
  /** F with F^T F = G, d x d. */
  readonly root: Float64Array;
}

/** Accumulates rows into a Gram matrix. */
export class GramAccumulator implements Accumulator {
  readonly route = 'gram';
  readonly #options: GramOptions;
  readonly #scorer: RowScorer;
  /** G, upper triangle. */
  readonly #gram: Float64Array;
  readonly #block: Float64Array;
  #n = 0;
  /** Sums that were added up: full blocks, and smaller ones of rows that came apart from theirs. */
  #blocks = 0;
  /** The factor that rows are filtered with, and the rows it knows. */
  #filter: Factored | undefined;
  #filterRows = 0;
  readonly #screen: Screen;

  /**
   * @param r - an upper triangular factor (d x d) of `n` rows to go on from
   */
  constructor(options: GramOptions, r?: Float64Array, n = 0) {
    const { d, kernels } = options;
    this.#options = options;
    this.#scorer = new RowScorer(kernels);
    this.#gram = new Float64Array(d * d);
    this.#block = kernels.allocate('float64', d * d);
    this.#screen = new Screen(kernels, { ...options, sampleRate: 1 });
    if (r) {
      kernels.addGram(r, d, d, this.#gram);
      this.#n = n;
      this.#blocks = Math.ceil(n / options.blockRows);
      this.#renewFilter();
    }
  }

  /** What rows are screened with on any thread, once there is one; its arrays do not change. */
  get filter(): Whitening | undefined {
    return this.#filter;
  }

  absorb(a: Values, rows: number): Survivors | undefined {
    if (!this.#filter) return this.begin(a, rows);
    const screened = this.#screen.run(this.#filter, {
      start: 0,
      rows,
      values: a,
      gram: this.#block,
      squares: this.#block,
    });
    return this.merge(this.#block, rows) ? screened : undefined;
  }

  /**
   * Takes in the first rows, which there is no filter for yet.
   * @returns undefined where strict forbids: then this accumulator is of no use
   */
  begin(a: Values, rows: number): Survivors | undefined {
    const { d, kernels, floor, strict } = this.#options;
    kernels.addGram(a, rows, d, this.#gram);
    this.#n += rows;
    this.#blocks++;
    const filter = this.#renewFilter();
    if (strict && !this.keepsDigits(this.#usedColumns())) return undefined;
    return this.#scorer.survivors(filter, floor, a, rows);
  }

  /**
   * Takes in a block that was screened elsewhere.
   *
   * @param block - d x d, upper triangle of its Gram matrix
   * @returns false where it was not taken in, because scores would be worse than strict allows
   */
  merge(block: Float64Array, rows: number): boolean {
    const { d, strict } = this.#options;
    if (strict && this.#losesDigits(block, rows)) return false;
    for (let i = 0; i < d; i++) for (let j = i; j < d; j++) this.#gram[i * d + j] += block[i * d + j];
    this.#n += rows;
    this.#blocks++;
    if (this.#filter && this.#n >= RENEWAL * this.#filterRows) this.#renewFilter();
    return true;
  }

  /** Whether G resolves all of K's rank and gives scores as good as `strict` asks, so far. */
  keepsDigits(rank: number): boolean {
    const current = this.#current();
    return current.rank === rank && current.delta <= STRICT_DELTA;
  }

  rescale(changes: Float64Array): void {
    const { d } = this.#options;
    for (let i = 0; i < d; i++) for (let j = i; j < d; j++) this.#gram[i * d + j] *= changes[i] * changes[j];
    if (this.#filter) this.#renewFilter();
  }

  whitening(): Whitening {
    return this.#current();
  }

  root(): Float64Array {
    return this.#current().root;
  }

  resolution(): number {
    return this.#error(this.#n, this.#blocks);
  }

  #error(n: number, blocks: number): number {
    const { d, blockRows } = this.#options;
    return gramError(d, Math.min(n, blockRows), blocks);
  }

  #usedColumns(): number {
    const { d } = this.#options;
    let used = 0;
    for (let i = 0; i < d; i++) if (this.#gram[i * d + i] > 0) used++;
    return used;
  }

  #current(): Factored {
    return this.#filter && this.#filterRows === this.#n ? this.#filter : this.#renewFilter();
  }

  #renewFilter(): Factored {
    this.#filter = this.#factor();
    this.#filterRows = this.#n;
    return this.#filter;
  }

  /**
   * Whether adding the block might leave a smallest eigenvalue that its error drowns. G grows, and D by at most a factor
   * of rho per column, so lambda falls to no less than lambda / max rho; only where that is too little is lambda itself
   * worked out anew.
   */
  #losesDigits(block: Float64Array, rows: number): boolean {
    const { d } = this.#options;
    const least = this.#error(this.#n + rows, this.#blocks + 1) / STRICT_DELTA;
    const lambdaAfter = (filter: Factored): number => {
      let rho = 1;
      for (let i = 0; i < d; i++) {
        const added = this.#gram[i * d + i] + block[i * d + i];
        // A column of zeros has no share in lambda: its first entry is a new direction.
        rho = Math.max(rho, this.#gram[i * d + i] === 0 && added > 0 ? Infinity : added * filter.weights[i]);
      }
      return filter.lambda / rho;
    };
    return lambdaAfter(this.#filter!) < least && lambdaAfter(this.#current()) < least;
  }

  /** Factors G: by Cholesky where what is left after zero and copied columns surely has full rank, else by eigenvectors. */
  #factor(): Factored {
    const { d } = this.#options;
    const diagonal = new Float64Array(d);
    for (let i = 0; i < d; i++) diagonal[i] = this.#gram[i * d + i];
    const weights = diagonal.map((value) => (value === 0 ? ZERO_COLUMN_WEIGHT : 1 / value));
    const scales = weights.map(Math.sqrt);
    const c = new Float64Array(d * d);
    for (let i = 0; i < d; i++) {
      for (let j = i; j < d; j++) c[i * d + j] = i === j ? 1 : this.#gram[i * d + j] * scales[i] * scales[j];
    }
    return this.#factorRegular(c, diagonal, weights, scales) ?? this.#factorDeficient(c, diagonal, weights, scales);
  }

  #factorRegular(
    c: Float64Array,
    diagonal: Float64Array,
    weights: Float64Array,
    scales: Float64Array,
  ): Factored | undefined {
    const { d } = this.#options;
    const gamma = this.resolution();
    const removed = removedColumns(this.#gram, d);
    const reduced = c.slice();
    for (const { column } of removed) {
      for (let i = 0; i < column; i++) reduced[i * d + column] = 0;
      for (let j = column + 1; j < d; j++) reduced[column * d + j] = 0;
    }
    const r = choleskyUpper(reduced, d);
    const lambda = r ? smallestEigenvalue(reduced, r, d) : 0;
    if (!r || lambda <= 2 * gamma) return undefined;
    const factor = invertUpper(r, d);
    const basis = new Float64Array(d * removed.length);
    for (const [k, { column, copyOf }] of removed.entries()) {
      factor.fill(0, column * d, (column + 1) * d);
      basis[column * removed.length + k] = scales[column];
      // A copied column is null in the difference of the two, which rows of the row space meet exactly.
      if (copyOf !== undefined) basis[copyOf * removed.length + k] = -scales[copyOf];
    }
    for (let i = 0; i < d; i++) for (let j = i; j < d; j++) factor[i * d + j] *= scales[i];
    const root = new Float64Array(d * d);
    for (let i = 0; i < d; i++) for (let j = i; j < d; j++) root[i * d + j] = r[i * d + j] * Math.sqrt(diagonal[j]);
    for (const { column, copyOf } of removed) {
      root[column * d + column] = 0;
      if (copyOf !== undefined) for (let i = 0; i <= copyOf; i++) root[i * d + column] = root[i * d + copyOf];
    }
    return {
      d,
      rank: d - removed.length,
      factor,
      width: d,
      upper: true,
      weights,
      lambda: lambda - gamma,
      delta: gamma / (lambda - gamma),
      nullSpace: removed.length > 0 ? { basis, size: removed.length, spread: 0 } : undefined,
      root,
    };
  }

  #factorDeficient(c: Float64Array, diagonal: Float64Array, weights: Float64Array, scales: Float64Array): Factored {
    const { d } = this.#options;
    const gamma = this.resolution();
    for (let i = 0; i < d; i++) if (diagonal[i] === 0) c[i * d + i] = 0;
    const { values, vectors } = symmetricEigen(c, d);
    const rank = values.filter((value) => value > 2 * gamma).length;
    const factor = new Float64Array(d * rank);
    const basis = new Float64Array(d * (d - rank));
    const root = new Float64Array(d * d);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < rank; j++) factor[i * rank + j] = (scales[i] * vectors[i * d + j]) / Math.sqrt(values[j]);
      for (let j = rank; j < d; j++) basis[i * (d - rank) + j - rank] = scales[i] * vectors[i * d + j];
      for (let j = 0; j < d; j++) {
        root[j * d + i] = Math.sqrt(Math.max(0, values[j])) * vectors[i * d + j] * Math.sqrt(diagonal[i]);
      }
    }
    const lambda = rank > 0 ? values[rank - 1] - gamma : 1;
    return {
      d,
      rank,
      factor,
      width: rank,
      upper: false,
      weights,
      lambda,
      delta: rank > 0 ? gamma / lambda : 0,
      // Nothing is forgiven: what lies in an unresolved direction may be all that some row has there.
      nullSpace: rank < d ? { basis, size: d - rank, spread: 0 } : undefined,
      root,
    };
  }
}

/** A column that adds nothing: of zeros, or a bit-for-bit copy (up to sign) of an earlier one. */
interface RemovedColumn {
  readonly column: number;
  readonly copyOf: number | undefined;
}

/**
 * Columns of K that are zero or copies of an earlier one, read off the Gram matrix: a copy has the same inner products
 * with every column, to the last bit, as the sums are formed in the same order.
 */
function removedColumns(gram: Float64Array, d: number): RemovedColumn[] {
  const at = (i: number, j: number): number => (i <= j ? gram[i * d + j] : gram[j * d + i]);
  const removed: RemovedColumn[] = [];
  for (let column = 0; column < d; column++) {
    if (at(column, column) === 0) {
      removed.push({ column, copyOf: undefined });
      continue;
    }
    for (let earlier = 0; earlier < column; earlier++) {
      if (at(earlier, column) !== at(column, column) || at(earlier, earlier) !== at(column, column)) continue;
      let same = true;
      for (let k = 0; k < d && same; k++) same = at(k, earlier) === at(k, column);
      if (same) {
        removed.push({ column, copyOf: earlier });
        break;
      }
    }
  }
  return removed;
}
