/** Files of torch.save cut anywhere, with every byte changed, and of values without end: a right answer, or one line. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ByteReader } from '../../../src/formats/bytes/reader.js';
import { openArray } from '../../../src/formats/open.js';
import { tensorsByPath } from '../../../src/formats/pt/paths.js';
import { PickleFault } from '../../../src/formats/pt/pickle/fault.js';
import { unpickle } from '../../../src/formats/pt/pickle/unpickle.js';
import { TORCH } from '../../../src/formats/pt/torch.js';
import { ptFormat } from '../../../src/formats/pt.js';
import { fixturePath } from '../../support/fixtures.js';
import { refusalOf } from '../pt-files.js';
import { fileOf, readAll } from '../reading.js';
import { dict, name, ptOf, tensor, text } from './crafted.js';

const FILES = ['same_tensor_twice', 'scalar', 'parameter'];
const bytesOf = (file: string): Uint8Array => new Uint8Array(readFileSync(fixturePath(`pt/${file}.pt`)));

/** What the tensors are that can be read as rows, in words. */
async function everything(open: () => ByteReader): Promise<string> {
  const tensors = await ptFormat.listTensors!(open());
  const found: string[] = [];
  for (const { name: called, shape } of tensors) {
    const rows = shape.length >= 2 && shape.length <= 4;
    const values = rows ? await readAll(await openArray(open(), { tensor: called }, 'pt'), 1000) : [];
    found.push(`${called} ${shape}: ${values}`);
  }
  return found.join('\n');
}

describe('damage', () => {
  it.each(FILES)('%s cut anywhere is refused', async (file) => {
    const bytes = bytesOf(file);
    for (let length = 1; length < bytes.length; length++) {
      expect(await refusalOf(() => everything(() => fileOf(bytes.subarray(0, length))))).toBeDefined();
    }
  });

  it.each(FILES)('%s with any byte changed is refused or read as it is', async (file) => {
    const bytes = bytesOf(file);
    const whole = await everything(() => fileOf(bytes));
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [0x01, 0xff]) {
        const damaged = bytes.slice();
        damaged[at]! ^= flip;
        const refused = await refusalOf(async () => expect(await everything(() => fileOf(damaged))).toBe(whole));
        expect(refused ?? '').not.toMatch(/undefined|NaN|object Object/);
      }
    }
  });
});

describe('a pickle alone, whose checksum is right', () => {
  const pickle = Buffer.from(
    `\x80\x02${dict(text('k'), tensor(), text('c'), `${name('my.Cache')})\x81${dict(text('keys'), tensor())}b`)}.`,
    'latin1',
  );
  const names = (bytes: Uint8Array): string[] | undefined => {
    try {
      return tensorsByPath(unpickle(bytes, TORCH)).map((found) => found.name);
    } catch (error) {
      if (error instanceof PickleFault) return undefined;
      throw error;
    }
  };

  it('every byte changed to every other: values, or a fault', () => {
    expect(names(pickle)).toEqual(['k', 'c.keys']);
    for (let at = 0; at < pickle.length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        const damaged = Uint8Array.from(pickle);
        damaged[at] = byte;
        names(damaged);
      }
      expect(names(pickle.subarray(0, at))).toBeUndefined();
    }
  });
});

describe('more than there is room for', () => {
  const parts = [
    'N',
    'NN0',
    '2',
    ']',
    '}',
    ')',
    '(',
    ']N',
    'N\x85',
    'NNN\x87',
    ']\x94',
    '}NNs',
    '](NNNNNNNNNe',
    '}(NNNNNNNNNNu',
  ];
  const more = [
    'ca\nb\n',
    'ca\nb\n)\x81',
    'ca\nb\n)\x81}b',
    '\x8a\x01\x01',
    'G\0\0\0\0\0\0\0\0',
    'C\x01a',
    text('abc'),
    '\x8fN',
    'L5\n',
  ];

  it.each([...parts, ...more])('of %j', async (part) => {
    const file = ptOf(`N${part.repeat(Math.floor(2 ** 24 / part.length))}`);
    expect(await refusalOf(() => ptFormat.listTensors!(fileOf(file)))).toMatch(/more values than there is room for; /);
  });
});
