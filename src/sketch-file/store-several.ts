/** Writes sketches of several places, or one of a single matrix. */

import type { Placed } from '../rows/heads/placed.js';
import { writeSketch } from './content.js';
import { joinSketches, type Sketches } from './several.js';
import { contentOf, type SketchToStore } from './stored-sketch.js';

/** What a file of sketches is made of. */
export interface SketchesToStore {
  readonly shape: Sketches['shape'];
  /** One, where there are no axes. */
  readonly sketches: readonly (Placed & { readonly sketch: SketchToStore })[];
}

/**
 * Writes sketches to one file, whole or not at all.
 * @throws LevattnError where it cannot be written
 */
export function storeSketches(path: string, { shape, sketches }: SketchesToStore): Promise<void> {
  const contents = sketches.map(({ sketch, ...placed }) => ({ ...placed, content: contentOf('sketch', sketch) }));
  return writeSketch(path, joinSketches({ shape, sketches: contents }));
}
