/** How much of the attention a few keys capture, by how they are chosen: what `levattn coverage` does, as a function. */

import { checkSight } from '../../entries/exact/visibility.js';
import { dataError } from '../../errors.js';
import { createKernels } from '../../kernels/backends.js';
import type { RowBlocks } from '../../rows/row-stream.js';
import { parseSelectors, USUAL_SELECTORS } from '../../selectors/registry.js';
import { DEFAULT_EPS } from '../../sketch/sketch-options.js';
import type { DenseKeys } from '../dense/packed-keys.js';
import { chooseSelections, placesOf } from './choose-selections.js';
import type { CoverageOptions } from './coverage-options.js';
import { KeptWindowTally } from './kept-window.js';
import { keyScores } from './key-scores.js';
import { type MeasuredFunction, measureQueries } from './measure-queries.js';
import { captureCurve, type NeededKeys, neededFor } from './needed.js';
import { withoutObserved } from './observed-out.js';
import { ErrorLists, type ErrorSummary } from './output-errors.js';
import type { PerQueryShare } from './per-query.js';
import { byScore, captured, type Selection, WINDOW } from './selections.js';
import { WeightedMeasure } from './weighted.js';

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
  /** Of the entries >= eps, and of what these sum to; NaN where there is no such entry. */
  readonly heavyShare: number;
  readonly heavyMassShare: number;
  /** Of all scores' sum. */
  readonly mass: number;
  /**
   * Of ||o - o_S|| / ||o|| over queries, o being the output of attention over all keys and o_S over these alone; where V was given. Of
   * random choices that of the first.
   */
  readonly error?: ErrorSummary | undefined;
  /** Of weighted keys under softmax: of |sum of their weighted exponentials / sum of all - 1|; `error` is then that of the weighted output. */
  readonly normaliser?: ErrorSummary | undefined;
}

/** What is said for one function. */
export interface FunctionCoverage {
  readonly f: string;
  readonly scale: number;
  /** Scores >= eps, and their sum; NaN where {@link CoverageOptions.heavy} leaves them out. */
  readonly entries: number;
  readonly entryMass: number;
  /** Queries that give nothing to any key; they count in no share. */
  readonly empty: number;
  readonly coverage: readonly AttentionCoverage[];
  /** The fewest keys of each selection that keep 90, 95 and 99 % of the attention; 0 where it orders fewer. */
  readonly needed: readonly NeededKeys[];
  /** What each query's own k best keys have: no set of k keys, the same for all, reaches it. */
  readonly perQuery: readonly PerQueryShare[];
}

/** What was measured. */
export interface CoverageReport {
  /** Keys that count. */
  readonly n: number;
  readonly d: number;
  /** NaN where leverage is left out; so are `largest` and `unevenness`, and `universal` is 0 then. */
  readonly rank: number;
  readonly eps: number;
  /** |U|: keys with a leverage score >= eps. */
  readonly universal: number;
  /** The largest leverage score, and how many times the average it is: 1 where all are the same. */
  readonly largest: number;
  readonly unevenness: number;
  /** Queries that count: those that are measured. */
  readonly queries: number;
  /** Queries that selections were made from, and that are not measured. */
  readonly observed: number;
  /** Queries that are padding. */
  readonly padding: number;
  /** Numbers of keys chosen, ascending. */
  readonly sizes: readonly number[];
  /** Empty where leverage is left out. */
  readonly keys: readonly KeyCoverage[];
  /** Empty where there are no queries. */
  readonly functions: readonly FunctionCoverage[];
}

/**
 * Which share of attention a few keys capture, by how they are chosen: as {@link CoverageOptions.by} says, by lists of one's own, and,
 * knowing the queries, those that get most. All scores are worked out, in float64: time n m d, memory for the keys and a few rows of
 * scores. Results are the same for any number of threads.
 *
 * Choices are made from all keys at once. Where `causal`, the first and the last are those that a query sees, others for each.
 *
 * @param keys - all keys that count
 * @param queries - rows of Q, in order, or what gives them anew for each pass: with V a second one measures the output error of the
 *   best afterwards, which is NaN without; undefined: keys alone
 * @throws LevattnError where there are no keys, columns do not agree, a query is not finite, or a selection needs what is not there
 */
export async function measureCoverage(
  keys: DenseKeys,
  queries: RowBlocks | (() => RowBlocks) | undefined,
  options: CoverageOptions = {},
): Promise<CoverageReport> {
  const { eps = DEFAULT_EPS, draws = 10, seed = 0, lists = [], weighted = [], keep, team } = options;
  const {
    kernels = team?.kernels ?? createKernels(),
    values,
    observed,
    observedElsewhere = false,
    queryOffset = 0,
  } = options;
  const n = keys.index.length;
  if (!(eps > 0 && eps <= 1)) throw new RangeError(`eps must lie in (0, 1], not ${eps}`);
  checkSight(options);
  if (n === 0) throw dataError('K has no rows; there is nothing to choose from');
  const scores = options.leverage === false ? undefined : await keyScores(keys, eps, kernels);
  const { leverage, rank = Number.NaN, universal = 0 } = scores ?? {};
  const sizes = sizesFor(n, [universal, ...[...lists, ...weighted].map(({ rows }) => rows.length)], options.sizes);
  const context = {
    kernels,
    threads: options.threads ?? team?.threads,
    scale: options.scale ?? 1 / Math.sqrt(keys.d),
    seed,
    observed: observed && { ...observed, sees: options.causal ? { offset: queryOffset } : undefined },
    values,
    leverage,
  };
  const by = options.by ?? parseSelectors(usualSelectors(observed !== undefined).join(','));
  const most = sizes.at(-1)!;
  // The last keys of a query are others for each where attention is causal: they are measured query by query.
  const moving = options.causal && keep && keep.last > 0 ? keep : undefined;
  const settings = { by, lists, whole: weighted, keep: moving ? { ...moving, last: 0 } : keep, draws, most };
  const selections = await chooseSelections(keys, context, settings);
  const chosen = selections.map((one) => (one.name === WINDOW || one.whole ? one : { ...one, moving }));
  const movingOnes = chosen.filter((one) => one.moving);
  const out = observed && !observedElsewhere ? observed.index : undefined;
  const measured = queries
    ? await measureQueries(keys, out ? withoutObserved(queries, out) : queries, chosen, sizes, {
        ...options,
        eps,
        kernels,
        measuresOf: ({ exponential, name }) => [
          ...(moving ? [new KeptWindowTally(movingOnes, moving, eps, sizes, n)] : []),
          ...(exponential && name === 'softmax' ? weighted : []).map(
            (list) => new WeightedMeasure(list, placesOf(list.rows, keys, list.name), values, kernels),
          ),
        ],
      })
    : [];
  const largest = leverage ? leverage.reduce((most, score) => Math.max(most, score), 0) : Number.NaN;
  return {
    n,
    d: keys.d,
    rank,
    eps,
    universal,
    largest,
    unevenness: rank === 0 ? 1 : (largest * n) / rank,
    queries: measured[0]?.tally.queries ?? 0,
    observed: observed?.index.length ?? 0,
    padding: (measured[0]?.tally.padding ?? 0) - (measured.length > 0 ? (out?.length ?? 0) : 0),
    sizes,
    keys: leverage ? chosen.flatMap((one) => coverageOfKeys(one, leverage, rank, universal, sizes)) : [],
    functions: measured
      .map((own) => coverageOf(own, chosen, sizes, options.causal === true))
      .map((own) => (options.heavy === false ? withoutHeavy(own) : own)),
  };
}

/** What is measured where nothing is asked for. */
export const usualSelectors = (observed: boolean): string[] =>
  USUAL_SELECTORS.filter((name) => observed || name !== 'observed');

/** Each once, ascending, none beyond n. */
function sizesFor(n: number, besides: readonly number[], asked: readonly number[] | undefined): number[] {
  const powers = Array.from({ length: 50 }, (_, i) => 2 ** i).filter((k) => k <= n / 2);
  const large = powers.filter((k) => k >= 8);
  const usual = large.length > 0 ? large : [...powers, n];
  const all = [...(asked ?? usual).map((k) => Math.min(k, n)), ...besides.filter((k) => k > 0)];
  return [...new Set(all)].sort((a, b) => a - b);
}

function coverageOf(
  { f, scale, tally, errors, best, perQuery, measures }: MeasuredFunction,
  chosen: readonly Selection[],
  sizes: readonly number[],
  causal: boolean,
): FunctionCoverage {
  const { keys, window, empty } = tally;
  const [entries, entryMass, mass] = [keys.entries, keys.entryMass, keys.mass].map(sum);
  const selections = [...chosen, best];
  const kept = measures.find((measure) => measure instanceof KeptWindowTally);
  const coverage = selections.flatMap((selection) => {
    const moving = kept?.of(selection.name);
    const own = (of: 'entries' | 'entryMass' | 'mass') =>
      selection.name === WINDOW ? window[of] : (moving?.sums[of] ?? captured(selection, keys[of], sizes));
    const [ownEntries, ownEntryMass, ownMass] = [own('entries'), own('entryMass'), own('mass')];
    const ownErrors = errors && (errors.get(selection.name) ?? new ErrorLists(sizes)).summaries();
    const weights = measures.find(
      (measure): measure is WeightedMeasure => measure instanceof WeightedMeasure && measure.name === selection.name,
    );
    return ordered(selection, sizes).map((k) => {
      const at = sizes.indexOf(k);
      return {
        selection: selection.name,
        k,
        heavyShare: ownEntries[at] / entries,
        heavyMassShare: ownEntryMass[at] / entryMass,
        mass: ownMass[at] / mass,
        error: weights?.error ?? ownErrors?.[at],
        normaliser: weights?.normaliser,
      };
    });
  });
  const needed = selections.map((selection) => {
    // Where all queries see the same keys, an order of them does for all.
    const curve =
      selection.name === WINDOW && causal
        ? tally.windowCurve()
        : (kept?.of(selection.name)?.curve ?? captureCurve(selection, keys.mass));
    const found = neededFor(selection.name, curve, mass);
    return { ...found, k: found.k.map((k) => (k > (selection.length ?? k) ? 0 : k)) };
  });
  return { f: f.name, scale, entries, entryMass, empty, coverage, needed, perQuery: perQuery.shares() };
}

/** Where heavy entries are not asked for, they are not counted in float32 either. */
const withoutHeavy = (own: FunctionCoverage): FunctionCoverage => ({
  ...own,
  entries: Number.NaN,
  entryMass: Number.NaN,
  coverage: own.coverage.map((row) => ({ ...row, heavyShare: Number.NaN, heavyMassShare: Number.NaN })),
  perQuery: own.perQuery.map((row) => ({ ...row, heavyShare: Number.NaN })),
});

/** The numbers of keys that a selection orders. */
const ordered = (
  { length = Number.POSITIVE_INFINITY, whole }: Selection,
  sizes: readonly number[],
): readonly number[] => sizes.filter((k) => (whole ? k === length : k <= length));

function coverageOfKeys(
  selection: Selection,
  leverage: Float64Array,
  rank: number,
  universal: number,
  sizes: readonly number[],
): KeyCoverage[] {
  const inU = new Float64Array(leverage.length);
  if (universal > 0) for (const j of byScore(leverage).subarray(0, universal)) inU[j] = 1;
  const shares = captured(selection, leverage, sizes);
  const ofU = captured(selection, inU, sizes);
  return ordered(selection, sizes).map((k) => {
    const at = sizes.indexOf(k);
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
