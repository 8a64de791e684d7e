/** However a sketch file is damaged, it is not read, and the message names it. */

import { describe, expect, test } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import { seal } from '../../src/sketch-file/checksum.js';
import { decodeSketch, encodeSketch } from '../../src/sketch-file/content.js';
import { everything, joined } from './states.js';

const whole = joined(await encodeSketch(everything));

/** One line that names the file, says what is wrong and what to do. */
const MESSAGE = /^shard-3\.lev: [^\n]+[;:] [^\n]+$/;

async function refuses(bytes: Uint8Array, how: string): Promise<void> {
  const error: unknown = await decodeSketch(bytes, 'shard-3.lev').catch((reason: unknown) => reason);
  const right = error instanceof LevattnError && error.kind === 'data' && MESSAGE.test(error.message);
  if (!right) throw new Error(`${how}: ${error instanceof Error ? error.message : 'it was read'}`);
}

describe('a damaged sketch is refused', () => {
  test('whichever bit is changed', async () => {
    const bytes = whole.slice();
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        bytes[at]! ^= 1 << bit;
        await refuses(bytes, `bit ${bit} of byte ${at}`);
        bytes[at] = whole[at]!;
      }
    }
    expect(bytes).toEqual(whole);
    await decodeSketch(bytes, 'shard-3.lev');
  });

  test('whichever byte becomes 0, 255, or another digit', async () => {
    const bytes = whole.slice();
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0, 255, ...Buffer.from('2a')]) {
        if (value === whole[at]) continue;
        bytes[at] = value;
        await refuses(bytes, `byte ${at} made ${value}`);
      }
      bytes[at] = whole[at]!;
    }
  });

  test('wherever it is cut off', async () => {
    for (let length = 0; length < whole.length; length++) {
      await refuses(whole.subarray(0, length), `cut off after ${length}`);
    }
  });

  test('wherever bytes are missing, or are there twice', async () => {
    for (let at = 0; at < whole.length; at += 8) {
      await refuses(joined([whole.subarray(0, at), whole.subarray(at + 8)]), `8 bytes at ${at} are missing`);
      await refuses(joined([whole.subarray(0, at + 8), whole.subarray(at)]), `8 bytes at ${at} are there twice`);
    }
  });

  test('whatever is before or after it', async () => {
    for (const more of [Uint8Array.of(0), new Uint8Array(8), Buffer.from('ARROW1'), whole.subarray(-10), whole]) {
      await refuses(joined([whole, more]), `followed by ${more.length} bytes`);
      await refuses(joined([more, whole]), `after ${more.length} bytes`);
    }
  });

  test('where both checksums are changed alike', async () => {
    const bytes = Buffer.from(whole);
    const places = [bytes.indexOf('sha256:'), bytes.lastIndexOf('sha256:')].map((at) => at + 7);
    expect(places[0]).toBeLessThan(places[1]!);
    for (const fill of ['0', 'f']) {
      for (const at of places) bytes.fill(fill, at, at + 64);
      await refuses(bytes, `checksums of ${fill}`);
    }
  });

  test('where two blocks of data have changed places', async () => {
    const bytes = Buffer.from(whole);
    const at = bytes.indexOf(Buffer.from(Float64Array.of(0.1 + 0.2, 1 / 3).buffer));
    expect(at).toBeGreaterThan(0);
    bytes.subarray(at, at + 16).swap64();
    bytes.subarray(at, at + 16).reverse();
    await refuses(bytes, 'changed places');
  });
});

test('a file that is wrong though its checksum is right is read or refused, and nothing worse', async () => {
  const chunks = await encodeSketch({
    header: { n: 2 },
    state: { n: 2, part: { gram: Float64Array.of(1, 2) }, parts: [{}] },
  });
  const file = Buffer.concat(chunks);
  const ends = [chunks[0]!.length, file.length - chunks.at(-1)!.length];
  let refused = 0;
  for (let at = 8; at < file.length - 6; at++) {
    for (const change of [1, 0x10, 0x80, 0xff]) {
      const bytes = Buffer.from(file);
      bytes[at]! ^= change;
      for (const place of [bytes.indexOf('sha256:'), bytes.lastIndexOf('sha256:')]) {
        if (place >= 0) bytes.fill('0', place + 7, Math.min(place + 71, bytes.length));
      }
      try {
        seal([bytes.subarray(0, ends[0]), bytes.subarray(ends[0], ends[1]), bytes.subarray(ends[1])]);
      } catch {
        // There is no checksum any more.
        continue;
      }
      try {
        await decodeSketch(bytes, 's.lev');
      } catch (error) {
        if (!(error instanceof LevattnError)) throw new Error(`byte ${at} changed by ${change}`, { cause: error });
        refused++;
      }
    }
  }
  expect(refused).toBeGreaterThan(1000);
});
