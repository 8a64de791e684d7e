/** How selectors are asked for, and which queries are observed. */

import { describe, expect, test } from 'vitest';
import { checkNeeds } from '../../src/selectors/choose.js';
import { parseObservation, pickQueries } from '../../src/selectors/observed-queries.js';
import { byScore, firstAndLast, keepFirst, withRest } from '../../src/selectors/order.js';
import { needsQueries, parseSelector, parseSelectors, SELECTORS } from '../../src/selectors/registry.js';
import { hashUnit } from '../../src/sketch/sample/sample-filter.js';

describe('names', () => {
  test('each by itself, with its options as they are where nothing is said', () => {
    for (const { name, options = [] } of SELECTORS) {
      const chosen = parseSelector(name);
      expect([chosen.name, chosen.selector.name]).toEqual([name, name]);
      expect(chosen.options).toEqual(Object.fromEntries(options.map((option) => [option.name, option.standard])));
    }
    expect(new Set(SELECTORS.map(({ name }) => name)).size).toBe(SELECTORS.length);
  });

  test('lists, options, and names as they were spelled before', () => {
    const chosen = parseSelectors('observed:window=64:pool=5, lewis p=4,key norm,snapkv:tail');
    expect(chosen.map(({ name }) => name)).toEqual([
      'observed:window=64:pool=5',
      'lewis:p=4',
      'key-norm',
      'snapkv:tail',
    ]);
    expect(chosen.map(({ options }) => options)).toEqual([
      { window: 64, pool: 5 },
      { p: 4 },
      {},
      { window: 64, pool: 5, tail: 1 },
    ]);
    expect([needsQueries(chosen), needsQueries(parseSelectors('leverage,random'))]).toEqual([true, false]);
  });

  test.each([
    ['luck', /unknown selection 'luck'; there are leverage, .*random/],
    ['leverage,leverage', /'leverage' is named twice/],
    ['lewis:q=4', /'lewis' has no option 'q'; it has p \(the power, 1\)/],
    ['lewis:p=0', /p must be above 0, up to 32/],
    ['lewis:p', /p must be/],
    ['observed:pool=4', /pool must be an odd number/],
    ['centred-leverage:ridge=-1', /ridge must be 0 or more/],
    ['random:draws=2', /has no option 'draws'; it has none/],
    ['', /unknown selection ''/],
  ])('%s', (text, message) => {
    expect(() => parseSelectors(text)).toThrow(message);
  });

  test('what is needed and not there', () => {
    expect(() => checkNeeds(parseSelector('observed'), {})).toThrow(
      /'observed' needs observed queries: .*--queries.*--observe/,
    );
    expect(() => checkNeeds(parseSelector('cur'), {})).toThrow(/'cur' needs V/);
  });
});

describe('orders', () => {
  test('NaN is the least score, and infinities have their places', () => {
    expect([...byScore(Float64Array.of(Number.NaN, 1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 1))]).toEqual(
      [3, 1, 4, 0, 2],
    );
  });

  test('kept keys come first, those of first+last in its order', () => {
    const order = Int32Array.of(5, 0, 3, 1, 4, 2);
    expect([...keepFirst(order, { first: 1, last: 2 })]).toEqual([5, 0, 4, 3, 1, 2]);
    expect([...keepFirst(order, { first: 2, last: 0 })]).toEqual([0, 1, 5, 3, 4, 2]);
    expect([...keepFirst(order, { first: 9, last: 9 })].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...keepFirst(order, { first: 4, last: 2 })].slice(0, 6)).toEqual([...firstAndLast(6)]);
    // The last ones are no more than was asked for, though there are fewer of them than first ones.
    const falling = Int32Array.from({ length: 12 }, (_, at) => 11 - at);
    expect([...keepFirst(falling, { first: 4, last: 1 })]).toEqual([11, 0, 1, 2, 3, 10, 9, 8, 7, 6, 5, 4]);
    expect([...keepFirst(falling, { first: 3, last: 2 })]).toEqual([11, 0, 10, 1, 2, 9, 8, 7, 6, 5, 4, 3]);
    expect([...keepFirst(falling, { first: 0, last: 3 })].slice(0, 4)).toEqual([11, 10, 9, 8]);
    expect([...withRest([4, 1], 5)]).toEqual([4, 1, 0, 2, 3]);
  });
});

describe('observed queries', () => {
  const d = 2;
  const rows = 50;
  const blocks = () =>
    [0, 20, 23].map((start, i) => ({
      start,
      rows: [20, 3, 27][i],
      d,
      values: Float64Array.from({ length: 54 }, (_, at) => start * d + at),
      mask: i === 1 ? Uint8Array.of(1, 0, 1) : undefined,
    }));
  const counted = Array.from({ length: rows }, (_, row) => row).filter((row) => row !== 21);
  const pick = (text: string, spare = 1) => pickQueries(blocks(), parseObservation(text), { d, seed: 5, spare });

  test('the first, the last, and those with the largest hash of their row', async () => {
    expect([...(await pick('first:30')).index]).toEqual(counted.slice(0, 30));
    expect([...(await pick('last:30')).index]).toEqual(counted.slice(-30));
    const drawn = [...counted].sort((a, b) => hashUnit(b, 5 + 2 ** 32) - hashUnit(a, 5 + 2 ** 32)).slice(0, 10);
    const found = await pick('random:10');
    expect([...found.index]).toEqual(drawn.sort((a, b) => a - b));
    expect([...found.values]).toEqual([...found.index].flatMap((row) => [2 * row, 2 * row + 1]));
    expect(found.counted).toBe(49);
  });

  test('some are left to be measured, where these are of Q', async () => {
    expect((await pick('random:100')).index).toHaveLength(48);
    expect((await pick('random:100', 0)).index).toHaveLength(49);
    expect((await pick('last:49')).index[0]).toBe(1);
  });

  test.each(['random', 'random:0', 'some:3', 'first:x', 'last:-1'])('%s is none', (text) => {
    expect(() => parseObservation(text)).toThrow(/give first:M, last:M or random:M/);
  });
});
