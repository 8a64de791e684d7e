/** The largest entries of many, against sorting all of them. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LargestEntries } from '../../src/report/largest-entries.js';

test('are those that sorting gives, and all are counted', () => {
  const batches = fc.array(fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 }));
  fc.assert(
    fc.property(batches, fc.integer({ min: 1, max: 12 }), (lists, most) => {
      const found = new LargestEntries(most);
      let place = 0;
      for (const scores of lists) {
        const places = Float64Array.from(scores, () => place++);
        found.add({
          count: scores.length,
          query: places,
          key: places.map((at) => at + 0.5),
          score: Float64Array.from(scores),
          bounds: undefined,
        });
      }
      const all = lists.flat().map((score, at) => ({ query: at, key: at + 0.5, score }));
      expect(found.count).toBe(all.length);
      expect(found.sorted()).toEqual(all.sort((a, b) => b.score - a.score || a.query - b.query).slice(0, most));
    }),
  );
});
