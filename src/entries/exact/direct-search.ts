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
  type KeyBlock,
  type KeyTotals,
  type QueryTile,
  type SearchConfig,
  type StripRange,
  setSight,
  type TileEntries,
  type TileSearch,
} from './search.js';

/** Queries that are multiplied at a time, and keys. */
export const GROUP = 64;
const ROWS = 512;

/** Candidates this little below eps of the denominator so far are kept: its rounding. */
const KEPT = 1 - 1e-12;

/** Products of some rows of a block with a group of queries: rows x width. */
interface Piece {
  /** The first row, and how many. */
  readonly top: number;
  readonly rows: number;
  /** The first query, and how many. */
  readonly from: number;
  readonly width: number;
}

/** Searches tiles; ranges begin at multiples of {@link GROUP} queries, and a group of `double` is d x its width. */
export class DirectSearch implements TileSearch {
  readonly #kernels: Kernels;
  readonly #config: SearchConfig;
  readonly #tile: QueryTile;
  readonly #products: Float64Array;
  /** Sums of the keys that are looked at. */
  readonly #part = new Float64Array(GROUP);
  readonly #candidates = new CandidateList();
  readonly #sight: { readonly first: Int32Array; readonly last: Int32Array };
  #own: StripRange = { from: 0, to: 0, row: 0 };

  constructor(kernels: Kernels, config: SearchConfig, tile: QueryTile) {
    this.#kernels = kernels;
    this.#config = config;
    this.#tile = tile;
    this.#products = kernels.allocate('float64', ROWS * GROUP);
    this.#sight = { first: new Int32Array(config.capacity), last: new Int32Array(config.capacity) };
  }

  reset(range: StripRange): void {
    const { d, f } = this.#config;
    const { values, double, reference, sum } = this.#tile;
    this.own(range);
    this.#candidates.clear();
    for (const { from, width } of this.#groups(range)) {
      const group = double.subarray(from * d);
      for (let i = 0; i < width; i++) for (let k = 0; k < d; k++) group[k * width + i] = values[(from + i) * d + k];
    }
    reference.fill(f.homogeneous ? 0 : 1, range.from * STRIP, range.to * STRIP);
    sum.fill(0, range.from * STRIP, range.to * STRIP);
  }

  own(range: StripRange): void {
    this.#own = range;
  }

  ingest(block: KeyBlock, range: StripRange): void {
    this.#multiply(block, range, (piece) => this.#add(block, piece));
    if (this.#candidates.crowded) this.#prune(KEPT, this.#own);
  }

  finish(): TileEntries {
    const { sum } = this.#tile;
    const list = this.#candidates;
    this.#prune(1, { from: 0, to: Number.POSITIVE_INFINITY });
    const query = list.query.slice(0, list.count);
    const score = Float64Array.from(query, (i, at) => Math.min(1, this.#termOf(i, list.x[at]) / sum[i]));
    return { query, key: list.key.slice(0, list.count), score };
  }

  isEmpty(query: number): boolean {
    return this.#tile.sum[query] === 0;
  }

  score(block: KeyBlock, range: StripRange, { total, largest }: KeyTotals): void {
    const { sum } = this.#tile;
    const { first, last } = this.#sight;
    this.#multiply(block, range, ({ top, rows, from, width }) => {
      for (let row = 0, at = 0; row < rows; row++) {
        const place = top + row;
        const hidden = block.seen && block.seen[place] === 0;
        for (let i = from; i < from + width; i++, at++) {
          if (hidden || place < first[i] || place >= last[i] || sum[i] === 0) continue;
          const score = this.#termOf(i, this.#products[at]) / sum[i];
          total[place] += score;
          if (score > largest[place]) largest[place] = score;
        }
      }
    });
  }

  /** The groups of a range; the last one of all queries may be narrower. */
  *#groups({ from, to }: StripRange): Generator<{ readonly from: number; readonly width: number }> {
    for (let at = from * STRIP; at < to * STRIP; at += GROUP) {
      yield { from: at, width: Math.min(GROUP, to * STRIP - at) };
    }
  }

  /** Products of the groups of a range with the keys that they see, {@link ROWS} at a time. */
  #multiply(block: KeyBlock, range: StripRange, use: (piece: Piece) => void): void {
    const { d, sight } = this.#config;
    const { first, last } = this.#sight;
    setSight(this.#sight, this.#tile, range, sight, block);
    for (const { from, width } of this.#groups(range)) {
      let [least, most] = [block.rows, 0];
      for (let i = from; i < from + width; i++) {
        if (last[i] <= first[i]) continue;
        least = Math.min(least, first[i]);
        most = Math.max(most, last[i]);
      }
      const queries = this.#tile.double.subarray(from * d, (from + width) * d);
      // Pieces begin where they do for every tile and thread, as sums are made of them.
      for (let top = least - (least % ROWS); top < most; top += ROWS) {
        const rows = Math.min(ROWS, block.rows - top);
        const keys = block.values.subarray(top * d, (top + rows) * d);
        this.#kernels.multiply(keys, rows, d, queries, width, false, this.#products);
        use({ top, rows, from, width });
      }
    }
  }

  /** Adds the products of a piece. */
  #add({ start, seen }: KeyBlock, { top, rows, from, width }: Piece): void {
    const { f, eps } = this.#config;
    const { reference, sum } = this.#tile;
    const { first, last } = this.#sight;
    const [products, part] = [this.#products, this.#part.fill(0)];
    const share = eps * KEPT;
    for (let row = 0, at = 0; row < rows; row++) {
      const place = top + row;
      const hidden = seen !== undefined && seen[place] === 0;
      for (let c = 0; c < width; c++, at++) {
        const i = from + c;
        if (hidden || place < first[i] || place >= last[i]) continue;
        const x = products[at];
        if (f.homogeneous && Math.abs(x) > reference[i]) this.#raise(i, c, x);
        const term = this.#termOf(i, x);
        if (term === 0) continue;
        part[c] += term;
        if (term >= share * (sum[i] + part[c])) this.#candidates.add(i, start + place, x);
      }
    }
    for (let c = 0; c < width; c++) sum[from + c] += part[c];
  }

  /** A new largest |x| of query i, the c-th of its strip, where f gives it anything. */
  #raise(i: number, c: number, x: number): void {
    const { f } = this.#config;
    const { reference, sum } = this.#tile;
    if (f.evaluate(Math.sign(x)) === 0) return;
    const factor = f.evaluate(reference[i] / Math.abs(x));
    sum[i] *= factor;
    this.#part[c] *= factor;
    reference[i] = Math.abs(x);
  }

  /** f(x), relative to the reference where there is one; nothing is heavy whose largest |x| is 0. */
  #termOf(i: number, x: number): number {
    const { f } = this.#config;
    if (!f.homogeneous) return f.evaluate(x);
    const reference = this.#tile.reference[i];
    return reference === 0 ? 0 : f.evaluate(x / reference);
  }

  #prune(share: number, { from, to }: Pick<StripRange, 'from' | 'to'>): void {
    const least = this.#config.eps * share;
    this.#candidates.prune(
      (i, x) => i < from * STRIP || i >= to * STRIP || this.#termOf(i, x) >= least * this.#tile.sum[i],
    );
  }
}
