/** Sketches of disjoint rows become one: in any number, order and grouping. */

import { dataError, LevattnError, usageError } from '../errors.js';
import { orderByName, otherOrder } from '../rows/column-names.js';
import { differenceOf, functionOf, type SketchSetup } from './header.js';
import { endOf, renumbering, uniteCoverage } from './row-coverage.js';
import { loadSketch, type Runtime, type SketchToStore } from './stored-sketch.js';

/** What is told of a merge. */
export interface MergeEvents {
  /** Thresholds differ: the coarser one counts. */
  readonly onCoarser?: (message: string) => void;
  /** Some were made with a mask and some without: rows of the latter all count. */
  readonly onMixedMasks?: (message: string) => void;
  /** The columns of one were put in the order of the first that names them. */
  readonly onReordered?: (message: string) => void;
  /** A sketch has been taken in. */
  readonly onMerged?: (done: number) => void;
}

/**
 * One sketch of several. Two are in memory at a time, however many there are. Columns with names are put together by name, in the
 * order of the first sketch that names them.
 *
 * @param paths - of sketch files, at least one
 * @throws LevattnError naming both files where they cover the same rows or differ in what they are made for, and where one is no
 *   sketch, damaged, or of a pass that was not over
 */
export async function mergeSketches(
  paths: readonly string[],
  surroundings: Runtime,
  { onCoarser, onMixedMasks, onReordered, onMerged }: MergeEvents = {},
): Promise<SketchToStore> {
  const [first, ...rest] = paths;
  if (first === undefined) throw usageError('no sketches to merge; name at least one');
  let united = await loadWhole(first, surroundings);
  /** Which rows came from where, whether with a mask, and what their columns are called. */
  const merged = [
    { path: first, coverage: united.coverage, masked: united.sketch.masks.length > 0, columns: united.setup.columns },
  ];
  onMerged?.(1);
  for (const [i, path] of rest.entries()) {
    const other = await loadWhole(path, surroundings);
    const refused = (one: string, why: string): Error => dataError(`${one} and ${path} cannot be merged: ${why}`);
    // Their columns of ids may be called differently.
    const difference = differenceOf(united.setup, { ...other.setup, idColumn: united.setup.idColumn });
    if (difference) throw refused(first, `${difference}; make both alike`);
    const coverage = uniteCoverage(united.coverage, other.coverage);
    if ('conflict' in coverage) {
      const one = merged.find((earlier) => 'conflict' in uniteCoverage(earlier.coverage, other.coverage))!;
      throw refused(one.path, coverage.conflict);
    }
    if (united.setup.eps !== other.setup.eps) {
      const [less, more] = [united.setup.eps, other.setup.eps].sort((a, b) => a - b);
      onCoarser?.(
        `${path}: eps ${other.setup.eps} meets ${united.setup.eps}; the merged sketch serves eps >= ${more}, not ${less}`,
      );
    }
    const order = orderByName(united.setup.columns, other.setup.columns);
    if (order) {
      onReordered?.(otherOrder(path, merged.find(({ columns }) => columns)!.path));
      other.sketch.reorder(order);
    }
    const masked = other.sketch.masks.length > 0;
    united.sketch.renumber(renumbering(united.coverage, coverage), endOf(coverage));
    other.sketch.renumber(renumbering(other.coverage, coverage), endOf(coverage));
    try {
      united.sketch.unite(other.sketch);
    } catch (error) {
      throw error instanceof LevattnError ? refused(first, error.message) : error;
    }
    const eps = Math.max(united.setup.eps, other.setup.eps);
    const columns = united.setup.columns ?? other.setup.columns;
    const idColumn = united.setup.idColumn === other.setup.idColumn ? united.setup.idColumn : undefined;
    united = { ...united, setup: { ...united.setup, eps, columns, idColumn }, coverage };
    merged.push({ path, coverage: other.coverage, masked, columns: other.setup.columns });
    onMerged?.(i + 2);
  }
  const [withMask, without] = [true, false].map((one) => merged.find(({ masked }) => masked === one));
  if (withMask && without) {
    onMixedMasks?.(
      `${without.path}: was made without --mask, and ${withMask.path} with it; all rows of the former count, so make it again with --mask if some are padding`,
    );
  }
  return united;
}

async function loadWhole(path: string, surroundings: Runtime): Promise<SketchToStore> {
  const { header, sketch } = await loadSketch(path, surroundings);
  if (header.kind === 'checkpoint') {
    throw dataError(
      `${path}: is the checkpoint of a pass that is not over; run its command again, which goes on with it`,
    );
  }
  const { d, f, eps, certificate, factor, sampleRate, sample, blockRows, nonFinite, columns, idColumn, coverage } =
    header;
  const names = { columns, idColumn };
  const setup: SketchSetup = { d, f, eps, certificate, factor, sampleRate, sample, blockRows, nonFinite, ...names };
  return { setup, f: functionOf(header, path), sketch, coverage };
}
