/** Masks of keys: one number a key, 0 for padding; an npy array of booleans or integers, or text of 0 and 1. */

import { dataError } from '../errors.js';
import type { ByteReader } from './bytes.js';
import { NPY_MAGIC, readNpyHeader } from './formats/npy/header.js';
import { readRowMajor } from './formats/rows.js';
import { allocate } from './row-block.js';

/** Elements read at a time. */
const PART = 2 ** 16;

/** Bytes that grow as they come. */
class Growing {
  #bytes = new Uint8Array(PART);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = value;
  }

  get whole(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/**
 * Reads a mask to the end of the input.
 *
 * @returns one byte a key: 1, or 0 where it is padding
 * @throws LevattnError where the input is neither, or breaks off
 */
export async function readMask(bytes: ByteReader): Promise<Uint8Array> {
  const head = await bytes.peek(NPY_MAGIC.length);
  return NPY_MAGIC.every((byte, i) => head[i] === byte) ? readNpyMask(bytes) : readTextMask(bytes);
}

async function readNpyMask(bytes: ByteReader): Promise<Uint8Array> {
  const { type, bigEndian, shape } = await readNpyHeader(bytes);
  const lengths = shape.filter((length) => length !== 1);
  if (type.floating || shape.length === 0 || lengths.length > 1) {
    throw dataError(
      `${bytes.name}: ${type.name} array of shape (${shape.join(', ')}), but a mask is one boolean or whole number for each key: np.save(FILE, mask.astype(bool))`,
    );
  }
  const n = lengths[0] ?? 1;
  const readRows = readRowMajor(bytes, type, 1, bigEndian);
  const part = allocate(type.dtype, PART);
  const mask = new Growing();
  for (let done = 0; done < n; ) {
    const count = await readRows(part, Math.min(PART, n - done));
    if (count === 0) throw bytes.breaksOff(`data ends at element ${done} of ${n}`);
    for (let i = 0; i < count; i++) mask.push(part[i] === 0 ? 0 : 1);
    done += count;
  }
  return mask.whole;
}

const ZERO = 0x30;
const ONE = 0x31;
const LINE = 0x0a;
/** Comma, semicolon, space, tab, carriage return, line feed. */
const SEPARATORS = new Set([0x2c, 0x3b, 0x20, 0x09, 0x0d, LINE]);

async function readTextMask(bytes: ByteReader): Promise<Uint8Array> {
  const mask = new Growing();
  let line = 1;
  let separated = true;
  for (;;) {
    const part = await bytes.peekSome(PART);
    if (part.length === 0) break;
    for (const byte of part) {
      if (SEPARATORS.has(byte)) {
        separated = true;
        if (byte === LINE) line++;
      } else if (separated && (byte === ZERO || byte === ONE)) {
        mask.push(byte - ZERO);
        separated = false;
      } else {
        throw dataError(
          `${bytes.name}: line ${line}: a mask is an npy array, or text of 0 and 1 with commas or line breaks`,
        );
      }
    }
    bytes.consume(part.length);
  }
  if (mask.whole.length === 0) throw dataError(`${bytes.name}: no data; a mask was expected`);
  return mask.whole;
}
