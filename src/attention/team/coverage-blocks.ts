/** Coverage of a block of queries: their scores, and what of each query is not a sum over keys. */

import type { Visibility } from '../../entries/exact/visibility.js';
import type { ScoringFunction } from '../../functions.js';
import type { Kernels } from '../../kernels/kernels.js';
import { LargestScores } from '../coverage/largest-scores.js';
import { type KeyValues, type ScoredQueries, SelectionErrors, type SelectionOrder } from '../coverage/output-errors.js';
import { windowOf } from '../coverage/selections.js';
import { DenseScores } from '../dense/dense-scores.js';
import type { PackedKeys } from '../dense/packed-keys.js';
import type { SeenRange } from '../dense/seen-keys.js';
import type { WorkSpace } from '../dense/work-space.js';
import type { QueryBlock } from './query-block.js';

/** Rows of V in memory that threads share. */
export interface SharedValues extends KeyValues {
  /** Whether it is the kernels' memory, which has not room for all there may be. */
  readonly inKernels: boolean;
}

/** What is measured; can be posted. */
export interface CoverageSetup {
  readonly kind: 'coverage';
  readonly keys: PackedKeys;
  readonly functions: readonly {
    /** As `--f` spells it, since functions cannot be posted. */
    readonly name: string;
    readonly scale: number;
    /** Selections whose output errors are measured; none without values. */
    readonly orders: readonly SelectionOrder[];
  }[];
  readonly sight: Visibility;
  readonly eps: number;
  /** Ascending numbers of keys. */
  readonly sizes: readonly number[];
  /** Whether the first and the last keys that a query sees are wanted. */
  readonly windows: boolean;
  readonly values: SharedValues | undefined;
}

/** What came of the queries of a block for one function; their scores are in the block, zeros where a query does not count. */
export interface FunctionAnswer {
  /** One a query: 1 where it gives nothing to any key. */
  readonly empty: Uint8Array;
  /** rows x sizes: mass of the first and last keys that a query sees, as many together as the size; empty where they are not wanted. */
  readonly windows: Float64Array;
  /** rows x sizes: mass of as many keys as a query gives most, others for each query. */
  readonly largest: Float64Array;
  /** Scores >= eps: [query of the block, key, …], ascending. */
  readonly heavy: Int32Array;
  /** For each selection, sizes x rows: output errors of queries that count and are not empty. */
  readonly errors: readonly Float64Array[];
}

/** One for each function. */
export type CoverageAnswer = readonly FunctionAnswer[];

const NO_WINDOWS = new Float64Array(0);

/** Measures blocks. */
export class CoverageBlocks {
  readonly #kernels: Kernels;
  readonly #setup: CoverageSetup;
  readonly #scores: DenseScores;
  readonly #errors: SelectionErrors | undefined;
  readonly #largestScores: LargestScores;

  /** @param functions - those of the setup */
  constructor(kernels: Kernels, places: WorkSpace, setup: CoverageSetup, functions: readonly ScoringFunction[]) {
    const { keys, sight, values, sizes } = setup;
    this.#kernels = kernels;
    this.#setup = setup;
    const scaled = setup.functions.map(({ scale }, at) => ({ f: functions[at], scale }));
    this.#scores = new DenseScores(kernels, keys, scaled, sight);
    this.#largestScores = new LargestScores(sizes);
    this.#errors = values && new SelectionErrors(kernels, places, values, sizes);
  }

  compute(block: QueryBlock): CoverageAnswer {
    const { start, rows, queries, bad } = block;
    const { eps, functions } = this.#setup;
    const { size } = this.#scores;
    const all = block.scores as readonly Float64Array[];
    const emptied = this.#scores.compute(queries, rows, start, all);
    const seen = this.#scores.seen(start, rows);
    return functions.map(({ orders }, at) => {
      const [weights, empty] = [all[at], emptied[at]];
      for (let i = 0; i < rows; i++) if (bad[i]) weights.fill(0, i * size, (i + 1) * size);
      const scored = { rows, weights, seen, counts: (i: number) => !bad[i] && !empty[i] };
      return {
        empty,
        largest: this.#largest(scored),
        windows: this.#setup.windows ? this.#windows(weights, seen) : NO_WINDOWS,
        heavy: this.#heavy(weights, rows, size, eps),
        errors: this.#errors?.measure(scored, orders) ?? [],
      };
    });
  }

  #largest({ rows, weights, seen, counts }: ScoredQueries): Float64Array {
    const { sizes, keys } = this.#setup;
    const largest = new Float64Array(rows * sizes.length);
    for (let i = 0; i < rows; i++) {
      if (!counts(i)) continue;
      const [from, to] = seen[i];
      const scores = weights.subarray(i * keys.size + from, i * keys.size + to);
      this.#largestScores.sums(scores, largest.subarray(i * sizes.length, (i + 1) * sizes.length));
    }
    return largest;
  }

  #heavy(weights: Float64Array, rows: number, size: number, eps: number): Int32Array {
    const found: number[] = [];
    for (let i = 0; i < rows; i++) {
      const places = this.#kernels.listAtLeast(weights.subarray(i * size, (i + 1) * size), eps);
      for (const j of places) found.push(i, j);
    }
    return Int32Array.from(found);
  }

  /** Differences of running sums, which are taken where some number of keys begins or ends. */
  #windows(weights: Float64Array, seen: readonly SeenRange[]): Float64Array {
    const { sizes, sight, keys } = this.#setup;
    const windows = new Float64Array(seen.length * sizes.length);
    // All queries see the same keys where attention is not causal, and are summed side by side.
    const together = sight.causal ? 1 : seen.length;
    for (let i = 0; i < seen.length; i += together) {
      const [from, to] = seen[i];
      const bounds = sizes.map((k) => windowOf(k, from, to));
      const places = [...new Set([from, to, ...bounds.flat()])].sort((a, b) => a - b);
      const sums = new Float64Array(together);
      const before = new Map<number, Float64Array>([[from, sums.slice()]]);
      for (const [at, place] of places.slice(1).entries()) {
        const rows = weights.subarray(i * keys.size + places[at]);
        this.#kernels.sumRows(rows, together, keys.size, place - places[at], sums);
        before.set(place, sums.slice());
      }
      for (let row = 0; row < together; row++) {
        for (const [at, [first, last]] of bounds.entries()) {
          windows[(i + row) * sizes.length + at] =
            before.get(first)![row] + before.get(to)![row] - before.get(last)![row];
        }
      }
    }
    return windows;
  }
}
