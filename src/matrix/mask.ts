/**
 * Masks of keys: one number a key, 0 for padding; an npy array of booleans or integers, of shape (n) or (batch, n), or text of
 * 0 and 1.
 */

import { dataError, type LevattnError } from '../errors.js';
import type { ByteReader } from './bytes.js';
import { NPY_MAGIC, readNpyHeader } from './formats/npy/header.js';
import { openNpyArray } from './formats/npy-array.js';
import { readRowMajor } from './formats/rows.js';
import { type HeadTarget, placeFor } from './heads/place.js';
import { allocate, type MatrixReader } from './row-block.js';

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

/** Which keys count. */
export interface Mask {
  /** Examples of a batch, each with a mask of its own; 1 where there is one mask for all. */
  readonly batch: number;
  /** batch x n: 1, or 0 where the key is padding. */
  readonly values: Uint8Array;
}

/**
 * Reads a mask to the end of the input.
 * @throws LevattnError where the input is neither, or breaks off
 */
export async function readMask(input: ByteReader): Promise<Mask> {
  const bytes = await openNpyArray(input);
  const head = await bytes.peek(NPY_MAGIC.length);
  return NPY_MAGIC.every((byte, i) => head[i] === byte) ? readNpyMask(bytes) : readTextMask(bytes);
}

/**
 * The mask of an example, n bytes.
 * @param target - whose keys they are, where they have heads
 * @param name - of the mask in messages
 * @throws LevattnError where it has masks of other examples
 */
export function maskFor({ batch, values }: Mask, target: HeadTarget | undefined, name: string): Uint8Array {
  const n = values.length / batch;
  const example = placeFor(target ?? ALONE, { batch, heads: 1 }, name).batch;
  return values.subarray(example * n, (example + 1) * n);
}

const ALONE: HeadTarget = { batch: 0, head: 0, of: { batch: 1, heads: 1 } };

/**
 * A reader that gives zeros for the rows of padding. Such a key has leverage score 0, is in no universal set, and adds nothing to any
 * sum of a function that has one, as f(0) = 0 for all of them.
 * @throws LevattnError on reading, where the mask is of another number of rows
 */
export function withoutPadding(reader: MatrixReader, mask: Uint8Array, name: string): MatrixReader {
  const { d, rows } = reader;
  let done = 0;
  const refuse = (n: number): LevattnError =>
    dataError(`${name}: ${mask.length} entries where ${reader.name} has ${n} rows; one for each key is expected`);
  if (rows !== undefined && rows !== mask.length) throw refuse(rows);
  return {
    ...reader,
    skip: undefined,
    async read(into, maxRows, ids) {
      const count = await reader.read(into, maxRows, ids);
      if (done + count > mask.length || (count === 0 && done < mask.length)) throw refuse(done + count);
      for (let i = 0; i < count; i++) {
        if (mask[done + i] === 0) into.fill(0, i * d, (i + 1) * d);
      }
      done += count;
      return count;
    },
  };
}

async function readNpyMask(bytes: ByteReader): Promise<Mask> {
  const { type, bigEndian, shape } = await readNpyHeader(bytes);
  const lengths = shape.filter((length) => length !== 1);
  if (type.floating || shape.length === 0 || lengths.length > 2) {
    throw dataError(
      `${bytes.name}: ${type.name} array of shape (${shape.join(', ')}), but a mask is one boolean or whole number for each key, (n) or (batch, n): np.save(FILE, mask.astype(bool))`,
    );
  }
  // (batch, 1, 1, n) is what models are given; (1, n) and (n, 1) are one mask.
  const n = lengths.reduce((all, length) => all * length, 1);
  const readRows = readRowMajor(bytes, type, 1, bigEndian);
  const part = allocate(type.dtype, PART);
  const mask = new Growing();
  for (let done = 0; done < n; ) {
    const count = await readRows(part, Math.min(PART, n - done));
    if (count === 0) throw bytes.breaksOff(`data ends at element ${done} of ${n}`);
    for (let i = 0; i < count; i++) mask.push(part[i] === 0 ? 0 : 1);
    done += count;
  }
  return { batch: lengths.length === 2 ? lengths[0]! : 1, values: mask.whole };
}

const ZERO = 0x30;
const ONE = 0x31;
const LINE = 0x0a;
/** Comma, semicolon, space, tab, carriage return, line feed. */
const SEPARATORS = new Set([0x2c, 0x3b, 0x20, 0x09, 0x0d, LINE]);

async function readTextMask(bytes: ByteReader): Promise<Mask> {
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
  return { batch: 1, values: mask.whole };
}
