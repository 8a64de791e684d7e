/** Everything that a report tells of one head, worked out from its K, and from its Q where there is one. */

import { parseFunction, type ScoringFunction, SQUARE } from '../functions.js';
import { createKernels } from '../kernels/backends.js';
import { DEFAULT_MEMORY } from '../rows/limits.js';
import { DEFAULT_EPS } from '../sketch/sketch-options.js';
import { budgetFor } from './budget.js';
import { keysOf } from './key-report.js';
import { measureShares } from './measure-coverage.js';
import { measureEntries } from './measure-entries.js';
import { measureKeys } from './measure-keys.js';
import type { HeadInput, MeasureOptions, Settled } from './measure-options.js';
import type { HeadReport } from './model.js';
import { chooseQueries } from './query-choice.js';

/**
 * Measures one head. K is read twice for scores, once more for each function's entries (and as often as Q does not fit the memory), and
 * once for coverage; where `sameKeys` has what is told of keys, twice less. Memory: 8 bytes for each row of K, what sketches and exact
 * search take, and K itself for coverage, which is left out where that would take more than `memory`.
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
    budget: budgetFor(options.heads ?? 1),
  };
  const keys = input.sameKeys ? keysOf(input.sameKeys) : await measureKeys(input, settled);
  const chosen = input.queries && chooseQueries(input.queries, keys.n, settled);
  const queries = chosen && (await measureEntries(input, chosen, keys, settled));
  return {
    label: input.label,
    place: input.place,
    keyPlace: input.keyPlace,
    ...keys,
    queries,
    ...(await measureShares(input, chosen, keys, settled)),
  };
}

/** Figures are named by their function. */
const eachOnce = (functions: readonly ScoringFunction[]): ScoringFunction[] => [
  ...new Map(functions.map((f) => [f.name, f])).values(),
];
