/** What queries give to keys, for each function: one pass over Q, and where V is given a second one for the keys that are best afterwards. */

import { isBuiltIn, parseFunction, type ScoringFunction, SQUARE } from '../../functions.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { RowBlocks } from '../../rows/row-stream.js';
import { type DenseKeys, fitsKernels, packKeys, sharedCopy } from '../dense/packed-keys.js';
import type { QueryRows } from '../dense/query-tiles.js';
import { seenKeys } from '../dense/seen-keys.js';
import type { CoverageSetup, FunctionAnswer, SharedValues } from '../team/coverage-blocks.js';
import { AttentionTeam } from '../team/team.js';
import type { CoverageOptions } from './coverage-options.js';
import { HINDSIGHT } from './names.js';
import { ErrorLists, type KeyValues, type SelectionOrder } from './output-errors.js';
import { PerQueryTally } from './per-query.js';
import type { QueryMeasure } from './query-measure.js';
import { byScore, type Selection, WINDOW } from './selections.js';
import { measureSingle } from './single/measure-single.js';
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
  /** What each query's own best keys have. */
  readonly perQuery: PerQueryTally;
  /** What else was measured. */
  readonly measures: readonly QueryMeasure[];
}

/** How queries are measured. */
type Settings = CoverageOptions & {
  readonly eps: number;
  readonly kernels: Kernels;
  /** What else is measured of a function. */
  readonly measuresOf: (f: ScoringFunction) => readonly QueryMeasure[];
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
  const { kernels, threads = 1, team = new AttentionTeam(kernels, threads) } = options;
  try {
    const working = functionsOf(keys, options).map((own) => ({ ...own, measures: options.measuresOf(own.f) }));
    const found = new Map<Working, MeasuredFunction>();
    if (options.precision === 'float32') {
      for (const own of working) {
        const measured = await inSingle(own, keys, queries, chosen, sizes, { ...options, team });
        if (measured) found.set(own, measured);
      }
    }
    const left = working.filter((own) => !found.has(own));
    if (left.length > 0) {
      const measured = await inDouble(left, keys, queries, chosen, sizes, { ...options, team });
      for (const [at, own] of left.entries()) found.set(own, measured[at]);
    }
    return working.map((own) => found.get(own)!);
  } finally {
    if (team !== options.team) await team.close();
  }
}

/** A function that is measured. */
type Working = Pick<MeasuredFunction, 'f' | 'scale' | 'measures'>;

type TeamSettings = Settings & { readonly team: AttentionTeam };

/** Softmax in float32; undefined where that cannot be had. */
async function inSingle(
  own: Working,
  keys: DenseKeys,
  queries: RowBlocks | (() => RowBlocks),
  chosen: readonly Selection[],
  sizes: readonly number[],
  options: TeamSettings,
): Promise<MeasuredFunction | undefined> {
  const { eps, values, causal = false, queryOffset, nonFinite, describeRow, onProgress, onScores, team } = options;
  const { f, scale, measures } = own;
  if (f.name !== 'softmax' || !isBuiltIn(f) || typeof queries !== 'function') return undefined;
  if (values || measures.length > 0 || chosen.some(({ name }) => name === WINDOW)) return undefined;
  const measured = await measureSingle({
    ...{ f, scale, keys, queries, chosen, sizes, team, nonFinite, describeRow, onProgress },
    eps: options.heavy === false ? undefined : eps,
    sight: { causal, queryOffset },
  });
  if (!measured) return undefined;
  const { refined, precise, ...rest } = measured;
  onScores?.({ f: f.name, scores: 'float32', refined, precise });
  return { ...own, ...rest, errors: undefined };
}

/** Functions in float64: one pass over Q, and where V is given a second one. */
async function inDouble(
  working: readonly Working[],
  keys: DenseKeys,
  queries: RowBlocks | (() => RowBlocks),
  chosen: readonly Selection[],
  sizes: readonly number[],
  options: TeamSettings,
): Promise<MeasuredFunction[]> {
  const { eps, values, causal = false, queryOffset, nonFinite, describeRow, onProgress, onScores, team } = options;
  const packed = packKeys(team.kernels, keys, (length) => team.room('keys', length));
  const sight = { causal, queryOffset };
  const shared = values && shareValues(team, values);
  const windows = chosen.some(({ name }) => name === WINDOW);
  const pass = (orders: readonly (readonly SelectionOrder[])[]) => {
    const setup: CoverageSetup = {
      ...{ kind: 'coverage', keys: packed, sight, eps, sizes, windows },
      functions: working.map(({ f, scale }, at) => ({ name: f.name, scale, orders: orders[at] })),
      values: shared,
    };
    const rows = typeof queries === 'function' ? queries() : queries;
    const lists = working.map(() => packed);
    const functions = working.map(({ f }) => f);
    return team.run(setup, lists, functions, { rows, nonFinite, describeRow });
  };
  const seen = (row: number) => seenKeys(packed, sight, row);
  const all = working.map((own) => ({
    ...own,
    tally: new Tally({ kernels: team.kernels, size: packed.size, sizes, curves: windows && causal, seen }),
    perQuery: new PerQueryTally(sizes),
    errors: values && new Map<string, ErrorLists>(),
  }));
  const asked = values ? chosen.map(orderOf) : [];
  for await (const { tile, answer, scores } of pass(all.map(() => asked))) {
    for (const [at, { tally, perQuery, measures, errors }] of all.entries()) {
      const own = scores[at] as Float64Array;
      tally.add(tile, answer[at], own);
      perQuery.add(tile, answer[at]);
      const shown = { size: packed.size, empty: answer[at].empty, seen };
      for (const measure of measures) measure.add(tile, own, shown);
      if (errors) addErrors(errors, asked, sizes, tile, answer[at]);
    }
    onProgress?.(tile.start + tile.rows);
  }
  const measured = all.map((own) => {
    const best: Selection = { name: HINDSIGHT, orders: [byScore(own.tally.keys.mass)] };
    onScores?.({ f: own.f.name, scores: 'float64', refined: 0, precise: own.tally.queries });
    return { ...own, best };
  });
  if (values && typeof queries === 'function') {
    const orders = measured.map(({ best }) => [orderOf(best)]);
    for await (const { tile, answer } of pass(orders)) {
      for (const [at, { errors }] of measured.entries()) {
        if (errors) addErrors(errors, orders[at], sizes, tile, answer[at]);
      }
    }
  }
  return measured;
}

function functionsOf({ d }: DenseKeys, { functions, scale }: Settings): Pick<Working, 'f' | 'scale'>[] {
  return (functions ?? [parseFunction('softmax'), SQUARE]).map((f) => ({ f, scale: scale ?? f.defaultScale(d) }));
}

/** Of random choices the first. */
const orderOf = ({ name, orders, moving }: Selection): SelectionOrder => ({
  selection: name,
  order: name === WINDOW ? undefined : sharedCopy(Int32Array, orders[0]!),
  keep: moving,
});

function shareValues(team: AttentionTeam, { width, rows }: KeyValues): SharedValues {
  if (!fitsKernels(rows.length)) return { width, rows: sharedCopy(Float64Array, rows), inKernels: false };
  const room = team.room('values', rows.length);
  room.set(rows);
  return { width, rows: room, inKernels: true };
}

/** Adds the errors of some queries to the lists of their selections. */
function addErrors(
  lists: Map<string, ErrorLists>,
  orders: readonly SelectionOrder[],
  sizes: readonly number[],
  { rows, bad }: QueryRows,
  { empty, errors }: FunctionAnswer,
): void {
  for (const [which, { selection }] of orders.entries()) {
    const list = lists.get(selection) ?? new ErrorLists(sizes);
    lists.set(selection, list);
    for (let at = 0; at < sizes.length; at++) {
      for (let i = 0; i < rows; i++) if (!bad[i] && !empty[i]) list.add(at, errors[which][at * rows + i]);
    }
  }
}
