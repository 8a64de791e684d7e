/**
 * The first pass: for each block of rows, clear and scale it, add it to the sums, keep the rows that may reach eps as
 * candidates, offer the others to the sample, and prune when the candidates have doubled.
 */

import { columnSquares } from '../linear/triangular.js';
import type { NamedRows } from './candidates/candidates.js';
import type { SketchBase } from './new-sketch.js';
import { outsideBoundOf, rescaleParts } from './parts.js';
import type { Survivors } from './screen/block.js';
import type { BlockSlot } from './screen/block-slot.js';
import type { Screened } from './screen/screen.js';

/**
 * Takes in a whole block, and clears its slot.
 *
 * @param screened - what a `Screen` found in the block, its sums being in the slot; undefined: it is taken in as it is
 * @throws LevattnError where a row holds NaN or an infinity and they are not to be skipped, or where the Gram route cannot
 *   resolve K
 */
export function ingestBlock(base: SketchBase, slot: BlockSlot, screened: Screened | undefined): void {
  const { parts, pruner, sumsItself } = base;
  const { counts, intake, sums, candidates, reservoir } = parts;
  const start = counts.next;
  if (counts.n === counts.before) intake.fingerprintFirst(slot);
  if (!screened?.finite) intake.clear(slot, counts.n - counts.before);
  const changes = intake.updateScale(slot, () => squaresSoFar(base));
  if (changes) rescaleParts(parts, changes);
  const usable = screened?.finite && intake.isIdentity ? screened : undefined;
  const sum = (): Survivors =>
    usable
      ? sums.addScreened(slot, start, usable)
      : sums.absorb(intake.scaled(slot.values, slot.rows), start, slot.rows);
  const { result: survivors, copied } = sumsItself ? sumAndCopy(base, slot, sum) : { result: sum(), copied: false };
  const scaled = () => intake.scaled(slot.values, slot.rows);
  const marks = parts.certification?.ingest(slot, survivors.rows, scaled, usable);
  candidates.add(
    start,
    usable ? chosenOf(slot) : slot,
    survivors.rows,
    marks,
    copied && survivors.rows.length === slot.rows,
  );
  outsideBoundOf(parts)?.note(survivors.dropped);
  // Mostly nobody looks at the rows, which may still be in their file.
  const block = { start, rows: slot.rows, values: () => (usable?.offered ? slot.chosen : slot.values) };
  reservoir?.ingest(block, candidates.index, survivors.rows, {
    moderate: intake.isIdentity,
    offered: usable?.offered,
  });
  counts.scored += survivors.scored;
  counts.kept += survivors.rows.length;
  counts.n += slot.rows;
  counts.next += slot.rows;
  slot.clear();
  if (candidates.size > counts.pruneAt) pruner.prune(parts, 1);
  if (counts.n >= counts.decayAt) lowerOutsideBound(base);
}

/** The rows of a block that was screened, of which candidates alone are looked at. */
const chosenOf = (slot: BlockSlot): NamedRows => ({
  dtype: slot.dtype,
  ids: slot.ids,
  inFiles: slot.inFiles,
  get values() {
    return slot.chosen;
  },
});

/**
 * Sums a block of a wide K, and has its keys copied meanwhile to where they will stay, as long as every row becomes a candidate: before there is a
 * filter, and, where rows are whitened first, as long as no filter has let one go.
 */
function sumAndCopy<T>(
  { algebra, parts: { accumulator, candidates, counts } }: SketchBase,
  slot: BlockSlot,
  sum: () => T,
): { readonly result: T; readonly copied: boolean } {
  const { values, dtype, rows, d } = slot;
  const allSurvive = !accumulator.filter || (accumulator.route === 'stable' && counts.kept === counts.n);
  const to = allSurvive && !candidates.holds(slot, rows) ? candidates.roomFor(dtype, rows) : undefined;
  // Keys may be kept in another type than that of this block.
  return algebra && to?.BYTES_PER_ELEMENT === values.BYTES_PER_ELEMENT
    ? algebra.copyWhile(values.subarray(0, rows * d), to, sum)
    : { result: sum(), copied: false };
}

/** Lowers T, the bound of the scores of all rows outside the candidates, to what is known now. It falls with every doubling of the rows. */
export function lowerOutsideBound({ parts }: SketchBase): void {
  const { counts, accumulator } = parts;
  counts.decayAt = 2 * counts.n;
  const bound = outsideBoundOf(parts);
  if (bound && bound.value > 0) bound.decay(accumulator.root(), accumulator.whitening());
}

/** Squared norms of the columns so far, scaled, d; undefined before there are rows. */
const squaresSoFar = ({ parts: { counts, accumulator }, shape: { d } }: SketchBase): Float64Array | undefined =>
  counts.n === 0 ? undefined : columnSquares(accumulator.root(), d, d);
