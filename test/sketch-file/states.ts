/** States to write: one of everything, and random ones. */

import fc from 'fast-check';
import type { State } from '../../src/sketch/state.js';
import type { SketchContent } from '../../src/sketch-file/content.js';

/** Doubles that are easily lost on the way through text. */
const HARD_NUMBERS = [
  -0,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
  Number.MIN_VALUE,
  Number.MAX_VALUE,
  0.1 + 0.2,
  1 / 3,
  2 ** 53 + 2,
  -1e21,
  2.2250738585072014e-308,
];

/** A NaN with bits of its own. */
const oddNaN = new Float64Array(new BigUint64Array([0x7ff8_0000_dead_beefn]).buffer)[0]!;

/** A sketch of everything that a state may consist of, in a few kilobytes. */
export const everything: SketchContent = {
  header: {
    f: 'power:4',
    n: 12,
    eps: 0.1,
    limit: Number.POSITIVE_INFINITY,
    coverage: [[0, 12]],
    note: 'Ω "quoted"\n\0',
  },
  state: {
    n: 12,
    least: -0,
    most: Number.POSITIVE_INFINITY,
    none: Number.NaN,
    stable: true,
    word: 'null',
    left: undefined,
    accumulator: {
      gram: Float64Array.of(...HARD_NUMBERS, oddNaN),
      exponents: Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 7),
    },
    keys: Float32Array.of(1.5, Number.NEGATIVE_INFINITY, -0),
    lewis: { p: 4, filters: [{ factor: Float64Array.of(1) }, { factor: new Float64Array(0), sum: 3 }, {}] },
    nothing: [],
    empty: {},
  },
};

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => !text.includes('.'));
const array = fc.oneof(
  fc.float64Array({ maxLength: 20 }),
  fc.float32Array({ maxLength: 20 }),
  fc.int32Array({ maxLength: 20 }),
);

const plain = { noNullPrototype: true };

/** Random states. */
export const someContent = fc.record(
  {
    header: fc.dictionary(name, fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.array(fc.double())), plain),
    state: fc.letrec((tie) => ({
      part: fc.dictionary(name, tie('value'), { maxKeys: 6, ...plain }),
      value: fc.oneof(
        { depthSize: 'small' },
        fc.oneof(fc.double(), fc.string(), fc.boolean(), array),
        tie('part'),
        fc.array(tie('part'), { maxLength: 3 }),
      ),
    })).part as fc.Arbitrary<State>,
  },
  plain,
);

/** A file in one piece. */
export const joined = (chunks: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(chunks));

/** The entry of a file's metadata that says its format. */
export const formatEntry = (format: string): Buffer =>
  Buffer.from(`\x01\0\0\0${format}\0\0\0\x0e\0\0\0levattn.format\0`, 'latin1');

/** Has a file say that it is of another format, and leaves its checksum to be made anew. */
export function changeFormat(chunks: readonly Uint8Array[], from: string, to: string): void {
  for (const chunk of [chunks[0]!, chunks.at(-1)!]) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    formatEntry(to).copy(bytes, bytes.indexOf(formatEntry(from)));
    const digits = bytes.indexOf('sha256:') + 'sha256:'.length;
    bytes.fill('0', digits, digits + 64);
  }
}
