/**
 * What selections capture that keep the last keys of each query where attention is causal: the last R that it sees, others for each, the
 * first S, and of the rest those that the selection takes first. A key that is two of these counts once. Where k is smaller than S and R
 * together, up to S of the first keys and up to R of the last, half of either where both are enough.
 */

import type { KeptKeys } from '../../selectors/order.js';
import type { QueryRows } from '../dense/query-tiles.js';
import type { SeenRange } from '../dense/seen-keys.js';
import type { QueryMeasure, ShownScores } from './query-measure.js';
import { keptWindow, type Selection } from './selections.js';
import type { Sums } from './tally.js';

/** Sums of one selection, one a size, and its mass for 1, 2, … keys. */
interface Kept {
  readonly selection: Selection;
  readonly sums: Sums;
  readonly curve: Float64Array;
}

/** Sums over queries, for all selections. */
export class KeptWindowTally implements QueryMeasure {
  readonly #kept: readonly Kept[];
  readonly #keep: KeptKeys;
  readonly #eps: number;
  readonly #sizes: readonly number[];
  /** Mass, entries and their mass of the keys before each, of one query. */
  readonly #before: readonly Float64Array[];

  /** @param sizes - ascending */
  constructor(selections: readonly Selection[], keep: KeptKeys, eps: number, sizes: readonly number[], n: number) {
    this.#keep = keep;
    this.#eps = eps;
    this.#sizes = sizes;
    this.#before = [0, 1, 2].map(() => new Float64Array(n + 1));
    this.#kept = selections.map((selection) => ({
      selection,
      sums: {
        mass: new Float64Array(sizes.length),
        entries: new Float64Array(sizes.length),
        entryMass: new Float64Array(sizes.length),
      },
      curve: new Float64Array(n),
    }));
  }

  /** What a selection has; undefined where it is none of these. */
  of(name: string): Pick<Kept, 'sums' | 'curve'> | undefined {
    return this.#kept.find(({ selection }) => selection.name === name);
  }

  add({ start, rows, bad }: QueryRows, weights: Float64Array, { size, empty, seen: seenBy }: ShownScores): void {
    for (let i = 0; i < rows; i++) {
      if (bad[i] || empty[i]) continue;
      const own = weights.subarray(i * size, (i + 1) * size);
      const seen = seenBy(start + i);
      this.#sumUp(own, seen);
      for (const kept of this.#kept) {
        for (const order of kept.selection.orders) this.#addQuery(kept, order, own, seen);
      }
    }
  }

  #sumUp(own: Float64Array, [from, to]: SeenRange): void {
    const [mass, entries, entryMass] = this.#before;
    for (const sums of this.#before) sums[from] = 0;
    for (let j = from; j < to; j++) {
      const heavy = own[j] >= this.#eps;
      mass[j + 1] = mass[j] + own[j];
      entries[j + 1] = entries[j] + (heavy ? 1 : 0);
      entryMass[j + 1] = entryMass[j] + (heavy ? own[j] : 0);
    }
  }

  #addQuery({ selection, sums, curve }: Kept, order: Int32Array, own: Float64Array, [from, to]: SeenRange): void {
    const { first, last } = this.#keep;
    const part = 1 / selection.orders.length;
    const whole = first + last;
    const inFirst = Math.min(to, from + first);
    const inLast = Math.max(inFirst, to - last);
    const added = [0, 0, 0];
    let taken = 0;
    let at = 0;
    let next = 0;
    for (let k = 1; k <= order.length; k++) {
      const fixed = Math.max(0, k - whole);
      // Keys at the beginning are kept anyway, and count once.
      for (; taken < fixed && at < order.length; at++) {
        const j = order[at];
        if (j < first) continue;
        taken++;
        if (j < inFirst || j >= inLast || j < from) continue;
        added[0] += own[j];
        if (own[j] >= this.#eps) {
          added[1]++;
          added[2] += own[j];
        }
      }
      const [begin, end] = keptWindow(k, from, to, this.#keep);
      const value = (which: number): number => {
        const before = this.#before[which];
        return part * (before[begin] + before[to] - before[end] + added[which]);
      };
      curve[k - 1] += value(0);
      while (next < this.#sizes.length && this.#sizes[next] === k) {
        sums.mass[next] += value(0);
        sums.entries[next] += value(1);
        sums.entryMass[next] += value(2);
        next++;
      }
    }
  }
}
