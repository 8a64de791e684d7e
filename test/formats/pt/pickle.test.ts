/** Any sequence of opcodes gives values or a fault, and tensors by names. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tensorsByPath } from '../../../src/formats/pt/paths.js';
import { PickleFault } from '../../../src/formats/pt/pickle/fault.js';
import { unpickle } from '../../../src/formats/pt/pickle/unpickle.js';
import { TORCH } from '../../../src/formats/pt/torch.js';
import { name, tensor, text } from './crafted.js';

const VALUES = [
  'N',
  '\x88',
  'K\x01',
  'J\xff\xff\xff\xff',
  '\x8a\x01\x80',
  'L5L\n',
  `G\x3f\xf0${'\0'.repeat(6)}`,
  'C\x01x',
  text('a'),
];
const CONTAINERS = [
  '(',
  ']',
  'l',
  'a',
  'e',
  ')',
  't',
  '\x85',
  '\x86',
  '\x87',
  '}',
  'd',
  's',
  'u',
  '\x8f',
  '\x91',
  '\x90',
];
const NAMES = [
  'my.C',
  'builtins.list',
  'builtins.set',
  'torch.Size',
  'collections.OrderedDict',
  'torch._utils._rebuild_parameter',
];
const OTHERS = ['0', '1', '2', '\x93', 'Q', 'R', '\x81', 'b', 'q\x01', 'q\x02', 'h\x01', 'h\x02', '\x94', tensor()];
const operation = fc.constantFrom(...VALUES, ...CONTAINERS, ...NAMES.map(name), ...OTHERS, tensor());

/** How values begin that the operations can take further: a stack with something of every kind. */
const BEGIN = `N${tensor()}q\x01(](}q\x02${tensor()}`;

describe('any opcodes', () => {
  it('end in names of tensors, or a fault that says where', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), fc.boolean(), (operations, begun) => {
        const pickle = Buffer.from(`\x80\x02${begun ? BEGIN : ''}${operations.join('')}.`, 'latin1');
        try {
          for (const found of tensorsByPath(unpickle(pickle, TORCH))) {
            expect(found.name).toMatch(/^(tensor|[\w.-]*)$/);
            expect(found.tensor.shape).toEqual([2, 3]);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(PickleFault);
          expect((error as PickleFault).message).not.toMatch(/undefined|NaN|\[object|\n/);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
