/** Files of torch.save by hand: what is read of a pickle, and what is refused. */

import { describe, expect, it } from 'vitest';
import { openArray } from '../../../src/formats/open.js';
import { ptFormat } from '../../../src/formats/pt.js';
import { zipOf } from '../../support/zip.js';
import { refusalOf } from '../pt-files.js';
import { fileOf, readAll } from '../reading.js';
import {
  call,
  counted,
  dict,
  integer,
  list,
  name,
  type Opcodes,
  object,
  ptOf,
  tensor,
  text,
  tuple,
} from './crafted.js';

const namesOf = async (pickle: Opcodes): Promise<string[]> =>
  (await ptFormat.listTensors!(fileOf(ptOf(pickle)))).map((found) => found.name);
const refused = (pickle: Opcodes): Promise<string | undefined> => refusalOf(() => namesOf(pickle));
const rowsOf = async (bytes: Uint8Array, wanted?: string): Promise<number[]> =>
  readAll(await openArray(fileOf(bytes), { tensor: wanted }));

const K = tensor();

describe('names are paths', () => {
  it.each<[string, Opcodes, readonly string[]]>([
    ['a tensor alone', K, ['tensor']],
    ['a tensor of which nothing is reversed', tensor({ metadata: dict(text('neg'), '\x89') }), ['tensor']],
    ['a list', list(K, 'N', K), ['0', '2']],
    ['a tuple', tuple(K, K), ['0', '1']],
    ['a dictionary', dict(text('k'), K, integer(7), K, '\x88', K, 'N', K), ['k', '7', 'True', 'None']],
    ['a key of two kinds', dict(integer(7), K, text('8'), K), ['7', '8']],
    ['a key that is set again', dict(text('k'), 'N', text('q'), K, text('k'), K), ['k', 'q']],
    ['equal keys of two types', dict(integer(1), 'N', '\x88', K), ['1']],
    ['keys with dots', dict(text('a.b'), dict(text('c'), K)), ['a.b.c']],
    ['an empty key', dict(text(''), K, text('x'), dict(text(''), K)), ['', 'x.']],
    ['keys of JavaScript', dict(text('__proto__'), K, text('constructor'), K), ['__proto__', 'constructor']],
    ['an object', object('my.Cache', text('keys'), list(K, K), text('n'), integer(3)), ['keys.0', 'keys.1']],
    ['an object of slots', `${name('my.Cache')})\x81N${dict(text('k'), K)}\x86b`, ['k']],
    ['an object of both', `${name('my.Cache')})\x81${dict(text('a'), K)}${dict(text('b'), K)}\x86b`, ['a', 'b']],
    ['an object with another state', `${name('my.Cache')})\x81${tuple(K, K, K)}b`, ['0', '1', '2']],
    ['a named tuple', `${name('my.KV')}${tuple(K, K)}\x81`, ['0', '1']],
    ['a named tuple with a label', `${name('my.KV')}${tuple(text('layer 0'), K)}\x81`, ['1']],
    ['a list of a class of its own', `${name('my.List')})\x81(${K}${K}e`, ['0', '1']],
    [
      'a dictionary of a class of its own',
      `${name('my.Dict')})\x81(${text('k')}${K}u${dict(text('extra'), K)}b`,
      ['k', 'extra'],
    ],
    ['a parameter', call('torch._utils._rebuild_parameter', K, '\x88', call('collections.OrderedDict')), ['tensor']],
    ['names as values', dict(text('t'), name('torch.float16'), text('c'), name('os.system'), text('k'), K), ['k']],
    ['a device', dict(text('d'), call('torch.device', text('cuda'), integer(0)), text('k'), K), ['k']],
    [
      'builtin containers',
      dict(text('s'), call('builtins.set', list(integer(1))), text('l'), call('__builtin__.tuple', list(K))),
      ['l.0'],
    ],
    ['a set of marks', dict(text('s'), `\x8f(${integer(1)}\x90`, text('f'), '(K\x01\x91', text('k'), K), ['k']],
    [
      'integers of any size',
      dict(text('n'), `\x8a\x0b${'\x01'.repeat(11)}`, text('m'), 'L-12L\n', text('b'), 'I01\n', text('k'), K),
      ['k'],
    ],
  ])('%s', async (_, pickle, names) => {
    expect(await namesOf(pickle)).toEqual(names);
  });
});

describe('what is refused', () => {
  it.each<[string, Opcodes, RegExp]>([
    ['a call', dict(text('k'), K, text('x'), call('os.system', text('true'))), /calls os\.system, and nothing/],
    ['a call that is dropped', `${call('os.system', text('true'))}0${K}`, /calls os\.system/],
    [
      'a call of a dotted name',
      `${text('torch.serialization')}${text('os.system')}\x93${tuple(text('true'))}R`,
      /calls torch\.serialization\.os\.system/,
    ],
    ['a call of what a call gave', `${call('torch.device', text('cpu'))})R`, /a call of something that is no name/],
    ['a call of an object', `${object('my.Cache')})R`, /a call of something that is no name/],
    ['a name of torch', call('torch._utils._rebuild_sparse_tensor', K), /calls torch\._utils\._rebuild_sparse_tensor/],
    [
      'an object with arguments',
      dict(text('k'), K, text('x'), `${name('subprocess.Popen')}${tuple(text('true'))}\x81`),
      /makes an object of subprocess\.Popen/,
    ],
    [
      'an object with a list of arguments',
      `${name('subprocess.Popen')}${tuple(list(text('true')))}\x81`,
      /makes an object of subprocess\.Popen/,
    ],
    ['an object with named arguments', `${name('my.Cache')}${tuple()}${dict(text('shell'), '\x88')}\x92`, /NEWOBJ_EX/],
    ['a message on several lines', call('os.\\nsystem\u2028', text('true')), /calls os\./],
    [
      'a tensor with its signs reversed, as the imaginary part of a conjugate',
      dict(text('k'), tensor({ metadata: dict(text('neg'), '\x88') })),
      /numbers are not as they are stored \(neg\).*; save it as it is with Python: .*resolve_neg/,
    ],
    ['metadata that are none', tensor({ metadata: text('neg') }), /metadata of a tensor that are none/],
    ['attributes of a tensor', `${K}${dict(text('a'), 'N')}b`, /attributes of something that is no object or dict/],
    ['items of a tuple', `${tuple()}Na`, /items of something that is no list or object/],
    ['a tensor under a key without text', dict(tuple(integer(1)), K), /under a key that is no text and no number/],
    ['a set as a key', dict('\x8f', K), /a set as a key/],
    ['an odd number of entries', `}(${text('k')}u`, /a key without a value/],
    ['a reference that is no storage', `${text('storage')}Q`, /a reference to something that is no storage/],
    [
      'a size that is a fraction',
      K.replace(`\x8a\x08\x02${'\0'.repeat(7)}`, `G${'\x40'}${'\0'.repeat(7)}`),
      /a size that is no whole number/,
    ],
    ['an integer of many bytes', `\x8b\x01\x04\0\0${'\x01'.repeat(1025)}`, /an integer of 1025 bytes/],
    ['a name that does not end', `c${'a'.repeat(5000)}`, /a line that does not end/],
    ['an offset past 2^53', dict(text('k'), tensor({ offset: Number.MAX_SAFE_INTEGER })), /its strides reach element/],
    [
      'sizes whose product is past 2^53',
      tensor({ shape: [2 ** 40, 2 ** 40], stride: [0, 0] }),
      /more than anybody repeats/,
    ],
    [
      'strides whose sum is past 2^53',
      tensor({ shape: [2, 2], stride: [2 ** 52, 2 ** 52] }),
      /its strides reach element/,
    ],
    ['a storage longer than its record', tensor({ length: 7 }), /its storage of 7 elements is in a record of 24 bytes/],
    [
      'windows over one another without end',
      tensor({ shape: [2 ** 20, 2 ** 20], stride: [0, 1], length: 6 }),
      /strides reach/,
    ],
  ])('%s', async (_, pickle, message) => {
    expect(await refused(pickle)).toMatch(message);
  });

  it.each(['N', ']\x94', '(', text('abc')])('more of %j than there is room for', async (part) => {
    expect(await refused(part.repeat(2 ** 23 / part.length))).toMatch(/more values than there is room for; /);
  });

  it.each<[string, Opcodes, RegExp]>([
    [
      'a long list that is copied again and again',
      `(${`](${'N'.repeat(2 ** 17)}eq\x01`}${`${name('builtins.tuple')}h\x01\x85R`.repeat(2 ** 16)}t`,
      /more values than there is room for/,
    ],
    [
      'long arguments of an object, again and again',
      `((${'N'.repeat(2 ** 17)}tq\x01${`${name('my.Cache')}h\x01\x81`.repeat(2 ** 16)}t`,
      /more values than there is room for/,
    ],
    [
      'a size of many axes',
      call(
        'torch._utils._rebuild_tensor',
        `${tuple(text('storage'), name('torch.FloatStorage'), text('0'), text('cpu'), 'K\x06')}Q`,
        'K\0',
        tuple(...Array.from({ length: 65 }, () => 'K\x01')),
        tuple(),
      ),
      /a tensor of 65 axes/,
    ],
    [
      'a long key at every level',
      `${text('x'.repeat(2 ** 20))}q\x010${'}h\x01'.repeat(50)}${K}${'s'.repeat(50)}`,
      /names of tensors that are too long/,
    ],
    [
      'one key set again and again, in a dictionary that is met again and again',
      `}q\x01(${'NN'.repeat(2 ** 17)}u0](${'h\x01'.repeat(2 ** 14)}e`,
      /more than \d+ paths/,
    ],
    ['a storage with a long key', tensor({ key: '0'.repeat(65) }), /a storage called by 65 characters/],
    [
      'a tensor in more places than are listed',
      `${K}q\x010](${'h\x01'.repeat(2 ** 17)}e`,
      /more than 65536 paths to tensors/,
    ],
  ])('%s', async (_, pickle, message) => {
    expect(await refused(pickle)).toMatch(message);
  });

  it('containers that are too deep, whatever they are', async () => {
    for (const [open, close] of [
      [']', 'a'],
      ['}N', 's'],
      ['', '\x85'],
      [`${name('a.b')})\x81`, 'b'],
    ] as const) {
      expect(await refused(`${open.repeat(50_000)}N${close.repeat(50_000)}`)).toMatch(/nested more than 100 deep/);
    }
  });

  it('paths without end: containers in one another many times over', async () => {
    // Ten lists, each of which holds all ten.
    const lists = Array.from({ length: 10 }, (_, i) => `]q${String.fromCharCode(i)}`).join('');
    const all = `(${Array.from({ length: 10 }, (_, i) => `h${String.fromCharCode(i)}`).join('')}e`;
    const filled = Array.from({ length: 10 }, (_, i) => `h${String.fromCharCode(i)}${all}0`).join('');
    expect(await refused(`${lists}${filled}${'0'.repeat(9)}`)).toMatch(/more than \d+ paths/);
  });
});

describe('records', () => {
  const swapped = Buffer.from(counted(6)).swap32();

  it('their byte order', async () => {
    const file = (order: string): Buffer =>
      ptOf(K, ['archive/data/0', swapped], ['archive/byteorder', Buffer.from(order)]);
    expect(await rowsOf(file('big'))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await rowsOf(file('little'))).not.toEqual([0, 1, 2, 3, 4, 5]);
    expect(await refusalOf(() => rowsOf(file('middle')))).toMatch(/its byte order is middle, neither little nor big; /);
  });

  it('in any order, and in no folder', async () => {
    const pickle = Buffer.from(`\x80\x02${K}.`, 'latin1');
    for (const folder of ['a b.c/', '']) {
      const file = zipOf([
        [`${folder}data/0`, counted(6)],
        [`${folder}data.pkl`, pickle],
      ]);
      const reader = await openArray(fileOf(file));
      expect([reader.format, await readAll(reader)]).toEqual(['pt', [0, 1, 2, 3, 4, 5]]);
    }
  });

  it('two pickles are ambiguous', async () => {
    const pickle = Buffer.from(`\x80\x02${K}.`, 'latin1');
    const file = zipOf([
      ['a/data.pkl', pickle],
      ['b/data.pkl', pickle],
      ['a/data/0', counted(6)],
    ]);
    expect(await refusalOf(() => rowsOf(file))).toMatch(/several members are called data\.pkl; /);
  });

  it('a record whose header names another is damage, as it is to zipfile', async () => {
    const file = ptOf(K);
    file.write('archive/data/1', file.indexOf('archive/data/0'));
    expect(await refusalOf(() => rowsOf(file))).toMatch(/its directory and its header have other names/);
  });

  it.each([
    ['as they are', tensor({ length: 8, shape: [2, 4], stride: [4, 1] })],
    ['a part', tensor({ length: 8, shape: [2, 1], stride: [1, 1] })],
    ['transposed', tensor({ length: 8, shape: [4, 2], stride: [1, 4] })],
  ])('a bit that changed is noticed: %s', async (_, pickle) => {
    const file = ptOf(pickle, ['archive/data/0', counted(8)]);
    expect(await rowsOf(file)).not.toHaveLength(0);
    const at = file.indexOf(Buffer.from(counted(8)));
    file[at + 29]! ^= 1;
    expect(await refusalOf(() => rowsOf(file))).toMatch(
      /tensor tensor: damaged zip archive \(its checksum is wrong\); /,
    );
  });

  it('of more than 16 MiB: the checksum of what is read from beginning to end', async () => {
    const rows = 5 * 2 ** 16;
    const whole = { length: rows * 16, shape: [rows, 16], stride: [16, 1] };
    const content = new Uint8Array(rows * 64);
    const file = ptOf(tensor(whole), ['archive/data/0', content]);
    const at = file.indexOf(content.subarray(0, 64), 200);
    const last = async (bytes: Uint8Array, skipped: number): Promise<number> => {
      const reader = await openArray(fileOf(bytes));
      if (skipped > 0) expect(await reader.skip!(skipped)).toBe(skipped);
      const into = new Float32Array(rows * 16);
      let done = skipped;
      for (let count = 1; count > 0; done += count) count = await reader.read(into, rows);
      return done;
    };
    expect(await last(file, 0)).toBe(rows);
    file[at + 1000]! ^= 1;
    expect(await refusalOf(() => last(file, 0))).toMatch(/its checksum is wrong/);
    expect(await last(file, rows - 10)).toBe(rows);
  });
});
