/**
 * The sample of the rows outside U, as rows stream by: each row is offered once, when it is known not to be a candidate (any
 * more). Until there is a pilot, rows are held: the first ones make it.
 */

import type { Kernels } from '../../kernels/kernels.js';
import { type ColumnOrder, reorderColumns } from '../../linear/reorder.js';
import type { Values } from '../../rows/row-block.js';
import type { PrioritySample } from '../bounds/certificate.js';
import type { Candidates } from '../candidates/candidates.js';
import { Scratch } from '../scratch.js';
import { allPositions, without } from '../screen/positions.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';
import { PILOT_ROWS, PrioritySampler, type SampleOptions } from './priority-sampler.js';
import { hashUnit, listEntering, type SampleGate } from './sample-filter.js';

/** Rows of a stream, as they were read. */
export interface StreamRows {
  /** Global index of the first. */
  readonly start: number;
  readonly rows: number;
  /** rows x d; not asked for where none may enter. */
  readonly values: () => Values;
}

/** What is known of rows that may be sampled. */
export interface RowHints {
  /** Whether squares of their entries neither overflow nor vanish. */
  readonly moderate: boolean;
  /** Positions of those that may enter, ascending, where somebody has found out. */
  readonly offered?: Int32Array | undefined;
}

/** Candidates whose norms are worked out at a time. */
const EVICTED_ROWS = 4096;

/** Covers the rounding of quotients that are compared with those of exact weights. */
const ABOVE = 1 + 1e-12;

/** Of more numbers than this, half as many to as many are looked at, evenly spaced, to tell how they lie. */
const ORDERED = 4096;

/** Offers rows to a {@link PrioritySampler}. */
export class ReservoirSample {
  readonly #kernels: Kernels;
  readonly #d: number;
  readonly #sampler: PrioritySampler;
  /** The first rows of the stream, until there is a pilot. */
  #held: Float64Array;
  #heldRows = 0;
  /** Global index of the first of them. */
  #heldStart = 0;
  /** The last weights that a gate was made for. */
  #gate: { readonly weights: Float64Array; readonly scale: number } | undefined;
  readonly #norms: Scratch;

  constructor(kernels: Kernels, d: number, options?: SampleOptions) {
    this.#kernels = kernels;
    this.#d = d;
    this.#sampler = new PrioritySampler(kernels, d, options);
    this.#held = new Float64Array(this.#sampler.ready ? 0 : PILOT_ROWS * d);
    this.#norms = new Scratch(kernels);
  }

  /**
   * Takes in a block.
   *
   * @param candidates - indices of all candidates, those of this block included
   * @param survivors - positions in the block of those that are, ascending
   */
  ingest(block: StreamRows, candidates: Float64Array, survivors: Int32Array, known: RowHints): void {
    if (!this.#sampler.ready) {
      const count = Math.min(block.rows, PILOT_ROWS - this.#heldRows);
      if (this.#heldRows === 0) this.#heldStart = block.start;
      this.#held.set(block.values().subarray(0, count * this.#d), this.#heldRows * this.#d);
      this.#heldRows += count;
      if (this.#heldRows < PILOT_ROWS) return;
      this.#makePilot(block.start - this.#heldStart, candidates);
    }
    this.#offer(block, survivors, known);
  }

  /**
   * What tells rows apart that may enter, by norms for other weights than the sample's.
   * @param weights - d, > 0: of the norms sum_j k_j^2 weights_j
   * @returns undefined where any may
   */
  gateFor(weights: Float64Array): SampleGate | undefined {
    const filter = this.#sampler.filter;
    if (!filter || filter.threshold === 0) return undefined;
    const { threshold, seed } = filter;
    if (this.#gate?.weights !== weights) {
      const scale = filter.weights.reduce((most, bound, j) => Math.max(most, bound / weights[j]), 0) * (1 + 1e-9);
      this.#gate = { weights, scale };
    }
    return { scale: this.#gate.scale, threshold, seed };
  }

  /**
   * Takes in rows that were candidates.
   *
   * @param candidates - indices and keys of all candidates, as they were read
   * @param stays - which of them are some still
   */
  takeEvicted({ index, keys, size }: Candidates, stays: (i: number) => boolean, known: RowHints): void {
    // What is held is offered later, with the others that are no candidates then.
    if (!this.#sampler.ready) return;
    const bounds = this.#priorityBounds(index, keys, size, known.moderate);
    for (let i = 0; i < size; i++) if (stays(i)) bounds[i] = 0;
    // Those that are likely to enter come first: the threshold that they leave rules out most others.
    const likely = nearLargest(bounds, this.#sampler.room);
    this.#offerAbove(likely, Number.POSITIVE_INFINITY, bounds, index, keys);
    this.#sampler.compact();
    this.#offerAbove(this.#sampler.filter!.threshold, likely, bounds, index, keys);
  }

  /** Offers rows whose bounds are > 0 and lie in [least, most). */
  #offerAbove(least: number, most: number, bounds: Float64Array, index: Float64Array, keys: Values): void {
    const which: number[] = [];
    for (let i = 0; i < bounds.length; i++) {
      if (bounds[i] > 0 && bounds[i] >= least && bounds[i] < most) which.push(i);
    }
    this.#sampler.offer(
      keys,
      which.length,
      (k) => index[which[k]],
      (k) => which[k],
    );
  }

  /** Bounds of the priorities of rows; all alike where squares of their entries may overflow. */
  #priorityBounds(index: Float64Array, keys: Values, size: number, moderate: boolean): Float64Array {
    const bounds = new Float64Array(size);
    if (!moderate) return bounds.fill(Number.MAX_VALUE);
    const { weights, seed } = this.#sampler.filter!;
    for (let from = 0; from < size; from += EVICTED_ROWS) {
      const rows = Math.min(EVICTED_ROWS, size - from);
      const norms = this.#norms.take(rows + 4);
      this.#kernels.rowNorms(keys.subarray(from * this.#d), rows, this.#d, weights, norms);
      for (let i = 0; i < rows; i++) {
        bounds[from + i] = Math.min(Number.MAX_VALUE, (norms[i] * ABOVE) / hashUnit(index[from + i], seed));
      }
    }
    return bounds;
  }

  /**
   * Ends the stream; candidates may still be evicted afterwards.
   * @param candidates - indices of all candidates
   */
  end(candidates: Float64Array): void {
    if (!this.#sampler.ready && this.#heldRows > 0) this.#makePilot(this.#heldRows, candidates);
  }

  /** What it is made of. */
  save(): State {
    return {
      held: this.#held.slice(0, this.#heldRows * this.#d),
      heldRows: this.#heldRows,
      heldStart: this.#heldStart || undefined,
      sampler: this.#sampler.save(),
    };
  }

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader): void {
    this.#sampler.restore(state.part('sampler'));
    this.#heldRows = Math.min(state.whole('heldRows'), PILOT_ROWS);
    this.#heldStart = state.has('heldStart') ? state.whole('heldStart') : 0;
    if (!this.#sampler.ready) this.#held.set(state.float64('held', this.#heldRows * this.#d));
    else this.#held = new Float64Array(0);
  }

  /** Puts the columns of what is kept in another order. */
  reorder(order: ColumnOrder): void {
    this.#sampler.reorder(order);
    reorderColumns(this.#held, order, this.#heldRows);
    this.#gate = undefined;
  }

  /** Gives the rows drawn other indices, in the same order. */
  renumber(indexOf: (index: number) => number): void {
    this.#sampler.renumber(indexOf);
  }

  /** Whether the sample of another can be taken in: both have ended, hash alike, and are of as many rows. */
  isLike(other: ReservoirSample): boolean {
    return this.#sampler.isLike(other.#sampler);
  }

  /** Rows drawn, where pilots that differed have left fewer than were asked for; else undefined. */
  get rowsLeft(): number | undefined {
    return this.#sampler.rowsLeft;
  }

  /** Takes in the sample of other rows. */
  merge(other: ReservoirSample): void {
    this.#sampler.merge(other.#sampler);
  }

  /**
   * The sample; undefined where there were no rows.
   * @param size - rows in it at most, where that is fewer than it was made for
   */
  finish(size?: number): PrioritySample | undefined {
    return this.#sampler.ready ? this.#sampler.finish(size) : undefined;
  }

  /** Makes the pilot of the rows held, and offers the first `rows` of them. */
  #makePilot(rows: number, candidates: Float64Array): void {
    this.#sampler.usePilot(this.#held, this.#heldRows);
    const known = new Set(candidates);
    const start = this.#heldStart;
    const survivors = allPositions(rows).filter((i) => known.has(start + i));
    this.#offer({ start, rows, values: () => this.#held }, survivors, { moderate: false });
    this.#held = new Float64Array(0);
  }

  /** Offers all rows but the survivors; where it can be told cheaply, only those that have a chance. */
  #offer(block: StreamRows, survivors: Int32Array, known: RowHints): void {
    const { start, values } = block;
    const offered = without(known.offered ?? this.#promising(block, known.moderate), survivors);
    if (offered.length === 0) return;
    this.#sampler.offer(
      values(),
      offered.length,
      (i) => start + offered[i],
      (i) => offered[i],
    );
  }

  /** Positions of the rows that may enter. */
  #promising({ start, rows, values }: StreamRows, moderate: boolean): Int32Array {
    const filter = this.#sampler.filter!;
    const all = allPositions(rows);
    if (!moderate || filter.threshold === 0) return all;
    const bounds = this.#norms.take(rows + 4);
    this.#kernels.rowNorms(values(), rows, this.#d, filter.weights, bounds);
    return all.slice(0, listEntering(filter, start, bounds, 1, rows, all));
  }
}

/** A number that about `count` of these reach; 0 where there are no more than that. */
function nearLargest(numbers: Float64Array, count: number): number {
  if (numbers.length <= count) return 0;
  const step = Math.ceil(numbers.length / ORDERED);
  const some = new Float64Array(Math.floor(numbers.length / step));
  for (let i = 0; i < some.length; i++) some[i] = numbers[i * step];
  some.sort();
  return some[Math.max(0, some.length - Math.ceil(count / step))];
}
