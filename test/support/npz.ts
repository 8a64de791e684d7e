/** Reads npz archives: the test suite's own reader, which shares nothing with src. */

import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

/** An array in C order, little-endian. */
export interface NpzArray {
  /** As NumPy spells it, such as `<f4`. */
  readonly descr: string;
  readonly shape: readonly number[];
  readonly bytes: Buffer;
  /** Its elements; integers beyond 2^53 rounded. */
  readonly numbers: readonly number[];
}

const END = 0x06054b50;
const ELEMENT: Readonly<Record<string, (bytes: Buffer, at: number) => number>> = {
  '|b1': (bytes, at) => bytes.readUInt8(at),
  '|u1': (bytes, at) => bytes.readUInt8(at),
  '|i1': (bytes, at) => bytes.readInt8(at),
  '<i2': (bytes, at) => bytes.readInt16LE(at),
  '<i4': (bytes, at) => bytes.readInt32LE(at),
  '<i8': (bytes, at) => Number(bytes.readBigInt64LE(at)),
  '<f2': (bytes, at) => half(bytes.readUInt16LE(at)),
  '<f4': (bytes, at) => bytes.readFloatLE(at),
  '<f8': (bytes, at) => bytes.readDoubleLE(at),
};

function half(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

function parseNpy(file: Buffer): NpzArray {
  const begin = 10 + file.readUInt16LE(8);
  const header = file.toString('latin1', 10, begin);
  const descr = /'descr': '([^']+)'/.exec(header)?.[1];
  const order = /'fortran_order': (\w+)/.exec(header)?.[1];
  const shape = /'shape': \(([^)]*)\)/.exec(header)?.[1]?.match(/\d+/g)?.map(Number) ?? [];
  const element = descr === undefined ? undefined : ELEMENT[descr];
  if (descr === undefined || !element || order !== 'False') throw new Error(`not read here: ${header}`);
  const bytes = file.subarray(begin);
  const size = Number(descr.slice(2));
  return {
    descr,
    shape,
    bytes,
    numbers: Array.from({ length: bytes.length / size }, (_, i) => element(bytes, i * size)),
  };
}

/** The arrays of a file by their names. */
export function readNpz(path: string): ReadonlyMap<string, NpzArray> {
  const file = readFileSync(path);
  let end = file.length - 22;
  while (file.readUInt32LE(end) !== END) end--;
  const arrays = new Map<string, NpzArray>();
  let at = file.readUInt32LE(end + 16);
  for (let left = file.readUInt16LE(end + 10); left > 0; left--) {
    const length = file.readUInt16LE(at + 28);
    const name = file.toString('utf8', at + 46, at + 46 + length);
    const local = file.readUInt32LE(at + 42);
    const data = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
    const content = file.subarray(data, data + file.readUInt32LE(at + 20));
    arrays.set(
      name.replace(/\.npy$/, ''),
      parseNpy(file.readUInt16LE(at + 10) === 8 ? inflateRawSync(content) : content),
    );
    at += 46 + length + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32);
  }
  return arrays;
}
