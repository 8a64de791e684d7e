/**
 * Keeping the best keys alone, where their number or memory is limited (section 7 of the theory: docs/guarantees.md).
 *
 * What is dropped for want of room is remembered by the largest bound it had, E. Every key with a score above E is among those
 * kept; so the k best are certain where the k-th has a score of at least E.
 */

import { usageError } from '../../errors.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';

/** What limits the keys that are kept. */
export interface TopOptions {
  /** How many of the best keys to keep, >= 1; default: all that reach eps. */
  readonly top?: number | undefined;
  /** Memory for candidates during the pass, in bytes, in addition to a block of rows; default: enough for `top`. */
  readonly budget?: number | undefined;
}

/** What became of it. */
export interface Best {
  /** The keys that were asked for, where it was a number. */
  readonly top: number | undefined;
  /** Whether these are certainly the best ones; without a number, whether every key that reaches eps is in U. */
  readonly exact: boolean;
}

/** Bytes of a candidate besides its key. */
const ROW_BYTES = 32;

/** Candidates beyond those asked for, as their order may still change. */
const SPARE = 4;
const LEAST_CAPACITY = 4096;

/** The limit at work. */
export class Retention {
  /** Candidates kept at a pruning; twice as many may be held in between. */
  readonly capacity: number;
  readonly top: number | undefined;
  #floor = 0;
  #dropped = 0;

  /** @param d - columns of K */
  constructor({ top, budget }: TopOptions, d: number) {
    if (top !== undefined && !(Number.isInteger(top) && top >= 1)) throw new RangeError(`top must be >= 1, not ${top}`);
    const affordable = budget === undefined ? Number.POSITIVE_INFINITY : Math.floor(budget / (2 * (8 * d + ROW_BYTES)));
    if (!(affordable >= Math.max(1, top ?? 1))) {
      throw usageError(
        `a budget of ${budget} bytes does not hold ${top ?? 1} keys of ${d} columns; it takes ${2 * (8 * d + ROW_BYTES)} for each`,
      );
    }
    this.top = top;
    this.capacity = Math.min(affordable, top === undefined ? affordable : Math.max(SPARE * top, LEAST_CAPACITY));
  }

  /** Rows with a smaller score are of no interest; 0 while there is room. */
  get floor(): number {
    return this.#floor;
  }

  /** The largest bound of a candidate that was dropped for want of room. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Which candidates stay: those with the largest bounds, of equal ones the first.
   *
   * @param bounds - of all candidates
   * @param most - how many may stay
   */
  best(bounds: Float64Array, most = this.capacity): (i: number) => boolean {
    if (bounds.length <= most) return () => true;
    const order = Array.from(bounds.keys()).sort((i, j) => bounds[j] - bounds[i] || i - j);
    this.#floor = bounds[order[most - 1]];
    this.#dropped = Math.max(this.#dropped, bounds[order[most]]);
    const kept = new Uint8Array(bounds.length);
    for (const i of order.slice(0, most)) kept[i] = 1;
    return (i) => kept[i] === 1;
  }

  /** What it is made of. */
  save(): State {
    return { floor: this.#floor, dropped: this.#dropped };
  }

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader): void {
    this.#floor = state.number('floor');
    this.#dropped = state.number('dropped');
  }

  /**
   * Whether what was asked for is what was found, as far as rounding lets one tell.
   *
   * @param scores - of the keys that are left
   * @param largest - bound of the others
   * @param eps - all that reach it were asked for
   * @param delta - relative error of scores
   */
  outcome(scores: Float64Array, largest: number, eps: number, delta: number): Best {
    const { top } = this;
    if (top === undefined || scores.length < top) return { top, exact: largest < eps };
    return { top, exact: scores.reduce((least, score) => Math.min(least, score), 1) * (1 + delta) >= largest };
  }
}

/** The limit that options ask for, if they do. */
export const retentionFor = ({ top, budget, d }: TopOptions & { readonly d: number }): Retention | undefined =>
  top === undefined && budget === undefined ? undefined : new Retention({ top, budget }, d);

/** The next number above, for x in [0, 1]: what must be reached not to be among those dropped. */
export const justAbove = (x: number): number => Math.max(x * (1 + 2 ** -52), x + Number.MIN_VALUE);
