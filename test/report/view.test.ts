/** Zooming and moving: what is shown stays within the matrix, and what is under the pointer stays there. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { between, move, zoom } from '../../src/report/client/view.js';

const sizes = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e6 }));
const steps = fc.array(
  fc.oneof(
    fc.record({
      zoom: fc.constantFrom(0.5, 2),
      at: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
    }),
    fc.record({ right: fc.constantFrom(-0.25, 0, 0.25), down: fc.constantFrom(-0.25, 0, 0.25) }),
  ),
  { maxLength: 30 },
);

test('however one goes, some rows are shown, whole ones, and none that is not there', () => {
  fc.assert(
    fc.property(sizes, steps, ([keys, queries], path) => {
      const all = { keys: [0, keys], queries: [0, queries] } as const;
      let view: Parameters<typeof zoom>[0] = all;
      for (const step of path) {
        view =
          'zoom' in step
            ? zoom(view, all, step.zoom, [step.at[0] * keys, step.at[1] * queries])
            : move(view, all, step.right, step.down);
        for (const [[from, to], n] of [
          [view.keys, keys],
          [view.queries, queries],
        ] as const) {
          expect([from, to].every(Number.isInteger)).toBe(true);
          expect(from).toBeGreaterThanOrEqual(0);
          expect(to).toBeLessThanOrEqual(n);
          expect(to - from).toBeGreaterThanOrEqual(Math.min(8, n));
        }
      }
    }),
  );
});

const all = { keys: [0, 1000], queries: [0, 400] } as const;

test('halving around a place keeps it where it is', () => {
  expect(zoom(all, all, 0.5)).toEqual({ keys: [250, 750], queries: [100, 300] });
  expect(zoom(all, all, 0.5, [200, 100])).toEqual({ keys: [100, 600], queries: [50, 250] });
  expect(zoom(zoom(all, all, 0.5), all, 2)).toEqual(all);
});

test('where usable rows begin later and end earlier, so does what is shown', () => {
  const some = { keys: [200, 800], queries: [100, 300] } as const;
  expect(zoom(some, some, 0.5)).toEqual({ keys: [350, 650], queries: [150, 250] });
  expect(zoom(zoom(some, some, 0.5), some, 4)).toEqual(some);
  expect(move({ keys: [200, 300], queries: [250, 300] }, some, -1, 1)).toEqual({
    keys: [200, 300],
    queries: [250, 300],
  });
});

test('moving by a quarter, and no farther than the end', () => {
  const part = { keys: [400, 600], queries: [100, 200] } as const;
  expect(move(part, all, 0.25, -0.25)).toEqual({ keys: [450, 650], queries: [75, 175] });
  expect(move({ ...part, keys: [790, 990] }, all, 0.25, 0)).toEqual({ ...part, keys: [800, 1000] });
});

test('a rectangle, whichever way it is drawn', () => {
  const drawn = { keys: [100, 300], queries: [50, 90] };
  expect(between([100, 50], [300, 90], all)).toEqual(drawn);
  expect(between([300, 90], [100, 50], all)).toEqual(drawn);
});
