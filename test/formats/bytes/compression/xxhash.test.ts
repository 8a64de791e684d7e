import { expect, it } from 'vitest';
import { Xxh64, xxh32 } from '../../../../src/formats/bytes/compression/xxhash.js';

/** The reference definition, straight from the specification, on BigInt. */
function reference(bytes: Uint8Array): bigint {
  const [p1, p2, p3, p4, p5]: readonly [bigint, bigint, bigint, bigint, bigint] = [
    11400714785074694791n,
    14029467366897019727n,
    1609587929392839161n,
    9650029242287828579n,
    2870177450012600261n,
  ];
  const mod = (x: bigint): bigint => ((x % 2n ** 64n) + 2n ** 64n) % 2n ** 64n;
  const rotl = (x: bigint, r: number): bigint => mod(x << BigInt(r)) + (x >> BigInt(64 - r));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const round = (acc: bigint, lane: bigint): bigint => mod(rotl(mod(acc + lane * p2), 31) * p1);
  let at = 0;
  let acc = p5;
  if (bytes.length >= 32) {
    const v = [mod(p1 + p2), p2, 0n, mod(-p1)];
    for (; at + 32 <= bytes.length; at += 32)
      for (let i = 0; i < 4; i++) v[i] = round(v[i]!, view.getBigUint64(at + 8 * i, true));
    acc = mod(rotl(v[0]!, 1) + rotl(v[1]!, 7) + rotl(v[2]!, 12) + rotl(v[3]!, 18));
    for (const lane of v) acc = mod((acc ^ round(0n, lane)) * p1 + p4);
  }
  acc = mod(acc + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8) acc = mod(rotl(acc ^ round(0n, view.getBigUint64(at, true)), 27) * p1 + p4);
  if (at + 4 <= bytes.length) {
    acc = mod(rotl(acc ^ mod(BigInt(view.getUint32(at, true)) * p1), 23) * p2 + p3);
    at += 4;
  }
  for (; at < bytes.length; at++) acc = mod(rotl(acc ^ mod(BigInt(bytes[at]!) * p5), 11) * p1);
  acc = mod((acc ^ (acc >> 33n)) * p2);
  acc = mod((acc ^ (acc >> 29n)) * p3);
  return acc ^ (acc >> 32n);
}

const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * i * 31 + (i >> 3) * 7) & 0xff);
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

it('known values of XXH32 and XXH64', () => {
  // Published with the algorithm.
  expect(xxh32(ascii(''))).toBe(0x02cc5d05);
  expect(xxh32(ascii('abc'))).toBe(0x32d153ff);
  expect(xxh32(ascii('Nobody inspects the spammish repetition'))).toBe(0xe2293b2f);
  expect(reference(ascii(''))).toBe(0xef46db3751d8e999n);
  expect(reference(ascii('abc'))).toBe(0x44bc2cf5ad770999n);
});

it('XXH64 of every length, in pieces of any length, at any alignment', () => {
  for (let length = 0; length < 150; length++) {
    const bytes = bytesOf(length + 3).subarray(3);
    const expected = Number(reference(bytes) & 0xffff_ffffn);
    for (const piece of [1, 5, 32, 33, 1000]) {
      const hash = new Xxh64();
      for (let at = 0; at < length; at += piece) hash.update(bytes.subarray(at, at + piece));
      expect(hash.low32()).toBe(expected);
    }
  }
  const long = bytesOf(100_003);
  const hash = new Xxh64();
  hash.update(long);
  expect(hash.low32()).toBe(Number(reference(long) & 0xffff_ffffn));
});
