/**
 * Column scales: exact powers of two that keep squares of entries from overflowing or vanishing.
 *
 * A column is scaled only where its largest entry lies outside [2^-150, 2^150], which float32 never does; it is then
 * brought into (1/2, 1]. No digit is lost, and leverage scores do not depend on scales.
 */

import { type ColumnOrder, reorderColumns } from '../../linear/reorder.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';

/** The largest exponent whose reciprocal is still a finite power of two. */
const LOWEST_EXPONENT = -1022;

/** Largest entries in between are left as they are. */
const LEAST = 2 ** -150;
const MOST = 2 ** 150;

/** Scales for d columns, which grow as larger entries arrive. */
export class ColumnScale {
  /** exponents[j] = e means that column j is multiplied by 2^-e; 0 until the column has a nonzero entry. */
  readonly exponents: Int32Array;
  /** factors[j] = 2^-exponents[j]. */
  readonly factors: Float64Array;
  readonly #seen: Uint8Array;
  #identity = true;

  /** @param d - columns */
  constructor(readonly d: number) {
    this.exponents = new Int32Array(d);
    this.factors = new Float64Array(d).fill(1);
    this.#seen = new Uint8Array(d);
  }

  /** Notes that a column already holds data, unscaled, so that it can from now on only be scaled down. */
  markUsed(j: number): void {
    this.#seen[j] = 1;
  }

  /** What they are made of. */
  save(): State {
    return { exponents: this.exponents.slice(), seen: Int32Array.from(this.#seen) };
  }

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader): void {
    const seen = state.int32('seen', this.d);
    const exponents = state.int32('exponents', this.d);
    for (let j = 0; j < this.d; j++) if (seen[j] !== 0) this.#put(j, exponents[j]);
  }

  /**
   * Takes on scales that serve the columns of another, too.
   * @returns by what to multiply columns that are already scaled, here and there, d powers of two each
   */
  merge(other: ColumnScale): readonly [Float64Array, Float64Array] {
    const mine = new Float64Array(this.d).fill(1);
    const theirs = new Float64Array(this.d).fill(1);
    for (let j = 0; j < this.d; j++) {
      if (other.#seen[j] === 0) continue;
      const own = this.exponents[j];
      const exponent = this.#seen[j] === 0 ? other.exponents[j] : Math.max(own, other.exponents[j]);
      if (this.#seen[j] !== 0) mine[j] = powerOfTwo(own - exponent);
      theirs[j] = powerOfTwo(other.exponents[j] - exponent);
      this.#put(j, exponent);
    }
    return [mine, theirs];
  }

  /** Puts the columns in another order. */
  reorder(order: ColumnOrder): void {
    for (const values of [this.exponents, this.factors, this.#seen]) reorderColumns(values, order);
  }

  /** Whether no column is scaled. */
  get isIdentity(): boolean {
    return this.#identity;
  }

  /**
   * Takes in the largest absolute entries seen so far.
   *
   * @param peaks - d, finite, never smaller than before
   * @returns by what to multiply columns that are already scaled (d powers of two <= 1), or undefined where nothing changed
   */
  raise(peaks: Float64Array): Float64Array | undefined {
    let changes: Float64Array | undefined;
    for (let j = 0; j < this.d; j++) {
      if (peaks[j] === 0) continue;
      const moderate = peaks[j] >= LEAST && peaks[j] <= MOST;
      const exponent = moderate ? Math.max(0, this.exponents[j]) : Math.max(LOWEST_EXPONENT, exponentOf(peaks[j]));
      if (this.#seen[j] !== 0) {
        if (exponent <= this.exponents[j]) continue;
        changes ??= new Float64Array(this.d).fill(1);
        changes[j] = powerOfTwo(this.exponents[j] - exponent);
      }
      this.#put(j, exponent);
    }
    return changes;
  }

  #put(j: number, exponent: number): void {
    this.#seen[j] = 1;
    this.exponents[j] = exponent;
    this.factors[j] = powerOfTwo(-exponent);
    if (exponent !== 0) this.#identity = false;
  }
}

/** 2^e; 0 or Infinity outside the range of float64. */
export const powerOfTwo = (e: number): number => 2 ** e;

/** The smallest e with value <= 2^e, for a finite value > 0. */
export function exponentOf(value: number): number {
  let e = Math.ceil(Math.log2(value));
  // Math.log2 may be off by one near a power of two.
  while (powerOfTwo(e) < value) e++;
  while (powerOfTwo(e - 1) >= value) e--;
  return e;
}
