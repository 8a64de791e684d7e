/** Sketches of disjoint rows become one: in any number, order and grouping. */

import { dataError, LevattnError } from '../errors.js';
import { endOf, renumbering, uniteCoverage } from './coverage.js';
import { differenceOf, functionOf, type SketchSetup } from './header.js';
import { loadSketch, type SketchToStore, type Surroundings } from './stored-sketch.js';

/** What is told of a merge. */
export interface MergeEvents {
  /** Thresholds differ: the coarser one counts. */
  readonly onCoarser?: (message: string) => void;
  /** A sketch has been taken in. */
  readonly onMerged?: (done: number) => void;
}

/**
 * One sketch of several. Two are in memory at a time, however many there are.
 *
 * @param paths - of sketch files, at least one
 * @throws LevattnError naming both files where they cover the same rows or differ in what they are made for, and where one is no
 *   sketch, damaged, or of a pass that was not over
 */
export async function mergeSketches(
  paths: readonly string[],
  surroundings: Surroundings,
  { onCoarser, onMerged }: MergeEvents = {},
): Promise<SketchToStore> {
  const [first, ...rest] = paths;
  let united = await loadWhole(first, surroundings);
  /** Which rows came from where. */
  const merged = [{ path: first, coverage: united.coverage }];
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
    merged.push({ path, coverage: other.coverage });
    onMerged?.(i + 2);
  }
  return united;
}

async function loadWhole(path: string, surroundings: Surroundings): Promise<SketchToStore> {
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
