/** What a search of one tile of queries is, whatever the function: blocks of keys in, in order; then the heavy entries. */

import type { ScoringFunction } from '../../functions.js';
import type { Kernels } from '../../kernels/kernels.js';
import { type KeyRows, STRIP, stepsOf } from '../../kernels/query-strips.js';
import { endSeen, firstSeen, type Visibility } from './visibility.js';

/** What every part of an exact search must agree on. */
export interface SearchConfig {
  readonly d: number;
  /** The most queries of a tile, a multiple of {@link STRIP}. */
  readonly capacity: number;
  readonly f: ScoringFunction;
  /** Multiplies every <q, k> before f is taken, > 0. */
  readonly scale: number;
  /** Threshold, in (0, 1]. */
  readonly eps: number;
  readonly sight: Visibility;
}

/** A block of keys, as all threads see it. */
export interface KeyBlock extends KeyRows {
  /** Global index of the first row. */
  readonly start: number;
}

/**
 * The queries of a tile and what they have seen, in memory that all threads share. Entry i of an array with one number a
 * query belongs to the tile's query i. Nobody but the thread that a query belongs to changes what it has seen.
 */
export interface QueryTile {
  /** capacity x d, times the scale (for e^x in units of log 2). */
  readonly values: Float64Array;
  /** As the search lays them out. */
  readonly single: Float32Array;
  readonly double: Float64Array;
  /** One a strip: the largest weighted squared norm of its queries. */
  readonly squares: Float64Array;
  /** The rest: one a query. 1: it sees no key at all. */
  readonly blind: Int32Array;
  /** The denominator so far, in whatever form the search has it. */
  readonly reference: Float64Array;
  readonly sum: Float64Array;
  readonly listed: Float64Array;
  readonly listedAt: Float64Array;
}

/** Bytes that a query takes in a tile, and in what threads have of their own. */
export const tileBytes = (d: number): number => 8 * d + 12 * stepsOf(d) + 64;

/** Memory for a tile. */
export function allocateTile(kernels: Kernels, { d, capacity }: SearchConfig): QueryTile {
  const steps = stepsOf(d);
  const one = (): Float64Array => kernels.allocate('float64', capacity);
  return {
    values: kernels.allocate('float64', capacity * d),
    single: kernels.allocate('float32', capacity * steps),
    double: kernels.allocate('float64', capacity * steps),
    squares: kernels.allocate('float64', capacity / STRIP),
    blind: kernels.allocateIntegers(capacity),
    reference: one(),
    sum: one(),
    listed: one(),
    listedAt: one(),
  };
}

/** A tile that another thread has allocated. */
export function adoptTile(kernels: Kernels, tile: QueryTile): QueryTile {
  const { values, single, double, squares, blind, reference, sum, listed, listedAt } = tile;
  return {
    values: kernels.adopt(values),
    single: kernels.adopt(single),
    double: kernels.adopt(double),
    squares: kernels.adopt(squares),
    blind: kernels.adopt(blind),
    reference: kernels.adopt(reference),
    sum: kernels.adopt(sum),
    listed: kernels.adopt(listed),
    listedAt: kernels.adopt(listedAt),
  };
}

/** Heavy entries of a range of queries, in no particular order of queries, those of one query by key. */
export interface TileEntries {
  /** Queries of the tile. */
  readonly query: Int32Array;
  readonly key: Float64Array;
  readonly score: Float64Array;
}

/** Some strips of a tile, and where it stands among all queries. */
export interface StripRange {
  readonly from: number;
  /** The strip after the last. */
  readonly to: number;
  /** Global row of the tile's first query. */
  readonly row: number;
}

/** What is summed up of the keys of a block; entry i belongs to its row i. */
export interface KeyTotals {
  /** Their scores' sum over queries is added to it. */
  readonly total: Float64Array;
  /** Raised to their largest score. */
  readonly largest: Float64Array;
}

/** Searches tiles, one after another. */
export interface TileSearch {
  /** Lays out the queries of a range, and forgets what they and this search have seen. */
  reset(range: StripRange): void;
  /** From now on these queries are its own, as they are: only their candidates may be looked at before the end. */
  own(range: StripRange): void;
  /** The next block of keys, for some of its queries. */
  ingest(block: KeyBlock, range: StripRange): void;
  /** The entries with a score of at least eps among what it has taken; all blocks must have been, by all threads. */
  finish(): TileEntries;
  /** Whether a query's denominator is zero: it sees no key, or none that f gives anything. */
  isEmpty(query: number): boolean;
  /** After the end: what the keys of a block receive from the queries of a range. */
  score(block: KeyBlock, range: StripRange, totals: KeyTotals): void;
}

/** Sets which rows of a block the queries of a range see. */
export function setSight(
  { first, last }: { readonly first: Int32Array; readonly last: Int32Array },
  { blind }: QueryTile,
  { from, to, row }: StripRange,
  sight: Visibility,
  block: KeyBlock,
): void {
  const within = (key: number): number => Math.max(0, Math.min(block.rows, key - block.start));
  for (let i = from * STRIP; i < to * STRIP; i++) {
    first[i] = within(firstSeen(sight, row + i));
    last[i] = blind[i] ? 0 : within(endSeen(sight, row + i));
  }
}
