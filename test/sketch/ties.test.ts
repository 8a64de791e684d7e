/** Scores that are exactly eps: copies of one matrix have scores that are a known share of its own. None may be dropped. */

import { describe, expect, test } from 'vitest';
import type { FactorChoice } from '../../src/sketch/factor/routed.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { randomFrom } from '../support/random-matrices.js';

describe.each(backendNames)('%s', (name) => {
  const kernels = makeKernels(name);

  /** m copies of an invertible d x d matrix of whole numbers: every score is 1 / m. */
  test.each<FactorChoice>(['auto', 'stable', 'gram'])('by %s, keys whose score is eps itself are in U', (factor) => {
    for (const m of [2, 3, 8, 64]) {
      for (let seed = 0; seed < 150; seed++) {
        const random = randomFrom(1000 * m + seed);
        const d = 1 + Math.floor(6 * random());
        const square = Float64Array.from(
          { length: d * d },
          (_, at) =>
            // A heavy diagonal, so that it is invertible.
            Math.floor(19 * random()) - 9 + (Math.floor(at / d) === at % d ? 60 : 0),
        );
        const scale = 0.1 + random();
        const values = new Float64Array(m * d * d);
        for (let k = 0; k < m; k++)
          values.set(
            square.map((value) => value * scale),
            k * d * d,
          );
        const sketch = new LeverageSketch({ d, eps: 1 / m, kernels, factor });
        sketch.add({ start: 0, rows: m * d, d, values });
        expect(sketch.finish().index.length, `m ${m} d ${d} seed ${seed}`).toBe(m * d);
      }
    }
  });
});
