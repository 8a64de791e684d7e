import { describe, expect, it } from 'vitest';
import { parseIndexRanges, placeFor, placesOf } from '../../../src/rows/heads/head-index.js';

describe('ranges', () => {
  it.each([
    ['3', [3]],
    ['3,5', [3, 5]],
    ['0:4', [0, 1, 2, 3]],
    ['6:', [6, 7]],
    [':2', [0, 1]],
    [':', [0, 1, 2, 3, 4, 5, 6, 7]],
    ['5, 1:3, 2', [1, 2, 5]],
  ])('%s', (text, heads) => {
    const shape = { axes: ['head'], batch: 1, heads: 8 } as const;
    expect(placesOf(shape, { head: parseIndexRanges(text) }, 'K').map(({ head }) => head)).toEqual(heads);
  });

  it.each(['', ',', '-1', '1:2:3', 'a', '1.5', '1;2'])('%j is none', (text) => {
    expect(parseIndexRanges(text)).toBeUndefined();
  });
});

describe('grouped queries', () => {
  const keyHeads = (heads: number, of: number): number[] =>
    Array.from(
      { length: of },
      (_, head) => placeFor({ batch: 0, head, of: { batch: 1, heads: of } }, { batch: 1, heads }, 'K').head,
    );

  it('key head floor(h * heads / query heads)', () => {
    expect(keyHeads(2, 8)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect(keyHeads(8, 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(keyHeads(1, 3)).toEqual([0, 0, 0]);
  });

  it('keys of one example are for all', () => {
    const target = { batch: 4, head: 1, of: { batch: 5, heads: 2 } };
    expect(placeFor(target, { batch: 1, heads: 2 }, 'K')).toEqual({ batch: 0, head: 1 });
    expect(placeFor(target, { batch: 5, heads: 1 }, 'K')).toEqual({ batch: 4, head: 0 });
  });
});
