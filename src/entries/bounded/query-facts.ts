/** What a universal set says of a query before any of its products: bounds of its sums over all rows of K. */

import type { Growth, ScoringFunction } from '../../functions.js';
import type { Kernels } from '../../kernels/kernels.js';
import { U } from '../../sketch/factor/rounding.js';
import { powerOfTwo } from '../../sketch/factor/scale.js';
import type { UniversalSet } from '../../sketch/universal-set.js';
import type { HeldQueries } from '../past-set/score-finder.js';
import { type GaugeMaker, gaugesFor, isHomogeneous, type ScaledFunction } from '../scaled-function.js';
import { Denominators, LewisBound } from './denominator.js';
import type { Range, Remainder } from './remainder.js';

/** f of sizes outside these bounds has lost digits, or is about to. */
const LEAST_VALUE = 1e-290;
const MOST_VALUE = 1e290;

/** One query's facts; sizes are those of scaled products. */
export interface QueryFacts {
  /** What sum <q, k>^2 over all rows lies between. */
  readonly form: Range;
  /** No |<q, k>| of a row outside U is above this. */
  readonly largest: number;
  /** How far rounding may move a product. */
  readonly rounding: number;
  /** A lower bound of sum |<q, k> / unit|^p over all rows. */
  readonly powers: (unit: number) => Remainder['powers'];
  /** f of sizes in a unit; undefined where float64 cannot hold it. */
  readonly gauge: (unit: number) => ScaledFunction | undefined;
}

/** Works out the facts of queries that are held. */
export class QueryFactFinder {
  readonly #d: number;
  readonly #b: number;
  readonly #most: number;
  readonly #kernels: Kernels;
  readonly #denominators: Denominators;
  /** Where the set has sums that say anything; its memory is kept for the next. */
  #lewis: LewisBound | undefined;
  #lewisMemory: LewisBound | undefined;
  readonly #gauges: GaugeMaker;
  readonly #homogeneous: boolean;
  readonly #scale: number;
  readonly #forms: Float64Array;
  #lewisForms: Float64Array = new Float64Array(0);

  /**
   * @param scale - multiplies every product before f is taken
   * @param most - queries that may be held at a time
   */
  constructor(set: UniversalSet, f: ScoringFunction, growth: Growth, scale: number, most: number, kernels: Kernels) {
    const { d } = set;
    this.#d = d;
    this.#b = growth.b;
    this.#most = most;
    this.#kernels = kernels;
    this.#denominators = new Denominators(set, kernels);
    this.#gauges = gaugesFor(f, growth);
    this.#homogeneous = isHomogeneous(growth);
    this.#scale = scale;
    this.#forms = kernels.allocate('float64', most + 3);
    this.#useLewis(set);
  }

  /** Goes over to another set of as many columns. */
  use(set: UniversalSet): void {
    this.#denominators.use(set);
    this.#useLewis(set);
  }

  #useLewis({ lewis }: UniversalSet): void {
    this.#lewis = undefined;
    if (!lewis || lewis.p < this.#b) return;
    if (this.#lewisMemory) {
      this.#lewisMemory.use(lewis);
    } else {
      this.#lewisMemory = new LewisBound(lewis, this.#d, this.#kernels);
      this.#lewisForms = this.#kernels.allocate('float64', this.#most + 3);
    }
    this.#lewis = this.#lewisMemory;
  }

  /** The power of |x| that sums are bounded of, if any. */
  get p(): number | undefined {
    return this.#lewis?.p;
  }

  /** Prepares for the queries held. */
  compute({ queries, rows }: HeldQueries): void {
    this.#denominators.compute(queries, rows, this.#forms);
    this.#lewis?.compute(queries, rows, this.#lewisForms);
  }

  /**
   * The facts of query i of those held; undefined for one that is zero wherever K is not.
   * @param more - sum_j |q_j k_j| of other rows of K, that the set does not know, is at most this
   */
  of({ queries, shifts }: HeldQueries, i: number, more = 0): QueryFacts | undefined {
    const d = this.#d;
    const query = queries.subarray(i * d, (i + 1) * d);
    const size = this.#denominators.size(query) + more;
    if (size === 0) return undefined;
    const { form, largest } = this.#denominators.bounds(query, this.#forms[i]);
    const lewis = this.#lewis;
    const factor = this.#scale * powerOfTwo(shifts[i]);
    return {
      form,
      largest,
      rounding: 2 * d * U * size,
      powers: (unit) => lewis && { p: lewis.p, sum: lewis.least(query, this.#lewisForms[i], unit) },
      gauge: (unit) => {
        const gauge = this.#gauges(unit * factor);
        if (this.#homogeneous) return gauge;
        const one = gauge(1);
        return one > LEAST_VALUE && one < MOST_VALUE ? gauge : undefined;
      },
    };
  }
}
