/**
 * What keys receive, apart for some runs of queries: sums of scores in float32, with a bound of how far each run may be off, which may be
 * replaced by exact ones run by run. Runs depend on the queries' indices alone.
 */

import type { Kernels } from '../../../kernels/kernels.js';

/** Runs, at most; each is of 64 queries, or twice as many, and so on, so that there are not more. */
const MOST = 16;
const QUERIES = 64;

/** A run. */
export interface Segment {
  /** One a key. */
  readonly mass: Float64Array;
  /** Queries that were added. */
  count: number;
  /** A bound of the relative error of each of their scores; 0 once they are exact. */
  error: number;
}

/** All runs. */
export class MassSegments {
  readonly #kernels: Kernels;
  readonly #size: number;
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
    this.#segments = Array.from({ length: MOST }, (_, at) => ({
      mass: masses.subarray(at * size, (at + 1) * size),
      count: 0,
      error: 0,
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

  /**
   * Adds the scores of queries.
   *
   * @param start - global index of the first; none comes before one that has been added
   * @param x - rows x size
   * @param factors - make scores of x; 0 of what does not count
   * @param errors - bounds of their relative errors
   */
  add(start: number, rows: number, x: Float32Array, factors: Float64Array, errors: Float64Array): void {
    for (let i = 0, end = 0; i < rows; i = end) {
      while (start + i >= MOST * this.#width) this.#merge();
      const at = Math.floor((start + i) / this.#width);
      const segment = this.#segments[at];
      end = Math.min(rows, (at + 1) * this.#width - start);
      const own = x.subarray(i * this.#size);
      this.#kernels.single.addScaledRows(own, end - i, this.#size, this.#size, factors.subarray(i, end), segment.mass);
      for (let row = i; row < end; row++) if (factors[row] > 0) segment.count++;
      segment.error = errors.subarray(i, end).reduce((most, error) => Math.max(most, error), segment.error);
      this.#used = Math.max(this.#used, at + 1);
    }
  }

  /** Makes one of each two. */
  #merge(): void {
    for (let at = 0; at < MOST; at += 2) {
      const [first, second, to] = [this.#segments[at], this.#segments[at + 1], this.#segments[at / 2]];
      for (let j = 0; j < this.#size; j++) to.mass[j] = first.mass[j] + second.mass[j];
      to.count = first.count + second.count;
      to.error = Math.max(first.error, second.error);
    }
    for (const segment of this.#segments.slice(MOST / 2)) {
      segment.mass.fill(0);
      segment.count = 0;
      segment.error = 0;
    }
    this.#used = Math.ceil(this.#used / 2);
    this.#width *= 2;
  }
}
