/** Ids of candidates: what is kept, put together, saved and read back. */

import { describe, expect, test } from 'vitest';
import { type IdType, type RowId, RowIds } from '../../src/rows/row-ids.js';
import { CandidateIds } from '../../src/sketch/candidates/candidate-ids.js';
import type { State } from '../../src/sketch/state.js';
import { StateReader } from '../../src/sketch/state-reader.js';

const idsFrom = (type: IdType, ...values: RowId[]): CandidateIds => {
  const rows = new RowIds();
  for (const id of values) rows.add(type, id);
  const ids = new CandidateIds();
  ids.add(rows, Int32Array.from(values.keys()), values.length);
  return ids;
};

const readBack = (state: State, count: number): CandidateIds => {
  const ids = new CandidateIds();
  ids.restore(new StateReader(state, 'some.lev'), count);
  return ids;
};

const KINDS: readonly [IdType, RowId[]][] = [
  ['utf8', ['', 'größer', '😀', 'abc', 'a'.repeat(999), '']],
  ['int64', [-(2n ** 63n), 2n ** 63n - 1n, 0n, -1n]],
  ['uint64', [0n, 2n ** 64n - 1n, 2n ** 63n]],
];

test.each(KINDS)('%s: saved and read back', (type, values) => {
  const state = idsFrom(type, ...values).save()!;
  for (const value of Object.values(state)) expect(typeof value === 'string' || value instanceof Int32Array).toBe(true);
  expect(readBack(state, values.length).all).toEqual({ type, values });
  const { all } = readBack(idsFrom(type, values[0]!).save()!, 1);
  expect(all).toEqual({ type, values: [values[0]] });
});

test('none are saved as nothing', () => {
  expect(new CandidateIds().save()).toBeUndefined();
  expect(new CandidateIds().all).toBeUndefined();
});

test('some of a block, some of those kept, those of another, in another order', () => {
  const ids = idsFrom('utf8', 'a', 'b');
  const block = new RowIds();
  for (const id of ['c', 'd', 'e', 'f']) block.add('utf8', id);
  ids.add(block, Int32Array.of(1, 3), 4);
  expect(ids.all!.values).toEqual(['a', 'b', 'd', 'f']);
  ids.retain((i) => i !== 1);
  expect(ids.all!.values).toEqual(['a', 'd', 'f']);
  ids.merge(idsFrom('utf8', 'x', 'y'));
  ids.arrange(Uint32Array.of(4, 0, 3, 1, 2));
  expect(ids.all!.values).toEqual(['y', 'a', 'x', 'd', 'f']);
});

test('of two sketches, both have ids of one type or none', () => {
  const message = /ids of type utf8 in one sketch and of type (int64|none) in another/;
  expect(() => idsFrom('utf8', 'a').merge(idsFrom('int64', 1n))).toThrow(message);
  expect(() => idsFrom('utf8', 'a').merge(new CandidateIds())).toThrow(message);
  new CandidateIds().merge(new CandidateIds());
});

describe('states that cannot be right', () => {
  const text = idsFrom('utf8', 'abc', 'de').save() as { type: string; lengths: Int32Array; words: Int32Array };
  test.each<[string, State, RegExp]>([
    ['another type', { ...text, type: 'float64' }, /some\.lev: type is "float64"/],
    ['another number', { ...text, lengths: Int32Array.of(5) }, /some\.lev: lengths is/],
    ['too much text', { ...text, lengths: Int32Array.of(4, 5) }, /some\.lev: lengths are of more text than there is/],
    ['less than nothing', { ...text, lengths: Int32Array.of(-1, 2) }, /some\.lev: lengths are of more text/],
    ['no text', { type: 'utf8', lengths: text.lengths }, /some\.lev: words is missing/],
    ['half a number', { type: 'int64', words: Int32Array.of(1, 0, 2) }, /some\.lev: words is an array of 3 int32/],
  ])('%s', (_, state, message) => {
    expect(() => readBack(state, 2)).toThrow(message);
  });
});
