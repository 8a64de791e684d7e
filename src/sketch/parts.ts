/** What a leverage sketch consists of, and how all of it is saved, restored and merged with another's. */

import { dataError } from '../errors.js';
import type { ColumnOrder } from '../linear/reorder.js';
import type { Certification } from './bounds/certification.js';
import type { OutsideBound } from './bounds/outside-bound.js';
import type { Candidates } from './candidates/candidates.js';
import type { Retention } from './candidates/retention.js';
import type { RoutedAccumulator } from './factor/routed.js';
import type { RowIntake } from './intake.js';
import type { RowSums } from './row-sums.js';
import type { ReservoirSample } from './sample/reservoir-sample.js';
import type { State } from './state.js';
import type { StateReader } from './state-reader.js';

/** Numbers that change as rows are taken in. */
export interface SketchCounts {
  /** Rows taken in, those skipped included. */
  n: number;
  /** Global index of the next row. */
  next: number;
  /** Rows of earlier inputs: the next row is row n - before of the input. */
  before: number;
  /** Candidates that reach out of the numerical row space, as of the last scoring. */
  unresolved: number;
  scored: number;
  kept: number;
  /** Candidates are scored when there are more. */
  pruneAt: number;
  /** The row at which T is lowered next. */
  decayAt: number;
}

/** Everything that a sketch knows. */
export interface SketchParts {
  readonly counts: SketchCounts;
  readonly accumulator: RoutedAccumulator;
  readonly sums: RowSums;
  readonly candidates: Candidates;
  readonly intake: RowIntake;
  /** Where f is not x^2. */
  readonly certification: Certification | undefined;
  readonly reservoir: ReservoirSample | undefined;
  /** Where the best keys alone are kept; a second pass begins with new ones. */
  retention: Retention | undefined;
  /** T, where the best keys alone are kept and f is x^2. */
  outsideBound: OutsideBound | undefined;
}

/** All of it as data. */
export const saveParts = (parts: SketchParts): State => ({
  counts: { ...parts.counts },
  accumulator: parts.accumulator.save(),
  sums: parts.sums.save(),
  candidates: parts.candidates.save(),
  intake: parts.intake.save(),
  certification: parts.certification?.save(),
  outside: parts.reservoir?.save(),
  retention: parts.retention?.save(),
  largest: parts.outsideBound?.save(),
});

/** Fresh parts go on from what others have saved. */
export function restoreParts(parts: SketchParts, state: StateReader, d: number): void {
  const counts = state.part('counts');
  for (const name of Object.keys(parts.counts) as (keyof SketchCounts)[]) parts.counts[name] = counts.whole(name);
  parts.accumulator.restore(state.part('accumulator'));
  if (state.has('sums')) parts.sums.restore(state.part('sums'));
  parts.candidates.restore(state.part('candidates'));
  parts.intake.restore(state.part('intake'));
  parts.certification?.restore(state.part('certification'), d);
  parts.reservoir?.restore(state.part('outside'));
  parts.retention?.restore(state.part('retention'));
  parts.outsideBound?.restore(state.part('largest'), d);
}

/**
 * Takes in all that another sketch of the same kind knows, of other rows; that one must not be used again. T of both must have been
 * lowered to what is known of their own rows.
 *
 * @throws LevattnError where their samples were drawn in different ways
 */
export function mergeParts(mine: SketchParts, theirs: SketchParts): void {
  if (mine.reservoir && theirs.reservoir && !mine.reservoir.isLike(theirs.reservoir)) {
    throw dataError(
      'their samples of the rows outside U cannot be merged, as they were drawn in different ways; make all of them with the same --seed and --sample-size',
    );
  }
  const [changesHere, changesThere] = mine.intake.merge(theirs.intake);
  rescaleParts(mine, changesHere);
  rescaleParts(theirs, changesThere);
  mine.accumulator.merge(theirs.accumulator);
  mine.sums.merge(theirs.sums);
  mine.candidates.merge(theirs.candidates);
  if (theirs.certification) mine.certification?.merge(theirs.certification);
  if (theirs.reservoir) mine.reservoir?.merge(theirs.reservoir);
  const bound = outsideBoundOf(mine);
  const others = outsideBoundOf(theirs);
  if (bound && others) bound.merge(others, mine.accumulator.root(), mine.accumulator.whitening());
  mine.counts.n += theirs.counts.n;
  mine.counts.next = Math.max(mine.counts.next, theirs.counts.next);
  mine.counts.scored += theirs.counts.scored;
  mine.counts.kept += theirs.counts.kept;
  mine.counts.decayAt = 2 * mine.counts.n;
}

/** T, where something depends on it. */
export const outsideBoundOf = ({ certification, outsideBound }: SketchParts): OutsideBound | undefined =>
  certification?.outsideBound ?? outsideBound;

/** Multiplies the columns taken in so far by `changes` (d exact powers of two), as the column scales have grown. */
export function rescaleParts({ sums, certification, outsideBound }: SketchParts, changes: Float64Array): void {
  if (changes.every((change) => change === 1)) return;
  sums.rescale(changes);
  certification?.rescale(changes);
  outsideBound?.rescale(changes);
}

/** Puts the columns of all rows taken in so far in another order. */
export function reorderParts(
  { intake, sums, candidates, certification, reservoir, outsideBound }: SketchParts,
  order: ColumnOrder,
): void {
  intake.reorder(order);
  sums.reorder(order);
  candidates.reorder(order);
  certification?.reorder(order);
  reservoir?.reorder(order);
  outsideBound?.reorder(order);
}
