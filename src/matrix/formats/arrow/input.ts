/**
 * Arrow IPC, the stream and the file format, as a sequence of messages. A file is its stream between a magic word and a
 * footer; it is read in order, so that it may come from a pipe, and to its last byte, so that more may follow.
 */

import { dataError, type LevattnError } from '../../../errors.js';
import type { ByteReader } from '../../bytes.js';
import { Body } from './body.js';
import {
  CONTINUATION,
  damagedAt,
  FOOTER_END_BYTES,
  type Frame,
  findFooter,
  findFrame,
  type Look,
  lookFar,
  lookNear,
  MAGIC,
  MAX_METADATA_BYTES,
} from './frame.js';
import { decodeFooter, decodeMessage, looksLikeSchema, type Message } from './message.js';
import type { ArrowSchema } from './schema.js';

/** The magic word and its padding. */
const MAGIC_BYTES = 8;

/** Rows, or a dictionary that some column refers to. */
export type BatchMessage = Extract<Message, { kind: 'batch' | 'dictionary' }> & {
  /** The message's metadata as it came. */
  readonly metadata: Uint8Array;
  /** To be read before the next message is asked for. */
  readonly body: Body;
};

/** Where a schema was found: in a message of its own, or only in the footer of a file. */
export interface SchemaSource {
  readonly in: 'message' | 'footer';
  /** The message's metadata, or the footer. */
  readonly bytes: Uint8Array;
}

/** Whether bytes begin as Arrow IPC does. */
export function looksLikeArrow(head: Uint8Array): boolean {
  if (MAGIC.every((byte, i) => head[i] === byte)) return true;
  if (head.length < 8) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const length = view.getInt32(0, true);
  if (length === CONTINUATION) return view.getInt32(4, true) > 0;
  return length > 0 && length <= MAX_METADATA_BYTES && looksLikeSchema(head.subarray(4, 4 + length));
}

/** An Arrow input whose schema has been read. */
export class ArrowInput {
  /** The row that comes next; kept by whoever reads the rows, named where the data break off. */
  nextRow = 0;
  readonly #look: Look;
  /** Whether messages begin with their length alone. */
  readonly #legacy: boolean;
  #messageAt: number;
  #body: Body | undefined;
  #ended = false;

  private constructor(
    readonly bytes: ByteReader,
    readonly form: 'stream' | 'file',
    /** Where the input begins in the source. */
    readonly start: number,
    readonly schema: ArrowSchema,
    readonly schemaSource: SchemaSource,
    legacy: boolean,
  ) {
    this.#look = lookNear(bytes);
    this.#legacy = legacy;
    this.#messageAt = bytes.position;
  }

  /**
   * Reads the magic word, if there is one, and the schema.
   * @throws LevattnError where there is no Arrow schema, or one of a big-endian machine
   */
  static async open(bytes: ByteReader): Promise<ArrowInput> {
    const start = bytes.position;
    const form = MAGIC.equals(await bytes.peek(MAGIC.length)) ? 'file' : 'stream';
    const skipped = form === 'file' ? await bytes.skip(MAGIC_BYTES) : 0;
    const at = bytes.position;
    const frame = await findFrame(bytes, lookNear(bytes));
    if (frame === 'end' || frame === 'cut' || skipped % MAGIC_BYTES !== 0) {
      throw bytes.breaksOff('data ends in the Arrow schema');
    }
    const message = frame.length > 0 ? decode(bytes, at, () => decodeMessage(frame.metadata)) : undefined;
    let input: ArrowInput;
    if (message?.kind === 'schema') {
      bytes.consume(frame.prefix + frame.length);
      const source: SchemaSource = { in: 'message', bytes: frame.metadata };
      input = new ArrowInput(bytes, form, start, message.schema, source, frame.prefix === 4);
      input.#body = new Body(bytes, message.bodyLength, input);
    } else if (form === 'file') {
      // apache-arrow for JavaScript writes files whose schema is in the footer alone.
      const footer = await lookForFooter(bytes);
      const schema = decode(bytes, at, () => decodeFooter(footer));
      input = new ArrowInput(bytes, form, start, schema, { in: 'footer', bytes: footer }, frame.prefix === 4);
    } else {
      throw damagedAt(bytes, at, 'a schema must come first');
    }
    if (!input.schema.bigEndian) return input;
    throw dataError(
      `${bytes.name}: written on a big-endian machine, which is not read; write it again as little-endian`,
    );
  }

  /**
   * The next batch or dictionary, once the rest of the one before has been passed over; undefined at the end, when
   * everything that belongs to the input has been consumed.
   * @throws LevattnError where the data break off or are damaged
   */
  async next(): Promise<BatchMessage | undefined> {
    if (this.#ended) return undefined;
    await this.#body?.finish();
    const { bytes } = this;
    this.#messageAt = bytes.position;
    const frame = await findFrame(bytes, this.#look);
    if (frame === 'cut' || (frame === 'end' && this.form === 'file')) {
      throw bytes.breaksOff(`data ends before row ${this.nextRow}, without an end marker`);
    }
    if (frame === 'end') return this.#end();
    if (frame.length === 0) bytes.consume(frame.prefix);
    if (frame.length === 0 || this.#isFooter(frame)) return this.#end();
    const message = decode(bytes, this.#messageAt, () => decodeMessage(frame.metadata));
    if (message.kind === 'schema') throw this.damaged('a second schema, where rows or the end were expected');
    bytes.consume(frame.prefix + frame.length);
    this.#body = new Body(bytes, message.bodyLength, this);
    return { ...message, metadata: frame.metadata, body: this.#body };
  }

  /** The error for rows that break off. */
  cutShort(): LevattnError {
    return this.bytes.breaksOff(`data ends in row ${this.nextRow}`);
  }

  /** The error for a message that contradicts itself or the schema. */
  damaged(reason: string): LevattnError {
    return damagedAt(this.bytes, this.#messageAt, reason);
  }

  /** Some writers leave out a file's end marker: then its footer stands where a message would. */
  #isFooter({ prefix, metadata }: Frame): boolean {
    return this.form === 'file' && prefix === 4 && !(this.#legacy && decodes(metadata));
  }

  async #end(): Promise<undefined> {
    if (this.form === 'file') {
      const footer = await findFooter(this.bytes, this.#look);
      this.bytes.consume(footer.length + FOOTER_END_BYTES);
    }
    this.#ended = true;
    return undefined;
  }
}

/** Goes over a file's messages to its footer, without consuming them. */
async function lookForFooter(bytes: ByteReader): Promise<Uint8Array> {
  const look = lookFar(bytes);
  for (let offset = 0; ; ) {
    const frame = await findFrame(bytes, look, offset);
    if (frame === 'end' || frame === 'cut') throw bytes.breaksOff('data ends before the Arrow schema in the footer');
    const { prefix, length, metadata } = frame;
    if (length === 0 || (prefix === 4 && !decodes(metadata))) {
      return findFooter(bytes, look, length === 0 ? offset + prefix : offset);
    }
    const { bodyLength } = decode(bytes, bytes.position + offset, () => decodeMessage(metadata));
    offset += prefix + length + bodyLength;
  }
}

/** Decodes metadata of the message at byte `at`; whatever is wrong with it ends in one error. */
function decode<T>(bytes: ByteReader, at: number, decodeMetadata: () => T): T {
  try {
    return decodeMetadata();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const reason = error.message.includes('DataView') ? 'an offset past its end' : error.message;
    throw damagedAt(bytes, at, reason, error);
  }
}

function decodes(metadata: Uint8Array): boolean {
  try {
    decodeMessage(metadata);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
