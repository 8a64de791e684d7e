/** What a sketch ends with: the universal set, from its parts and the last scoring of the candidates. */

import type { MaskedRows } from '../rows/masked-rows.js';
import type { Certificate } from './bounds/certificate-choice.js';
import type { Pruned } from './candidates/pruner.js';
import { justAbove } from './candidates/retention.js';
import { outsideBoundOf, type SketchParts } from './parts.js';
import type { SketchOptions } from './sketch-options.js';
import { withKeys } from './stored-keys.js';
import type { UniversalSet } from './universal-set.js';

/**
 * The universal set.
 * @param pruned - what the last scoring found of the candidates that are left
 * @param masks - that rows were read with
 */
export function makeSet(
  parts: SketchParts,
  options: SketchOptions,
  { f, growth, powerFloor, exact }: Certificate,
  { whitening, scores }: Pick<Pruned, 'whitening' | 'scores'>,
  masks: readonly MaskedRows[],
): UniversalSet {
  const { counts, accumulator, candidates, certification, intake, retention } = parts;
  // Where room is limited: the largest bound of a key that is not in U, for the function that decides.
  const largest = retention && (exact ? parts.outsideBound!.value : retention.dropped);
  const eps = largest === undefined ? options.eps : Math.max(options.eps, justAbove(largest));
  const set = {
    n: counts.n,
    d: options.d,
    rank: whitening.rank,
    eps,
    f,
    growth,
    floor: certification?.floor ?? Math.max(eps, powerFloor),
    dropped: outsideBoundOf(parts)?.value ?? powerFloor,
    best:
      largest === undefined || options.coresetSize !== undefined
        ? undefined
        : retention!.outcome(scores, largest, options.eps, whitening.delta),
    lewis: certification?.lewis?.finish(),
    sample: parts.reservoir?.finish(options.coresetSize && options.coresetSize - candidates.size),
    route: accumulator.route,
    delta: whitening.delta,
    resolution: accumulator.resolution(),
    rootError: accumulator.rootError(),
    skipped: intake.skipped,
    masks: masks.length > 0 ? masks : undefined,
    unresolved: counts.unresolved,
    sampling: parts.sums.finish(),
    columns: options.columns,
    idColumn: options.idColumn,
    index: candidates.index.slice(),
    ids: candidates.ids,
    score: scores,
    dtype: intake.dtype,
    exponents: intake.exponents,
    root: accumulator.root(),
  };
  return withKeys(set, candidates.keys);
}
