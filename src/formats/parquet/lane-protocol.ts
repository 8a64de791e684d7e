/**
 * What the thread that reads a Parquet file and those that decode it say to one another.
 *
 * A lane is some neighbouring columns of a matrix, from their first value to their last, which one thread reads and decodes. It puts the numbers where
 * they belong in rows of the matrix, in memory that all threads see: a window, which the lanes of a matrix fill together.
 */

import type { SchemaElement } from 'hyparquet';
import type { Dtype } from '../../rows/row-block.js';
import type { FilePlace } from '../bytes/reader.js';
import type { Chunk } from './pages.js';

/** A column of a lane. */
export interface LaneColumn {
  /** The elements from the root to the values. */
  readonly path: readonly SchemaElement[];
  readonly chunks: readonly Chunk[];
}

/** What a thread is told of a lane first. */
export interface LaneSetup {
  readonly file: FilePlace & { readonly length: number };
  readonly columns: readonly LaneColumn[];
  /** Whether there is one column, whose values are those of lists. */
  readonly lists: boolean;
  /** Whether values may be missing. */
  readonly mayLack: boolean;
  readonly dtype: Dtype;
  /** Numbers in a row of the matrix, and the first of them that is the lane's. */
  readonly d: number;
  readonly first: number;
  readonly windows: readonly SharedArrayBuffer[];
}

/** To a thread. It answers all but what opens and closes a lane, one after another. */
export type LaneMessage = { readonly lane: number } & (
  | { readonly kind: 'open'; readonly setup: LaneSetup }
  /** Put the next rows into a window. */
  | { readonly kind: 'fill'; readonly window: number; readonly rows: number }
  | { readonly kind: 'skip'; readonly rows: number }
  /** See that no values are left. */
  | { readonly kind: 'end' }
  | { readonly kind: 'close' }
);

/** What it has done; undefined where it could not, and will not: whoever asks must read the columns to see why. */
export type LaneAnswer =
  | {
      /** Bytes of pages that it has read so far. */
      readonly bytesRead: number;
      /** Elements of the window for which no value is there: NaN, for now. */
      readonly missing: readonly number[];
    }
  | undefined;
