/** What queries give to keys, for each function: one pass over Q, and where V is given a second one for the keys that are best afterwards. */

import { parseFunction, type ScoringFunction, SQUARE } from '../../functions.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { RowBlocks } from '../../rows/row-stream.js';
import { type DenseKeys, DenseScores } from '../dense/dense-scores.js';
import { type QueryRows, queryTiles } from '../dense/query-tiles.js';
import type { CoverageOptions } from './coverage-options.js';
import { HINDSIGHT } from './names.js';
import {
  addErrors,
  addWindowErrors,
  ErrorLists,
  type KeyValues,
  OrderedOutputs,
  type ScoredQueries,
} from './output-errors.js';
import type { QueryMeasure } from './query-measure.js';
import { byScore, type Selection, WINDOW } from './selections.js';
import { Tally } from './tally.js';

/** One function, and what was found for it. */
export interface MeasuredFunction {
  readonly f: ScoringFunction;
  readonly scale: number;
  readonly tally: Tally;
  /** The keys that received most. */
  readonly best: Selection;
  /** Output errors by name of selection; undefined without V. */
  readonly errors: ReadonlyMap<string, ErrorLists> | undefined;
  /** What else was measured. */
  readonly measures: readonly QueryMeasure[];
}

/** How queries are measured. */
type Settings = CoverageOptions & {
  readonly eps: number;
  readonly kernels: Kernels;
  /** What else is measured of a function. */
  readonly measuresOf?: (f: ScoringFunction) => readonly QueryMeasure[];
};

/**
 * Measures all functions.
 * @param queries - the rows of Q, or what gives them anew for each pass
 */
export async function measureQueries(
  keys: DenseKeys,
  queries: RowBlocks | (() => RowBlocks),
  chosen: readonly Selection[],
  sizes: readonly number[],
  options: Settings,
): Promise<MeasuredFunction[]> {
  const { eps, values, onProgress } = options;
  const working = functionsOf(keys, options);
  const all = working.map((own) => ({
    ...own,
    tally: new Tally(own.scores, eps, sizes),
    measures: options.measuresOf?.(own.f) ?? [],
    errors: values && new SelectionErrors(values, sizes, options.kernels, own.scores.most),
  }));
  for await (const tile of tilesOf(queries, keys, working, options)) {
    for (const { scores, tally, errors, measures } of all) {
      const weights = scores.compute(tile.values, tile.rows, tile.start);
      tally.add(tile, weights);
      errors?.add(chosen, tile, weights, scores);
      for (const measure of measures) measure.add(tile, weights, scores);
    }
    onProgress?.(tile.start + tile.rows);
  }
  const measured = all.map(({ f, scale, scores, tally, errors, measures }) => {
    const best: Selection = { name: HINDSIGHT, orders: [byScore(tally.keys.mass)] };
    return { f, scale, scores, tally, best, errors, measures };
  });
  if (values && typeof queries === 'function') {
    for await (const tile of tilesOf(queries, keys, working, options)) {
      for (const { scores, best, errors } of measured) {
        errors?.add([best], tile, scores.compute(tile.values, tile.rows, tile.start), scores);
      }
    }
  }
  return measured.map(({ errors, scores: _, ...found }) => ({ ...found, errors: errors?.lists }));
}

function functionsOf(keys: DenseKeys, { functions, scale, kernels, causal, queryOffset }: Settings) {
  return (functions ?? [parseFunction('softmax'), SQUARE]).map((f) => {
    const own = scale ?? f.defaultScale(keys.d);
    return { f, scale: own, scores: new DenseScores(kernels, keys, { f, scale: own, sight: { causal, queryOffset } }) };
  });
}

function tilesOf(
  queries: RowBlocks | (() => RowBlocks),
  { d }: DenseKeys,
  functions: readonly { readonly scores: DenseScores }[],
  { kernels, nonFinite, describeRow }: Settings,
): AsyncGenerator<QueryRows> {
  const most = Math.min(...functions.map(({ scores }) => scores.most));
  const rows = typeof queries === 'function' ? queries() : queries;
  return queryTiles(rows, { d, most, kernels, nonFinite, describeRow });
}

/** The output errors of all selections. */
class SelectionErrors {
  readonly lists = new Map<string, ErrorLists>();
  readonly #values: KeyValues;
  readonly #sizes: readonly number[];
  readonly #outputs: OrderedOutputs;
  readonly #everyKey: Int32Array;

  constructor(values: KeyValues, sizes: readonly number[], kernels: Kernels, most: number) {
    this.#values = values;
    this.#sizes = sizes;
    this.#outputs = new OrderedOutputs(kernels, values, most);
    this.#everyKey = Int32Array.from({ length: values.rows.length / values.width }, (_, j) => j);
  }

  add(
    selections: readonly Selection[],
    { start, rows, bad }: QueryRows,
    weights: Float64Array,
    scores: DenseScores,
  ): void {
    const sizes = this.#sizes;
    let output = new Float64Array();
    this.#outputs.sums({ weights, rows }, this.#everyKey, [this.#everyKey.length], (_, sum) => {
      output = sum.slice(0, rows * this.#values.width);
    });
    const queries: ScoredQueries = {
      rows,
      weights,
      output,
      counts: (i) => !bad[i] && !scores.empty[i],
      seen: (i) => scores.seen(start + i),
    };
    for (const { name, orders } of selections) {
      const lists = this.lists.get(name) ?? new ErrorLists(sizes);
      this.lists.set(name, lists);
      if (name === WINDOW) addWindowErrors(lists, queries, sizes, this.#values);
      else addErrors(lists, queries, orders[0]!, sizes, this.#outputs);
    }
  }
}
