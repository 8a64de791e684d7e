/** The layer on every backend: its output and gradients held to the definition in float64, its choice held fixed. */

import { describe, expect, test } from 'vitest';
import type { ChosenKeys, HeadRows } from '../../src/kernels/head-rows.js';
import type { KeyChoice } from '../../src/layer/choose-keys.js';
import { headsFirst, rowsFirst } from '../../src/layer/head-rows.js';
import { LevAttention } from '../../src/layer/lev-attention.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import {
  attention,
  type Case,
  differences,
  distance,
  distanceOfSampled,
  headRowsOf,
  randomCase,
  type Shape,
} from './reference.js';

const SHAPES: readonly Shape[] = [
  { batch: 1, heads: 1, m: 1, n: 1, d: 1, width: 1 },
  { batch: 2, heads: 3, m: 5, n: 9, d: 3, width: 2 },
  { batch: 1, heads: 2, m: 33, n: 17, d: 16, width: 8 },
  { batch: 1, heads: 1, m: 66, n: 20, d: 5, width: 9 },
];

/** Numbers of size 1 in float32 arithmetic, sums over at most a hundred of them. */
const CLOSE = 2e-5;

const listsOf = ({ most, count, index }: ChosenKeys): number[][] =>
  Array.from(count, (size, head) => [...index.subarray(head * most, head * most + size)]);

const everyKey = ({ batch, heads, n }: Shape): number[][] =>
  Array.from({ length: batch * heads }, () => Array.from({ length: n }, (_, i) => i));

const filledLike = ({ values, ...rest }: HeadRows): HeadRows => ({
  ...rest,
  values: new Float32Array(values.length).fill(Number.NaN),
});

describe.each(backendNames)('%s', (name) => {
  const kernels = makeKernels(name);

  /** Forward and backward of a case. */
  const run = (shape: Shape, given: Case, choice: KeyChoice) => {
    const { queries, keys, values, output, slopes } = headRowsOf(shape, given);
    const layer = new LevAttention({ kernels });
    const chosen = listsOf(layer.forward(queries, keys, values, output, choice));
    const gradients = { queries: filledLike(queries), keys: filledLike(keys), values: filledLike(values) };
    layer.backward(slopes, gradients);
    return { chosen, output, gradients };
  };

  describe.each(SHAPES)('$batch x $heads heads, $m queries, $n keys, d = $d, width $width', (shape) => {
    const given = randomCase(shape);

    test.each<KeyChoice>([{ by: 'all' }, { by: 'leverage', k: shape.n }, { by: 'norm', k: shape.n + 3 }])(
      '%j is full attention',
      (choice) => {
        const { chosen, output } = run(shape, given, choice);
        expect(chosen).toEqual(everyKey(shape));
        expect(distance(output.values, attention(shape, given, everyKey(shape)))).toBeLessThan(CLOSE);
      },
    );

    test.each<KeyChoice>([
      { by: 'leverage', k: 1 },
      { by: 'leverage', k: 6 },
      { by: 'leverage', eps: 0.3 },
      { by: 'norm', k: 5 },
      { by: 'random', k: 8, seed: 3 },
      { by: 'all' },
    ])('%j: output and gradients are those of attention over the chosen keys', (choice) => {
      const { chosen, output, gradients } = run(shape, given, choice);
      expect(distance(output.values, attention(shape, given, chosen))).toBeLessThan(CLOSE);
      const expected = differences(shape, given, chosen);
      expect(distanceOfSampled(gradients.queries.values, expected.q)).toBeLessThan(CLOSE);
      expect(distanceOfSampled(gradients.keys.values, expected.k)).toBeLessThan(CLOSE);
      expect(distanceOfSampled(gradients.values.values, expected.v)).toBeLessThan(CLOSE);
    });
  });

  test('a head whose keys all stay below eps gives zeros, and has no gradients', () => {
    const shape = { batch: 1, heads: 1, m: 3, n: 40, d: 2, width: 2 };
    const { chosen, output, gradients } = run(shape, randomCase(shape), { by: 'leverage', eps: 1 });
    expect(chosen).toEqual([[]]);
    const zeros = (length: number) => new Float32Array(length);
    expect(output.values).toEqual(zeros(6));
    expect(gradients.queries.values).toEqual(zeros(6));
    expect(gradients.keys.values).toEqual(zeros(80));
    expect(gradients.values.values).toEqual(zeros(80));
  });

  test('logits of any size: what is far below the largest counts for nothing', () => {
    const shape = { batch: 1, heads: 1, m: 2, n: 3, d: 1, width: 1 };
    const given = {
      q: Float64Array.of(1e4, -1e4),
      k: Float64Array.of(-1, 1, 0.5),
      v: Float64Array.of(3, 5, 7),
      slopes: Float64Array.of(1, 1),
    };
    expect([...run(shape, given, { by: 'all' }).output.values]).toEqual([5, 3]);
  });

  test.each([true, false])(
    'Q, K and V as columns of one array, and their gradients (in the backend’s memory: %s)',
    (inside) => {
      const sizes = { batch: 2, heads: 3, rows: 7, d: 5 };
      const shape = { ...sizes, m: 7, n: 7, width: 5 };
      const given = randomCase(shape);
      const choice = { by: 'leverage', k: 4 } as const;
      const expected = run(shape, given, choice);
      const create = (length: number) => (inside ? kernels.allocate('float32', length) : new Float32Array(length));
      const rowLength = 3 * 15 + 2;
      const [joined, gradient] = [create(2 * 7 * rowLength), create(2 * 7 * rowLength)];
      const columns = (values: Float32Array) =>
        [0, 15, 30].map((column) => rowsFirst(values, sizes, { rowLength, column }));
      const [queries, keys, values] = columns(joined);
      const [output, slopes] = [rowsFirst(create(210), sizes), rowsFirst(create(210), sizes)];
      const copy = (from: ArrayLike<number>, to: HeadRows) => eachElement(to, (at, i) => (to.values[at] = from[i]));
      copy(given.q, queries);
      copy(given.k, keys);
      copy(given.v, values);
      copy(given.slopes, slopes);
      gradient.fill(-1);
      const layer = new LevAttention({ kernels });
      expect(listsOf(layer.forward(queries, keys, values, output, choice))).toEqual(expected.chosen);
      const [queryGradient, keyGradient, valueGradient] = columns(gradient);
      layer.backward(slopes, { queries: queryGradient, keys: keyGradient, values: valueGradient });
      const elements = (rows: HeadRows) => {
        const list: number[] = [];
        eachElement(rows, (at) => list.push(rows.values[at]));
        return list;
      };
      expect(elements(output)).toEqual([...expected.output.values]);
      expect(elements(queryGradient)).toEqual([...expected.gradients.queries.values]);
      expect(elements(keyGradient)).toEqual([...expected.gradients.keys.values]);
      expect(elements(valueGradient)).toEqual([...expected.gradients.values.values]);
      // What lies between the rows is nobody's.
      expect([...gradient].filter((_, at) => at % rowLength >= 45)).toEqual(new Array(28).fill(-1));
    },
  );
});

/** Every element's place in the array, and its number in the order [batch, heads, rows, d]. */
function eachElement({ batch, heads, rows, d, offset, strides }: HeadRows, call: (at: number, i: number) => void) {
  let number = 0;
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < d; j++) call(offset + b * strides[0] + h * strides[1] + i * strides[2] + j, number++);
      }
    }
  }
}

describe('what a caller can get wrong', () => {
  const sizes = { batch: 1, heads: 2, rows: 4, d: 3 };
  const rows = (over: Partial<typeof sizes> = {}) => headsFirst(new Float32Array(99), { ...sizes, ...over });

  test.each([
    [
      'K of another d',
      () => new LevAttention().forward(rows(), rows({ d: 4 }), rows(), rows(), { by: 'all' }),
      /^K is/,
    ],
    [
      'V of other rows',
      () => new LevAttention().forward(rows(), rows(), rows({ rows: 5 }), rows(), { by: 'all' }),
      /^V is/,
    ],
    [
      'an output of other heads',
      () => new LevAttention().forward(rows(), rows(), rows(), rows({ heads: 1 }), { by: 'all' }),
      /^the output is/,
    ],
    ['a short array', () => headsFirst(new Float32Array(23), sizes), /23 numbers where .* take 24/],
    ['no heads', () => headsFirst(new Float32Array(23), { ...sizes, heads: 0 }), /heads must be/],
    [
      'no forward pass',
      () => new LevAttention().backward(rows(), { queries: rows(), keys: rows(), values: rows() }),
      /forward pass/,
    ],
    ['a scale of 0', () => new LevAttention({ scale: 0 }), /scale must be/],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(
      expect.objectContaining({ name: 'LevattnError', kind: 'usage', message: expect.stringMatching(message) }),
    );
  });
});
