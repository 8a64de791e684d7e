/** What a search of one tile of queries is, whatever the function: blocks of keys in, in order; then the heavy entries. */

import type { ScoringFunction } from '../../functions.js';
import type { Kernels } from '../../kernels/kernels.js';
import { type KeyRows, STRIP, stepsOf } from '../../kernels/query-strips.js';
import { endSeen, firstSeen, type Sight } from './sight.js';

/** What every part of an exact search must agree on. */
export interface ExactTraits {
  readonly d: number;
  /** The most queries of a tile, a multiple of {@link STRIP}. */
  readonly capacity: number;
  readonly f: ScoringFunction;
  /** Multiplies every <q, k> before f is taken, > 0. */
  readonly scale: number;
  /** Threshold, in (0, 1]. */
  readonly eps: number;
  readonly sight: Sight;
}

/** A block of keys, as all threads see it. */
export interface KeyBlock extends KeyRows {
  /** Global index of the first row. */
  readonly start: number;
  /** At least the largest weighted norm of its rows; Infinity where that is no float64. */
  readonly norm: number;
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
  /** One a strip. */
  readonly precise: Int32Array;
  /** The rest: one a query. */
  readonly reference: Float64Array;
  readonly sum: Float64Array;
  readonly floor: Float64Array;
  readonly first: Int32Array;
  readonly last: Int32Array;
  /** 1: it sees no key at all. */
  readonly blind: Int32Array;
}

/** Bytes that a query takes in a tile. */
export const tileBytes = (d: number): number => 8 * d + 12 * stepsOf(d) + 40;

/** Memory for a tile. */
export function allocateTile(kernels: Kernels, { d, capacity }: ExactTraits): QueryTile {
  const steps = stepsOf(d);
  return {
    values: kernels.allocate('float64', capacity * d),
    single: kernels.allocate('float32', capacity * steps),
    double: kernels.allocate('float64', capacity * steps),
    precise: kernels.allocateIntegers(capacity / STRIP),
    reference: kernels.allocate('float64', capacity),
    sum: kernels.allocate('float64', capacity),
    floor: kernels.allocate('float64', capacity),
    first: kernels.allocateIntegers(capacity),
    last: kernels.allocateIntegers(capacity),
    blind: kernels.allocateIntegers(capacity),
  };
}

/** Heavy entries of a range of queries, in no particular order of queries, those of one query by key. */
export interface TileEntries {
  /** Queries of the tile. */
  readonly query: Int32Array;
  readonly key: Float64Array;
  readonly score: Float64Array;
  /** Queries whose denominator is zero: they see no key, or none that f gives anything. */
  readonly empty: number;
}

/** Some strips of a tile, and where it stands among all queries. */
export interface StripRange {
  readonly from: number;
  /** The strip after the last. */
  readonly to: number;
  /** Global row of the tile's first query. */
  readonly row: number;
}

/** Searches some strips of a tile after another. */
export interface TileSearch {
  /** Forgets everything: the tile has new queries. */
  begin(range: StripRange): void;
  /** The next block of keys. */
  take(block: KeyBlock): void;
  /** The entries with a score of at least eps. */
  finish(): TileEntries;
}

/** Sets which rows of a block the queries of a range see. */
export function setSight(tile: QueryTile, { from, to, row }: StripRange, sight: Sight, block: KeyBlock): void {
  const { first, last, blind } = tile;
  const within = (key: number): number => Math.max(0, Math.min(block.rows, key - block.start));
  for (let i = from * STRIP; i < to * STRIP; i++) {
    first[i] = within(firstSeen(sight, row + i));
    last[i] = blind[i] ? 0 : within(endSeen(sight, row + i));
  }
}
