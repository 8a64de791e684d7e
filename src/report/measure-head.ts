/** Everything that a report tells of one head, worked out from its K, and from its Q where there is one. */

import { parseFunction, type ScoringFunction, SQUARE } from '../functions.js';
import { createKernels } from '../kernels/backends.js';
import { DEFAULT_MEMORY } from '../rows/limits.js';
import { countMasked } from '../rows/masked-rows.js';
import { prepareScores } from '../sketch/scores.js';
import { selectKeys } from '../sketch/select-keys.js';
import { DEFAULT_EPS } from '../sketch/sketch-options.js';
import { reportSketch } from '../sketch-file/sketch-report.js';
import { measureShares } from './measure-coverage.js';
import { measureEntries } from './measure-entries.js';
import type { HeadInput, MeasureOptions, Settled } from './measure-options.js';
import type { HeadReport } from './model.js';
import { chooseQueries } from './query-choice.js';
import { binByPosition, scoresByRank, sizesByThreshold } from './score-curves.js';

/** What a page holds of all heads together. */
const ENTRIES = 20_000;
const POSITIONS = 2_000;
/** And what one head has in any case. */
const LEAST_ENTRIES = 200;
const LEAST_POSITIONS = 100;
const RANKS = 200;

/**
 * Measures one head. K is read twice for scores, once more for each function's entries (and as often as Q does not fit the memory), and
 * once for coverage. Memory: 8 bytes for each row of K, what sketches and exact search take, and K itself for coverage, which is left
 * out where that would take more than `memory`.
 *
 * @throws LevattnError where there are no keys, columns do not agree or a row is not finite
 */
export async function measureHead(input: HeadInput, options: MeasureOptions = {}): Promise<HeadReport> {
  const settled: Settled = {
    ...options,
    eps: options.eps ?? DEFAULT_EPS,
    functions: eachOnce(options.functions ?? [parseFunction('softmax'), SQUARE]),
    kernels: options.kernels ?? createKernels(),
    memory: options.memory ?? DEFAULT_MEMORY,
  };
  const { eps, heads = 1 } = settled;
  const { set, scores, delta } = await scoresOf(input, settled);
  const { n, d, rank, route, index } = set;
  const padding = countMasked(input.mask);
  const share = (all: number, least: number): number => Math.max(least, Math.floor(all / heads));
  const positions = binByPosition(scores, share(POSITIONS, LEAST_POSITIONS));
  const falling = scores.sort().reverse();
  const { spectrum, spectrumProblem } = reportSketch(set);
  const chosen = input.queries && chooseQueries(input.queries, n, settled);
  const queries = chosen && (await measureEntries(input, chosen, n, share(ENTRIES, LEAST_ENTRIES), settled));
  return {
    label: input.label,
    n,
    d,
    rank,
    eps,
    universal: index.length,
    delta,
    route,
    counted: n - set.skipped - padding,
    positions,
    ranks: scoresByRank(falling, RANKS),
    sizes: sizesByThreshold(falling, { rank, delta, eps }),
    spectrum,
    spectrumProblem,
    queries,
    ...(await measureShares(input, chosen, set, settled)),
  };
}

/** Figures are named by their function. */
const eachOnce = (functions: readonly ScoringFunction[]): ScoringFunction[] => [
  ...new Map(functions.map((f) => [f.name, f])).values(),
];

/** U and the score of every row. */
async function scoresOf({ keys, describeKey: describeRow }: HeadInput, options: Settled) {
  const { kernels, eps, factor, threads, nonFinite, onProgress } = options;
  const set = await selectKeys(keys(), {
    eps,
    kernels,
    factor,
    threads,
    nonFinite,
    describeRow,
    onProgress: ({ rows }) => onProgress?.('factor', rows),
  });
  const { batches, delta } = await prepareScores(keys, { set, kernels, nonFinite, describeRow });
  const scores = new Float64Array(set.n);
  for await (const { start, rows, score } of batches) {
    scores.set(score, start);
    onProgress?.('scores', start + rows);
  }
  return { set, scores, delta };
}
