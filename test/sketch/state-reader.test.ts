/** What a state holds is handed out as it is, or refused by its path. */

import { describe, expect, test } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import type { State } from '../../src/sketch/state.js';
import { StateReader } from '../../src/sketch/state-reader.js';

const state: State = {
  n: 12,
  limit: Number.POSITIVE_INFINITY,
  zero: -0,
  share: 0.5,
  negative: -1,
  huge: 2 ** 53,
  stable: false,
  f: 'power:2',
  absent: undefined,
  gram: Float64Array.of(1, 2, 3, 4),
  keys: Float32Array.of(1, 2),
  exponents: Int32Array.of(-1, 0, 1),
  none: new Float64Array(0),
  lewis: { p: 4, filters: [{ factor: Float64Array.of(5) }, { factor: 'none' }] },
  empty: [],
};
const reader = new StateReader(state, 's.lev');

const messageOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(LevattnError);
    expect((error as LevattnError).kind).toBe('data');
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
};

describe('what is there', () => {
  test('numbers, words and flags', () => {
    expect(reader.number('limit')).toBe(Number.POSITIVE_INFINITY);
    expect(reader.number('zero')).toBe(-0);
    expect(reader.number('negative')).toBe(-1);
    expect(reader.whole('n')).toBe(12);
    expect(reader.boolean('stable')).toBe(false);
    expect(reader.text('f')).toBe('power:2');
  });

  test('arrays, without a copy', () => {
    expect(reader.float64('gram', 4)).toBe(state.gram);
    expect(reader.float64('none', 0)).toBe(state.none);
    expect(reader.float32('keys')).toBe(state.keys);
    expect(reader.int32('exponents', 3)).toBe(state.exponents);
  });

  test('parts', () => {
    expect(reader.part('lewis').number('p')).toBe(4);
    expect(reader.optionalPart('lewis')?.number('p')).toBe(4);
    expect(reader.optionalPart('sample')).toBeUndefined();
    expect(reader.optionalPart('absent')).toBeUndefined();
    expect(reader.part('lewis').parts('filters')[0]!.float64('factor')).toEqual(Float64Array.of(5));
    expect(reader.parts('empty')).toEqual([]);
  });

  test('has', () => {
    expect(['n', 'zero', 'stable', 'none', 'empty', 'lewis'].every((name) => reader.has(name))).toBe(true);
    expect(['absent', 'elsewhere', 'toString', '__proto__'].some((name) => reader.has(name))).toBe(false);
  });
});

describe('what is not', () => {
  const numbers = ['f', 'gram', 'lewis', 'stable', 'absent', 'toString', 'empty'];
  test.each(numbers)('%s is no number', (name) => {
    expect(messageOf(() => reader.number(name))).toContain(`s.lev: ${name} is `);
  });

  test.each(['share', 'negative', 'huge', 'limit', 'f', 'elsewhere'])('%s is no whole number', (name) => {
    expect(messageOf(() => reader.whole(name))).toContain(`s.lev: ${name} is `);
  });

  test.each(['n', 'f', 'elsewhere'])('%s is not true or false', (name) => {
    expect(messageOf(() => reader.boolean(name))).toContain(`s.lev: ${name} is `);
  });

  test.each(['n', 'gram', 'elsewhere'])('%s is no text', (name) => {
    expect(messageOf(() => reader.text(name))).toContain(`s.lev: ${name} is `);
  });

  test.each([
    ['keys', 'an array of 2 float32', () => reader.float64('keys')],
    ['gram', 'an array of 4 float64', () => reader.float32('gram')],
    ['gram', 'an array of 4 float64', () => reader.int32('gram')],
    ['gram', 'an array of 4 float64', () => reader.float64('gram', 9)],
    ['none', 'an array of 0 float64', () => reader.float64('none', 1)],
    ['exponents', 'an array of 3 int32', () => reader.int32('exponents', 2)],
    ['empty', 'a list of 0 parts', () => reader.float64('empty')],
    ['gone', 'missing', () => reader.float64('gone')],
  ])('%s is %s', (name, found, run) => {
    expect(messageOf(run)).toContain(`s.lev: ${name} is ${found}, where an array of `);
  });

  test.each(['n', 'gram', 'empty', 'absent'])('%s is no part', (name) => {
    expect(messageOf(() => reader.part(name))).toContain('where a part is expected');
  });

  test('a value that is there is no optional part missing', () => {
    expect(messageOf(() => reader.optionalPart('gram'))).toContain('where a part is expected');
  });

  test.each(['n', 'gram', 'lewis', 'absent'])('%s is no list of parts', (name) => {
    expect(messageOf(() => reader.parts(name))).toContain('where a list of parts is expected');
  });

  test('the path leads there', () => {
    const filter = reader.part('lewis').parts('filters')[1]!;
    expect(messageOf(() => filter.float64('factor'))).toMatch(/^s\.lev: lewis\.filters\.1\.factor is "none", /);
    expect(messageOf(() => filter.float64('root'))).toMatch(/^s\.lev: lewis\.filters\.1\.root is missing, /);
    expect(filter.wrong('factor', 'is too long').message).toMatch(/^s\.lev: lewis\.filters\.1\.factor is too long; /);
  });

  test('in one line, however long the value is', () => {
    const long = new StateReader({ f: 'a\n'.repeat(500) }, 's.lev');
    const message = messageOf(() => long.number('f'));
    expect(message).not.toContain('\n');
    expect(message.length).toBeLessThan(200);
  });
});
