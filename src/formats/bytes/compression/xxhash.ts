/** The checksums of LZ4 and zstd frames, XXH32 and XXH64 with seed 0, on 32-bit arithmetic: BigInt is twenty times slower. */

const A1 = 0x9e3779b1;
const A2 = 0x85ebca77;
const A3 = 0xc2b2ae3d;
const A4 = 0x27d4eb2f;
const A5 = 0x165667b1;

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/** XXH32 of bytes, unsigned. */
export function xxh32(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { length } = bytes;
  let at = 0;
  let hash = A5;
  if (length >= 16) {
    let [a, b, c, d] = [(A1 + A2) | 0, A2 | 0, 0, -A1 | 0];
    for (; at <= length - 16; at += 16) {
      a = Math.imul(rotate(a + Math.imul(view.getInt32(at, true), A2), 13), A1);
      b = Math.imul(rotate(b + Math.imul(view.getInt32(at + 4, true), A2), 13), A1);
      c = Math.imul(rotate(c + Math.imul(view.getInt32(at + 8, true), A2), 13), A1);
      d = Math.imul(rotate(d + Math.imul(view.getInt32(at + 12, true), A2), 13), A1);
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
  }
  hash = (hash + length) | 0;
  for (; at <= length - 4; at += 4) {
    hash = Math.imul(rotate(hash + Math.imul(view.getInt32(at, true), A3), 17), A4);
  }
  for (; at < length; at++) hash = Math.imul(rotate(hash + Math.imul(bytes[at]!, A5), 11), A1);
  hash = Math.imul(hash ^ (hash >>> 15), A2);
  hash = Math.imul(hash ^ (hash >>> 13), A3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const B1 = 0x9e3779b185ebca87n;
const B2 = 0xc2b2ae3d27d4eb4fn;
const B3 = 0x165667b19e3779f9n;
const B4 = 0x85ebca77c2b2ae63n;
const B5 = 0x27d4eb2f165667c5n;

/** Bytes that the four lanes take together. */
const STRIPE = 32;

/** XXH64 of bytes that come in pieces. */
export class Xxh64 {
  /** Four lanes, low word first. */
  readonly #lanes = new Int32Array(new BigUint64Array([wrap(B1 + B2), B2, 0n, wrap(-B1)]).buffer);
  readonly #rest = new Uint8Array(STRIPE);
  #held = 0;
  #length = 0;

  /** Adds the next bytes. */
  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let from = 0;
    if (this.#held > 0) {
      from = Math.min(bytes.length, STRIPE - this.#held);
      this.#rest.set(bytes.subarray(0, from), this.#held);
      this.#held += from;
      if (this.#held < STRIPE) return;
      this.#mix(this.#rest);
    }
    const whole = from + Math.floor((bytes.length - from) / STRIPE) * STRIPE;
    this.#mix(bytes.subarray(from, whole));
    this.#rest.set(bytes.subarray(whole));
    this.#held = bytes.length - whole;
  }

  /** The low 32 bits of the hash of everything so far. */
  low32(): number {
    let hash = wrap((this.#length >= STRIPE ? this.#merge() : B5) + BigInt(this.#length));
    const view = new DataView(this.#rest.buffer);
    let at = 0;
    for (; at <= this.#held - 8; at += 8) {
      hash = wrap(rotate64(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * B1 + B4);
    }
    if (at <= this.#held - 4) {
      hash = wrap(rotate64(hash ^ wrap(BigInt(view.getUint32(at, true)) * B1), 23n) * B2 + B3);
      at += 4;
    }
    for (; at < this.#held; at++) hash = wrap(rotate64(hash ^ wrap(BigInt(this.#rest[at]!) * B5), 11n) * B1);
    hash = wrap((hash ^ (hash >> 33n)) * B2);
    hash = wrap((hash ^ (hash >> 29n)) * B3);
    return Number((hash ^ (hash >> 32n)) & 0xffff_ffffn);
  }

  /** Whole stripes, lane by lane. */
  #mix(bytes: Uint8Array): void {
    const { buffer, byteOffset, length } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    const words = new Int32Array(buffer, byteOffset, length / 4);
    for (let lane = 0; lane < 4; lane++) mixLane(this.#lanes, words, lane);
  }

  #merge(): bigint {
    const lanes = new BigUint64Array(this.#lanes.buffer);
    let hash = 0n;
    for (const [lane, bits] of [1n, 7n, 12n, 18n].entries()) hash += rotate64(lanes[lane]!, bits);
    for (const lane of lanes) hash = wrap((wrap(hash) ^ round(0n, lane)) * B1 + B4);
    return hash;
  }
}

/** lane = rotate(lane + word * B2, 31) * B1, for every fourth double word. */
function mixLane(lanes: Int32Array, words: Int32Array, lane: number): void {
  let low = lanes[2 * lane]!;
  let high = lanes[2 * lane + 1]!;
  for (let i = 2 * lane; i < words.length; i += 8) {
    const inLow = words[i]!;
    const inHigh = words[i + 1]!;
    const timesHigh = mulHigh(inLow, 0x27d4, 0xeb4f) + Math.imul(inHigh, 0x27d4eb4f) + Math.imul(inLow, 0xc2b2ae3d);
    const sumLow = (low >>> 0) + (Math.imul(inLow, 0x27d4eb4f) >>> 0);
    high = (high + timesHigh + (sumLow > 0xffff_ffff ? 1 : 0)) | 0;
    low = sumLow | 0;
    const turnedHigh = (high << 31) | (low >>> 1);
    const turnedLow = (low << 31) | (high >>> 1);
    high =
      (mulHigh(turnedLow, 0x85eb, 0xca87) + Math.imul(turnedHigh, 0x85ebca87) + Math.imul(turnedLow, 0x9e3779b1)) | 0;
    low = Math.imul(turnedLow, 0x85ebca87);
  }
  lanes[2 * lane] = low;
  lanes[2 * lane + 1] = high;
}

/** The upper 32 bits of the product of an unsigned word and b1 * 2^16 + b0. */
function mulHigh(a: number, b1: number, b0: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const cross = Math.imul(a1, b0) >>> 0;
  const middle = (Math.imul(a0, b0) >>> 16) + (Math.imul(a0, b1) >>> 0) + (cross & 0xffff);
  // Up to 2^32 + 2^17: past what shifts see.
  return Math.imul(a1, b1) + (cross >>> 16) + Math.floor(middle / 0x1_0000);
}

const wrap = (x: bigint): bigint => BigInt.asUintN(64, x);
const rotate64 = (x: bigint, bits: bigint): bigint => wrap(x << bits) | (x >> (64n - bits));
const round = (lane: bigint, word: bigint): bigint => wrap(rotate64(wrap(lane + word * B2), 31n) * B1);
