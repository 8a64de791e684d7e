/** Queries that are observed before keys are chosen: which rows of Q they are, drawn or taken from an end, and never measured. */

import { usageError } from '../errors.js';
import type { Values } from '../rows/row-block.js';
import type { RowBlocks } from '../rows/row-stream.js';
import { hashUnit } from '../sketch/sample/sample-filter.js';
import { type CountedOptions, streamedKeys } from './key-source.js';

/** Observed queries in memory. */
export interface ObservedQueries {
  /** m x d, row-major, finite. */
  readonly values: Float64Array;
  /** Rows of Q that they are, ascending, each once a head of {@link ObservedQueries.group}; m >= 1. */
  readonly index: Float64Array;
  /** Heads of queries that share the keys: how many queries there are of a row; default 1. */
  readonly group?: number | undefined;
  /** Where attention is causal: query i sees the keys 0 … i + offset only; undefined: all. */
  readonly sees?: { readonly offset: number } | undefined;
}

/** Which queries are observed. */
export interface Observation {
  readonly how: 'first' | 'last' | 'random';
  /** How many, >= 1. */
  readonly count: number;
}

/** What is observed where a selector needs it and Q has enough rows to measure the others. */
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

/** The queries of heads that share their keys together: those of a row side by side. */
export function groupQueries(heads: readonly ObservedQueries[], d: number): ObservedQueries {
  if (heads.length === 1) return heads[0];
  const rows = heads
    .flatMap(({ index, values }) => Array.from(index, (row, i) => ({ row, own: values.subarray(i * d, (i + 1) * d) })))
    .sort((a, b) => a.row - b.row);
  const values = new Float64Array(rows.length * d);
  for (const [at, { own }] of rows.entries()) values.set(own, at * d);
  return { values, index: Float64Array.from(rows, ({ row }) => row), group: heads.length };
}

/** Where queries come from, and which of them count. */
export interface QueryRows extends Pick<CountedOptions, 'nonFinite' | 'describeRow'> {
  readonly d: number;
  /** Of what is drawn. */
  readonly seed: number;
  /** How many are left for others, so that not all are observed; default 0. */
  readonly spare?: number | undefined;
}

/** Queries that were picked, and how many there are that count. */
export interface PickedQueries extends ObservedQueries {
  readonly counted: number;
}

/**
 * Picks queries of a stream: the first ones that count, the last, or those with the largest hash of their row, of equal ones the first.
 * Memory for twice as many as are picked.
 */
export async function pickQueries(
  queries: RowBlocks,
  { how, count }: Observation,
  { d, seed, spare = 0, nonFinite, describeRow }: QueryRows,
): Promise<PickedQueries> {
  interface Candidate {
    readonly row: number;
    readonly rank: number;
    readonly values: Values;
  }
  const rankOf = {
    first: (row: number) => -row,
    last: (row: number) => row,
    random: (row: number) => hashUnit(row, seed + 2 ** 32),
  }[how];
  const best = (a: Candidate, b: Candidate): number => b.rank - a.rank || a.row - b.row;
  let candidates: Candidate[] = [];
  let counted = 0;
  let least = Number.NEGATIVE_INFINITY;
  for await (const block of streamedKeys(d, () => queries, { nonFinite, describeRow, what: 'queries' }).read()) {
    for (let i = 0; i < block.rows; i++) {
      const rank = rankOf(block.index[i]);
      counted++;
      if (rank <= least && candidates.length >= count) continue;
      candidates.push({ row: block.index[i], rank, values: block.values.slice(i * d, (i + 1) * d) });
      if (candidates.length < 2 * count) continue;
      candidates = candidates.sort(best).slice(0, count);
      least = candidates.at(-1)!.rank;
    }
  }
  const picked = candidates
    .sort(best)
    .slice(0, Math.max(0, Math.min(count, counted - spare)))
    .sort((a, b) => a.row - b.row);
  const values = new Float64Array(picked.length * d);
  for (const [at, one] of picked.entries()) values.set(one.values, at * d);
  return { values, index: Float64Array.from(picked, ({ row }) => row), counted };
}
