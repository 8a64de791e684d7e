/** Sketches of several places in one file: back as they were, and refused where the file contradicts itself. */

import { describe, expect, test } from 'vitest';
import { seal } from '../../src/sketch-file/checksum.js';
import { decodeSketch, encodeSketch, type SketchContent } from '../../src/sketch-file/content.js';
import { joinSketches, onlySketch, type Sketches, sketchFor, splitSketches } from '../../src/sketch-file/several.js';
import { changeFormat, formatEntry } from './states.js';

const contentAt = (n: number): SketchContent => ({
  header: { kind: 'sketch', n, f: 'power:2' },
  state: { n, gram: Float64Array.of(n, Number.POSITIVE_INFINITY, -0), filters: [{ rows: n, of: Int32Array.of(n) }] },
});
const of = { batch: 1, heads: 2 };
const several: Sketches = {
  shape: { axes: ['layer', 'head'], batch: 1, heads: 2 },
  sketches: [
    [0, 0],
    [0, 1],
    [7, 0],
  ].map(([layer, head], i) => ({ place: { layer: layer!, batch: 0, head: head! }, of, content: contentAt(i) })),
};

test('as they were', async () => {
  const bytes = Buffer.concat(await encodeSketch(joinSketches(several)));
  expect(bytes.includes(formatEntry('2'))).toBe(true);
  expect(splitSketches(await decodeSketch(bytes, 's.lev'), 's.lev')).toEqual(several);
});

test('one of a matrix is as it always was', async () => {
  const one: Sketches = {
    shape: { axes: [], batch: 1, heads: 1 },
    sketches: [{ place: { batch: 0, head: 0 }, content: contentAt(3) }],
  };
  expect(joinSketches(one)).toBe(one.sketches[0]!.content);
  expect(splitSketches(contentAt(3), 's.lev')).toEqual(one);
});

test('the one of a place', () => {
  const target = { layer: 0, batch: 0, head: 3, of: { batch: 1, heads: 4 } };
  expect(sketchFor(several, target, 's.lev').state.n).toBe(1);
  expect(() => sketchFor(several, { ...target, layer: 7 }, 's.lev')).toThrow('s.lev: no sketch of layer 7, head 1');
  expect(onlySketch(several, { layer: [{ from: 7, to: 8 }] }, 's.lev').state.n).toBe(2);
  expect(() => onlySketch(several, {}, 's.lev')).toThrow(
    's.lev: sketches of 3 heads, where one is expected; choose one with --layer 0 --head 0',
  );
});

describe('what contradicts itself', () => {
  const { header, state } = joinSketches(several);
  const places = header.places as unknown as Record<string, unknown>[];
  test.each<[string, object, object, RegExp]>([
    ['no axes', { axes: ['rows'] }, {}, /its axes are none/],
    ['no heads', { heads: 0 }, {}, /its axes are none/],
    ['a place too few', { places: places.slice(1) }, {}, /other places than sketches/],
    ['no sketches', {}, { sketches: 3 }, /other places than sketches/],
    ['a place that is none', { places: places.map((part) => ({ ...part, at: [0] })) }, {}, /place 0 is none/],
    ['a negative layer', { places: places.map((part) => ({ ...part, at: [-1, 0] })) }, {}, /place 0 is none/],
    ['no header', { places: places.map(({ at }) => ({ at })) }, {}, /place 0 has no header/],
    ['no counts', { places: places.map((part) => ({ ...part, of: [0, 1] })) }, {}, /place 0 is of no heads/],
  ])('%s', (_, otherHeader, otherState, message) => {
    const content = { header: { ...header, ...otherHeader }, state: { ...state, ...otherState } };
    expect(() => splitSketches(content, 's.lev')).toThrow(message);
  });

  test('a kind of another format, sealed', async () => {
    const chunks = await encodeSketch(joinSketches(several));
    changeFormat(chunks, '2', '1');
    seal(chunks);
    await expect(decodeSketch(Buffer.concat(chunks), 's.lev')).rejects.toThrow(/its format is not that of its kind/);
  });
});
