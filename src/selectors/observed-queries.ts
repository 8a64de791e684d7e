/** Queries that are observed before keys are chosen: which rows of Q they are, drawn or taken from an end, and never measured. */

import { usageError } from '../errors.js';
import { hashUnit } from '../sketch/sample/priority-sampler.js';

/** Observed queries in memory. */
export interface ObservedQueries {
  /** m x d, row-major, finite. */
  readonly values: Float64Array;
  /** Rows of Q that they are, ascending; m >= 1. */
  readonly index: Float64Array;
  /** Where attention is causal: query i sees the keys 0 … i + offset only; undefined: all. */
  readonly sees?: { readonly offset: number } | undefined;
}

/** Which queries are observed. */
export interface Observation {
  readonly how: 'first' | 'last' | 'random';
  /** How many, >= 1. */
  readonly count: number;
}

/** What is observed where a selector needs it and Q has so many rows that this leaves enough to measure. */
export const USUAL_OBSERVATION: Observation = { how: 'random', count: 128 };
export const LEAST_QUERIES = 256;

/** As `--observe` has it. */
export const spellObservation = ({ how, count }: Observation): string => `${how}:${count}`;

/** @throws LevattnError where the text is no `first:m`, `last:m` or `random:m` */
export function parseObservation(text: string): Observation {
  const [, how, count] = /^(first|last|random):(\d+)$/.exec(text.trim()) ?? [];
  if (how === undefined || Number(count) < 1 || !Number.isSafeInteger(Number(count))) {
    throw usageError(`'${text}' is no observation: give first:M, last:M or random:M, such as random:128`);
  }
  return { how: how as Observation['how'], count: Number(count) };
}

/**
 * Which of the queries that count are observed: of m, the first, the last, or those with the largest hash of their row.
 * @param rows - rows of Q that count, ascending
 * @param most - of them at most
 * @returns rows of Q, ascending
 */
export function observedRows(
  rows: ArrayLike<number>,
  { how, count }: Observation,
  seed: number,
  most = rows.length,
): Float64Array {
  const all = Float64Array.from(rows);
  const m = Math.max(0, Math.min(count, most));
  if (how === 'first') return all.subarray(0, m);
  if (how === 'last') return all.subarray(all.length - m);
  const hash = all.map((row) => hashUnit(row, seed + 2 ** 32));
  const order = Array.from(all.keys()).sort((i, j) => hash[j] - hash[i] || i - j);
  return Float64Array.from(order.slice(0, m), (i) => all[i]).sort();
}
