/** Sketches of disjoint rows become one: in any number, order and grouping. */

import { dataError, LevattnError, usageError } from '../errors.js';
import { orderByName, otherOrder, withMoreOf } from '../rows/column-names.js';
import { spellPlace } from '../rows/heads/head-index.js';
import type { Placed } from '../rows/heads/placed.js';
import { readSketch, type SketchContent } from './content.js';
import { differenceOf, functionOf, type SketchSetup } from './header.js';
import { endOf, mergeCoverage, type RowCoverage, renumbering } from './row-coverage.js';
import { type Sketches, splitSketches } from './several.js';
import type { SketchesToStore } from './store-several.js';
import { type Runtime, type SketchToStore, sketchFrom } from './stored-sketch.js';

/** What is told of a merge. */
export interface MergeEvents {
  /** Thresholds differ: the coarser one counts. */
  readonly onCoarser?: (message: string) => void;
  /** Some were made with a mask and some without: rows of the latter all count. */
  readonly onMixedMasks?: (message: string) => void;
  /** The columns of one were put in the order of the first that names them. */
  readonly onReordered?: (message: string) => void;
  /** Parts had pilots that differ so much that fewer rows than were asked for can be told to be sampled. */
  readonly onFewerSampled?: (message: string) => void;
  /** A sketch has been taken in. */
  readonly onMerged?: (done: number) => void;
}

/**
 * One sketch of several, or one for each place, where files hold sketches of several: place by place. What has been merged and one file
 * are in memory at a time, however many there are. Columns with names are put together by name, in the order of the first sketch that
 * names them.
 *
 * @param paths - of sketch files, at least one
 * @throws LevattnError naming both files where they cover the same rows, differ in what they are made for or are of different places,
 *   and where one is no sketch, damaged, or of a pass that was not over
 */
export async function mergeSketches(
  paths: readonly string[],
  runtime: Runtime,
  events: MergeEvents = {},
): Promise<SketchesToStore> {
  let shape: Sketches['shape'] | undefined;
  const places = new Map<string, Placed & { readonly merging: Merging }>();
  for (const [i, path] of paths.entries()) {
    const { shape: own, sketches } = splitSketches(await readSketch(path), path);
    shape ??= own;
    const spell = ({ place }: Placed): string => spellPlace(own, place);
    if (i > 0 && (own.axes.join() !== shape.axes.join() || sketches.length !== places.size)) {
      throw otherPlaces(paths[0]!, path);
    }
    for (const { content, ...placed } of sketches) {
      // What is told of one place is told of all.
      const fresh = { ...placed, merging: new Merging(runtime, places.size === 0 ? events : {}) };
      const found = places.get(spell(placed)) ?? (i === 0 ? fresh : undefined);
      if (!found) throw otherPlaces(paths[0]!, path);
      found.merging.add(path, content);
      places.set(spell(placed), found);
    }
  }
  if (!shape) throw usageError('no sketches to merge; name at least one');
  return {
    shape,
    sketches: [...places.values()].map(({ merging, ...placed }) => ({ ...placed, sketch: merging.finish() })),
  };
}

const otherPlaces = (one: string, other: string): LevattnError =>
  dataError(`${one} and ${other} cannot be merged: they are of different layers, examples or heads; make both alike`);

/** What sketches have become so far. */
class Merging {
  readonly #runtime: Runtime;
  readonly #events: MergeEvents;
  #united: SketchToStore | undefined;
  /** Which rows came from where, whether with a mask, and what their columns are called. */
  readonly #merged: {
    readonly path: string;
    readonly coverage: RowCoverage;
    readonly masked: boolean;
    readonly columns: SketchSetup['columns'];
  }[] = [];

  constructor(runtime: Runtime, events: MergeEvents) {
    this.#runtime = runtime;
    this.#events = events;
  }

  /** Takes in what a file holds. */
  add(path: string, content: SketchContent): void {
    const { onCoarser, onReordered, onMerged } = this.#events;
    const merged = this.#merged;
    const other = wholeFrom(content, path, this.#runtime);
    const masked = other.sketch.masks.length > 0;
    merged.push({ path, coverage: other.coverage, masked, columns: other.setup.columns });
    const united = this.#united;
    if (!united) {
      this.#united = other;
      onMerged?.(1);
      return;
    }
    const refused = (one: string, why: string): Error => dataError(`${one} and ${path} cannot be merged: ${why}`);
    const first = merged[0]!.path;
    // Their columns of ids may be called differently.
    const difference = differenceOf(united.setup, { ...other.setup, idColumn: united.setup.idColumn });
    if (difference) throw refused(first, `${difference}; make both alike`);
    const coverage = mergeCoverage(united.coverage, other.coverage);
    if ('conflict' in coverage) {
      const one = merged.find((earlier) => 'conflict' in mergeCoverage(earlier.coverage, other.coverage))!;
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
    united.sketch.renumber(renumbering(united.coverage, coverage), endOf(coverage));
    other.sketch.renumber(renumbering(other.coverage, coverage), endOf(coverage));
    try {
      united.sketch.merge(other.sketch);
    } catch (error) {
      throw error instanceof LevattnError ? refused(first, error.message) : error;
    }
    const eps = Math.max(united.setup.eps, other.setup.eps);
    const columns = withMoreOf(united.setup.columns, other.setup.columns);
    const idColumn = united.setup.idColumn === other.setup.idColumn ? united.setup.idColumn : undefined;
    this.#united = { ...united, setup: { ...united.setup, eps, columns, idColumn }, coverage };
    onMerged?.(merged.length);
  }

  /** @throws LevattnError where nothing was taken in */
  finish(): SketchToStore {
    if (!this.#united) throw usageError('no sketches to merge; name at least one');
    const [withMask, without] = [true, false].map((one) => this.#merged.find(({ masked }) => masked === one));
    if (withMask && without) {
      this.#events.onMixedMasks?.(
        `${without.path}: was made without --mask, and ${withMask.path} with it; all rows of the former count, so make it again with --mask if some are padding`,
      );
    }
    const left = this.#united.sketch.sampledRowsLeft;
    if (left !== undefined) {
      this.#events.onFewerSampled?.(
        `the sample has ${left} rows, fewer than were asked for, as the pilots of the parts differ much; for as many, sketch them again with the same --pilot, or with --shards`,
      );
    }
    return this.#united;
  }
}

function wholeFrom(content: SketchContent, path: string, runtime: Runtime): SketchToStore {
  const { header, sketch } = sketchFrom(content, path, runtime);
  if (header.kind === 'checkpoint') {
    throw dataError(`${path}: is the checkpoint of an unfinished pass; run its command again to resume it`);
  }
  const { d, f, eps, certificate, factor, sampleRate, sample, blockRows, nonFinite, columns, idColumn, coverage } =
    header;
  const names = { columns, idColumn };
  const setup: SketchSetup = { d, f, eps, certificate, factor, sampleRate, sample, blockRows, nonFinite, ...names };
  return { setup, f: functionOf(header, path), sketch, coverage };
}
