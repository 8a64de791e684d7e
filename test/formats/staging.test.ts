/** Staged elements come out the same by the WebAssembly kernels as by the engine's own means: every float16, every size. */

import { describe, expect, test } from 'vitest';
import { ELEMENTS, type ElementName } from '../../src/formats/elements.js';
import { createStaging as createPlainStaging } from '../../src/formats/staging.js';

// The sources have no compiled kernels beside them and so take the plain way; the built module takes the other.
const { createStaging } = await import('../../dist/formats/staging.js');

const NAMES: readonly ElementName[] = ['float16', 'int8', 'uint16', 'int32', 'float32', 'float64', 'int64', 'uint64'];

describe.each(NAMES)('%s', (name) => {
  test.each([true, false])('big-endian: %s', (bigEndian) => {
    const type = ELEMENTS[name];
    const count = 65_536;
    const values = [createPlainStaging, createStaging].map((create) => {
      const staging = create(type, count * type.size, bigEndian);
      const view = new DataView(staging.bytes.buffer, staging.bytes.byteOffset);
      for (let i = 0; i < count; i++) {
        // Every pattern of 16 bits, in each place of the element.
        for (let at = 0; at < type.size; at++) view.setUint8(i * type.size + at, (at % 2 ? i >> 8 : i) ^ (at >> 1));
      }
      const into = type.dtype === 'float32' ? new Float32Array(count) : new Float64Array(count);
      staging.convert(count, into);
      return into;
    });
    expect(values[1]).toEqual(values[0]);
  });
});
