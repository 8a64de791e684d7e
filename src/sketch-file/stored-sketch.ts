/** A leverage sketch in a file, and back. */

import { dataError } from '../errors.js';
import type { ScoringFunction } from '../functions.js';
import { LeverageSketch } from '../sketch/leverage-sketch.js';
import type { Filter } from '../sketch/screen/filter.js';
import { restoreFilters, saveFilters } from '../sketch/screen/filter-state.js';
import type { SketchOptions } from '../sketch/sketch-options.js';
import type { State, StateValue } from '../sketch/state.js';
import { StateReader } from '../sketch/state-reader.js';
import { type SketchContent, writeSketch } from './content.js';
import { functionOf, headerFromJson, headerToJson, type SketchHeader, type SketchSetup } from './header.js';
import { seedOfPart } from './part.js';
import type { RowCoverage } from './row-coverage.js';

/** A sketch with what is known of it. */
export interface StoredSketch {
  readonly header: SketchHeader;
  readonly sketch: LeverageSketch;
  /** Of a checkpoint: what the next blocks are screened with. */
  readonly filters: readonly (Filter | undefined)[];
}

/** What the program that goes on with a sketch adds to its setup. */
export interface Runtime extends Pick<SketchOptions, 'kernels' | 'describeRow' | 'onEvent'> {}

/** The options that a setup stands for; nothing else that surrounds it counts. */
export const optionsFor = (
  setup: SketchSetup,
  f: ScoringFunction,
  { kernels, describeRow, onEvent }: Runtime,
): SketchOptions => ({ ...setup, kernels, describeRow, onEvent, f });

/**
 * Writes a sketch, whole or not at all. It must not change before this is done, but for the rows it takes in.
 * @throws LevattnError where it cannot be written
 */
export const storeSketch = (path: string, kind: SketchHeader['kind'], sketch: SketchToStore): Promise<void> =>
  writeSketch(path, contentOf(kind, sketch));

/** What a file holds of a sketch. Its arrays are the sketch's own. */
export function contentOf(
  kind: SketchHeader['kind'],
  { setup, f, sketch, coverage, filters = [] }: SketchToStore,
): SketchContent {
  const { rows: n, dtype, skipped, candidates, delta, fingerprint } = sketch;
  const header = { kind, ...setup, family: f.growth!, n, dtype, coverage, skipped, candidates, delta, fingerprint };
  const state = { ...sketch.save(), filters: kind === 'checkpoint' ? saveFilters(filters) : undefined };
  return { header: headerToJson(header), state };
}

/** The same to be kept: nothing in it is the sketch's own, so that this can be used on, or let go of with the memory of its kernels. */
export function keptContentOf(kind: SketchHeader['kind'], sketch: SketchToStore): SketchContent {
  const { header, state } = contentOf(kind, sketch);
  return { header, state: copied(state) };
}

const copied = (state: State): State =>
  Object.fromEntries(Object.entries(state).map(([name, value]) => [name, copiedValue(value)]));

function copiedValue(value: StateValue): StateValue {
  if (typeof value !== 'object') return value;
  if (ArrayBuffer.isView(value)) return value.slice();
  return isParts(value) ? value.map(copied) : copied(value);
}

const isParts = (value: State | readonly State[]): value is readonly State[] => Array.isArray(value);

/** What a file is made of. */
export interface SketchToStore {
  readonly setup: SketchSetup;
  readonly f: ScoringFunction;
  readonly sketch: LeverageSketch;
  readonly coverage: RowCoverage;
  /** Of a pass that is not over: what the next blocks are screened with. */
  readonly filters?: readonly (Filter | undefined)[];
}

/**
 * The sketch in what a file holds.
 *
 * @param name - names the file in messages
 * @param eps - the threshold to go on with, at least the file's; default the file's
 * @throws LevattnError where the sketch is damaged, or made for larger thresholds
 */
export function sketchFrom(
  { header: json, state }: SketchContent,
  name: string,
  runtime: Runtime,
  eps?: number,
): StoredSketch {
  const header = headerFromJson(json, name);
  if (eps !== undefined && eps < header.eps) {
    throw dataError(
      `${name}: was made for eps >= ${header.eps}, and keys for eps = ${eps} are not in it; make it again with --eps ${eps}`,
    );
  }
  const { sample, coverage } = header;
  // The pass goes on by the seed that its shard has.
  const [shard] = header.kind === 'checkpoint' && coverage.kind === 'shards' ? coverage.shards : [];
  const part = shard && coverage.kind === 'shards' ? { shard: shard[0], of: coverage.of } : undefined;
  const setup = {
    ...header,
    ...(eps !== undefined && { eps }),
    sample: sample && { ...sample, seed: seedOfPart(part, sample.seed) },
  };
  const reader = new StateReader(state, name);
  const sketch = LeverageSketch.restore(optionsFor(setup, functionOf(header, name), runtime), reader);
  const filters = reader.optionalPart('filters');
  return { header, sketch, filters: filters ? restoreFilters(filters, header.d) : [] };
}
