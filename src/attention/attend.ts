/** Attention over a few keys alone, as queries stream by: what `levattn attend` does, as a function. */

import { checkSight, type Visibility } from '../entries/exact/visibility.js';
import { dataError } from '../errors.js';
import { parseFunction, type ScoringFunction } from '../functions.js';
import { createKernels } from '../kernels/backends.js';
import type { Kernels } from '../kernels/kernels.js';
import type { NonFinitePolicy } from '../rows/non-finite.js';
import type { RowBlocks } from '../rows/row-stream.js';
import { type KeyWeights, withWeights } from './dense/coreset-attention.js';
import { type DenseKeys, packKeys, sharedCopy } from './dense/packed-keys.js';
import { PADDING, type QueryRows } from './dense/query-tiles.js';
import type { AttendAnswer, AttendSetup } from './team/attend-blocks.js';
import { AttentionTeam } from './team/team.js';

/** Keys with what they stand for. */
export interface KeysWithValues extends DenseKeys {
  /** index.length x width, row-major: the rows of V that belong to the keys. */
  readonly attended: Float64Array;
  /** Where keys stand for others (a coreset for softmax): `attended` is then what each adds to the sum of values. */
  readonly weights?: KeyWeights | undefined;
}

/** How attention is worked out. */
export interface AttendOptions extends Visibility {
  /** Columns of V, >= 1. */
  readonly width: number;
  /** Scoring function; default softmax. */
  readonly f?: ScoringFunction | undefined;
  /** Multiplies every <q, k> before f is taken, > 0; default: the function's own, 1 / sqrt(d) for softmax, else 1. */
  readonly scale?: number | undefined;
  /** All keys: what the outputs are compared with. */
  readonly full?: KeysWithValues | undefined;
  readonly kernels?: Kernels | undefined;
  /** Threads that compute, >= 1; default 1: the caller's own. */
  readonly threads?: number | undefined;
  /** Threads that are there already, with their kernels; default: some of its own. */
  readonly team?: AttentionTeam | undefined;
  /** What happens to a query with NaN or an infinity; default `error`; where skipped, its output is NaN. */
  readonly nonFinite?: NonFinitePolicy | undefined;
  /** Names a query in messages, by its global index. */
  readonly describeRow?: ((row: number) => string) | undefined;
}

/** The outputs of some queries. */
export interface OutputBatch {
  /** Global index of the first query. */
  readonly start: number;
  readonly rows: number;
  /** rows x width, row-major; zeros where a query sees no key or is padding, NaN where it was skipped. */
  readonly output: Float64Array;
  /** rows: ||o - o_full|| / ||o_full||, NaN where a query was skipped or is padding; undefined where there is nothing to compare with. */
  readonly errors: Float64Array | undefined;
  /** Queries that see no key, or none that f gives anything. */
  readonly empty: number;
  /** Queries with NaN or infinities. */
  readonly skipped: number;
  /** Queries that are padding. */
  readonly padding: number;
}

/**
 * LevAttention (arXiv:2410.05462, section 1): attention of each query over some keys, out_i = sum_j A(q_i, j) v_j with
 * A(q, j) = f(scale <q, k_j>) / sum_l f(scale <q, k_l>), both sums over these keys alone, in float64. Softmax is worked out
 * relative to the largest product of a query.
 *
 * @param keys - those of U, say, and their rows of V; `index` decides what a query sees where `causal`
 * @param queries - rows of Q, in order, with as many columns as the keys
 * @returns the outputs, in order, some queries at a time; a batch is valid until the next one
 * @throws LevattnError where there are no keys, columns do not agree, or a query is not finite
 */
export async function* attend(
  keys: KeysWithValues,
  queries: RowBlocks,
  options: AttendOptions,
): AsyncGenerator<OutputBatch, void, undefined> {
  const { width, f = parseFunction('softmax'), full, nonFinite, describeRow } = options;
  const { kernels = options.team?.kernels ?? createKernels() } = options;
  const { scale = f.defaultScale(keys.d), causal, queryOffset, window } = options;
  checkSight(options);
  if (keys.index.length === 0) throw dataError('there are no keys to attend to; choose some with a smaller eps');
  const { threads = 1, team = new AttentionTeam(kernels, threads) } = options;
  const lists = [keys, ...(full ? [full] : [])].map((of, at) => ({
    keys: packKeys(team.kernels, of, (length) => team.room(`keys ${at}`, length)),
    values: sharedCopy(Float64Array, of.weights ? withWeights(of.attended, width, of.weights.weight) : of.attended),
    range: of.weights && { low: of.weights.low, high: of.weights.high },
  }));
  const setup: AttendSetup = {
    ...{ kind: 'attend', lists, width },
    functions: [{ name: f.name, scale }],
    sight: { causal, queryOffset, window },
  };
  const packed = lists.map((list) => list.keys);
  try {
    for await (const { tile, answer } of team.run(setup, packed, [f], { rows: queries, nonFinite, describeRow })) {
      yield outputsOf(tile, answer, width);
    }
  } finally {
    if (team !== options.team) await team.close();
  }
}

/** Outputs of queries that do not count are told apart. */
function outputsOf(
  { start, rows, bad }: QueryRows,
  { output, errors, empty: blind }: AttendAnswer,
  width: number,
): OutputBatch {
  let [empty, skipped, padding] = [0, 0, 0];
  for (let i = 0; i < rows; i++) {
    if (!bad[i]) {
      empty += blind[i];
      continue;
    }
    if (bad[i] === PADDING) padding++;
    else skipped++;
    output.fill(bad[i] === PADDING ? 0 : Number.NaN, i * width, (i + 1) * width);
    errors?.fill(Number.NaN, i, i + 1);
  }
  return { start, rows, output, errors, empty, skipped, padding };
}
