/** Attention of a block of queries over some keys, and over all where outputs are compared. */

import type { Visibility } from '../../entries/exact/visibility.js';
import type { ScoringFunction } from '../../functions.js';
import type { Kernels } from '../../kernels/kernels.js';
import { type ValueRange, weighted } from '../dense/coreset-attention.js';
import { DenseAttention } from '../dense/dense-attention.js';
import type { PackedKeys } from '../dense/packed-keys.js';
import type { WorkSpace } from '../dense/work-space.js';
import { relativeError } from '../relative-error.js';
import type { QueryBlock } from './query-block.js';

/** Keys, and the rows of V that belong to them, n x width. */
export interface AttendedKeys {
  readonly keys: PackedKeys;
  readonly values: Float64Array;
  /** Where the keys stand for others: `values` then have their weights as one more column. */
  readonly range: ValueRange | undefined;
}

/** What is worked out; can be posted. */
export interface AttendSetup {
  readonly kind: 'attend';
  /** Those to attend to, and all of them where outputs are compared. */
  readonly lists: readonly AttendedKeys[];
  /** Columns of V. */
  readonly width: number;
  /** One function, named as `--f` spells it, since functions cannot be posted. */
  readonly functions: readonly [{ readonly name: string; readonly scale: number }];
  readonly sight: Visibility;
}

/** What came of the queries of a block. */
export interface AttendAnswer {
  /** rows x width; zeros where a query sees no key, or none that f gives anything. */
  readonly output: Float64Array;
  /** One a query: 1 where it is so. */
  readonly empty: Uint8Array;
  /** One a query: ||o - o_full|| / ||o_full||; undefined where there is nothing to compare with. */
  readonly errors: Float64Array | undefined;
}

/** Attends with blocks. */
export class AttendBlocks {
  readonly #lists: readonly { readonly attention: DenseAttention; readonly range: ValueRange | undefined }[];
  readonly #width: number;

  constructor(kernels: Kernels, places: WorkSpace, setup: AttendSetup, [f]: readonly ScoringFunction[]) {
    const { lists, width, sight } = setup;
    const [{ scale }] = setup.functions;
    this.#width = width;
    this.#lists = lists.map(({ keys, values, range }) => ({
      attention: new DenseAttention(kernels, places, keys, values, range ? width + 1 : width, { f, scale, sight }),
      range,
    }));
  }

  compute({ start, rows, queries, scores }: QueryBlock): AttendAnswer {
    const width = this.#width;
    const [own, all] = this.#lists.map(({ attention, range }, at) => {
      const { output, empty } = attention.compute(queries, rows, start, scores[at] as Float64Array);
      return { output: range ? weightedRows(output, rows, width, range) : output, empty };
    });
    const errors =
      all &&
      Float64Array.from({ length: rows }, (_, i) => {
        const [from, to] = [i * width, (i + 1) * width];
        return relativeError(own.output.subarray(from, to), all.output.subarray(from, to));
      });
    return { ...own, errors };
  }
}

/** Of each query the output that its sums of values and of weights stand for. */
function weightedRows(sums: Float64Array, rows: number, width: number, range: ValueRange): Float64Array {
  const output = new Float64Array(rows * width);
  for (let i = 0; i < rows; i++) {
    weighted(sums.subarray(i * (width + 1)), range, output.subarray(i * width, (i + 1) * width));
  }
  return output;
}
