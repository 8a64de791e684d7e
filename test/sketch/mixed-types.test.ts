/** Rows of float32 and float64 in one stream: the same U as all of them in float64, however large or small the latter. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const kernels = makeKernels(backendNames.at(-1)!);

interface Part {
  readonly rows: number;
  /** Power of two that column 0 is multiplied by; float32 where it is 0. */
  readonly power: number;
}

function select(d: number, parts: readonly Part[], seed: number, sampleRate: number, allDouble: boolean): UniversalSet {
  const gaussian = gaussianFrom(randomFrom(seed));
  const sketch = new LeverageSketch({ d, eps: 0.02, kernels, blockRows: 16, sampleRate });
  let start = 0;
  for (const { rows, power } of parts) {
    const single = Float32Array.from({ length: rows * d }, gaussian);
    const double = Float64Array.from(single, (value, at) => (at % d === 0 ? value * 2 ** power : value));
    sketch.add({ start, rows, d, values: power === 0 && !allDouble ? single : double });
    start += rows;
  }
  return sketch.finish();
}

test('U does not depend on the element types that rows come in', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(
        fc.record({
          rows: fc.integer({ min: 1, max: 80 }),
          power: fc.constantFrom(0, 0, 20, 166, 664, -200, -700),
        }),
        { minLength: 2, maxLength: 5 },
      ),
      fc.nat(),
      fc.constantFrom(1, 4),
      (d, parts, seed, sampleRate) => {
        const mixed = select(d, parts, seed, sampleRate, false);
        const double = select(d, parts, seed, sampleRate, true);
        const slack = 1 + 4 * (mixed.delta + double.delta) + 1e-12;
        const scores = new Map(Array.from(mixed.index, (row, i) => [row, mixed.score[i]]));
        if (sampleRate === 1) {
          for (const [i, row] of double.index.entries()) {
            if (double.score[i] < 0.02 * slack) continue;
            expect(scores.get(row), `row ${row}`).toBeDefined();
            expect(scores.get(row)! * slack).toBeGreaterThanOrEqual(double.score[i]);
            expect(scores.get(row)!).toBeLessThanOrEqual(double.score[i] * slack);
          }
          expect(Math.abs(mixed.index.length - double.index.length)).toBeLessThanOrEqual(1);
        } else {
          const exact = select(d, parts, seed, 1, true);
          for (const [i, row] of exact.index.entries()) {
            if (exact.score[i] >= 0.02 * slack) expect(scores.get(row)! * slack).toBeGreaterThanOrEqual(exact.score[i]);
          }
        }
      },
    ),
    { numRuns: 400 },
  );
});
