/**
 * What keys receive, apart for some runs of queries: sums of scores in float32, with a bound of how far each run may be off, which may be
 * replaced by exact ones run by run. Runs depend on the queries' indices alone.
 */

import type { Kernels } from '../../../kernels/kernels.js';
import { singleStride } from '../../dense/single-scores.js';

/** Runs, at most; each is of 64 queries, or twice as many, and so on, so that there are not more. */
const MOST = 16;
const QUERIES = 64;

/** A run. */
export interface Segment {
  /** One a key. */
  readonly mass: Float64Array;
  /** Of each query that was added a bound of the relative error of its scores; of none once they are exact. */
  errors: number[];
  /** Whether products were worked out in float64. */
  refined: boolean;
}

/** All runs. */
export class MassSegments {
  readonly #kernels: Kernels;
  readonly #size: number;
  readonly #masses: Float64Array;
  readonly #segments: Segment[];
  #width = QUERIES;
  #used = 0;

  /**
   * @param size - keys
   * @param room - gives this number of float64
   */
  constructor(kernels: Kernels, size: number, room: (length: number) => Float64Array) {
    this.#kernels = kernels;
    this.#size = size;
    const masses = room(MOST * size).fill(0);
    this.#masses = masses;
    this.#segments = Array.from({ length: MOST }, (_, at) => ({
      mass: masses.subarray(at * size, (at + 1) * size),
      errors: [],
      refined: false,
    }));
  }

  /** Those that there are. */
  get all(): readonly Segment[] {
    return this.#segments.slice(0, this.#used);
  }

  /** Which run a query belongs to, now that all have been added. */
  of(row: number): Segment {
    return this.#segments[Math.floor(row / this.#width)];
  }

  /** Adds what all have, key by key. */
  addTo(mass: Float64Array): void {
    this.#kernels.addRows(this.#masses, this.#used, this.#size, this.#size, mass);
  }

  /** Forgets what the queries of some have given: the same queries are added again. */
  clear(segments: Iterable<Segment>): void {
    for (const segment of segments) {
      segment.mass.fill(0);
      segment.errors = [];
    }
  }

  /**
   * Adds the scores of queries.
   *
   * @param start - global index of the first; none comes before one that has been added, but where they were cleared
   * @param x - rows of `singleStride` numbers
   * @param factors - make scores of x; 0 of what does not count
   * @param errors - bounds of their relative errors
   */
  add(start: number, rows: number, x: Float32Array, factors: Float64Array, errors: Float64Array): void {
    const stride = singleStride(this.#size);
    for (let i = 0, end = 0; i < rows; i = end) {
      while (start + i >= MOST * this.#width) this.#merge();
      const at = Math.floor((start + i) / this.#width);
      const segment = this.#segments[at];
      end = Math.min(rows, (at + 1) * this.#width - start);
      const own = x.subarray(i * stride);
      this.#kernels.single.addScaledRows(own, end - i, stride, this.#size, factors.subarray(i, end), segment.mass);
      for (let row = i; row < end; row++) if (factors[row] > 0) segment.errors.push(errors[row]);
      this.#used = Math.max(this.#used, at + 1);
    }
  }

  /** Makes one of each two. */
  #merge(): void {
    for (let at = 0; at < MOST; at += 2) {
      const [first, second, to] = [this.#segments[at], this.#segments[at + 1], this.#segments[at / 2]];
      for (let j = 0; j < this.#size; j++) to.mass[j] = first.mass[j] + second.mass[j];
      to.errors = [...first.errors, ...second.errors];
    }
    this.clear(this.#segments.slice(MOST / 2));
    this.#used = Math.ceil(this.#used / 2);
    this.#width *= 2;
  }
}
