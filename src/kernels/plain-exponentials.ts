/** The plain backend's sums of 2^x: everything in float64, one query after another. */

import type { Values } from '../rows/row-block.js';
import { exp2 } from './exp2.js';
import { type KeyRows, NOTHING_SEEN, type QueryStrips, STRIP, stepsOf } from './query-strips.js';

/** As the interface of kernels describes it. */
export function addExponentials(
  keys: KeyRows,
  queries: QueryStrips,
  from: number,
  to: number,
  share: number,
  found: (pairs: Int32Array, x: Float64Array) => void,
): void {
  const query = new Float64Array(queries.d);
  const least = exp2(share);
  for (let i = from * STRIP; i < to * STRIP; i++) {
    if (queries.last[i] <= queries.first[i]) continue;
    unpackQuery(queries, i, query);
    const { pairs, listed } = addQuery(keys, queries, i, query, least);
    if (pairs.length > 0) found(Int32Array.from(pairs), Float64Array.from(listed));
  }
}

/** Query i out of its strip of four. */
function unpackQuery({ d, double }: QueryStrips, i: number, query: Float64Array): void {
  const lane = Math.floor(i / 4) * 4 * stepsOf(d) + (i % 4);
  for (let k = 0; k < d; k++) query[k] = double[lane + 4 * k];
}

/** As the interface of kernels describes it. */
export function addScores(
  keys: KeyRows,
  queries: QueryStrips,
  from: number,
  to: number,
  total: Float64Array,
  largest: Float64Array,
): void {
  const { d, floor, first, last } = queries;
  const query = new Float64Array(d);
  for (let i = from * STRIP; i < to * STRIP; i++) {
    if (last[i] <= first[i]) continue;
    unpackQuery(queries, i, query);
    for (let j = first[i]; j < last[i]; j++) {
      if (keys.seen && keys.seen[j] === 0) continue;
      const v = dot(query, keys.values, j) - floor[i];
      if (v < -126) continue;
      const score = exp2(v);
      total[j] += score;
      if (score > largest[j]) largest[j] = score;
    }
  }
}

function addQuery(keys: KeyRows, queries: QueryStrips, i: number, query: Float64Array, least: number) {
  const { reference, sum, floor, first, last } = queries;
  const pairs: number[] = [];
  const listed: number[] = [];
  for (let j = first[i]; j < last[i]; j++) {
    if (keys.seen && keys.seen[j] === 0) continue;
    const x = dot(query, keys.values, j);
    if (x > reference[i]) {
      const raised = Math.ceil(x);
      sum[i] = reference[i] === NOTHING_SEEN ? 0 : sum[i] * exp2(reference[i] - raised);
      reference[i] = raised;
    }
    const term = exp2(x - reference[i]);
    if (x >= floor[i] && term >= least * sum[i]) {
      pairs.push(i, j);
      listed.push(x);
    } else {
      sum[i] += term;
    }
  }
  return { pairs, listed };
}

function dot(query: Float64Array, values: Values, row: number): number {
  const { length } = query;
  let sum = 0;
  for (let k = 0, at = row * length; k < length; k++, at++) sum += query[k] * values[at];
  return sum;
}
