/** Which queries a report is made from: all of them, or where that would take too long a random few. */

import type { ScoringFunction } from '../functions.js';
import type { HeldRows } from '../rows/held-rows.js';
import type { RowBlocks } from '../rows/row-stream.js';
import { blocksOf, sampleRows } from '../verify/held.js';
import type { RowRange } from './score-curves.js';

/** Scores <q, k> that are worked out at most for all functions together, unless a number of queries is asked for. */
const PRODUCTS = 2 ** 29;

/** Queries that are used in any case. */
const LEAST = 16;

/** The queries that are used. */
export interface ChosenQueries {
  /** Rows of Q, those of them that are padding, those that count, and how many of these are used. */
  readonly rows: number;
  readonly padding: number;
  readonly counted: number;
  readonly used: number;
  readonly d: number;
  /** The rows of Q between which all lie that count: from the first to before the last. */
  readonly range: RowRange;
  /** The queries, numbered from 0: `given` of them, those that are passed over included. */
  readonly given: number;
  blocks(): RowBlocks;
  /** The row of Q that has this number. */
  rowOf(number: number): number;
}

/** What decides. */
interface ChoiceOptions {
  readonly functions: readonly ScoringFunction[];
  readonly causal?: boolean | undefined;
  readonly rows?: number | undefined;
  readonly seed?: number | undefined;
}

/** Chooses among the queries for n keys. Where attention is causal all are taken, as each must stand in its own place. */
export function chooseQueries(held: HeldRows, n: number, options: ChoiceOptions): ChosenQueries {
  const { functions, causal = false, rows, seed = 0 } = options;
  if (causal) return inPlace(held);
  const few = Math.max(LEAST, Math.floor(PRODUCTS / (n * functions.length)));
  const { index, ...chosen } = sampleRows(held, rows ?? few, seed);
  return {
    rows: held.n,
    padding: held.padding ?? 0,
    counted: held.index.length,
    used: index.length,
    d: held.d,
    range: rangeOf(held),
    given: index.length,
    blocks: () => blocksOf({ index, ...chosen }),
    rowOf: (number) => index[number],
  };
}

const rangeOf = ({ n, index }: Pick<HeldRows, 'n' | 'index'>): RowRange =>
  index.length === 0 ? [0, n] : [index[0], index.at(-1)! + 1];

/** All rows of Q; those that are not held are as padding, which is passed over. */
function inPlace({ n, d, index, values, padding = 0 }: HeldRows): ChosenQueries {
  let all = values;
  let mask: Uint8Array | undefined;
  if (index.length < n) {
    all = new Float64Array(n * d);
    mask = new Uint8Array(n);
    for (const [at, row] of index.entries()) {
      all.set(values.subarray(at * d, (at + 1) * d), row * d);
      mask[row] = 1;
    }
  }
  const everyRow = Float64Array.from({ length: n }, (_, row) => row);
  return {
    rows: n,
    padding,
    counted: index.length,
    used: index.length,
    d,
    range: rangeOf({ n, index }),
    given: n,
    blocks: () => blocksOf({ n, d, index: everyRow, values: all }, mask),
    rowOf: (number) => number,
  };
}
