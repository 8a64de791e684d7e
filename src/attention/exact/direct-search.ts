/**
 * Exact search for any other f >= 0: <q, k> in float64, f of every product, running denominators and candidates.
 *
 * Where f is homogeneous, terms are f(x / reference) with the largest |x| of the query for a reference, so that x^p neither
 * overflows nor vanishes for any p. Everything is float64: a score is right to about d 2^-53 |q| |k| / |x| times the exponent,
 * n 2^-53 at most for the sum, which is made of sums of {@link ROWS} keys.
 */

import type { Kernels } from '../../kernels/kernels.js';
import { STRIP } from '../../kernels/query-strips.js';
import { CandidateList } from './candidate-list.js';
import {
  type ExactTraits,
  type KeyBlock,
  type QueryTile,
  type StripRange,
  setSight,
  type TileEntries,
  type TileSearch,
} from './search.js';

/** Queries that are multiplied at a time, and keys. */
const QUERIES = 64;
const ROWS = 512;

/** Candidates this little below eps of the denominator so far are kept: its rounding. */
const KEPT = 1 - 1e-12;

/** Searches strips of a tile; uses its `double` for d x {@link QUERIES} queries a group, the columns of a product. */
export class DirectSearch implements TileSearch {
  readonly #kernels: Kernels;
  readonly #traits: ExactTraits;
  readonly #tile: QueryTile;
  readonly #products: Float64Array;
  /** Sums of the keys that are looked at. */
  readonly #part = new Float64Array(QUERIES);
  readonly #candidates = new CandidateList();
  #range: StripRange = { from: 0, to: 0, row: 0 };

  constructor(kernels: Kernels, traits: ExactTraits, tile: QueryTile) {
    this.#kernels = kernels;
    this.#traits = traits;
    this.#tile = tile;
    this.#products = kernels.allocate('float64', ROWS * QUERIES);
  }

  begin(range: StripRange): void {
    const { d, f } = this.#traits;
    const { values, double, reference, sum } = this.#tile;
    this.#range = range;
    this.#candidates.clear();
    for (const { from, count } of this.#groups()) {
      const group = double.subarray(from * d);
      for (let i = 0; i < count; i++) for (let k = 0; k < d; k++) group[k * count + i] = values[(from + i) * d + k];
    }
    reference.fill(f.homogeneous ? 0 : 1, range.from * STRIP, range.to * STRIP);
    sum.fill(0, range.from * STRIP, range.to * STRIP);
  }

  take(block: KeyBlock): void {
    const { d, sight } = this.#traits;
    const { double, first, last } = this.#tile;
    setSight(this.#tile, this.#range, sight, block);
    for (const { from, count } of this.#groups()) {
      let [least, most] = [block.rows, 0];
      for (let i = from; i < from + count; i++) {
        if (last[i] <= first[i]) continue;
        least = Math.min(least, first[i]);
        most = Math.max(most, last[i]);
      }
      // Pieces begin where they do for every tile and thread, as sums are made of them.
      for (let top = least - (least % ROWS); top < most; top += ROWS) {
        const rows = Math.min(ROWS, block.rows - top);
        const keys = block.values.subarray(top * d, (top + rows) * d);
        this.#kernels.multiply(keys, rows, d, double.subarray(from * d), count, false, this.#products);
        this.#add(block, top, rows, from, count);
      }
    }
    if (this.#candidates.crowded) this.#prune(KEPT);
  }

  finish(): TileEntries {
    const { sum, blind } = this.#tile;
    const { from, to } = this.#range;
    const list = this.#candidates;
    this.#prune(1);
    let empty = 0;
    for (let i = from * STRIP; i < to * STRIP; i++) if (!blind[i] && sum[i] === 0) empty++;
    const query = list.query.slice(0, list.count);
    const score = Float64Array.from(query, (i, at) => Math.min(1, this.#termOf(i, list.x[at]) / sum[i]));
    return { query, key: list.key.slice(0, list.count), score, empty };
  }

  /** The range's queries, {@link QUERIES} at a time. */
  *#groups(): Generator<{ readonly from: number; readonly count: number }> {
    const end = this.#range.to * STRIP;
    for (let from = this.#range.from * STRIP; from < end; from += QUERIES) {
      yield { from, count: Math.min(QUERIES, end - from) };
    }
  }

  /** Adds the products of a group with rows top … top + rows - 1. */
  #add({ start, seen }: KeyBlock, top: number, rows: number, from: number, count: number): void {
    const { f, eps } = this.#traits;
    const { reference, sum, first, last } = this.#tile;
    const [products, part] = [this.#products, this.#part.fill(0)];
    const share = eps * KEPT;
    for (let row = 0, at = 0; row < rows; row++) {
      const place = top + row;
      if (seen && seen[place] === 0) {
        at += count;
        continue;
      }
      for (let c = 0; c < count; c++, at++) {
        const i = from + c;
        if (place < first[i] || place >= last[i]) continue;
        const x = products[at];
        if (f.homogeneous && Math.abs(x) > reference[i]) this.#raise(i, c, x);
        const term = f.homogeneous ? (reference[i] === 0 ? 0 : f.evaluate(x / reference[i])) : f.evaluate(x);
        if (term === 0) continue;
        part[c] += term;
        if (term >= share * (sum[i] + part[c])) this.#candidates.add(i, start + place, x);
      }
    }
    for (let c = 0; c < count; c++) sum[from + c] += part[c];
  }

  /** A new largest |x| of query i, the c-th of its group, where f gives it anything. */
  #raise(i: number, c: number, x: number): void {
    const { f } = this.#traits;
    const { reference, sum } = this.#tile;
    if (f.evaluate(Math.sign(x)) === 0) return;
    const factor = f.evaluate(reference[i] / Math.abs(x));
    sum[i] *= factor;
    this.#part[c] *= factor;
    reference[i] = Math.abs(x);
  }

  #termOf(i: number, x: number): number {
    const { f } = this.#traits;
    return f.homogeneous ? f.evaluate(x / this.#tile.reference[i]) : f.evaluate(x);
  }

  #prune(share: number): void {
    const least = this.#traits.eps * share;
    this.#candidates.prune((i, x) => this.#termOf(i, x) >= least * this.#tile.sum[i]);
  }
}
