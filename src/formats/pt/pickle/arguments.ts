/** The bytes of a pickle, opcode by opcode: every length is held to what is there. */

import { PickleFault } from './fault.js';

/** Text on a line of its own is a name or a number, and no longer than this. */
const MAX_LINE = 4096;
/** Bytes of an integer: 2^8192 is past all that anybody counts. */
const MAX_INTEGER_BYTES = 1024;
const NEWLINE = 0x0a;

/** Reads what follows an opcode. */
export class Arguments {
  #at = 0;
  readonly #view: DataView;
  readonly #text = new TextDecoder('utf-8', { fatal: true });

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#at;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.bytes.length - this.#at;
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** 64 bits; past 2^53 rounded, which is past all that is there. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#take(8), true));
  }

  /** Big-endian, as pickles alone have it. */
  float64(): number {
    return this.#view.getFloat64(this.#take(8), false);
  }

  /** `length` bytes, of which nothing is kept. */
  passOver(length: number): void {
    this.#take(length);
  }

  /** `length` bytes of text. */
  text(length: number): string {
    const from = this.#take(length);
    try {
      return this.#text.decode(this.bytes.subarray(from, from + length));
    } catch {
      throw new PickleFault('text that is not UTF-8');
    }
  }

  /** Text up to the end of its line. */
  line(): string {
    const end = this.bytes.subarray(this.#at, this.#at + MAX_LINE).indexOf(NEWLINE);
    if (end < 0) throw new PickleFault('a line that does not end');
    const line = this.text(end);
    this.#take(1);
    return line;
  }

  /** A two's complement of `length` bytes. */
  integer(length: number): number | bigint {
    if (length < 0) throw new PickleFault(`an integer of ${length} bytes`);
    if (length > MAX_INTEGER_BYTES && length <= this.left) {
      throw new PickleFault(`an integer of ${length} bytes, more than the ${MAX_INTEGER_BYTES} that are read`);
    }
    const from = this.#take(length);
    if (length === 0) return 0;
    const digits = Buffer.from(this.bytes.subarray(from, from + length))
      .reverse()
      .toString('hex');
    return narrowed(BigInt.asIntN(8 * length, BigInt(`0x${digits}`)));
  }

  #take(length: number): number {
    if (length > this.left) throw new PickleFault(`${length} bytes are to follow, where ${this.left} are left`);
    const from = this.#at;
    this.#at += length;
    return from;
  }
}

/** An integer as a number, where that is exact. */
export const narrowed = (integer: bigint): number | bigint =>
  integer >= Number.MIN_SAFE_INTEGER && integer <= Number.MAX_SAFE_INTEGER ? Number(integer) : integer;
