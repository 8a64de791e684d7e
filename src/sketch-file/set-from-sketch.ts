/** The universal set of a sketch that comes from a file. */

import { dataError } from '../errors.js';
import { changedSet } from '../sketch/stored-keys.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import type { SketchContent } from './content.js';
import { endOf, missingFrom } from './row-coverage.js';
import { type Runtime, sketchFrom } from './stored-sketch.js';

/** What is asked of a sketch. */
export interface SelectFromOptions {
  /** The threshold, at least the sketch's; default the sketch's. */
  readonly eps?: number | undefined;
  /** Whether rows may be missing. */
  readonly allowPartial?: boolean | undefined;
}

/**
 * The universal set of the rows of a sketch.
 *
 * @param name - names the sketch in messages
 * @throws LevattnError where rows are missing of the whole and that is not allowed, the pass was not over, or eps is less than what
 *   the sketch was made for
 */
export function universalSetFrom(
  content: SketchContent,
  name: string,
  runtime: Runtime,
  { eps, allowPartial = false }: SelectFromOptions = {},
): UniversalSet {
  const { header, sketch } = sketchFrom(content, name, runtime, eps);
  const { kind, coverage } = header;
  if (kind === 'checkpoint') {
    throw dataError(`${name}: is the checkpoint of an unfinished pass; run its command again to resume it`);
  }
  const missing = missingFrom(coverage);
  if (missing !== undefined && !allowPartial) {
    throw dataError(`${name}: lacks ${missing}; merge them into it, or say --allow-partial to go on without them`);
  }
  const set = sketch.finish();
  return missing === undefined ? set : changedSet(set, { n: endOf(coverage), missing });
}
