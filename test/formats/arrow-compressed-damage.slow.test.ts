/** Compressed Arrow, cut off at every byte and with every byte changed. */

import { describe, expect, it } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import { arrowFormat } from '../../src/formats/arrow.js';
import { expectedOf, formatBytes } from './format-fixtures.js';
import { failureOf, fileOf, pipeOf, readAll } from './reading.js';

const files = expectedOf(/-(lz4|zstd)\.arrows?$/);

describe('damage', () => {
  it.each(files.map(([name]) => name))('%s cut anywhere ends in an error, or between batches', async (name) => {
    const bytes = formatBytes(name);
    for (let length = 1; length < bytes.length; length++) {
      const error = await failureOf(arrowFormat, pipeOf(bytes.subarray(0, length), 100));
      if (error) expect(error.message).toMatch(/^pipe: (data ends|no known|no rows|not a valid Arrow message)/);
      // Only a stream may end where a message does.
      else expect(name).toMatch(/arrows$/);
    }
  });

  it.each(files.map(([name]) => name))('every flipped byte of %s ends in a LevattnError or in rows', async (name) => {
    const bytes = formatBytes(name);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at]! ^= at % 2 ? 0x01 : 0xff;
      try {
        const reader = await arrowFormat.open(fileOf(damaged), {});
        expect((await readAll(reader, 40)).length % reader.d).toBe(0);
      } catch (error) {
        if (!(error instanceof LevattnError)) throw error;
        expect(error.message).not.toContain('\n');
      }
    }
  });
});
