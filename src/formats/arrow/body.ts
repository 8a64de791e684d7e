/** The body of a message: its buffers, read in order and never past its end. */

import type { LevattnError } from '../../errors.js';
import type { ByteReader } from '../bytes/reader.js';
import type { Region } from './message.js';

/** Bytes looked at a time in {@link Body.scan}; a multiple of every element's size. */
const PIECE_BYTES = 1 << 16;

/** What a body says where it is not as it must be. */
export interface BodyErrors {
  /** The bytes end before the body does. */
  cutShort(): LevattnError;
  /** The message contradicts itself. */
  damaged(reason: string): LevattnError;
}

/** A body that begins at the reader's next byte. What reads from the reader itself stays within one buffer. */
export class Body {
  /** Where the body begins in the source. */
  readonly start: number;

  constructor(
    readonly bytes: ByteReader,
    readonly length: number,
    readonly errors: BodyErrors,
  ) {
    this.start = bytes.position;
  }

  /** Moves forward to byte `within` of a buffer. */
  async enter(region: Region, within = 0): Promise<void> {
    await this.#moveTo(region.offset + within);
  }

  /** Moves to the end of the body. */
  async finish(): Promise<void> {
    await this.#moveTo(this.length);
  }

  /** Fills `into` with the next bytes. */
  async read(into: Uint8Array): Promise<void> {
    if ((await this.bytes.readFully(into)) < into.length) throw this.errors.cutShort();
  }

  /** A buffer whole, in memory that grows as its bytes arrive. */
  async take(region: Region): Promise<Uint8Array> {
    await this.enter(region);
    let bytes = new Uint8Array(Math.min(region.length, PIECE_BYTES));
    for (let filled = 0; ; ) {
      await this.read(bytes.subarray(filled));
      filled = bytes.length;
      if (filled === region.length) return bytes;
      const grown = new Uint8Array(Math.min(region.length, 2 * filled));
      grown.set(bytes);
      bytes = grown;
    }
  }

  /** Shows the next `length` bytes piece by piece, each piece beginning a multiple of 8 bytes after the first. */
  async scan(length: number, visit: (piece: Uint8Array, at: number) => void): Promise<void> {
    const staging = new Uint8Array(Math.min(length, PIECE_BYTES));
    for (let at = 0; at < length; at += staging.length) {
      const piece = staging.subarray(0, Math.min(staging.length, length - at));
      await this.read(piece);
      visit(piece, at);
    }
  }

  async #moveTo(offset: number): Promise<void> {
    const distance = this.start + offset - this.bytes.position;
    if (distance < 0) throw this.errors.damaged('its buffers overlap or are out of order');
    if ((await this.bytes.skip(distance)) < distance) throw this.errors.cutShort();
  }
}
