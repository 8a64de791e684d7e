/** How much of the attention a few keys capture, by how they are chosen: what `levattn coverage` does, as a function. */

import { checkSight, type Visibility } from '../../entries/exact/visibility.js';
import { dataError } from '../../errors.js';
import { parseFunction, type ScoringFunction, SQUARE } from '../../functions.js';
import { createKernels } from '../../kernels/backends.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { NonFinitePolicy } from '../../rows/non-finite.js';
import type { RowBlocks } from '../../rows/row-stream.js';
import { DEFAULT_EPS } from '../../sketch/sketch-options.js';
import { type DenseKeys, DenseScores } from '../dense/dense-scores.js';
import { queryTiles } from '../dense/query-tiles.js';
import { keyScores } from './key-scores.js';
import { byChance, byScore, captured, firstAndLast, type Selection, sizeFor } from './selections.js';
import { Tally } from './tally.js';

/** What is measured, and how. */
export interface CoverageOptions extends Omit<Visibility, 'window'> {
  /** Scores from here on count as heavy, in (0, 1]; default 0.05. */
  readonly eps?: number | undefined;
  /** Numbers of keys to choose, each >= 1; default: powers of two from 8 up to half of the keys. |U| is added. */
  readonly sizes?: readonly number[] | undefined;
  /** Scoring functions; default softmax and x^2. */
  readonly functions?: readonly ScoringFunction[] | undefined;
  /** Multiplies every <q, k> before f is taken, > 0; default: each function's own. */
  readonly scale?: number | undefined;
  /** Random choices that are averaged, >= 1; default 10. */
  readonly draws?: number | undefined;
  /** Shares of all attention, each in (0, 1], to tell the smallest numbers of keys for that have them; default none. */
  readonly shares?: readonly number[] | undefined;
  /** Of the random choices, a whole number; default 0. */
  readonly seed?: number | undefined;
  readonly kernels?: Kernels | undefined;
  /** What happens to a query with NaN or an infinity; default `error`. */
  readonly nonFinite?: NonFinitePolicy | undefined;
  /** Names queries in messages. */
  readonly describeRow?: ((row: number) => string) | undefined;
  /** Told after every few queries. */
  readonly onProgress?: ((queries: number) => void) | undefined;
}

/** What k keys capture, as far as keys alone tell. */
export interface KeyCoverage {
  readonly selection: string;
  readonly k: number;
  /** Their share of all leverage: what they get of x^2 attention, on average over queries of all directions of the keys' own space. */
  readonly leverage: number;
  /** The largest x^2 score that any query can give to a key that is not chosen; of several draws the largest. */
  readonly missed: number;
  /** The share of U that is among them; NaN where U is empty. */
  readonly universal: number;
}

/** What k keys capture of the attention of the queries; shares are 0 … 1. */
export interface AttentionCoverage {
  readonly selection: string;
  readonly k: number;
  /** Of the entries >= eps, how many, and of what these sum to; NaN where there is no such entry. */
  readonly entries: number;
  readonly entryMass: number;
  /** Of all scores' sum. */
  readonly mass: number;
}

/** The smallest number of keys of a selection that has a share of all attention. */
export interface KeysNeeded {
  readonly selection: string;
  readonly share: number;
  readonly k: number;
}

/** What is said for one function. */
export interface FunctionCoverage {
  readonly f: string;
  readonly scale: number;
  /** Scores >= eps, and their sum. */
  readonly entries: number;
  readonly entryMass: number;
  /** Queries that give nothing to any key; they count in no share. */
  readonly empty: number;
  readonly coverage: readonly AttentionCoverage[];
  /** For `shares`, where there is attention to share: not of the first and the last keys where `causal`, which are others for each query. */
  readonly needed?: readonly KeysNeeded[] | undefined;
}

/** What was measured. */
export interface CoverageReport {
  /** Keys that count. */
  readonly n: number;
  readonly d: number;
  readonly rank: number;
  readonly eps: number;
  /** |U|: keys with a leverage score >= eps. */
  readonly universal: number;
  /** The largest leverage score, and how many times the average it is: 1 where all are the same. */
  readonly largest: number;
  readonly unevenness: number;
  /** Queries that count. */
  readonly queries: number;
  /** Queries that are padding. */
  readonly padding: number;
  /** Numbers of keys chosen, ascending. */
  readonly sizes: readonly number[];
  readonly keys: readonly KeyCoverage[];
  /** Empty where there are no queries. */
  readonly functions: readonly FunctionCoverage[];
}

const WINDOW = 'first+last';

/**
 * Which share of attention a few keys capture, by how they are chosen: by leverage score (the first |U| are U), Lewis weights for
 * p = 1 and 4, length, by chance, the first and the last, and, knowing the queries, those that get most. All scores are worked out, in
 * float64: time n m d, memory for the keys and a few rows of scores.
 *
 * Choices are made from all keys at once. Where `causal`, the first and the last are those that a query sees, others for each.
 *
 * @param keys - all keys that count
 * @param queries - rows of Q, in order; undefined: keys alone
 * @throws LevattnError where there are no keys, columns do not agree or a query is not finite
 */
export async function measureCoverage(
  keys: DenseKeys,
  queries: RowBlocks | undefined,
  options: CoverageOptions = {},
): Promise<CoverageReport> {
  const { eps = DEFAULT_EPS, kernels = createKernels(), draws = 10, seed = 0 } = options;
  const n = keys.index.length;
  if (!(eps > 0 && eps <= 1)) throw new RangeError(`eps must lie in (0, 1], not ${eps}`);
  checkSight(options);
  if (n === 0) throw dataError('K has no rows; there is nothing to choose from');
  const { leverage, lewis, norm, rank, universal } = await keyScores(keys, eps, kernels);
  const sizes = sizesFor(n, universal, options.sizes);
  const chosen: Selection[] = [
    { name: 'leverage', orders: [byScore(leverage)] },
    { name: 'lewis p=1', orders: [byScore(lewis[1])] },
    { name: 'lewis p=4', orders: [byScore(lewis[4])] },
    { name: 'key norm', orders: [byScore(norm)] },
    { name: WINDOW, orders: [firstAndLast(n)] },
    { name: 'random', orders: Array.from({ length: draws }, (_, draw) => byChance(n, seed + draw)) },
  ];
  const tallies = queries ? await tally(keys, queries, sizes, { ...options, eps, kernels }) : [];
  const largest = leverage.reduce((most, score) => Math.max(most, score), 0);
  return {
    n,
    d: keys.d,
    rank,
    eps,
    universal,
    largest,
    unevenness: rank === 0 ? 1 : (largest * n) / rank,
    queries: tallies[0]?.tally.queries ?? 0,
    padding: tallies[0]?.tally.padding ?? 0,
    sizes,
    keys: chosen.flatMap((selection) => coverageOfKeys(selection, leverage, rank, universal, sizes)),
    functions: tallies.map((own) => coverageOf(own, chosen, sizes, options)),
  };
}

/** Each once, ascending, none beyond n. */
function sizesFor(n: number, universal: number, asked: readonly number[] | undefined): number[] {
  const powers = Array.from({ length: 50 }, (_, i) => 2 ** i).filter((k) => k <= n / 2);
  const large = powers.filter((k) => k >= 8);
  const usual = large.length > 0 ? large : [...powers, n];
  const all = [...(asked ?? usual).map((k) => Math.min(k, n)), ...(universal > 0 ? [universal] : [])];
  return [...new Set(all)].sort((a, b) => a - b);
}

/** One function at work. */
interface FunctionTally {
  readonly f: ScoringFunction;
  readonly scale: number;
  readonly tally: Tally;
}

async function tally(
  keys: DenseKeys,
  queries: RowBlocks,
  sizes: readonly number[],
  options: CoverageOptions & { readonly eps: number; readonly kernels: Kernels },
): Promise<FunctionTally[]> {
  const { eps, kernels, functions = [parseFunction('softmax'), SQUARE], causal, queryOffset } = options;
  const { nonFinite, describeRow, onProgress } = options;
  const all = functions.map((f) => {
    const scale = options.scale ?? f.defaultScale(keys.d);
    const scores = new DenseScores(kernels, keys, { f, scale, sight: { causal, queryOffset } });
    return { f, scale, most: scores.most, tally: new Tally(scores, eps, sizes) };
  });
  const most = Math.min(...all.map((own) => own.most));
  for await (const tile of queryTiles(queries, { d: keys.d, most, kernels, nonFinite, describeRow })) {
    for (const own of all) own.tally.add(tile);
    onProgress?.(tile.start + tile.rows);
  }
  return all;
}

function coverageOf(
  { f, scale, tally: { keys, window, empty } }: FunctionTally,
  chosen: readonly Selection[],
  sizes: readonly number[],
  { shares = [], causal = false }: CoverageOptions,
): FunctionCoverage {
  const [entries, entryMass, mass] = [keys.entries, keys.entryMass, keys.mass].map(sum);
  const selections = [...chosen, { name: 'best afterwards', orders: [byScore(keys.mass)] }];
  const coverage = selections.flatMap((selection) => {
    const own = (of: 'entries' | 'entryMass' | 'mass') =>
      selection.name === WINDOW ? window[of] : captured(selection, keys[of], sizes);
    const [ownEntries, ownEntryMass, ownMass] = [own('entries'), own('entryMass'), own('mass')];
    return sizes.map((k, at) => ({
      selection: selection.name,
      k,
      entries: ownEntries[at] / entries,
      entryMass: ownEntryMass[at] / entryMass,
      mass: ownMass[at] / mass,
    }));
  });
  const fixed = mass > 0 ? selections.filter(({ name }) => !(causal && name === WINDOW)) : [];
  const needed = fixed.flatMap((selection) =>
    shares.map((share) => ({ selection: selection.name, share, k: sizeFor(selection, keys.mass, share * mass) })),
  );
  return { f: f.name, scale, entries, entryMass, empty, coverage, ...(shares.length > 0 ? { needed } : {}) };
}

function coverageOfKeys(
  selection: Selection,
  leverage: Float64Array,
  rank: number,
  universal: number,
  sizes: readonly number[],
): KeyCoverage[] {
  const inU = new Float64Array(leverage.length);
  for (const j of byScore(leverage).subarray(0, universal)) inU[j] = 1;
  const shares = captured(selection, leverage, sizes);
  const ofU = captured(selection, inU, sizes);
  return sizes.map((k, at) => {
    const missed = selection.orders.map((order) =>
      order.subarray(k).reduce((most, j) => Math.max(most, leverage[j]), 0),
    );
    return {
      selection: selection.name,
      k,
      leverage: shares[at] / rank,
      missed: Math.max(...missed),
      universal: ofU[at] / universal,
    };
  });
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
