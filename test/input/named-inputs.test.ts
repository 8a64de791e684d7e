/** What names with placeholders stand for, in files and tensors, and which may be K, Q and V by their names. */

import { describe, expect, test } from 'vitest';
import { parseInputName } from '../../src/formats/bytes/naming.js';
import { ELEMENTS } from '../../src/formats/elements.js';
import { type NamedTensor, tensorPatterns } from '../../src/formats/tensors.js';
import { commandFor, guessRoles } from '../../src/input/guess-roles.js';
import { isPattern, matchName } from '../../src/input/named-inputs.js';
import { matchAt } from '../../src/input/sources.js';
import { float32Array, npyOf, npzFrom } from '../support/containers.js';
import { temporaryFolder } from '../support/files.js';

const folder = temporaryFolder();
const array = float32Array({ rows: 2, d: 1, values: Float64Array.of(1, 2) });
for (const layer of [0, 2, 10]) {
  folder.write(`k${layer}.npy`, npyOf(array));
  folder.write(
    `l${layer}.npz`,
    npzFrom({ [`l${layer}.h0`]: array, [`l${layer}.h1`]: array, 'x[3]': array, mask: array }),
  );
}
folder.write('odd{layer}::k.npy', npyOf(array));
const at = (name: string): string => folder.at(name);
const placesOf = async (name: string) => (await matchName(at(name))).map(({ place }) => Object.values(place).join());
const namesOf = async (name: string) =>
  (await matchName(at(name))).map((match) => match.name.slice(folder.path.length + 1));

describe('names', () => {
  test('files, in the order of their numbers', async () => {
    expect(await namesOf('k{layer}.npy')).toEqual(['k0.npy', 'k2.npy', 'k10.npy']);
    expect(await namesOf('k{layer}.npy::[0]')).toEqual(['k0.npy::[0]', 'k2.npy::[0]', 'k10.npy::[0]']);
  });

  test('tensors, within files of the same number or of any', async () => {
    expect(await namesOf('l{layer}.npz::l{layer}.h{head}')).toHaveLength(6);
    expect(await placesOf('l{layer}.npz::l{layer}.h1')).toEqual(['0', '2', '10']);
    expect(await placesOf('l2.npz::l{layer}.h{head}')).toEqual(['2,0', '2,1']);
    expect(await namesOf('l{layer}.npz::mask')).toEqual(['l0.npz::mask', 'l2.npz::mask', 'l10.npz::mask']);
  });

  test('a tensor whose name ends as an index does', async () => {
    const [first] = await matchName(at('l2.npz::x[{layer}]'));
    expect(first).toEqual({ name: at('l2.npz::x[3][...]'), place: { layer: 3 } });
    expect(parseInputName(first!.name)).toMatchObject({ tensor: 'x[3]', index: { text: '[...]' } });
  });

  test('a path that exists is no pattern', () => {
    expect(isPattern(at('odd{layer}::k.npy'))).toBe(false);
    expect(isPattern(at('odd{layer}::q.npy'))).toBe(true);
    expect(isPattern(at('k0.npy'))).toBe(false);
  });

  test.each([
    ['n{layer}.npy', /no file matches; in .* there are k\{layer\}\.npy \(3\), l\{layer\}\.npz \(3\), odd/],
    ['none/k{layer}.npy', /none\/k\{layer\}\.npy: no file matches, as there is no folder .*none; check the path/],
    ['l{layer}.npz::q{head}', /no tensor matches q\{head\}; there are l0\.h\{head\}: 2 x float32 \(2, 1\), /],
    ['k{layer}.npy::k{head}', /k0\.npy: is npy, which has no tensors by name/],
    ['k{layer}.npy/x', /no such file; one of the files that it matches is .*k0\.npy\/x/],
  ])('%s', async (name, message) => {
    await expect(matchName(at(name))).rejects.toThrow(message);
  });
});

test('which match queries need', () => {
  const matches = [0, 1].flatMap((head) =>
    [3, 5].map((layer) => ({ name: `${layer}-${head}`, place: { layer, head } })),
  );
  const target = { layer: 5, batch: 0, head: 2, of: { batch: 1, heads: 4 } };
  expect(matchAt(matches, target, 'K').name).toBe('5-1');
  expect(matchAt(matches, { ...target, head: 1 }, 'K').name).toBe('5-0');
  expect(() => matchAt(matches, { ...target, layer: 4 }, 'K')).toThrow(
    'K: lacks layer 4, which the queries have; it has 3, 5',
  );
  expect(() => matchAt(matches.slice(2), { ...target, head: 1 }, 'K')).toThrow(/K: lacks head 0, which head 1 of 4/);
});

describe('which may be K, Q and V', () => {
  const tensor = (name: string, element = ELEMENTS.float16, shape = [8, 4, 2]): NamedTensor => ({
    name,
    shape,
    typeName: element.name,
    element,
  });
  const guess = (...names: string[]) => guessRoles(tensorPatterns(names.map((name) => tensor(name))));

  test.each<[string[], object | undefined]>([
    [['k', 'q', 'v'], { K: 'k', Q: 'q', V: 'v' }],
    [
      ['key_cache.0', 'key_cache.1', 'value_cache.0', 'value_cache.1'],
      { K: 'key_cache.{layer}', V: 'value_cache.{layer}' },
    ],
    [['layers.0.keys', 'layers.0.values', 'layers.1.keys'], { K: 'layers.{layer}.keys', V: 'layers.0.values' }],
    [['blocks.0.attn.hook_k', 'blocks.0.attn.hook_q'], { K: 'blocks.0.attn.hook_k', Q: 'blocks.0.attn.hook_q' }],
    [['m.k_proj', 'm.q_proj', 'm.k_proj.weight', 'm.q_proj.bias'], { K: 'm.k_proj', Q: 'm.q_proj' }],
    [['queryStates', 'keyStates'], { K: 'keyStates', Q: 'queryStates' }],
    [['model.k_proj.weight', 'kv', 'monkey', 'q'], undefined],
  ])('%j', (names, expected) => {
    expect(guess(...names)).toEqual(expected);
  });

  test('a mask, and the command', () => {
    const patterns = tensorPatterns([tensor('k'), tensor('q'), tensor('attention_mask', ELEMENTS.int64, [2, 9])]);
    const roles = guessRoles(patterns)!;
    expect(roles.mask).toBe('attention_mask');
    expect(commandFor(roles, patterns, (name) => `F::${name}`)).toEqual([
      'levattn',
      'coverage',
      'F::q',
      '--keys',
      'F::k',
      '--mask',
      'F::attention_mask',
      '--f',
      'softmax',
    ]);
    expect(commandFor({ K: 'k', Q: 'q', V: 'v' }, [], (name) => name).slice(2)).toEqual([
      'q',
      '--keys',
      'k',
      '--values',
      'v',
    ]);
    expect(commandFor({ K: 'k' }, [], (name) => name)).toEqual(['levattn', 'select-keys', 'k', '-o', 'U.arrow']);
  });

  test.each<[string, NamedTensor[], boolean]>([
    ['a matrix', [tensor('k', ELEMENTS.float16, [4, 2]), tensor('q', ELEMENTS.float16, [9, 2])], false],
    ['an array of heads', [tensor('k'), tensor('q')], true],
    [
      'matrices of two layers',
      ['k.0', 'k.1', 'q.0', 'q.1'].map((name) => tensor(name, ELEMENTS.float16, [4, 2])),
      true,
    ],
  ])('%s: softmax is asked for of heads alone', (_, tensors, ofHeads) => {
    const patterns = tensorPatterns(tensors);
    const command = commandFor(guessRoles(patterns)!, patterns, (name) => name);
    expect(command.slice(-2).join(' ') === '--f softmax').toBe(ofHeads);
  });
});
