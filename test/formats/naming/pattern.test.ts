/** Names with placeholders, and names by pattern. */

import { describe, expect, test } from 'vitest';
import { namesByPattern } from '../../../src/formats/naming/by-pattern.js';
import { hasPlaceholders, matchesOf } from '../../../src/formats/naming/pattern.js';

describe('which names match', () => {
  test.each([
    [
      'layers.{layer}.k',
      ['layers.0.k', 'layers.10.k', 'layers.2.kk', 'xlayers.1.k', 'layers..k', 'layers.-1.k'],
      [0, 10],
    ],
    ['k{layer}0', ['k0', 'k10', 'k100', 'k00'], [1, 10, 0]],
    ['l{layer}_l{layer}', ['l1_l1', 'l1_l2', 'l03_l3'], [1, 3]],
    ['k{layer}.npy', ['k007.npy', 'k1234567890123456.npy'], [7]],
    ['a.b[{layer}]+', ['a.b[3]+', 'aXb[3]+'], [3]],
    ['{layer}', ['12', 'x', ''], [12]],
  ])('%s', (pattern, names, layers) => {
    expect(matchesOf(pattern, names).map(({ place }) => place.layer)).toEqual(layers);
  });

  test('what is known of a place already', () => {
    const names = ['0.k', '1.k', '12.k'];
    expect(matchesOf('{layer}.k', names, { layer: 1 })).toEqual([{ name: '1.k', place: { layer: 1 } }]);
    expect(matchesOf('{head}.k', names, { layer: 1 })[2]).toEqual({ name: '12.k', place: { layer: 1, head: 12 } });
  });

  test('several places', () => {
    expect(matchesOf('b{batch}/{layer}-h{head}', ['b1/2-h3'])).toEqual([
      { name: 'b1/2-h3', place: { batch: 1, layer: 2, head: 3 } },
    ]);
  });

  test('two places of one name are an error', () => {
    expect(() => matchesOf('{layer}1{head}', ['111'])).not.toThrow();
    expect(() => matchesOf('{layer}1{head}', ['2111'])).toThrow(
      '{layer}1{head}: 2111 may be layer 2, head 11, or layer 21, head 1; put something other than digits between the placeholders',
    );
    expect(() => matchesOf('a{layer}{head}', [])).toThrow(
      'a{layer}{head}: {layer} and {head} follow one another, and nothing tells their numbers apart',
    );
  });

  test('other braces are text', () => {
    expect(['{layers}', '{}', '{Layer}', '{ layer }', 'k{0}'].some(hasPlaceholders)).toBe(false);
    expect(matchesOf('{x}{layer}', ['{x}4']).map(({ place }) => place)).toEqual([{ layer: 4 }]);
  });
});

describe('names by pattern', () => {
  const patterns = (names: readonly string[]) =>
    namesByPattern(names.map((name) => ({ name }))).map(({ pattern, members }) => [pattern, members.length]);

  test.each<[string, string[], [string, number][]]>([
    ['one name stays', ['layers.0.k'], [['layers.0.k', 1]]],
    [
      'layers',
      ['l.0.k', 'l.0.q', 'l.1.k', 'l.1.q', 'l.10.k'],
      [
        ['l.{layer}.k', 3],
        ['l.{layer}.q', 2],
      ],
    ],
    ['a number that is the same in all', ['m2.0.k', 'm2.1.k'], [['m2.{layer}.k', 2]]],
    ['numbers that go together', ['0.st::l0.k', '1.st::l1.k'], [['{layer}.st::l{layer}.k', 2]]],
    ['words say what is counted', ['head1-batch0', 'head0-batch1'], [['head{head}-batch{batch}', 2]]],
    [
      'letters that stand alone do, too',
      [0, 1].flatMap((l) => [0, 1].flatMap((b) => [0, 1].map((h) => `L${l}.b${b}.h${h}.k`))),
      [['L{layer}.b{batch}.h{head}.k', 8]],
    ],
    [
      'letters of other words do not',
      ['b0.th0', 'b0.th1', 'b1.th0', 'b1.th1'].map((name) => `${name}.k`),
      [['b{batch}.th{layer}.k', 4]],
    ],
    [
      'pairs behind layers are no heads',
      ['0.0', '0.1', '1.0', '1.1'],
      [
        ['{layer}.0', 2],
        ['{layer}.1', 2],
      ],
    ],
    ['three behind layers are', [0, 1].flatMap((l) => [0, 1, 2].map((h) => `k_${l}_${h}`)), [['k_{layer}_{head}', 6]]],
  ])('%s', (_, names, expected) => {
    expect(patterns(names)).toEqual(expected);
  });

  test('only of one key', () => {
    const items = [
      { name: 'k.0', type: 'F16' },
      { name: 'k.1', type: 'F32' },
      { name: 'k.2', type: 'F16' },
    ];
    expect(namesByPattern(items, ({ type }) => type).map(({ pattern }) => pattern)).toEqual(['k.{layer}', 'k.1']);
  });

  test('a pattern matches its members', () => {
    const names = [0, 1, 12].flatMap((l) => [0, 7, 9].map((h) => `layer${l}/head_${h}.k`));
    const [{ pattern, members }] = namesByPattern(names.map((name) => ({ name }))) as [never] as [
      { pattern: string; members: { name: string }[] },
    ];
    expect(matchesOf(pattern, names).map(({ name }) => name)).toEqual(members.map(({ name }) => name));
  });
});
