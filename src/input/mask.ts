/**
 * Masks of keys: one number per key, 0 for padding; an npy array of booleans or integers, of shape (n) or (batch, n), or text of
 * 0 and 1.
 */

import { dataError, LevattnError } from '../errors.js';
import type { ByteReader } from '../formats/bytes/reader.js';
import { RECOGNISE_BYTES } from '../formats/format.js';
import { describeNpy, NPY_MAGIC } from '../formats/npy/header.js';
import { openNpyArray } from '../formats/npy-array.js';
import { recogniseFormat } from '../formats/open.js';
import { readRowMajor } from '../formats/rows.js';
import { placeFor, type QueryHead } from '../rows/heads/head-index.js';
import { clearMasked } from '../rows/masked-rows.js';
import { allocate, type MatrixReader } from '../rows/row-block.js';

/** Elements read at a time. */
const PART = 2 ** 16;

const KINDS = 'an npy array, or text of 0 and 1 with commas or line breaks';
const MASK = 'a mask is one boolean or whole number for each key';
const AS_BOOL = 'np.save(FILE, mask.astype(bool))';
const FROM_OBJECTS = 'np.save(FILE, np.array(mask.tolist(), dtype=int) != 0)';
const OF_ADDITIVE = 'np.save(FILE, mask >= 0)';

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
  const begin = await bytes.peek(NPY_MAGIC.length);
  if (NPY_MAGIC.every((byte, i) => begin[i] === byte)) return readNpyMask(bytes);
  if (!isText(await bytes.peek(RECOGNISE_BYTES)))
    throw dataError(`${bytes.name}: is ${await kindOf(bytes)}, but a mask is ${KINDS}: ${AS_BOOL}`);
  return readTextMask(bytes);
}

/** Whether bytes may be text: none of them steers a terminal, but for what separates words. */
const isText = (head: Uint8Array): boolean => head.every((byte) => byte >= 0x20 || SEPARATORS.has(byte));

/** What an input is that is no mask, in words. */
async function kindOf(bytes: ByteReader): Promise<string> {
  try {
    return `of format ${(await recogniseFormat(bytes)).name}`;
  } catch (error) {
    if (!(error instanceof LevattnError)) throw error;
    const [, what] = /^(.+), which is not read;/.exec(error.message.slice(`${bytes.name}: `.length)) ?? [];
    return what ?? 'a binary file';
  }
}

/**
 * The mask of an example, n bytes.
 * @param target - whose keys they are, where they have heads
 * @param name - of the mask in messages
 * @throws LevattnError where it has masks of other examples
 */
export function maskFor({ batch, values }: Mask, target: QueryHead | undefined, name: string): Uint8Array {
  const n = values.length / batch;
  const example = placeFor(target ?? ALONE, { batch, heads: 1 }, name).batch;
  return values.subarray(example * n, (example + 1) * n);
}

const ALONE: QueryHead = { batch: 0, head: 0, of: { batch: 1, heads: 1 } };

/**
 * A reader that gives zeros for the rows of padding. Such a key has leverage score 0, is in no universal set, and adds nothing to any
 * sum of a function that has one, as f(0) = 0 for all of them.
 *
 * @param name - of the mask in messages
 * @param what - a row stands for, in messages
 * @throws LevattnError on reading, where the mask is of another number of rows
 */
export const withoutPadding = (
  reader: MatrixReader,
  mask: Uint8Array,
  name: string,
  what: 'key' | 'query' = 'key',
): MatrixReader => new StackedMask(mask, name, what).withoutPadding(reader, true);

/** One mask for matrices that are one, one below the other. */
export class StackedMask {
  readonly #mask: Uint8Array;
  readonly #name: string;
  readonly #what: string;
  /** Rows of all matrices that have been read. */
  #done = 0;

  /**
   * @param name - of the mask in messages
   * @param what - a row stands for, in messages
   */
  constructor(mask: Uint8Array, name: string, what: 'key' | 'query' = 'key') {
    this.#mask = mask;
    this.#name = name;
    this.#what = what;
  }

  /**
   * A reader of the next matrix that gives zeros for the rows of padding; the matrices before it must have been read.
   * @param last - whether no other follows, so that the mask ends with it
   * @throws LevattnError, also on reading, where the mask is of another number of rows
   */
  withoutPadding(reader: MatrixReader, last: boolean): MatrixReader {
    const start = this.#done;
    const mask = this.#mask.subarray(start);
    const { d, rows } = reader;
    const fits = (count: number, ended: boolean): boolean =>
      last && ended ? count === mask.length : count <= mask.length;
    if (rows !== undefined && !fits(rows, true)) throw this.#refuse(reader, start, rows);
    return {
      ...reader,
      mask,
      skip: undefined,
      read: async (into, maxRows, ids) => {
        const count = await reader.read(into, maxRows, ids);
        const done = this.#done - start;
        if (!fits(done + count, count === 0)) throw this.#refuse(reader, start, done + count);
        clearMasked(into, d, mask.subarray(done, done + count));
        this.#done += count;
        return count;
      },
    };
  }

  #refuse({ name }: MatrixReader, before: number, rows: number): LevattnError {
    const there = before === 0 ? `${name} has ${rows} rows` : `K has ${before + rows} rows up to the end of ${name}`;
    return dataError(
      `${this.#name}: ${this.#mask.length} entries where ${there}; one for each ${this.#what} is expected`,
    );
  }
}

async function readNpyMask(bytes: ByteReader): Promise<Mask> {
  const { elements, fortranOrder, shape } = await describeNpy(bytes);
  if (!('type' in elements)) throw dataError(`${bytes.name}: holds ${elements.what}, but ${MASK}: ${FROM_OBJECTS}`);
  const { type, bigEndian } = elements;
  const lengths = shape.filter((length) => length !== 1);
  if (shape.length === 0 || lengths.length > 2) {
    throw dataError(
      `${bytes.name}: ${type.name} array of shape (${shape.join(', ')}), but ${MASK}, (n) or (batch, n): ${AS_BOOL}`,
    );
  }
  if (type.floating) {
    throw dataError(
      `${bytes.name}: ${type.name} array of shape (${shape.join(', ')}), but ${MASK}: ${AS_BOOL}, or, of an additive mask (0 and -inf), ${OF_ADDITIVE}`,
    );
  }
  if (shape.includes(0)) throw dataError(`${bytes.name}: array of shape (${shape.join(', ')}): it has no entries`);
  // (batch, 1, 1, n) is what models are given; (1, n) and (n, 1) are one mask.
  const n = lengths.reduce((all, length) => all * length, 1);
  const readRows = readRowMajor(bytes, type, 1, bigEndian);
  const part = allocate(type.dtype, PART);
  const mask = new Growing();
  for (let done = 0; done < n; ) {
    const count = await readRows(part, Math.min(PART, n - done));
    if (count === 0) throw bytes.breaksOff(`data ends at element ${done} of ${n}`);
    for (let i = 0; i < count; i++) {
      if (part[i]! < 0) {
        throw dataError(
          `${bytes.name}: element ${done + i} is ${part[i]}: an additive mask, which is 0 for keys that count, where --mask is 0 for padding; save it as ${OF_ADDITIVE}`,
        );
      }
      mask.push(part[i] === 0 ? 0 : 1);
    }
    done += count;
  }
  const batch = lengths.length === 2 ? lengths[0]! : 1;
  return { batch, values: fortranOrder ? fromColumns(mask.whole, batch) : mask.whole };
}

/** The rows of an array of `rows` rows whose columns lie one after another. */
function fromColumns(values: Uint8Array, rows: number): Uint8Array {
  const columns = values.length / rows;
  return values.map((_, at) => values[(at % columns) * rows + Math.floor(at / columns)]!);
}

const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);
const ZERO = 0x30;
const ONE = 0x31;
const LINE = 0x0a;
/** Comma, semicolon, space, tab, carriage return, line feed. */
const SEPARATORS = new Set([0x2c, 0x3b, 0x20, 0x09, 0x0d, LINE]);

async function readTextMask(bytes: ByteReader): Promise<Mask> {
  const mask = new Growing();
  if (BYTE_ORDER_MARK.equals(await bytes.peek(BYTE_ORDER_MARK.length))) bytes.consume(BYTE_ORDER_MARK.length);
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
        throw dataError(`${bytes.name}: line ${line}: a mask is ${KINDS}`);
      }
    }
    bytes.consume(part.length);
  }
  if (mask.whole.length === 0) throw dataError(`${bytes.name}: no data; a mask was expected`);
  return { batch: 1, values: mask.whole };
}
