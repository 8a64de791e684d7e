/** What a sketch file says a sketch was made for, from the options that it was made with. */

import { SQUARE } from '../functions.js';
import { planSketch } from '../sketch/plan.js';
import { DEFAULT_RIDGE, defaultSampleSize } from '../sketch/sample/priority-sampler.js';
import { blockRowsFor, DEFAULT_EPS, type SketchOptions } from '../sketch/sketch-options.js';
import type { SketchSetup } from './header.js';

/** The setup of a sketch of d columns. */
export function setupOf(options: Partial<SketchOptions> & Pick<SketchOptions, 'd'>): SketchSetup {
  const { d, eps = DEFAULT_EPS, f = SQUARE, certificate = 'auto', factor = 'auto', sampleRate = 1 } = options;
  const { columns, idColumn, sample, blockRows = blockRowsFor(d), nonFinite = 'error', top, budget } = options;
  const { size = defaultSampleSize(d), seed = 0, ridge = DEFAULT_RIDGE } = sample ?? {};
  const { keepsSample } = planSketch({ ...options, sampleSize: sample && size });
  return {
    f: f.name,
    d,
    eps,
    certificate,
    factor,
    sampleRate,
    sample: keepsSample ? { size, seed, ridge } : undefined,
    blockRows,
    nonFinite,
    top,
    budget,
    columns,
    idColumn,
  };
}
