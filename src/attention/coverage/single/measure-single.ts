/**
 * What queries give to keys under softmax, from products and exponentials in float32: counts and shares to the digits that are printed are
 * those of float64. Queries of which float32 does not tell which scores are >= eps are worked out in float64; so are as many others as it takes
 * until no reported number depends on the error of float32.
 */

import type { Visibility } from '../../../entries/exact/visibility.js';
import type { ScoringFunction } from '../../../functions.js';
import type { NonFinitePolicy } from '../../../rows/non-finite.js';
import type { RowBlock } from '../../../rows/row-block.js';
import type { RowBlocks } from '../../../rows/row-stream.js';
import { type DenseKeys, packKeys } from '../../dense/packed-keys.js';
import { PADDING, type QueryRows } from '../../dense/query-tiles.js';
import { seenKeys } from '../../dense/seen-keys.js';
import { packSingleKeys, singleStride } from '../../dense/single-scores.js';
import type { CoverageSetup } from '../../team/coverage-blocks.js';
import { LARGEST_OFF, type SingleAnswer, type SingleProducts, type SingleSetup } from '../../team/single-blocks.js';
import type { Answered, AttentionTeam } from '../../team/team.js';
import { HINDSIGHT } from '../names.js';
import { PerQueryTally } from '../per-query.js';
import { byScore, type Selection } from '../selections.js';
import { Tally } from '../tally.js';
import { ownKeysDecided, undecidedPart } from './decisions.js';
import { MassSegments, type Segment } from './mass-segments.js';

/** What is measured, and how. */
export interface SingleMeasuring {
  readonly f: ScoringFunction;
  readonly scale: number;
  readonly keys: DenseKeys;
  /** Gives the rows of Q anew. */
  readonly queries: () => RowBlocks;
  readonly chosen: readonly Selection[];
  readonly sizes: readonly number[];
  /** Undefined: entries are not counted. */
  readonly eps: number | undefined;
  readonly sight: Visibility;
  readonly team: AttentionTeam;
  /** Whether what each query's own keys have must be known where a bound is small; default: only where the bounds do not tell if it is half. */
  readonly ownKeys?: boolean | undefined;
  readonly nonFinite?: NonFinitePolicy | undefined;
  readonly describeRow?: ((row: number) => string) | undefined;
  readonly onProgress?: ((queries: number) => void) | undefined;
}

/** What was found. */
export interface SingleMeasured {
  readonly tally: Tally;
  readonly perQuery: PerQueryTally;
  readonly best: Selection;
  /** Queries whose products were worked out again in float64, and queries all of whose arithmetic was. */
  readonly refined: number;
  readonly precise: number;
}

/** @returns undefined where float64 must do it all */
export async function measureSingle(measuring: SingleMeasuring): Promise<SingleMeasured | undefined> {
  const { keys, queries, sizes, sight, team, onProgress } = measuring;
  const { kernels } = team;
  const single = packSingleKeys(kernels, keys, (length) => team.room('single keys', length));
  if (!single) return undefined;
  const { size } = single;
  const tally = new Tally({ kernels, size, sizes, curves: false, seen: (row) => seenKeys(single, sight, row) });
  const perQuery = new PerQueryTally(sizes);
  const segments = new MassSegments(kernels, size, (length) => team.room('masses', length));
  const bounded = new Float64Array(sizes.length);
  const open = new Set<number>();
  let [counted, error] = [0, 0];
  const products: SingleProducts = { precision: 'float32', packed: single };
  for await (const { tile, answer, scores } of inSingle(measuring, products, queries())) {
    const x = scores[0] as Float32Array;
    segments.add(tile.start, tile.rows, x, answer.factors, answer.errors);
    perQuery.add({ ...tile, bad: withOpen(tile.bad, answer.open) }, answer);
    addEntries(tally, tile, answer, x, size);
    for (let at = 0; at < answer.largest.length; at++) {
      if (answer.bounded[Math.floor(at / sizes.length)]) bounded[at % sizes.length] += answer.largest[at];
    }
    for (const [i, own] of answer.open.entries()) if (own) open.add(tile.start + i);
    counted += tile.rows;
    error = answer.errors.reduce((most, one) => Math.max(most, one), error);
    onProgress?.(tile.start + tile.rows);
  }
  if (2 * open.size > counted) return undefined;
  if (open.size > 0) {
    for await (const { tile, answer, scores } of precisely(measuring, (row) => open.has(row))) {
      tally.add(tile, answer[0], scores[0] as Float64Array);
      perQuery.add(tile, answer[0]);
    }
  }
  const exact = tally.keys.mass.slice();
  for (let [precise, refined] = [open.size, 0]; ; ) {
    const { mass } = tally.keys;
    mass.set(exact);
    segments.addTo(mass);
    const best: Selection = { name: HINDSIGHT, orders: [byScore(mass)] };
    const selections = [...measuring.chosen, best];
    const part = undecidedPart({ mass, segments: segments.all }, { selections, sizes });
    if (part === 0) {
      const loose = bounded.map((sum) => sum / (tally.queries - tally.empty));
      if (perQueryDecided(perQuery, best, mass, error, loose)) return { tally, perQuery, best, refined, precise };
      return loose.some((one) => one > 0) ? measureSingle({ ...measuring, ownKeys: true }) : undefined;
    }
    const rough = segments.all.filter((one) => !one.refined);
    const left = rough.length > 0 ? rough : segments.all.filter(({ errors }) => errors.length > 0);
    const again = new Set(left.slice(0, Math.ceil(part * left.length)));
    if (rough.length > 0) {
      const done = await refine(measuring, segments, again, open);
      if (done === undefined) return undefined;
      refined += done;
    } else if (again.size === segments.all.length) return undefined;
    else precise += await makePrecise(measuring, segments, again, open);
  }
}

/** Queries whose products are worked out as keys are packed. */
function inSingle(
  { f, scale, sizes, eps, sight, team, ownKeys = false, nonFinite, describeRow }: SingleMeasuring,
  keys: SingleProducts,
  rows: RowBlocks,
): AsyncGenerator<Answered<SingleSetup>, void, undefined> {
  const functions = [{ name: f.name, scale }] as const;
  const setup: SingleSetup = { kind: 'single', keys, functions, sight, eps, sizes, bounds: !ownKeys };
  const { d, size } = keys.packed;
  return team.run(setup, [{ d, size, single: true }], [f], { rows, nonFinite, describeRow });
}

/**
 * Replaces what some runs of queries have given by what they give with products in float64.
 * @returns how many these were; undefined where that will not do
 */
async function refine(
  measuring: SingleMeasuring,
  segments: MassSegments,
  again: ReadonlySet<Segment>,
  open: ReadonlySet<number>,
): Promise<number | undefined> {
  const { keys, team } = measuring;
  const packed = packKeys(team.kernels, keys, (length) => team.room('keys', length));
  segments.clear(again);
  for (const segment of again) segment.refined = true;
  const wanted = (row: number) => !open.has(row) && again.has(segments.of(row));
  const asked = { ...measuring, sizes: [], eps: undefined };
  const queries = picked(measuring.queries(), wanted);
  let [rows, failed] = [0, false];
  for await (const { tile, answer, scores } of inSingle(asked, { precision: 'float64', packed }, queries)) {
    segments.add(tile.start, tile.rows, scores[0] as Float32Array, answer.factors, answer.errors);
    failed ||= answer.open.includes(1);
    rows += tile.rows;
  }
  return failed ? undefined : rows;
}

/** Replaces what some runs of queries have given by what they give in float64; returns how many these were. */
async function makePrecise(
  measuring: SingleMeasuring,
  segments: MassSegments,
  again: ReadonlySet<Segment>,
  open: ReadonlySet<number>,
): Promise<number> {
  const size = measuring.keys.index.length;
  const { kernels } = measuring.team;
  let rows = 0;
  segments.clear(again);
  const wanted = (row: number) => !open.has(row) && again.has(segments.of(row));
  for await (const { tile, scores } of precisely({ ...measuring, sizes: [] }, wanted)) {
    for (let i = 0, end = 0; i < tile.rows; i = end) {
      const segment = segments.of(tile.start + i);
      for (end = i + 1; end < tile.rows && segments.of(tile.start + end) === segment; ) end++;
      kernels.addRows((scores[0] as Float64Array).subarray(i * size), end - i, size, size, segment.mass);
    }
    rows += tile.rows;
  }
  return rows;
}

/** No score reaches it. */
const NONE_HEAVY = 2;

/** Some queries in float64. */
function precisely(
  { f, scale, keys, queries, sizes, eps, sight, team, nonFinite, describeRow }: SingleMeasuring,
  wanted: (row: number) => boolean,
): AsyncGenerator<Answered<CoverageSetup>, void, undefined> {
  const packed = packKeys(team.kernels, keys, (length) => team.room('keys', length));
  const functions = [{ name: f.name, scale, orders: [] }];
  const shared = { keys: packed, functions, sight, eps: eps ?? NONE_HEAVY, sizes };
  const setup: CoverageSetup = { kind: 'coverage', ...shared, windows: false, values: undefined };
  return team.run(setup, [packed], [f], { rows: picked(queries(), wanted), nonFinite, describeRow });
}

/** Runs of rows that are wanted. */
async function* picked(queries: RowBlocks, wanted: (row: number) => boolean): AsyncGenerator<RowBlock> {
  for await (const { start, rows, d, values, mask } of queries) {
    for (let i = 0, end = 0; i < rows; i = end + 1) {
      for (; i < rows && !wanted(start + i); i++);
      for (end = i; end < rows && wanted(start + end); end++);
      if (end === i) continue;
      yield {
        start: start + i,
        rows: end - i,
        d,
        values: values.subarray(i * d, end * d),
        mask: mask?.subarray(i, end),
      };
    }
  }
}

const withOpen = (bad: Uint8Array, open: Uint8Array): Uint8Array => bad.map((one, i) => one || open[i]);

/** Counts queries and heavy entries; those that are open are counted when they have been worked out again. */
function addEntries(tally: Tally, { rows, bad }: QueryRows, answer: SingleAnswer, x: Float32Array, size: number): void {
  const { factors, empty, open, heavy } = answer;
  for (let i = 0; i < rows; i++) {
    if (bad[i] === PADDING) tally.padding++;
    if (bad[i] || open[i]) continue;
    tally.queries++;
    if (empty[i]) tally.empty++;
  }
  for (let at = 0; at < heavy.length; at += 2) {
    const [i, j] = [heavy[at], heavy[at + 1]];
    tally.keys.entries[j]++;
    tally.keys.entryMass[j] += factors[i] * x[i * singleStride(size) + j];
  }
}

/**
 * Whether the verdict on each query's own keys is the same for all scores within their errors.
 * @param loose - for each size, by how much less than its share they may have, because bounds of some queries are in it
 */
function perQueryDecided(
  perQuery: PerQueryTally,
  best: Selection,
  mass: Float64Array,
  error: number,
  loose: Float64Array,
): boolean {
  const total = mass.reduce((sum, one) => sum + one, 0);
  return perQuery.shares().every(({ k, mass: own }, at) => {
    const fixed = best.orders[0]!.subarray(0, k).reduce((sum, j) => sum + mass[j], 0) / total;
    return Number.isNaN(own) || ownKeysDecided([own - loose[at], own], fixed, 2 * error + LARGEST_OFF);
  });
}
