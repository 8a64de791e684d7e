/**
 * Bytes in order: what every format reader reads from.
 *
 * A {@link ByteSource} is the thin adapter to a file, a pipe or memory; {@link ByteReader} adds look-ahead and exact
 * reads on top. Large reads go straight from the source into the caller's array, without a copy.
 */

import { dataError, type LevattnError, retryError } from '../../errors.js';
import type { LastingFile, RowOrigins } from '../../rows/file-rows.js';
import type { BasicIndex } from '../../rows/index/basic-index.js';
import type { LateReads } from '../../rows/late-reads.js';
import { noTensors } from './naming.js';

/** A place in a file that is open. */
export interface FilePlace {
  readonly descriptor: number;
  /** In bytes. */
  readonly position: number;
}

/** A supply of bytes: a file, a pipe, memory. */
export interface ByteSource {
  /** The path as the user gave it, or `stdin`. */
  readonly name: string;
  /** The path of the file, where it was opened by one: what a file refers to lies beside it. */
  readonly path?: string | undefined;
  /** Tells the file from all others, whatever it is called; only where it is one. */
  readonly identity?: string | undefined;
  /** How the input is compressed whose content these bytes are. */
  readonly compression?: 'gzip' | 'zstd' | undefined;
  /** Bytes from the beginning of this source to its end, where known. */
  readonly size: number | undefined;
  /** Whether the bytes come from a pipe or the like: data that breaks off there may be whole on another try. */
  readonly streaming: boolean;
  /** Whether they are a copy of what came from a pipe: what breaks off there may be whole on another try, too. */
  readonly copied?: boolean | undefined;
  /**
   * Reads the next bytes, at least one unless the source is at its end.
   * @returns how many were read; 0 at the end
   */
  read(into: Uint8Array): Promise<number>;
  /** Reads at a byte offset counted from the beginning of this source; present only where the source can seek. */
  readonly readAt?: (into: Uint8Array, offset: number) => Promise<number>;
  /** Where the bytes lie for other threads, which may read them until this is closed; present only where this is a file. */
  readonly place?: FilePlace | undefined;
  /**
   * Leaves the reading of the next bytes to others; present only where this is a file.
   * @returns false where there are fewer than `into` has room for: then they must be read at once
   */
  readonly readLater?: (into: Uint8Array, late: LateReads) => boolean;
  /** The same file for whoever reads it again after this is closed, counted as {@link place}; present only where that can be done. */
  readonly lasting?: LastingFile | undefined;
  /**
   * Passes over the next bytes without reading them; present only where the source can seek.
   * @returns how many were passed over, fewer than `length` at the end
   */
  readonly skip?: (length: number) => number;
  /** Whether it can be read after `close`, as standard input can: another matrix may follow on it. */
  readonly staysOpen?: boolean | undefined;
  /** Lets go of the source. */
  close(): Promise<void>;
}

/** Look-ahead held at most when nothing asks for more; a peek may ask for more. */
const LOOK_AHEAD = 1 << 16;

/** Reads a {@link ByteSource} in order, with look-ahead. Several matrices may follow one another on one reader. */
export class ByteReader {
  /** Bytes taken from the source and not yet consumed: buffer[from, to). */
  #buffer: Uint8Array = new Uint8Array(LOOK_AHEAD);
  #from = 0;
  #to = 0;
  #ended = false;
  #position = 0;
  /** The tensor that the input's name asks for (`naming.ts`): of what begins at the next byte. */
  tensor: string | undefined;
  /** What is taken of the array, where the name says it. */
  index: BasicIndex | undefined;

  constructor(readonly source: ByteSource) {}

  /** The source's name. */
  get name(): string {
    return this.source.name;
  }

  /** Bytes consumed so far. */
  get position(): number {
    return this.#position;
  }

  /** Bytes in all, where known. */
  get size(): number | undefined {
    return this.source.size;
  }

  /**
   * The next bytes without consuming them: `length` of them, fewer only at the end. The view is valid until the next
   * call on this reader.
   */
  async peek(length: number): Promise<Uint8Array> {
    await this.#fill(length);
    return this.#buffer.subarray(this.#from, Math.min(this.#to, this.#from + length));
  }

  /** Waits until more than `known` of the next bytes are at hand and shows all that are; no more only at the end. As {@link peek}. */
  async peekPast(known: number): Promise<Uint8Array> {
    await this.#fill(known + 1);
    return this.#buffer.subarray(this.#from, this.#to);
  }

  /**
   * Waits until at least one byte is at hand and shows whatever is, at most `length`, without consuming it; empty at
   * the end. The view is valid until the next call on this reader.
   */
  async peekSome(length: number): Promise<Uint8Array> {
    if (this.#from === this.#to) await this.#fill(1);
    return this.#buffer.subarray(this.#from, Math.min(this.#to, this.#from + length));
  }

  /** Reads at least one byte, unless at the end, and at most `into.length`. Returns how many; 0 at the end. */
  async readSome(into: Uint8Array): Promise<number> {
    if (into.length === 0) return 0;
    let count = this.#takeBuffered(into);
    if (count > 0) return count;
    if (this.#ended) return 0;
    if (into.length >= LOOK_AHEAD) {
      count = await this.source.read(into);
      if (count === 0) this.#ended = true;
      this.#position += count;
      return count;
    }
    await this.#fill(1);
    return this.#takeBuffered(into);
  }

  /**
   * Leaves it to others to fill `into` with the next bytes, where this can be done.
   * @returns how many those are: all of `into`, or none
   */
  readLater(into: Uint8Array, late: LateReads): number {
    if (this.#from !== this.#to || this.#ended || into.length < LOOK_AHEAD) return 0;
    if (!this.source.readLater?.(into, late)) return 0;
    this.#position += into.length;
    return into.length;
  }

  /**
   * Tells where bytes lie that were read, if that is a file that they can be read from again.
   * @param from - where they begin, as {@link position} counts
   */
  tellOrigin(from: number, { byteOffset, byteLength }: Uint8Array, origins: RowOrigins): void {
    const { place, lasting: file } = this.source;
    if (place && file) origins.note({ file, position: place.position + from, byteOffset, byteLength });
  }

  /** Fills `into`; returns how many bytes there were, fewer than `into.length` only at the end. */
  async readFully(into: Uint8Array): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const count = await this.readSome(into.subarray(done));
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  /** Passes over `length` bytes; returns how many there were, fewer only at the end. */
  async skip(length: number): Promise<number> {
    let left = length;
    while (left > 0) {
      const view = await this.peekSome(left);
      if (view.length === 0) break;
      this.consume(view.length);
      left -= view.length;
      if (left > LOOK_AHEAD && this.#from === this.#to) left -= this.#skipUnread(left);
    }
    return length - left;
  }

  /** Consumes bytes that a peek has shown. */
  consume(length: number): void {
    if (length > this.#to - this.#from) throw new RangeError('consume past the look-ahead');
    this.#from += length;
    this.#position += length;
  }

  /** Whether every byte has been consumed. Waits for the next byte or the end. */
  async atEnd(): Promise<boolean> {
    return (await this.peek(1)).length === 0;
  }

  /** The error for data that stops too early: worth a retry on a pipe (75), bad data in a file (65). */
  breaksOff(what: string): LevattnError {
    return this.source.streaming || this.source.copied
      ? retryError(`${this.name}: ${what}; the pipe ended early: check what writes it, then run again`)
      : dataError(`${this.name}: ${what}; the file is truncated: write it again`);
  }

  /**
   * Refuses a tensor that the input's name asks for, where it turns out to have none by name.
   * @param what - it is, such as `npy`
   * @throws LevattnError where there is one
   */
  refuseTensor(what: string): void {
    if (this.tensor !== undefined) throw noTensors(this.source.path ?? this.name, this.tensor, what);
  }

  /** Lets go of the source. */
  close(): Promise<void> {
    return this.source.close();
  }

  #skipUnread(length: number): number {
    const count = this.source.skip?.(length) ?? 0;
    this.#position += count;
    return count;
  }

  #takeBuffered(into: Uint8Array): number {
    const count = Math.min(into.length, this.#to - this.#from);
    if (count === 0) return 0;
    into.set(this.#buffer.subarray(this.#from, this.#from + count));
    this.#from += count;
    this.#position += count;
    return count;
  }

  /** Reads until `length` bytes are buffered or the source ends. */
  async #fill(length: number): Promise<void> {
    while (this.#to - this.#from < length && !this.#ended) {
      this.#makeRoom(length);
      const count = await this.source.read(this.#buffer.subarray(this.#to));
      if (count === 0) this.#ended = true;
      this.#to += count;
    }
  }

  #makeRoom(length: number): void {
    if (this.#from === this.#to) {
      this.#from = 0;
      this.#to = 0;
    }
    if (this.#from + length <= this.#buffer.length && this.#to < this.#buffer.length) return;
    const held = this.#buffer.subarray(this.#from, this.#to);
    if (length > this.#buffer.length) {
      // Doubling, never the whole of a length that a bad header may have promised: the bytes must arrive first.
      const grown = new Uint8Array(Math.max(2 * this.#buffer.length, LOOK_AHEAD));
      grown.set(held);
      this.#buffer = grown;
    } else {
      this.#buffer.copyWithin(0, this.#from, this.#to);
    }
    this.#to = held.length;
    this.#from = 0;
  }
}
