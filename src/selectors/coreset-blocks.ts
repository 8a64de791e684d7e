/**
 * A coreset for softmax attention of keys that come block by block: every block has pivots in proportion to its keys, which stand for the
 * others of their block, and what blocks give is put together, as a sum over all keys is the sum over blocks (WildCat's bins,
 * arXiv:2602.10056). Keys that stand for themselves are known beforehand.
 */

import type { Kernels } from '../kernels/kernels.js';
import { DEFAULT_MEMORY } from '../rows/limits.js';
import { makeCoreset } from './coreset.js';

/** Bytes of a number, and of one of K or V that is held: as it came, and as it is worked with. */
const BYTES = 8;
const HELD_BYTES = 16;

/** What there is to hold. */
export interface CoresetLoad {
  /** Keys. */
  readonly n: number;
  readonly d: number;
  /** Columns of V, 0 without. */
  readonly width: number;
  /** Keys of the coreset, at most n. */
  readonly size: number;
}

/** The most keys that a block may have so that K, V and the factor of its pivots fit the memory each, in bytes; below 1 where none does. */
export function mostKeysOfBlock({ n, d, width, size }: CoresetLoad, memory = DEFAULT_MEMORY): number {
  const held = memory / (HELD_BYTES * Math.max(d, width));
  // Of b keys size b / n are pivots, and the factor has b (size b / n + d) numbers.
  const share = size / n;
  const factor = (Math.sqrt(d * d + (4 * share * memory) / BYTES) - d) / (2 * share);
  return Math.floor(Math.min(held, factor));
}

/** What a coreset is made of, and how. */
export interface BlockCoresetSettings {
  readonly kernels: Kernels;
  readonly d: number;
  /** Columns of V; undefined: there is none. */
  readonly width: number | undefined;
  /** s, > 0. */
  readonly scale: number;
  /** All keys. */
  readonly n: number;
  /** Keys of the coreset, at most n. */
  readonly size: number;
  /** Places of keys that stand for themselves, each once, fewer than `size`, in the order in which they come out. */
  readonly exact: ArrayLike<number>;
  /** Of the draws of pivots; undefined: the largest residual next. */
  readonly seed?: number | undefined;
  /** The longest query that is expected; undefined: the longest key of a block about its mean. */
  readonly queryRadius?: number | undefined;
}

/** Some keys, the next in order. */
export interface CoresetBlock {
  /** Rows of K that they are. */
  readonly index: Float64Array;
  /** rows x d. */
  readonly keys: Float64Array;
  /** rows x width. */
  readonly values: Float64Array | undefined;
}

/** What comes of all blocks. */
export interface BlockCoreset {
  /** Rows of K: those that stand for themselves, then the pivots of each block. */
  readonly index: Float64Array;
  readonly keys: Float64Array;
  readonly weight: Float64Array;
  readonly values: Float64Array | undefined;
  readonly exact: number;
  readonly blocks: number;
  /** The fewest pivots of a block that has keys they stand for. */
  readonly fewest: number;
}

/** Rows of the coreset as they are found. */
interface Found {
  readonly index: number;
  readonly weight: number;
  readonly key: Float64Array;
  readonly value: Float64Array | undefined;
}

/** Makes a coreset, a block at a time. */
export class BlockCoresets {
  readonly #settings: BlockCoresetSettings;
  /** Of keys that stand for themselves: their turn, by their place. */
  readonly #turns: ReadonlyMap<number, number>;
  readonly #exact: Found[];
  readonly #pivots: Found[] = [];
  #seen = 0;
  #others = 0;
  #blocks = 0;
  #fewest = Number.POSITIVE_INFINITY;

  constructor(settings: BlockCoresetSettings) {
    this.#settings = settings;
    this.#turns = new Map(Array.from(settings.exact, (place, turn) => [place, turn]));
    this.#exact = new Array<Found>(settings.exact.length);
  }

  /** Takes in a block: time and memory of its pivots. */
  add({ index, keys, values }: CoresetBlock): void {
    const { kernels, d, width = 0, scale, n, size, seed, queryRadius } = this.#settings;
    const start = this.#seen;
    this.#seen += index.length;
    const own = Array.from(index.keys()).filter((j) => this.#turns.has(start + j));
    const others = index.length - own.length;
    this.#others += others;
    // What blocks before had no use for comes to the next.
    const due = Math.round(((size - this.#turns.size) * this.#others) / Math.max(1, n - this.#turns.size));
    const pivots = Math.max(0, due - this.#pivots.length);
    const made = makeCoreset({ d, values: keys }, values && { width, rows: values }, {
      ...{ kernels, scale, queryRadius, exact: own, size: own.length + pivots },
      seed: seed === undefined ? undefined : seed + this.#blocks,
    });
    for (const [at, place] of made.place.entries()) {
      const found = {
        index: index[place],
        weight: made.weight[at],
        key: keys.slice(place * d, (place + 1) * d),
        value: made.values?.slice(at * width, (at + 1) * width),
      };
      if (at < made.exact) this.#exact[this.#turns.get(start + place)!] = found;
      else this.#pivots.push(found);
    }
    this.#blocks++;
    if (made.place.length < index.length) this.#fewest = Math.min(this.#fewest, pivots);
  }

  /** What has come of all blocks. */
  result(): BlockCoreset {
    const { d, width } = this.#settings;
    const all = [...this.#exact, ...this.#pivots];
    const keys = new Float64Array(all.length * d);
    for (const [at, { key }] of all.entries()) keys.set(key, at * d);
    const values = width === undefined ? undefined : new Float64Array(all.length * width);
    for (const [at, { value }] of all.entries()) if (values && value) values.set(value, at * width!);
    return {
      index: Float64Array.from(all, ({ index }) => index),
      keys,
      weight: Float64Array.from(all, ({ weight }) => weight),
      values,
      exact: this.#exact.length,
      blocks: this.#blocks,
      fewest: this.#fewest,
    };
  }
}
