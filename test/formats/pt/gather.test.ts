/** Elements by strides, against one element at a time. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../../src/formats/bytes/reader.js';
import { memorySource } from '../../../src/formats/bytes/sources.js';
import { gatherFrom } from '../../../src/formats/pt/gather.js';
import { inOrder, joinedAxes, spanOf } from '../../../src/formats/pt/strides.js';

/** Bytes none of which tells where it is by its neighbours alone. */
function storageOf(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 7 + (i >> 8) * 13 + (i >> 16)) % 251;
  return bytes;
}

/** Every element of a tensor, in C order, by its definition. */
function oneByOne(
  storage: Uint8Array,
  begin: number,
  shape: readonly number[],
  stride: readonly number[],
  size: number,
): Uint8Array {
  const count = shape.reduce((product, length) => product * length, 1);
  const elements = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) {
    let at = 0;
    let rest = i;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]!) * stride[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    elements.set(storage.subarray(begin + at * size, begin + (at + 1) * size), i * size);
  }
  return elements;
}

const gathered = (
  storage: Uint8Array,
  begin: number,
  shape: readonly number[],
  stride: readonly number[],
  size: number,
): ByteReader =>
  new ByteReader({
    ...memorySource(storage),
    ...gatherFrom(memorySource(storage).readAt!, begin, joinedAxes(shape, stride), size),
  });

const axis = fc.record({ length: fc.integer({ min: 1, max: 7 }), stride: fc.integer({ min: 0, max: 40 }) });
const size = fc.constantFrom(1, 2, 4, 8);

describe('any shape and strides', () => {
  it('gives the elements one by one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(axis, { minLength: 1, maxLength: 5 }), size, fc.nat(5), async (axes, bytes, offset) => {
        const shape = axes.map(({ length }) => length);
        const stride = axes.map((one) => one.stride);
        const joined = joinedAxes(shape, stride);
        fc.pre(!inOrder(joined));
        const storage = storageOf((offset + spanOf(joined)) * bytes);
        const wanted = oneByOne(storage, offset * bytes, shape, stride, bytes);
        const into = new Uint8Array(wanted.length + 1);
        const reader = gathered(storage, offset * bytes, shape, stride, bytes);
        expect(await reader.readFully(into)).toBe(wanted.length);
        expect(Buffer.compare(into.subarray(0, wanted.length), wanted)).toBe(0);
      }),
    );
  });

  it('axes are joined without changing which element comes when', () => {
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 5 }), (axes) => {
        const shape = axes.map(({ length }) => length);
        const stride = axes.map((one) => one.stride);
        const joined = joinedAxes(shape, stride);
        const storage = storageOf(spanOf(joined));
        const lengths = joined.map(({ length }) => length);
        expect(
          oneByOne(
            storage,
            0,
            lengths,
            joined.map((one) => one.stride),
            1,
          ),
        ).toEqual(oneByOne(storage, 0, shape, stride, 1));
      }),
    );
  });
});

describe('more than a block of 4 MiB', () => {
  it.each<[string, readonly number[], readonly number[], number]>([
    ['transposed', [70_000, 32], [1, 70_000], 4],
    ['transposed, of 8 bytes', [40_000, 20], [1, 40_000], 8],
    ['heads side by side', [6, 4_000, 64], [64, 384, 1], 4],
    ['every tenth row', [50_000, 5], [50, 1], 2],
    ['far apart', [40, 3], [50_000, 1], 4],
    ['expanded', [300, 2_000, 2], [0, 3, 1], 4],
    ['a long column', [3_000_000], [2], 2],
  ])('%s', async (_, shape, stride, bytes) => {
    const storage = storageOf(spanOf(joinedAxes(shape, stride)) * bytes);
    const wanted = oneByOne(storage, 0, shape, stride, bytes);
    const into = new Uint8Array(wanted.length + 1);
    expect(await gathered(storage, 0, shape, stride, bytes).readFully(into)).toBe(wanted.length);
    expect(Buffer.compare(into.subarray(0, wanted.length), wanted)).toBe(0);
    // Passing over some, also of a block that is at hand.
    const reader = gathered(storage, 0, shape, stride, bytes);
    let at = 0;
    for (const [skipped, length] of [
      [0, 1000],
      [100_000, 999],
      [2_000_001, 70_001],
      [1, 100],
    ] as const) {
      at += await reader.skip(Math.min(skipped, wanted.length - at));
      const part = new Uint8Array(Math.min(length, wanted.length - at));
      await reader.readFully(part);
      expect(Buffer.compare(part, wanted.subarray(at, at + part.length))).toBe(0);
      at += part.length;
    }
  });

  it('reads little more than the elements', async () => {
    const storage = storageOf(40_000_000);
    let bytes = 0;
    let reads = 0;
    const { readAt } = memorySource(storage);
    const source = gatherFrom(
      (into, at) => {
        bytes += into.length;
        reads++;
        return readAt!(into, at);
      },
      0,
      // A head of 64 among those of 100,000 numbers a token.
      joinedAxes([400, 64], [100_000, 1]),
      1,
    );
    const into = new Uint8Array(400 * 64);
    let done = 0;
    for (let count = 1; count > 0; done += count) count = await source.read(into);
    expect(done).toBe(400 * 64);
    expect(bytes).toBe(400 * 64);
    expect(reads).toBe(400);
  });
});
