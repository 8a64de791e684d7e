/** Files of torch.save by hand, opcode by opcode, for what torch itself does not write. */

import { type Member, zipOf } from '../../support/zip.js';

/** A value as opcodes of protocol 2 and later, a character a byte. */
export type Opcodes = string;

const word = (value: number, length: 4 | 8): string => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes.toString('latin1', 0, length);
};

export const text = (value: string): Opcodes =>
  `X${word(Buffer.byteLength(value), 4)}${Buffer.from(value).toString('latin1')}`;
/** 64 bits, signed. */
export const integer = (value: number | bigint): Opcodes => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return `\x8a\x08${bytes.toString('latin1')}`;
};
export const tuple = (...items: readonly Opcodes[]): Opcodes => `(${items.join('')}t`;
export const list = (...items: readonly Opcodes[]): Opcodes => `](${items.join('')}e`;
export const dict = (...entries: readonly Opcodes[]): Opcodes => `}(${entries.join('')}u`;
export const name = (path: string): Opcodes =>
  `c${path.slice(0, path.lastIndexOf('.'))}\n${path.slice(path.lastIndexOf('.') + 1)}\n`;
export const call = (callee: string, ...args: readonly Opcodes[]): Opcodes => `${name(callee)}${tuple(...args)}R`;
/** An object with attributes, as Python writes most of them. */
export const object = (type: string, ...attributes: readonly Opcodes[]): Opcodes =>
  `${name(type)})\x81${dict(...attributes)}b`;

/** A tensor of float32 on a storage. */
export function tensor({
  key = '0',
  length = 6,
  offset = 0,
  shape = [2, 3],
  stride = [3, 1],
  type = 'torch.FloatStorage',
  metadata,
}: {
  readonly key?: string;
  readonly length?: number;
  readonly offset?: number;
  readonly shape?: readonly (number | bigint)[];
  readonly stride?: readonly (number | bigint)[];
  readonly type?: string;
  /** What torch says of a tensor whose numbers are not as they are stored. */
  readonly metadata?: Opcodes;
} = {}): Opcodes {
  const storage = `${tuple(text('storage'), name(type), text(key), text('cpu'), integer(length))}Q`;
  const axes = [shape, stride].map((lengths) => tuple(...lengths.map(integer)));
  return call(
    'torch._utils._rebuild_tensor_v2',
    storage,
    integer(offset),
    ...axes,
    '\x89',
    call('collections.OrderedDict'),
    ...(metadata === undefined ? [] : [metadata]),
  );
}

/** Numbers 0, 1, 2, … as float32. */
export const counted = (count: number): Uint8Array =>
  new Uint8Array(Float32Array.from({ length: count }, (_, i) => i).buffer);

/** A file with this pickle, and one record of elements. */
export const ptOf = (pickle: Opcodes, ...members: readonly Member[]): Buffer =>
  zipOf([
    ['archive/data.pkl', Buffer.from(`\x80\x02${pickle}.`, 'latin1')],
    ...(members.length > 0 ? members : [['archive/data/0', counted(6)] as const]),
    ['archive/version', Buffer.from('3\n')],
  ]);
