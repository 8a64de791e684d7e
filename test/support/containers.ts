/** Containers of named arrays, as safetensors and np.savez write them: made here, byte by byte, and by nothing of src. */

import { npyHeader } from './files.js';
import type { Matrix } from './fixtures.js';
import { zipOf } from './zip.js';

/** An array that goes into a container. */
export interface NamedArray {
  /** As safetensors spells it. */
  readonly dtype: 'F32' | 'I64' | 'U8' | 'BOOL' | 'BF16';
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Arrays by their names. */
export type NamedArrays = Readonly<Record<string, NamedArray>>;

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

/** A matrix as float32. */
export const float32Array = ({ rows, d, values }: Matrix): NamedArray => ({
  dtype: 'F32',
  shape: [rows, d],
  bytes: bytesOf(Float32Array.from(values)),
});

/** A list of booleans. */
export const boolArray = (values: readonly boolean[]): NamedArray => ({
  dtype: 'BOOL',
  shape: [values.length],
  bytes: Uint8Array.from(values, Number),
});

/** Whole numbers of any shape. */
export const int64Array = (values: readonly number[], shape: readonly number[] = [values.length]): NamedArray => ({
  dtype: 'I64',
  shape,
  bytes: bytesOf(BigInt64Array.from(values, BigInt)),
});

/** A safetensors file. */
export function safetensorsFrom(arrays: NamedArrays): Buffer {
  let at = 0;
  const header = Object.entries(arrays).map(([name, { dtype, shape, bytes }]) => {
    const begin = at;
    at += bytes.length;
    return [name, { dtype, shape, data_offsets: [begin, at] }];
  });
  const text = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...Object.values(arrays).map(({ bytes }) => bytes)]);
}

const DESCR = { F32: '<f4', I64: '<i8', U8: '|u1', BOOL: '|b1', BF16: '<V2' } as const;

/** An npy file. */
export const npyOf = ({ dtype, shape, bytes }: NamedArray): Buffer =>
  Buffer.concat([npyHeader(DESCR[dtype], shape), bytes]);

/** An npz file, its arrays stored as they are. */
export const npzFrom = (arrays: NamedArrays): Buffer =>
  zipOf(Object.entries(arrays).map(([name, array]) => [`${name}.npy`, npyOf(array)]));
